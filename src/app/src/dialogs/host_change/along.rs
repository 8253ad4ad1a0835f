//! What comes along with a reservation that is made for a virtual machine: that machine's side, which waits for the restart,
//! shown in the same review, and what is to be known before one agrees.

use gangway_client::handover::{VmChange, Warning};
use gangway_client::saga;
use gangway_client::target::Target;
use gangway_client::text::{self, DeviceNames, fill};
use gettextrs::gettext;

use super::state::{FileShown, FileView, LineView, ReviewView};
use crate::dialogs::knowing::Knowing;

/// What comes along with a change of the host.
#[derive(Debug)]
pub struct Along {
    /// What it is called as a whole.
    pub title: String,
    /// The virtual machine's side; none where a card is reserved only.
    pub guest: Option<Guest>,
    pub knowing: Knowing,
}

/// The virtual machine's side.
#[derive(Debug)]
pub struct Guest {
    /// What is kept until after the restart.
    pub wish: saga::Wish,
    /// What it would be now; it is planned anew when its time has come.
    pub change: Box<VmChange>,
}

impl Along {
    /// A review of the host's side with this.
    pub fn with(&self, mut view: ReviewView) -> ReviewView {
        let Some(guest) = &self.guest else { return view };
        let vm = guest.wish.recipient.name.as_str();
        let line = gettext(
            "After the restart, when the card is reserved, “{vm}” gets it; Gangway asks once more then.",
        );
        view.lines.push(LineView { sentence: fill(&line, &[("vm", vm)]), pill: None });
        view.files.push(FileView {
            path: format!("{vm}.xml"),
            remark: gettext("Definition of the virtual machine, after the restart"),
            shown: FileShown::Difference(guest.change.difference.clone()),
        });
        let undo =
            gettext("The devices are taken from “{vm}” again, and edits made to it in the meantime stay.");
        view.undo.insert(0, fill(&undo, &[("vm", vm)]));
        view
    }

    /// What to know of the virtual machine's side.
    pub fn notes(&self, names: &DeviceNames<'_>) -> Vec<String> {
        let warnings = self.guest.iter().flat_map(|guest| &guest.change.warnings);
        warnings.map(|warning: &Warning| text::warning(warning, names)).collect()
    }

    /// Keeps the wish where the host has nothing to do any more; not on the main thread.
    ///
    /// # Errors
    /// One sentence.
    pub fn keep(&self, target: &Target) -> Result<(), String> {
        let Some(guest) = &self.guest else { return Ok(()) };
        let wishes = target.wishes().ok_or_else(no_home)?;
        wishes.keep(&guest.wish).map_err(|error| text::wish_error(&error))
    }
}

/// Nowhere to keep what waits.
pub fn no_home() -> String {
    gettext("There is no place to keep what waits for the restart: set the environment variable HOME.")
}
