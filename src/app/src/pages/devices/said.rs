//! What a row of the device list says: to the eye, to a screen reader, and of its pills. It is kept for rows that were in
//! sight lately, since a list view binds many rows again with each frame that scrolls. How it is drawn is in `face`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gangway_client::text;
use gettextrs::gettext;
use relm4::gtk;

use super::claims::Claims;
use super::face::{Content, Face};
use super::heading::Heading;
use super::model::DeviceItem;
use super::state::{Held, Row};
use crate::widgets::drawn::Inks;
use crate::widgets::pill::{Pill, Tone};

/// For how many rows it is kept: some times the 200 that a list view has.
const MOST: usize = 1000;
/// How far each level of a tree is indented.
const INDENT: i32 = 22;
const NARROW_INDENT: i32 = 10;

/// What a row needs to be painted beside itself.
pub struct Around<'a> {
    pub held: &'a Held,
    pub claims: Option<&'a Claims>,
    pub narrow: bool,
}

/// What one row says.
#[derive(Debug, Default)]
pub struct Said {
    pub content: Content,
    /// What a screen reader says.
    pub spoken: String,
    /// And what it says of the heading and the pills, if it is asked for more.
    pub described: String,
    /// What the arrow of a tree is called.
    pub arrow: Option<String>,
    face: RefCell<Option<Rc<Face>>>,
}

/// Of rows that were in sight lately.
#[derive(Debug, Default)]
pub struct Lately(RefCell<HashMap<DeviceItem, Rc<Said>>>);

impl Lately {
    /// What an item says, made only where it was not in sight lately.
    pub fn of(&self, item: &DeviceItem, make: impl FnOnce() -> Said) -> Rc<Said> {
        let mut kept = self.0.borrow_mut();
        if let Some(said) = kept.get(item) {
            return said.clone();
        }
        if kept.len() >= MOST {
            kept.clear();
        }
        let said = Rc::new(make());
        kept.insert(item.clone(), said.clone());
        said
    }

    /// Rows may say something else from now on.
    pub fn forget(&self) {
        self.0.borrow_mut().clear();
    }
}

impl Said {
    /// What an item says; nothing where it stands for no row any more.
    pub fn of(item: &DeviceItem, around: &Around<'_>) -> Self {
        let shape = item.shape();
        let said = item.with(|row, section| {
            let owner = around.held.by(&row.key);
            let claims = row.claims(around.claims);
            let mut content = content(row, owner, claims, shape.arrow, around.narrow);
            content.heading = shape.first.then(|| Heading::of(section));
            let mut spoken = vec![row.spoken(owner, claims)];
            spoken.extend(
                item.above().map(|above| text::fill(&gettext("behind {device}"), &[("device", &above)])),
            );
            spoken.extend(
                shape.arrow.map(|open| if open { gettext("expanded") } else { gettext("collapsed") }),
            );
            let heading = content.heading.as_ref().map(Heading::described);
            let tooltips = content.pills.iter().map(|pill| pill.tooltip.as_str());
            let described: Vec<&str> = heading.as_deref().into_iter().chain(tooltips).collect();
            let described = described.join(" ");
            let arrow = shape.arrow.map(|open| arrow_label(row, open));
            Self { content, spoken: spoken.join(&gettext(", ")), described, arrow, face: RefCell::default() }
        });
        said.unwrap_or_default()
    }

    /// The same, laid out for a row.
    pub fn face(&self, row: &gtk::Widget, inks: &Inks) -> Rc<Face> {
        if let Some(face) = self.face.borrow().as_ref().filter(|face| face.fits(row)) {
            return face.clone();
        }
        let face = Rc::new(Face::new(row, inks, &self.content));
        self.face.replace(Some(face.clone()));
        face
    }
}

fn arrow_label(row: &Row, open: bool) -> String {
    let label =
        if open { gettext("Hide what is behind {device}") } else { gettext("Show what is behind {device}") };
    text::fill(&label, &[("device", &format!("{} {}", row.name, row.shown_address))])
}

fn content(row: &Row, owner: Option<&str>, claims: &[Pill], arrow: Option<bool>, narrow: bool) -> Content {
    let level = row.place.map(|place| i32::try_from(place.level.min(12)).unwrap_or(0));
    Content {
        heading: None,
        icon: row.icon,
        name: row.name.clone(),
        primary: row.primary,
        quiet: row.quiet,
        address: row.shown_address.clone(),
        remark: remark(row, !claims.is_empty(), narrow).to_owned(),
        pills: pills(row, owner, claims, narrow),
        group: if narrow { String::new() } else { row.group.clone() },
        chevron: narrow,
        // One line in a tree, two lines elsewhere and where there is little room.
        one_line: level.is_some() && !narrow,
        in_tree: level.is_some(),
        indent: level.unwrap_or(0) * if narrow { NARROW_INDENT } else { INDENT },
        arrow,
    }
}

/// What stands beside the address.
fn remark(row: &Row, claimed: bool, narrow: bool) -> &str {
    match (row.place, narrow) {
        (None, true) if !row.driver.is_empty() => &row.driver,
        (Some(_), true) if !row.group.is_empty() => &row.group,
        // On one line the name needs the room.
        (Some(_), false) if claimed => "",
        _ => &row.vendor,
    }
}

/// The pills of a row, in the order to show them.
fn pills(row: &Row, owner: Option<&str>, claims: &[Pill], narrow: bool) -> Vec<Pill> {
    let mut pills: Vec<Pill> = owner.map(owner_pill).into_iter().collect();
    pills.extend(claims.iter().cloned());
    if narrow {
        pills.sort_by_key(|pill| pill.tone == Tone::Neutral);
        pills.truncate(1);
        return pills.into_iter().map(Pill::shortened).collect();
    }
    let in_tree = row.place.is_some();
    // One line has less room: the fact that matters takes the place of the driver.
    pills.sort_by_key(|pill| in_tree && pill.tone == Tone::Neutral);
    pills.truncate(if in_tree { 1 } else { 2 });
    if !row.driver.is_empty() && (!in_tree || pills.is_empty()) {
        pills.push(driver_pill(&row.driver));
    }
    pills
}

fn owner_pill(owner: &str) -> Pill {
    Pill {
        text: owner.to_owned(),
        tone: Tone::Machine,
        icon: Some("vm-off-symbolic"),
        short: None,
        tooltip: gettext("The virtual machine “{name}” has this device.").replace("{name}", owner),
    }
}

fn driver_pill(driver: &str) -> Pill {
    let tooltip = gettext("The driver {name} has this device.").replace("{name}", driver);
    Pill { text: driver.to_owned(), tone: Tone::Driver, icon: None, short: None, tooltip }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_was_in_sight_lately_is_made_once_and_no_more_than_so_much_is_kept() {
        let lately = Lately::default();
        let items: Vec<DeviceItem> = (0..=MOST).map(|_| gtk::glib::Object::new()).collect();
        let made = Cell::new(0);
        let of = |item: &DeviceItem| {
            lately.of(item, || {
                made.set(made.get() + 1);
                Said::default()
            })
        };
        let first = of(&items[0]);
        assert!(Rc::ptr_eq(&first, &of(&items[0])));
        assert_eq!(made.get(), 1);
        lately.forget();
        assert!(!Rc::ptr_eq(&first, &of(&items[0])));
        items.iter().for_each(|item| drop(of(item)));
        assert_eq!(made.get(), MOST + 2);
        assert!(lately.0.borrow().len() <= MOST);
    }
}
