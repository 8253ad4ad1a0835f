//! Sentences about what is read instead of this computer: captured machines and folders.

use gangway_core::machine_file::{MachineFileError, MachineFileErrorKind, OpenMachineError};
use gangway_core::source::{SourceError, SourceErrorKind};
use gettextrs::gettext;

use super::fill;

/// Why a captured machine cannot be opened.
pub fn open_machine_error(error: &OpenMachineError) -> String {
    match error {
        OpenMachineError::Read(error) => source_error(error),
        OpenMachineError::Parse { path, error } => machine_file_error(path, error),
    }
}

/// Why a file is not a captured machine.
pub fn machine_file_error(path: &str, error: &MachineFileError) -> String {
    let template = match error.kind {
        MachineFileErrorKind::NotAMachine => gettext(
            "“{path}” is not a captured machine: choose a file that “gangwayctl capture” has written.",
        ),
        MachineFileErrorKind::Version { .. } => gettext(
            "“{path}” is a captured machine of version {version}, which this Gangway does not know: use a newer one.",
        ),
        MachineFileErrorKind::Cut => gettext(
            "“{path}” ends at line {line} before the captured machine is complete: fetch the file again.",
        ),
        MachineFileErrorKind::NotText => {
            gettext("“{path}” is not text at line {line}: fetch the file again, or capture the machine anew.")
        }
        MachineFileErrorKind::TooLarge => gettext(
            "“{path}” is larger at line {line} than a captured machine can be: capture the machine anew.",
        ),
        MachineFileErrorKind::NotAnEntry
        | MachineFileErrorKind::Escape
        | MachineFileErrorKind::Path
        | MachineFileErrorKind::Taken
        | MachineFileErrorKind::AfterEnd => gettext(
            "“{path}” cannot be understood at line {line} ({detail}): fetch the file again, or capture the machine anew.",
        ),
    };
    let version = match error.kind {
        MachineFileErrorKind::Version { version } => version.to_string(),
        _ => String::new(),
    };
    let values = [
        ("path", path.to_owned()),
        ("line", error.line.to_string()),
        ("version", version),
        ("detail", entry_detail(error.kind)),
    ];
    fill(&template, &values.each_ref().map(|(name, value)| (*name, value.as_str())))
}

/// What was wrong with an entry.
fn entry_detail(kind: MachineFileErrorKind) -> String {
    match kind {
        MachineFileErrorKind::NotAnEntry => gettext("not an entry of a captured machine"),
        MachineFileErrorKind::Escape => gettext("a backslash that stands for nothing"),
        MachineFileErrorKind::Path => gettext("not a path below the root"),
        MachineFileErrorKind::Taken => gettext("the path is taken"),
        MachineFileErrorKind::AfterEnd => gettext("text after the end"),
        other => other.to_string(),
    }
}

/// Why a file or folder that the user chose cannot be read.
pub fn source_error(error: &SourceError) -> String {
    let template = match error.kind {
        SourceErrorKind::Absent => gettext("There is no “{path}”: check how it is written."),
        SourceErrorKind::Dangling => gettext("“{path}” is a link that leads to nothing: choose another one."),
        SourceErrorKind::Loop => gettext("“{path}” is a link that leads in a circle: choose another one."),
        SourceErrorKind::NoPermission => gettext("“{path}” is not for you to read: change its permissions."),
        SourceErrorKind::NotAFile => gettext("“{path}” is not a file: choose a file."),
        SourceErrorKind::NotAFolder => gettext("“{path}” is not a folder: choose a folder."),
        SourceErrorKind::NotALink => gettext("“{path}” is not a link: choose another one."),
        SourceErrorKind::TooLarge => {
            gettext("“{path}” is larger than such a file can be: choose another one.")
        }
        SourceErrorKind::NotText => gettext("“{path}” is not text: choose another one."),
        SourceErrorKind::System(_) => {
            gettext("“{path}” cannot be read ({detail}): check the disk that it is on.")
        }
    };
    fill(&template, &[("path", &error.path), ("detail", &error.kind.to_string())])
}
