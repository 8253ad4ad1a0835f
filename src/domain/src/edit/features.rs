//! What the virtual machine tells its guest about itself: hiding KVM, the Hyper-V features that Windows likes.
//!
//! Every switch is set by the smallest splice: an existing element gets another state, a missing one is written where
//! libvirt would write it. Switching off never deletes what somebody wrote.

use roxmltree::Node;
use thiserror::Error;

use super::element::{Element, put, put_into, set_attribute};
use super::{EditError, Edited};
use crate::document::splice::Splices;
use crate::document::{Document, ParseError, child, children};
use crate::view::{HypervMode, Switch, hyperv_flags};

/// Switches to set; `None` leaves one as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeatureChanges {
    /// `<kvm><hidden>`: keep KVM's signature from the guest.
    ///
    /// Needed by NVIDIA drivers older than 465 and by nothing of today; a Linux guest loses its fast clock.
    pub hidden: Option<bool>,
    /// `<hyperv><vendor_id>`: what the guest reads in place of "Microsoft Hv".
    pub vendor_id: Option<VendorChange>,
    /// The Hyper-V features that make Windows faster ([`HYPERV_FOR_WINDOWS`]).
    pub hyperv_windows: Option<bool>,
}

impl FeatureChanges {
    /// Whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A change of the Hyper-V vendor id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VendorChange {
    /// Show this one.
    Set(VendorIdText),
    /// Show Hyper-V's own.
    Clear,
}

/// A Hyper-V vendor id: 1 to 12 printable ASCII characters, no comma.
///
/// libvirt: `[^,]{0,12}` in the schema, counted in bytes by `virDomainFeaturesHyperVDefParse`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorIdText(String);

/// Why a text is no Hyper-V vendor id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no vendor id of 1 to 12 characters without a comma")]
pub struct VendorIdTextError {
    /// What was given.
    pub text: String,
}

impl VendorIdText {
    /// Checks a vendor id.
    ///
    /// # Errors
    /// When it is empty, longer than 12 characters, or has a comma or characters that are not printable ASCII.
    pub fn new(text: &str) -> Result<Self, VendorIdTextError> {
        let fits =
            (1..=12).contains(&text.len()) && text.chars().all(|c| (' '..='~').contains(&c) && c != ',');
        if fits { Ok(Self(text.to_owned())) } else { Err(VendorIdTextError { text: text.to_owned() }) }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The Hyper-V features that are good for every Windows guest and need nothing of the host (QEMU,
/// `docs/system/i386/hyperv.rst`). `stimer` comes with its `direct` mode and needs the timer `hypervclock`.
pub const HYPERV_FOR_WINDOWS: [&str; 10] = [
    "relaxed",
    "vapic",
    "spinlocks",
    "vpindex",
    "runtime",
    "synic",
    "stimer",
    "frequencies",
    "tlbflush",
    "ipi",
];

/// How often a guest tries a spin lock before it tells the hypervisor; the value that virt-manager writes.
const SPINLOCK_RETRIES: &str = "8191";

/// Sets switches of `<features>`.
///
/// # Errors
/// When a vendor id would be left as the only Hyper-V feature (QEMU shows it to the guest only beside another one), or
/// is set where the features are not chosen one by one.
pub fn set_features(document: &Document, changes: &FeatureChanges) -> Result<Edited, EditError> {
    let mut changed = document.clone();
    if let Some(hidden) = changes.hidden {
        changed = set_hidden(&changed, hidden)?;
    }
    match changes.hyperv_windows {
        Some(true) => changed = hyperv_on(&changed)?,
        Some(false) => changed = hyperv_off(&changed)?,
        None => {}
    }
    if let Some(vendor) = &changes.vendor_id {
        let mode = feature(&changed, "hyperv").and_then(|hyperv| hyperv.attribute("mode"));
        if let (VendorChange::Set(_), Some(mode)) = (vendor, mode.filter(|mode| *mode != "custom")) {
            return Err(EditError::VendorIdInMode { mode: mode.to_owned() });
        }
        changed = set_vendor(&changed, vendor)?;
    }
    let touched = changes.hyperv_windows.is_some() || changes.vendor_id.is_some();
    let features = changed.features();
    let another = features.hyperv.iter().any(|(name, state)| name != "vendor_id" && state.is_on());
    let custom = features.hyperv_mode.as_ref().is_none_or(|mode| *mode == HypervMode::Custom);
    if touched && features.vendor_id.is_some() && custom && !another {
        return Err(EditError::VendorIdAlone);
    }
    Ok(Edited { document: changed, placed: Vec::new(), root_ports: Vec::new() })
}

/// The Hyper-V features of [`HYPERV_FOR_WINDOWS`] that a definition lacks.
pub fn missing_for_windows(document: &Document) -> Vec<&'static str> {
    let features = document.features();
    if features.hyperv_mode.as_ref().is_some_and(|mode| *mode != HypervMode::Custom) {
        return Vec::new();
    }
    HYPERV_FOR_WINDOWS.into_iter().filter(|name| !features.hyperv_on(name)).collect()
}

/// The first element of a name in any `<features>`; libvirt reads `./features/*`.
fn feature<'a>(document: &'a Document, name: &'a str) -> Option<Node<'a, 'a>> {
    children(document.root(), "features").find_map(|features| child(features, name))
}

/// The document with `element` in the feature of this name: in that which [`feature`] finds, wherever it is.
fn put_feature<'a>(document: &Document, name: &'a str, element: Element<'a>) -> Result<Document, ParseError> {
    match feature(document, name) {
        Some(found) => put_into(document, found, &[], element),
        None => put(document, &["features", name], element),
    }
}

