//! What is said of a link: how fast and wide it is, and whether the device could do more.

use gangway_core::host::{Link, LinkSpeed};
use gettextrs::gettext;

use crate::text::fill;

/// What is written on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkLabel {
    /// Such as `3.0 ×8 of ×16`.
    pub text: String,
    /// Something keeps it from what the device could do, and it is not that the device is idle.
    pub held_back: bool,
    /// It could not be asked for, since the device sleeps.
    pub asleep: bool,
}

/// What to write on the link of a device below a port, and how many lanes it has now.
pub(super) fn label(link: &Link, port: Option<&Link>) -> Option<(LinkLabel, u8)> {
    if link.asleep {
        return Some((LinkLabel { text: gettext("asleep"), held_back: false, asleep: true }, 0));
    }
    let (speed, lanes) =
        (link.speed.known().copied()?, link.width.known().copied().filter(|lanes| *lanes > 0)?);
    let now = format!("{} ×{lanes}", generation(speed));
    let best_speed = link.best_speed.known().copied().filter(|best| *best > speed);
    let best_lanes = link.best_width.known().copied().filter(|best| *best > lanes);
    let best = match (best_speed, best_lanes) {
        (Some(speed), Some(lanes)) => format!("{} ×{lanes}", generation(speed)),
        (Some(speed), None) => generation(speed),
        (None, Some(lanes)) => format!("×{lanes}"),
        (None, None) => return Some((LinkLabel { text: now, held_back: false, asleep: false }, lanes)),
    };
    // Cards lower their speed while they are idle, so a low speed says something only where the port has no more.
    let slow_port = best_speed
        .is_some_and(|best| port.and_then(|port| port.best_speed.known()).is_some_and(|port| *port < best));
    let text = fill(&gettext("{now} of {best}"), &[("now", &now), ("best", &best)]);
    Some((LinkLabel { text, held_back: best_lanes.is_some() || slow_port, asleep: false }, lanes))
}

/// `3.0`, or the speed itself where no generation has it.
fn generation(speed: LinkSpeed) -> String {
    speed.generation().map_or_else(|| speed.to_string(), |generation| format!("{generation}.0"))
}

#[cfg(test)]
mod tests {
    use gangway_core::reading::Reading;

    use super::*;

    fn link(now: (u32, u8), best: (u32, u8)) -> Link {
        Link {
            speed: Reading::Known(LinkSpeed(now.0)),
            width: Reading::Known(now.1),
            best_speed: Reading::Known(LinkSpeed(best.0)),
            best_width: Reading::Known(best.1),
            asleep: false,
        }
    }

    fn said(link: &Link, port: &Link) -> (String, bool, u8) {
        let (label, lanes) = label(link, Some(port)).unwrap();
        (label.text, label.held_back, lanes)
    }

    #[test]
    fn what_is_missing_is_said_and_only_the_port_is_blamed_for_speed() {
        let port = link((80, 8), (160, 16));
        assert_eq!(said(&link((80, 8), (80, 8)), &port), ("3.0 ×8".to_owned(), false, 8));
        assert_eq!(said(&link((80, 8), (80, 16)), &port), ("3.0 ×8 of ×16".to_owned(), true, 8));
        assert_eq!(said(&link((25, 16), (160, 16)), &port), ("1.0 ×16 of 4.0".to_owned(), false, 16));
        let slow = link((80, 4), (80, 4));
        assert_eq!(said(&link((80, 4), (160, 4)), &slow), ("3.0 ×4 of 4.0".to_owned(), true, 4));
        assert_eq!(said(&link((80, 4), (320, 8)), &slow), ("3.0 ×4 of 5.0 ×8".to_owned(), true, 4));
        assert_eq!(said(&link((70, 1), (70, 1)), &slow), ("7.0 GT/s ×1".to_owned(), false, 1));
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        assert_eq!(label(&Link::default(), None), None);
        assert_eq!(label(&link((80, 0), (80, 4)), None), None, "nothing connected");
        let asleep = Link { asleep: true, ..Link::default() };
        assert!(label(&asleep, None).unwrap().0.asleep);
    }
}
