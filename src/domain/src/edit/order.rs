//! Where a new element goes among its siblings.
//!
//! libvirt's schema takes any order, but libvirt writes one (`virDomainDefFormatInternalSetRootName` in
//! `src/conf/domain_conf.c`); new elements go where libvirt would write them, so that its own version differs little.

use roxmltree::Node;

use crate::document::layout::{
    Style, behind, content_start, end_tag, is_space, line_break_before, start_tag,
};
use crate::document::splice::Splices;
use crate::document::{Document, is_plain_element};

/// The order of the children of `<devices>`.
const DEVICES: &[&str] = &[
    "emulator",
    "disk",
    "controller",
    "lease",
    "filesystem",
    "interface",
    "nvram",
    "smartcard",
    "serial",
    "parallel",
    "console",
    "channel",
    "input",
    "tpm",
    "graphics",
    "sound",
    "audio",
    "video",
    "hostdev",
    "redirdev",
    "redirfilter",
    "hub",
    "watchdog",
    "memballoon",
    "rng",
    "shmem",
    "panic",
    "memory",
    "iommu",
    "vsock",
    "crypto",
    "pstore",
];

/// The order of the children of `<domain>`.
const DOMAIN: &[&str] = &[
    "name",
    "uuid",
    "genid",
    "title",
    "description",
    "metadata",
    "maxMemory",
    "memory",
    "currentMemory",
    "blkiotune",
    "memtune",
    "memoryBacking",
    "vcpu",
    "vcpus",
    "iothreads",
    "iothreadids",
    "defaultiothread",
    "cputune",
    "numatune",
    "resource",
    "keywrap",
    "sysinfo",
    "bootloader",
    "bootloader_args",
    "os",
    "idmap",
    "features",
    "cpu",
    "clock",
    "on_poweroff",
    "on_reboot",
    "on_crash",
    "on_lockfailure",
    "pm",
    "perf",
    "devices",
];

/// The order of the children of `<features>`.
const FEATURES: &[&str] = &[
    "acpi",
    "apic",
    "pae",
    "hap",
    "viridian",
    "privnet",
    "hyperv",
    "kvm",
    "xen",
    "pvspinlock",
    "capabilities",
    "pmu",
    "vmport",
    "gic",
    "smm",
    "ioapic",
];

/// The order of the children of `<hyperv>`.
const HYPERV: &[&str] = &[
    "relaxed",
    "vapic",
    "spinlocks",
    "vpindex",
    "runtime",
    "synic",
    "stimer",
    "reset",
    "vendor_id",
    "frequencies",
    "reenlightenment",
    "tlbflush",
    "ipi",
    "evmcs",
    "avic",
    "emsr_bitmap",
    "xmm_input",
];

fn order_in(parent: &str) -> &'static [&'static str] {
    match parent {
        "devices" => DEVICES,
        "domain" => DOMAIN,
        "features" => FEATURES,
        "hyperv" => HYPERV,
        _ => &[],
    }
}

/// Inserts new children into `parent`; `write` makes one child's text in the style of its new neighbours.
///
/// They go behind the last child of their name, or else before the first child that libvirt writes later, or else
/// behind the last one. `<parent/>` is opened for them.
pub(crate) fn insert(
    document: &Document,
    splices: &mut Splices,
    parent: Node<'_, '_>,
    name: &str,
    write: &[&dyn Fn(&Style) -> String],
) {
    let text = document.text();
    let neighbour = neighbour(parent, name);
    let style =
        Style::beside(document, parent, neighbour.filter(|neighbour| neighbour.tag_name().name() == name));
    let mut new = String::new();
    for write in write {
        new.push_str(&style.before);
        new.push_str(&write(&style));
    }
    let (end, next) = match (neighbour, content_start(text, parent)) {
        (Some(neighbour), _) => (neighbour.range().end, neighbour.next_sibling()),
        (None, Some(start)) => (start, parent.first_child()),
        (None, None) => return open(text, splices, parent, &new),
    };
    splices.insert(behind(text, end, next), new);
}

/// The child behind which a new one of that name goes, `None` for the first place.
fn neighbour<'a, 'text: 'a>(parent: Node<'a, 'text>, name: &str) -> Option<Node<'a, 'text>> {
    let order = order_in(parent.tag_name().name());
    let rank = |name: &str| order.iter().position(|known| *known == name);
    let is_new = |node: &Node<'_, '_>| is_plain_element(node) && node.tag_name().name() == name;
    if let Some(last) = parent.children().rfind(is_new) {
        return Some(last);
    }
    let own = rank(name);
    let later = |node: &Node<'_, '_>| {
        is_plain_element(node)
            && own.is_some()
            && rank(node.tag_name().name()).is_some_and(|rank| Some(rank) > own)
    };
    match parent.children().find(later) {
        Some(later) => later.prev_siblings().skip(1).find(Node::is_element),
        None => parent.children().rfind(Node::is_element),
    }
}

/// Makes `<parent/>` a pair of tags around `new`.
///
/// The end tag of devices is `</devices >`, by which [`close_if_opened`] knows what it was.
fn open(text: &str, splices: &mut Splices, parent: Node<'_, '_>, new: &str) {
    let tag = start_tag(text, parent);
    let name = parent.tag_name().name();
    let before = line_break_before(text, tag.start);
    let mark = if name == "devices" { " " } else { "" };
    splices.replace(tag.end.saturating_sub(2)..tag.end, format!(">{new}{before}</{name}{mark}>"));
}

/// Keeps the mark of [`open`] apart from an end tag that was written so: one more space while there are children.
pub(crate) fn mark_if_empty(text: &str, splices: &mut Splices, parent: Node<'_, '_>) {
    if let Some(gap) = end_gap(text, parent).filter(|gap| !gap.is_empty() && is_blank(text, parent, &[])) {
        splices.insert(gap.end, " ");
    }
}

/// Undoes [`open`] and [`mark_if_empty`] when the last child leaves. `leaving` are the children that do.
///
/// Returns whether the whole inside of `parent` is gone, so that nothing in it needs to be deleted.
pub(crate) fn close_if_opened(
    text: &str,
    splices: &mut Splices,
    parent: Node<'_, '_>,
    leaving: &[Node<'_, '_>],
) -> bool {
    let Some(gap) = end_gap(text, parent).filter(|_| is_blank(text, parent, leaving)) else { return false };
    match text.get(gap.clone()) {
        Some(" ") => {
            let tag = start_tag(text, parent);
            splices.replace(tag.end.saturating_sub(1)..parent.range().end, "/>");
            true
        }
        Some(spaces) if spaces.ends_with(' ') => {
            splices.delete(gap.end.saturating_sub(1)..gap.end);
            false
        }
        _ => false,
    }
}

/// The white space in the end tag, before its `>`.
fn end_gap(text: &str, parent: Node<'_, '_>) -> Option<std::ops::Range<usize>> {
    let tag = end_tag(text, parent)?;
    let end = tag.end.saturating_sub(1);
    let front = text.get(tag.start..end)?.trim_end_matches(is_space).len();
    Some(tag.start + front..end)
}

/// Whether there is nothing but white space in `parent` once `leaving` have left.
fn is_blank(text: &str, parent: Node<'_, '_>, leaving: &[Node<'_, '_>]) -> bool {
    parent.children().all(|child| {
        leaving.contains(&child)
            || child.is_text() && text.get(child.range()).is_some_and(|text| text.chars().all(is_space))
    })
}
