//! Sentences about a machine that was chosen and cannot be opened.

use super::{machine_file_error, open_machine_error, source_error};
use crate::target::TargetError;

/// Why the chosen machine cannot be opened.
pub fn target_error(error: &TargetError) -> String {
    match error {
        TargetError::Folder(error) => source_error(error),
        TargetError::Machine(error) => open_machine_error(error),
        TargetError::Demo { id, error } => machine_file_error(id, error),
    }
}