fn is_on(node: Node<'_, '_>) -> bool {
    node.attribute("state").is_none_or(|state| Switch::of(state).is_on())
}

/// The document with an existing switch element in this state.
fn switched(document: &Document, node: Node<'_, '_>, on: bool) -> Result<Document, ParseError> {
    let mut splices = Splices::default();
    if is_on(node) != on {
        set_attribute(document, &mut splices, node, "state", if on { "on" } else { "off" });
    }
    splices.document(document)
}

fn set_hidden(document: &Document, on: bool) -> Result<Document, ParseError> {
    match feature(document, "kvm").and_then(|kvm| child(kvm, "hidden")) {
        Some(hidden) => switched(document, hidden, on),
        None if on => put_feature(document, "kvm", Element::new("hidden", &[("state", "on")])),
        None => Ok(document.clone()),
    }
}

fn set_vendor(document: &Document, change: &VendorChange) -> Result<Document, ParseError> {
    let vendor = feature(document, "hyperv").and_then(|hyperv| child(hyperv, "vendor_id"));
    match (change, vendor) {
        (VendorChange::Set(id), Some(vendor)) => {
            let mut splices = Splices::default();
            if !is_on(vendor) {
                set_attribute(document, &mut splices, vendor, "state", "on");
            }
            if vendor.attribute("value") != Some(id.as_str()) {
                set_attribute(document, &mut splices, vendor, "value", id.as_str());
            }
            splices.document(document)
        }
        (VendorChange::Set(id), None) => {
            let element = Element::new("vendor_id", &[("state", "on"), ("value", id.as_str())]);
            put_feature(document, "hyperv", element)
        }
        (VendorChange::Clear, Some(vendor)) => switched(document, vendor, false),
        (VendorChange::Clear, None) => Ok(document.clone()),
    }
}

/// Adds what is missing of the set, and switches on what is off.
fn hyperv_on(document: &Document) -> Result<Document, ParseError> {
    let mut changed = document.clone();
    for name in missing_for_windows(document) {
        let existing = feature(&changed, "hyperv").and_then(|hyperv| child(hyperv, name));
        let next = match existing {
            Some(flag) => {
                let mut splices = Splices::default();
                set_attribute(&changed, &mut splices, flag, "state", "on");
                if name == "spinlocks" && !flag.has_attribute("retries") {
                    set_attribute(&changed, &mut splices, flag, "retries", SPINLOCK_RETRIES);
                }
                splices.document(&changed)?
            }
            None => put_feature(&changed, "hyperv", flag(name))?,
        };
        changed = next;
    }
    if changed.features().hyperv_on("stimer") { hyperv_clock(&changed) } else { Ok(changed) }
}

fn flag(name: &str) -> Element<'_> {
    match name {
        "spinlocks" => Element::new(name, &[("state", "on"), ("retries", SPINLOCK_RETRIES)]),
        "stimer" => Element::new(name, &[("state", "on")]).with(Element::new("direct", &[("state", "on")])),
        _ => Element::new(name, &[("state", "on")]),
    }
}

/// Makes sure of the timer `hypervclock`, without which libvirt refuses `stimer`.
fn hyperv_clock(document: &Document) -> Result<Document, ParseError> {
    let named = |timer: &Node<'_, '_>| timer.attribute("name") == Some("hypervclock");
    let timer = children(document.root(), "clock").find_map(|clock| children(clock, "timer").find(named));
    if let Some(timer) = timer {
        let mut splices = Splices::default();
        if timer.attribute("present").is_some_and(|present| !Switch::of(present).is_on()) {
            set_attribute(document, &mut splices, timer, "present", "yes");
        }
        return splices.document(document);
    }
    let timer = || Element::new("timer", &[("name", "hypervclock"), ("present", "yes")]);
    if child(document.root(), "clock").is_some() {
        put(document, &["clock"], timer())
    } else {
        // What libvirt assumes where there is no clock.
        put(document, &[], Element::new("clock", &[("offset", "utc")]).with(timer()))
    }
}

/// Switches off what is on of the set.
fn hyperv_off(document: &Document) -> Result<Document, ParseError> {
    let Some(hyperv) = feature(document, "hyperv") else { return Ok(document.clone()) };
    let mut splices = Splices::default();
    if hyperv.attribute("mode").is_some_and(|mode| mode != "custom") {
        set_attribute(document, &mut splices, hyperv, "mode", "custom");
    }
    let flags = hyperv_flags(hyperv);
    for name in HYPERV_FOR_WINDOWS.into_iter().filter(|name| flags.get(*name).is_some_and(Switch::is_on)) {
        if let Some(flag) = child(hyperv, name) {
            set_attribute(document, &mut splices, flag, "state", "off");
        }
    }
    splices.document(document)
}

#[cfg(test)]
mod tests;
