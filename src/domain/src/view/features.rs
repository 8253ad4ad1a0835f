//! What the virtual machine tells its guest about itself: `<features>` of KVM and Hyper-V.

use std::collections::BTreeMap;

use roxmltree::Node;

use super::Switch;
use crate::document::{Document, child, children, is_plain_element};

/// The features that matter to a handed-over device. Absent elements are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Features {
    /// `<kvm><hidden state>`: KVM's signature is kept from the guest.
    pub kvm_hidden: Option<Switch>,
    /// `<hyperv mode>`; `None` where there is no `<hyperv>`.
    pub hyperv_mode: Option<HypervMode>,
    /// Every child of `<hyperv>` by its name, with its state.
    pub hyperv: BTreeMap<String, Switch>,
    /// `<hyperv><vendor_id value>`, where its state is not off.
    pub vendor_id: Option<String>,
}

/// How the Hyper-V features are chosen: `<hyperv mode>` (libvirt 8.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HypervMode {
    /// Those that are listed. Also where the attribute is absent.
    Custom,
    /// All that the host's KVM has.
    Passthrough,
    /// Another mode (`host-model`, …), as it stands.
    Other(String),
}

impl Features {
    /// Whether a Hyper-V feature is on.
    pub fn hyperv_on(&self, name: &str) -> bool {
        self.hyperv.get(name).is_some_and(Switch::is_on)
    }
}

impl Document {
    /// The features of the virtual machine.
    pub fn features(&self) -> Features {
        let root = self.root();
        let features = || children(root, "features").flat_map(|features| features.children());
        let find =
            |name| features().find(move |node| is_plain_element(node) && node.tag_name().name() == name);
        let hyperv = find("hyperv");
        let vendor = hyperv.and_then(|hyperv| child(hyperv, "vendor_id"));
        Features {
            kvm_hidden: find("kvm").and_then(|kvm| child(kvm, "hidden")).map(state),
            hyperv_mode: hyperv.map(|hyperv| match hyperv.attribute("mode").unwrap_or("custom") {
                "custom" => HypervMode::Custom,
                "passthrough" => HypervMode::Passthrough,
                other => HypervMode::Other(other.to_owned()),
            }),
            hyperv: hyperv.map(hyperv_flags).unwrap_or_default(),
            vendor_id: vendor
                .filter(|vendor| state(*vendor) != Switch::Off)
                .and_then(|vendor| vendor.attribute("value"))
                .map(str::to_owned),
        }
    }
}

/// The state of a switch element; without the attribute it is on.
fn state(node: Node<'_, '_>) -> Switch {
    node.attribute("state").map_or(Switch::On, Switch::of)
}

/// The children of `<hyperv>` with their states.
pub(crate) fn hyperv_flags(hyperv: Node<'_, '_>) -> BTreeMap<String, Switch> {
    let flags = hyperv.children().filter(is_plain_element);
    flags.map(|flag| (flag.tag_name().name().to_owned(), state(flag))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_of_the_features() {
        let text = "<domain><features><acpi/><hyperv mode='passthrough'><relaxed state='on'/><vapic state='off'/>\
            <vendor_id state='on' value='abc'/><new_one state='auto'/></hyperv><kvm><hidden/></kvm>\
            <smm/></features></domain>";
        let features = Document::parse(text).unwrap().features();
        let expected = Features {
            kvm_hidden: Some(Switch::On),
            hyperv_mode: Some(HypervMode::Passthrough),
            hyperv: BTreeMap::from([
                ("relaxed".into(), Switch::On),
                ("vapic".into(), Switch::Off),
                ("vendor_id".into(), Switch::On),
                ("new_one".into(), Switch::Other("auto".into())),
            ]),
            vendor_id: Some("abc".into()),
        };
        assert_eq!(features, expected);
        assert!(
            features.hyperv_on("relaxed") && !features.hyperv_on("vapic") && !features.hyperv_on("stimer")
        );
    }

    #[test]
    fn absent_features_are_none() {
        for text in [
            "<domain/>",
            "<domain><features/></domain>",
            "<domain><features><kvm>\n</kvm></features></domain>",
        ] {
            assert_eq!(Document::parse(text).unwrap().features(), Features::default(), "{text}");
        }
    }

    #[test]
    fn a_vendor_that_is_off_is_none() {
        let text =
            "<domain><features><hyperv><vendor_id state='off' value='abc'/></hyperv></features></domain>";
        assert_eq!(Document::parse(text).unwrap().features().vendor_id, None);
    }

    #[test]
    fn hyperv_modes() {
        let mode = |mode| {
            let text = format!("<domain><features><hyperv{mode}/></features></domain>");
            Document::parse(text).unwrap().features().hyperv_mode
        };
        assert_eq!(mode(""), Some(HypervMode::Custom));
        assert_eq!(mode(" mode='custom'"), Some(HypervMode::Custom));
        assert_eq!(mode(" mode='host-model'"), Some(HypervMode::Other("host-model".into())));
    }
}
