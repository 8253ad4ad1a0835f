//! What goes along with a device, as the part of a sentence that follows “the host loses”.
//!
//! One phrase for each kind of use, the worst first; a whole sentence for each is [`text::loss`](crate::text::loss)'s.

use gangway_core::devices::Use;
use gettextrs::{gettext, ngettext};

use super::super::uses::{plain, used_for};
use super::super::{fill, join};

/// What the host loses, all of it.
pub(super) fn along(uses: &[Use]) -> String {
    let names = |name: fn(&Use) -> Option<&str>| -> Vec<String> {
        uses.iter()
            .filter_map(name)
            .map(|name| fill(&gettext("“{name}”"), &[("name", &plain(name))]))
            .collect()
    };
    let swap = uses.contains(&Use::Swap).then(|| gettext("swap space in use"));
    let keyboards = names(|by| match by {
        Use::Keyboard { name, only: true } => Some(name),
        _ => None,
    });
    let routes = names(|by| match by {
        Use::DefaultRoute { interface, only: true, .. } => Some(interface),
        _ => None,
    });
    let screens = names(|by| match by {
        Use::Screen { connector, monitor, only: true } => Some(monitor.as_ref().unwrap_or(connector)),
        _ => None,
    });
    let paths = names(|by| match by {
        Use::Mounted { path, .. } => Some(path),
        _ => None,
    });
    let volumes = names(|by| match by {
        Use::Volume { name, .. } => Some(name),
        _ => None,
    });
    let phrases =
        [swap, keyboard(&keyboards), route(&routes), screen(&screens), files(&paths), volume(&volumes)];
    let others = uses.iter().filter(|by| !has_phrase(by)).map(used_for);
    join(&phrases.into_iter().flatten().chain(others).collect::<Vec<_>>())
}

/// Whether it is one of those that are said together; anything else is said by its label.
fn has_phrase(by: &Use) -> bool {
    matches!(
        by,
        Use::Swap
            | Use::Keyboard { only: true, .. }
            | Use::DefaultRoute { only: true, .. }
            | Use::Screen { only: true, .. }
            | Use::Mounted { .. }
            | Use::Volume { .. }
    )
}

fn keyboard(names: &[String]) -> Option<String> {
    let template = ngettext("the only keyboard ({names})", "the only keyboards ({names})", count(names));
    phrase(&template, names)
}

fn route(names: &[String]) -> Option<String> {
    let template = ngettext(
        "the only way into other networks ({names})",
        "the only ways into other networks ({names})",
        count(names),
    );
    phrase(&template, names)
}

fn screen(names: &[String]) -> Option<String> {
    phrase(&ngettext("the only screen ({names})", "the only screens ({names})", count(names)), names)
}

fn files(names: &[String]) -> Option<String> {
    phrase(&gettext("the files at {names}"), names)
}

fn volume(names: &[String]) -> Option<String> {
    phrase(&ngettext("the open volume {names}", "the open volumes {names}", count(names)), names)
}

fn phrase(template: &str, names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| fill(template, &[("names", &join(names))]))
}

fn count(names: &[String]) -> u32 {
    u32::try_from(names.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gangway_core::devices::storage::Role;

    use super::*;

    #[test]
    fn each_kind_is_said_once() {
        let keyboard = |name: &str| Use::Keyboard { name: name.to_owned(), only: true };
        let route = Use::DefaultRoute { interface: "enp4s0".to_owned(), wireless: false, only: true };
        let files = Use::Mounted { path: "/srv\n".to_owned(), role: Role::Data, layers: BTreeSet::new() };
        let two = [keyboard("K70"), route.clone()];
        assert_eq!(along(&two), "the only keyboard (“K70”) and the only way into other networks (“enp4s0”)");
        let many = [files, route, keyboard("K70"), keyboard("Spare"), Use::Swap];
        assert_eq!(
            along(&many),
            "swap space in use, the only keyboards (“K70” and “Spare”), the only way into other networks (“enp4s0”) and the files at “/srv\u{fffd}”"
        );
    }

    #[test]
    fn what_has_no_phrase_is_said_by_its_label() {
        assert_eq!(along(&[Use::BootDisplay]), "boot display");
        assert_eq!(along(&[]), "");
    }
}
