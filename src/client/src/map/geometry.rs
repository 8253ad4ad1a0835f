//! Places and outlines, in pixels. Plain arithmetic.

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

impl Point {
    /// A place.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

impl Rect {
    /// A rectangle of its upper left corner and its size.
    pub const fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x, y, width, height }
    }

    /// Its right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Its lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Its middle.
    pub fn centre(&self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Whether a place is in it.
    pub fn contains(&self, point: Point) -> bool {
        (self.x..self.right()).contains(&point.x) && (self.y..self.bottom()).contains(&point.y)
    }

    /// Whether both have some area in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// The same with so much more on every side.
    #[must_use]
    pub fn grown(&self, by: f64) -> Self {
        Self::new(self.x - by, self.y - by, self.width + 2.0 * by, self.height + 2.0 * by)
    }
}

/// One step of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Segment {
    /// Begins elsewhere.
    Move(Point),
    /// A straight line.
    Line(Point),
    /// A quadratic curve: its control point and its end.
    Curve(Point, Point),
    /// Back to where it began.
    Close,
}

/// An outline of lines and curves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outline(pub Vec<Segment>);

impl Outline {
    /// A closed outline through these corners, rounded as far as its edges allow.
    pub fn rounded(corners: &[Point], radius: f64) -> Self {
        let mut segments = Vec::with_capacity(corners.len() * 2 + 1);
        let count = corners.len();
        for (index, corner) in corners.iter().enumerate() {
            let (Some(before), Some(after)) =
                (corners.get((index + count - 1) % count), corners.get((index + 1) % count))
            else {
                continue;
            };
            let (enter, leave) = (towards(*corner, *before, radius), towards(*corner, *after, radius));
            segments.push(if segments.is_empty() { Segment::Move(enter) } else { Segment::Line(enter) });
            segments.push(Segment::Curve(*corner, leave));
        }
        if !segments.is_empty() {
            segments.push(Segment::Close);
        }
        Self(segments)
    }
}

/// A place on the way from one corner to the next, no further than half of it.
fn towards(from: Point, to: Point, by: f64) -> Point {
    let (x, y) = (to.x - from.x, to.y - from.y);
    let length = x.hypot(y);
    if length == 0.0 {
        return from;
    }
    let part = by.min(length / 2.0) / length;
    Point::new(from.x + x * part, from.y + y * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_touch_without_overlapping() {
        let left = Rect::new(0.0, 0.0, 10.0, 10.0);
        assert!(!left.overlaps(&Rect::new(10.0, 0.0, 5.0, 5.0)));
        assert!(left.overlaps(&Rect::new(9.0, 9.0, 5.0, 5.0)));
        assert!(left.contains(Point::new(0.0, 0.0)) && !left.contains(Point::new(10.0, 0.0)));
        assert_eq!(left.grown(2.0), Rect::new(-2.0, -2.0, 14.0, 14.0));
    }

    #[test]
    fn corners_are_no_rounder_than_their_edges() {
        let corners = [(0.0, 0.0), (4.0, 0.0), (4.0, 100.0), (0.0, 100.0)].map(|(x, y)| Point::new(x, y));
        let Outline(segments) = Outline::rounded(&corners, 16.0);
        assert_eq!(segments.first(), Some(&Segment::Move(Point::new(0.0, 16.0))));
        assert_eq!(segments.get(1), Some(&Segment::Curve(Point::new(0.0, 0.0), Point::new(2.0, 0.0))));
        assert_eq!(segments.last(), Some(&Segment::Close));
        assert_eq!(Outline::rounded(&[], 3.0), Outline::default());
        assert_eq!(Outline::rounded(&[Point::default(); 2], 3.0).0.len(), 5);
    }
}
