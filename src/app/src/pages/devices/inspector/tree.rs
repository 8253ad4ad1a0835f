//! The details of rows that are no device themselves: where a tree begins, several alike, controllers elsewhere.

use super::{DetailsView, Part, PartId, Sources, function};
use crate::pages::devices::key::Key;

pub(super) fn details(sources: &Sources<'_>, key: &Key) -> Option<DetailsView> {
    let view = sources.view;
    let index = view.position(key)?;
    let row = view.rows.get(index)?;
    let inside = view.rows.iter().filter(|row| row.place.is_some_and(|place| place.parent == Some(index)));
    let lines = inside
        .filter_map(|row| row.key.function())
        .map(|address| function::device_line(sources.snapshot, address))
        .collect();
    Some(DetailsView {
        key: key.clone(),
        icon: row.icon,
        name: row.name.clone(),
        line: super::join(&[&row.shown_address, &row.vendor, &row.group]),
        parts: vec![Part { id: PartId::Inside, summary: String::new(), lines }],
        action: None,
        now: None,
    })
}
