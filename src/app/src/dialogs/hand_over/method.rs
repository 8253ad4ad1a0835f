//! What the step of the method says: each with what it does or what speaks against it, and why the chosen one. Plain values
//! without GTK.

use gangway_client::handover::{Against, Danger, Going, Method, Methods, Reason};
use gangway_client::text::{self, DeviceNames};
use gangway_core::host::Host;
use gettextrs::gettext;

use crate::widgets::pill::{Pill, Tone};

/// What is known of the methods for what was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub methods: Methods,
    /// Dangers of the devices, whatever the method is.
    pub dangers: Vec<Danger>,
    /// Whether a virtual machine was chosen; without one a card can only be reserved.
    pub for_machine: bool,
}

/// The methods to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodView {
    pub rows: Vec<MethodRow>,
    /// What speaks for the chosen one.
    pub why: Vec<WhyRow>,
}

/// One method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodRow {
    pub method: Method,
    pub title: String,
    /// What it does, or what speaks against it.
    pub line: String,
    pub pill: Option<Pill>,
    /// Whether it can be chosen; the reason is in `line` where not.
    pub possible: bool,
}

/// Something that speaks for the chosen one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyRow {
    pub icon: &'static str,
    pub title: String,
    pub line: String,
}

impl Offer {
    /// The one that is chosen as long as the user says nothing.
    pub fn first(&self) -> Option<Method> {
        if !self.for_machine {
            return self.is_possible(Method::Reserved).then_some(Method::Reserved);
        }
        self.methods.recommended()
    }

    /// Whether a method can be chosen.
    pub fn is_possible(&self, method: Method) -> bool {
        self.methods.is_possible(method) && (self.for_machine || method == Method::Reserved)
    }

    /// What the user has to take in so many words with a method.
    pub fn dangers(&self, method: Method) -> Vec<Danger> {
        let mut dangers = self.methods.dangers(method);
        if self.for_machine {
            dangers.extend(self.dangers.iter().cloned());
        }
        dangers
    }
}

impl MethodView {
    pub fn new(
        offer: &Offer,
        chosen: Option<Method>,
        host: &Host,
        going: &Going,
        names: &DeviceNames<'_>,
    ) -> Self {
        let first = offer.first();
        // What is recommended stands first, and then what changes less.
        let mut methods = [Method::Managed, Method::Reserved];
        methods.sort_by_key(|method| Some(*method) != first);
        let rows = methods.into_iter().map(|method| row(offer, method, names)).collect();
        let reasons = chosen.map(|method| offer.methods.reasons(method, host, going)).unwrap_or_default();
        Self { rows, why: reasons.iter().map(|reason| why(reason, names)).collect() }
    }
}

fn row(offer: &Offer, method: Method, names: &DeviceNames<'_>) -> MethodRow {
    let possible = offer.is_possible(method);
    let against = text::methods_against(&offer.methods, method, names);
    let danger = offer.methods.managed.iter().any(Against::is_danger);
    let line = match (method, against.is_empty()) {
        (Method::Managed, _) if !offer.for_machine => gettext("It needs a virtual machine."),
        (_, true) => text::method_line(method),
        (_, false) => against.join(" "),
    };
    let pill = if Some(method) == offer.first() {
        Some(Pill::plain(gettext("Recommended"), Tone::Machine))
    } else if !possible && method == Method::Reserved {
        Some(Pill::plain(gettext("Not possible"), Tone::Neutral))
    } else if method == Method::Managed && danger && offer.for_machine {
        Some(Pill::plain(gettext("Not safe here"), Tone::Claim))
    } else if method == Method::Reserved {
        Some(Pill::plain(gettext("Not needed"), Tone::Neutral))
    } else {
        None
    };
    MethodRow { method, title: text::method(method), line, pill, possible }
}

fn why(reason: &Reason, names: &DeviceNames<'_>) -> WhyRow {
    let (title, line) = text::reason(reason, names);
    let icon = match reason {
        Reason::Restart => "system-reboot-symbolic",
        _ => "object-select-symbolic",
    };
    WhyRow { icon, title, line }
}

#[cfg(test)]
mod tests {
    use gangway_client::handover::{NotReserved, going};

    use super::*;

    fn offer(managed: Vec<Against>, possible: bool, for_machine: bool) -> Offer {
        let reserved = if possible { Ok(()) } else { Err(NotReserved::Several) };
        Offer { methods: Methods { managed, reserved, free: false }, dangers: Vec::new(), for_machine }
    }

    fn danger() -> Against {
        Against::Holds { address: "01:00.0".parse().expect("an address"), driver: "nvidia".into() }
    }

    fn rows(offer: &Offer) -> Vec<(Method, Option<String>, bool)> {
        let host = Host::default();
        let nothing = Going {
            functions: Vec::new(),
            cards: Vec::new(),
            along: Vec::new(),
            costs: Vec::new(),
            warnings: Vec::new(),
        };
        assert!(going(&host, &[], false).is_err(), "there is nothing to go");
        let view = MethodView::new(offer, offer.first(), &host, &nothing, &DeviceNames::addresses());
        view.rows.into_iter().map(|row| (row.method, row.pill.map(|pill| pill.text), row.possible)).collect()
    }

    #[test]
    fn what_is_recommended_stands_first_and_a_danger_is_grey_where_there_is_another_way() {
        let pill = |text: &str| Some(text.to_owned());
        assert_eq!(
            rows(&offer(Vec::new(), true, true)),
            [(Method::Managed, pill("Recommended"), true), (Method::Reserved, pill("Not needed"), true)]
        );
        assert_eq!(
            rows(&offer(vec![danger()], true, true)),
            [(Method::Reserved, pill("Recommended"), true), (Method::Managed, pill("Not safe here"), false)]
        );
        assert_eq!(
            rows(&offer(vec![danger()], false, true)),
            [(Method::Managed, pill("Not safe here"), true), (Method::Reserved, pill("Not possible"), false)]
        );
    }

    #[test]
    fn without_a_virtual_machine_a_card_can_only_be_reserved() {
        let only = offer(Vec::new(), true, false);
        assert_eq!(only.first(), Some(Method::Reserved));
        assert!(rows(&only).contains(&(Method::Managed, None, false)));
        assert_eq!(offer(Vec::new(), false, false).first(), None);
    }

    #[test]
    fn dangers_of_the_card_count_with_either_method_once_a_machine_gets_it() {
        let address = "01:00.0".parse().expect("an address");
        let mut offer = offer(vec![danger()], true, true);
        offer.dangers = vec![Danger::NoReset { address }];
        assert_eq!(offer.dangers(Method::Managed).len(), 2);
        assert_eq!(offer.dangers(Method::Reserved), [Danger::NoReset { address }]);
        offer.for_machine = false;
        assert!(offer.dangers(Method::Reserved).is_empty());
    }
}
