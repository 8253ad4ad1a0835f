//! What the window says by itself of a reservation: something only where a person has to decide, or should know that the
//! trial did not go well. The same facts as `gangwayctl status` tells when it is asked.

use gangway_core::model::Model;
use gangway_core::trial::{Standing, Verified, verify};
use gettextrs::gettext;

use crate::text::{DeviceNames, fill, trial as sentences};

/// Something to be said, and what leads on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What is the case.
    pub sentence: String,
    /// What the button says.
    pub button: String,
    /// Where it leads.
    pub next: Next,
}

/// Where a notice leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// To the review of keeping the reservation.
    Keep,
    /// To what the checks found.
    Findings,
    /// To the changes, which can be undone.
    Changes,
}

/// What is to be said now; none where nothing is.
pub fn notice(model: &Model, names: &DeviceNames<'_>) -> Option<Notice> {
    let trial = &model.system.trial;
    let state = trial.state.known()?;
    let cards = sentences::devices(state, names);
    let said = |template: String, button: String, next| {
        Some(Notice { sentence: fill(&template, &[("cards", &cards)]), button, next })
    };
    match &trial.standing {
        Standing::OnTrial { .. } => {
            let parts = verify(state, model, None);
            let broken = parts.iter().any(|part| matches!(part.verified, Verified::Broken { .. }));
            if broken {
                let template =
                    gettext("This start is the trial of the reservation of {cards}, and it did not work.");
                return said(template, gettext("See Why"), Next::Findings);
            }
            let template = gettext(
                "This start is the trial of the reservation of {cards}. Is everything as it should be?",
            );
            said(template, gettext("Keep…"), Next::Keep)
        }
        Standing::Over { .. } => {
            let template = gettext(
                "The trial of the reservation of {cards} was not kept; this is the system as before.",
            );
            said(template, gettext("Changes"), Next::Changes)
        }
        // The page of readiness says the others, where somebody looks.
        Standing::None
        | Standing::Waiting
        | Standing::Confirmed { .. }
        | Standing::Without
        | Standing::Foreign { .. }
        | Standing::Unknown(_) => None,
    }
}
