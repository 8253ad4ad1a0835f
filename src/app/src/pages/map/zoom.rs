//! How large the map is shown and which part of it: steps of the zoom, fitting, and what stays under the pointer.
//! Numbers only, without GTK.

/// The steps of the buttons and keys.
const STEPS: [f64; 14] = [0.05, 0.1, 0.15, 0.25, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0];
const LEAST: f64 = 0.05;
const MOST: f64 = 4.0;
/// A map opens no smaller than this: texts are still to be read.
const OPENING: f64 = 0.6;
/// Two zooms that nobody tells apart.
const SAME: f64 = 0.005;

/// A zoom that is possible.
pub fn clamped(zoom: f64) -> f64 {
    if zoom.is_finite() { zoom.clamp(LEAST, MOST) } else { 1.0 }
}

/// The next step up.
pub fn closer(zoom: f64) -> f64 {
    STEPS.into_iter().find(|step| *step > zoom + SAME).unwrap_or(MOST)
}

/// The next step down.
pub fn further(zoom: f64) -> f64 {
    STEPS.into_iter().rev().find(|step| *step < zoom - SAME).unwrap_or(LEAST)
}

/// What a map opens at: fitted to the width, and neither enlarged nor too small to read.
pub fn opening(width: f64, room: f64) -> f64 {
    if width <= 0.0 || room <= 0.0 { 1.0 } else { (room / width).clamp(OPENING, 1.0) }
}

/// So that all of the map can be seen, not enlarged.
pub fn whole(size: (f64, f64), room: (f64, f64)) -> f64 {
    let across = if size.0 > 0.0 { room.0 / size.0 } else { 1.0 };
    let down = if size.1 > 0.0 { room.1 / size.1 } else { 1.0 };
    clamped(across.min(down).min(1.0))
}

/// Where to scroll to, in one direction, so that what was at `pointer` in the window stays there.
pub fn scrolled(before: f64, scroll: f64, pointer: f64, after: f64) -> f64 {
    (scroll + pointer) / before * after - pointer
}

/// Where to scroll to, in one direction, so that from `start` to `end` can be seen, with some room around.
pub fn into_view(scroll: f64, page: f64, start: f64, end: f64) -> f64 {
    const AROUND: f64 = 24.0;
    if start - AROUND < scroll || end - start > page {
        start - AROUND
    } else if end + AROUND > scroll + page {
        end + AROUND - page
    } else {
        scroll
    }
}

/// The largest scale for a picture of this size that is sharp and can still be made.
pub fn picture(width: f64, height: f64) -> f64 {
    const SIDE: f64 = 16_000.0;
    const AREA: f64 = 64_000_000.0;
    let side = SIDE / width.max(height).max(1.0);
    let area = (AREA / (width * height).max(1.0)).sqrt();
    side.min(area).min(2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-6
    }

    #[test]
    fn steps_go_up_and_down_and_end() {
        assert!(near(closer(1.0), 1.25) && near(further(1.0), 0.8));
        assert!(near(closer(0.73), 0.8) && near(further(0.73), 0.67));
        assert!(near(closer(MOST), MOST) && near(further(LEAST), LEAST));
        assert!(near(clamped(f64::NAN), 1.0) && near(clamped(1e9), MOST) && near(clamped(-1.0), LEAST));
    }

    #[test]
    fn a_map_opens_readable_and_is_fitted_whole() {
        assert!(near(opening(1000.0, 2000.0), 1.0));
        assert!(near(opening(1000.0, 800.0), 0.8));
        assert!(near(opening(1000.0, 300.0), OPENING));
        assert!(near(opening(0.0, 300.0), 1.0));
        assert!(near(whole((1000.0, 4000.0), (1000.0, 1000.0)), 0.25));
        assert!(near(whole((0.0, 0.0), (1000.0, 1000.0)), 1.0));
    }

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let scroll = scrolled(1.0, 100.0, 50.0, 2.0);
        assert!(near((scroll + 50.0) / 2.0, 150.0));
    }

    #[test]
    fn no_further_than_needed() {
        assert!(near(into_view(0.0, 100.0, 30.0, 60.0), 0.0));
        assert!(near(into_view(0.0, 100.0, 90.0, 120.0), 44.0));
        assert!(near(into_view(200.0, 100.0, 90.0, 120.0), 66.0));
        assert!(near(into_view(0.0, 100.0, 90.0, 400.0), 66.0));
    }

    #[test]
    fn pictures_can_be_made() {
        assert!(near(picture(1300.0, 1100.0), 2.0));
        let scale = picture(16_000.0, 9_000.0);
        assert!(scale * 16_000.0 <= 16_000.0 && scale * scale * 16_000.0 * 9_000.0 <= 64_000_001.0);
    }
}
