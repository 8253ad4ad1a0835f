//! Sentences about definitions: why a text is none, and why one cannot be changed as asked.

use gangway_domain::{EditError, ParseError, ParseErrorKind};
use gettextrs::gettext;

use super::{DeviceNames, fill};

/// Why a text is not a definition, as a sentence about `what`: a file's or a virtual machine's name.
pub fn parse_error(what: &str, error: &ParseError) -> String {
    fill(
        &gettext(
            "“{name}” is not a definition that can be changed: {reason} (line {line}, column {column}).",
        ),
        &[
            ("name", what),
            ("reason", &parse_reason(&error.kind)),
            ("line", &error.line.to_string()),
            ("column", &error.column.to_string()),
        ],
    )
}

fn parse_reason(kind: &ParseErrorKind) -> String {
    match kind {
        ParseErrorKind::Empty => gettext("it is empty, so choose another one"),
        ParseErrorKind::TooLarge { size } => fill(
            &gettext("it has {size} bytes, more than any definition, so choose another one"),
            &[("size", &size.to_string())],
        ),
        ParseErrorKind::NotUtf8 => gettext("it is not UTF-8 text, so convert it first"),
        ParseErrorKind::Encoding { encoding } => fill(
            &gettext("it is written in “{encoding}”, so convert it to UTF-8 first"),
            &[("encoding", encoding)],
        ),
        ParseErrorKind::Dtd => {
            gettext("it has a document type declaration, which no definition needs, so remove that")
        }
        ParseErrorKind::TooDeep { limit } => fill(
            &gettext("its elements are nested deeper than {limit} levels, so choose another one"),
            &[("limit", &limit.to_string())],
        ),
        ParseErrorKind::TooManyAttributes { limit } => fill(
            &gettext("it has more than {limit} attributes in one place, so choose another one"),
            &[("limit", &limit.to_string())],
        ),
        ParseErrorKind::NotXml { detail } => {
            fill(&gettext("it is not XML ({detail}), so correct it there"), &[("detail", detail)])
        }
        // A root of the right name is refused only where it means something else.
        ParseErrorKind::NotADomain { root } if root == "domain" => {
            gettext("its “domain” belongs to an XML namespace, so remove that namespace")
        }
        ParseErrorKind::NotADomain { root } => fill(
            &gettext("it describes “{root}” instead of a virtual machine, so choose another one"),
            &[("root", root)],
        ),
        other => fill(&gettext("it cannot be read ({detail})"), &[("detail", &other.to_string())]),
    }
}

/// Why a definition cannot be changed as asked, as a sentence about `what`.
pub fn edit_error(what: &str, error: &EditError, names: &DeviceNames<'_>) -> String {
    let template = match error {
        EditError::NothingNamed => gettext("No device was named for “{name}”: name one by its address."),
        EditError::NoDevices => gettext(
            "The definition of “{name}” has no “devices”, so nothing can be added to it: complete it first.",
        ),
        EditError::RepeatedDevices { .. } => gettext(
            "The definition of “{name}” has “devices” {count} times, so it is not clear where to add to: make them one first.",
        ),
        EditError::AlreadyThere { .. } => {
            gettext("“{name}” has {device} already, so there is nothing to hand over.")
        }
        EditError::NotThere { .. } => {
            gettext("“{name}” does not have {device}, so there is nothing to take back.")
        }
        EditError::HeldAsDisk { .. } => gettext(
            "“{name}” has {device} as a disk, which is not a handed-over device: change the disk in virt-manager.",
        ),
        EditError::NoFreeBus { .. } => gettext(
            "“{name}” has no free PCI bus for {device}: remove a controller that it does not use first.",
        ),
        EditError::RomForOther { .. } => {
            gettext("The ROM file for “{name}” belongs to {device}, which is not handed over: leave it out.")
        }
        EditError::RomPath { .. } => gettext(
            "“{path}” cannot be the ROM file for “{name}”: give an absolute path without control characters.",
        ),
        EditError::VendorIdAlone => gettext(
            "“{name}” cannot show a vendor id without another Hyper-V feature: switch on the features for Windows too.",
        ),
        EditError::VendorIdInMode { .. } => gettext(
            "“{name}” takes all Hyper-V features of the host and can show no vendor id: switch off the features for Windows first.",
        ),
        EditError::Result(error) => return parse_error(what, error),
        _ => {
            gettext("The definition of “{name}” cannot be changed so ({detail}): change it in virt-manager.")
        }
    };
    let (count, device, path) = match error {
        EditError::RepeatedDevices { count } => (count.to_string(), String::new(), String::new()),
        EditError::AlreadyThere { address }
        | EditError::NotThere { address }
        | EditError::HeldAsDisk { address }
        | EditError::NoFreeBus { address }
        | EditError::RomForOther { address } => (String::new(), names.of(*address), String::new()),
        EditError::RomPath { path } => (String::new(), String::new(), path.clone()),
        _ => Default::default(),
    };
    let detail = error.to_string();
    fill(
        &template,
        &[("name", what), ("count", &count), ("device", &device), ("path", &path), ("detail", &detail)],
    )
}
