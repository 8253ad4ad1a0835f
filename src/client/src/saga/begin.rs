//! Beginning with the host's side: the wish is on the disk before the root service is asked, and goes again where nothing
//! was begun.

use std::time::{SystemTime, UNIX_EPOCH};

use gangway_core::devices::{Devices, Identity};
use gangway_core::host::Host;
use gangway_core::leaving;
use gangway_core::pci::PciAddress;
use gangway_protocol::wire::Ending;

use super::{FolderError, Recipient, Wish, Wishes};
use crate::handover::{Request, going_beside};
use crate::helper::HelperError;
use crate::hypervisor::{Hypervisor, VirtualMachine};

/// Why the host's side was not begun. Nothing is changed then, but where the service went away on the way.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// What the virtual machine shall get could not be kept.
    #[error(transparent)]
    Wish(#[from] FolderError),
    /// The root service did not do it.
    #[error(transparent)]
    Helper(#[from] HelperError),
}

impl Wish {
    /// The wish that a request means, for one card.
    ///
    /// # Errors
    /// The card cannot leave the host.
    pub fn new(
        host: &Host,
        known: Option<&Devices>,
        request: &Request,
        vm: &VirtualMachine,
        hypervisor: &dyn Hypervisor,
    ) -> Result<Self, leaving::Refusal> {
        let device = *request.devices.first().ok_or(leaving::Refusal::Nothing)?;
        let going = going_beside(host, &[device], request.whole_group, &vm.devices)?;
        let functions = going.functions.iter().filter_map(|address| Identity::of(host, known, *address));
        Ok(Self {
            device,
            functions: functions.collect(),
            whole_group: request.whole_group,
            recipient: Recipient { id: vm.id.clone(), name: vm.name.clone(), connection: hypervisor.uri() },
            rom: request.rom.clone(),
            features: request.features,
            record: None,
            begun: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        })
    }
}

/// Changes the host as was reviewed, which `apply` does, with the wish for a virtual machine kept before.
///
/// # Errors
/// It was not begun. How it ended once it was is no error here.
pub fn begin(
    wishes: &Wishes,
    wish: Option<&Wish>,
    apply: impl FnOnce() -> Result<Ending, HelperError>,
) -> Result<Ending, BeginError> {
    if let Some(wish) = wish {
        wishes.keep(wish)?;
    }
    let ended = apply();
    if let Some(wish) = wish {
        settle(wishes, wish.device, &ended)?;
    }
    Ok(ended?)
}

/// What becomes of the wish for a card, if there is one, when the change of the host has ended.
///
/// # Errors
/// What shall be forgotten cannot be.
pub fn settle(
    wishes: &Wishes,
    device: PciAddress,
    ended: &Result<Ending, HelperError>,
) -> Result<(), FolderError> {
    match ended {
        Ok(Ending::Done { record }) => {
            if let Some(wish) = wishes.of(device)? {
                // The reservation itself tells which card it is; without its record the wish lacks but its history.
                let _history = wishes.keep(&Wish { record: Some(record.clone()), ..wish });
            }
            Ok(())
        }
        // Something of it may be there, which is seen after the next start at the latest.
        Ok(Ending::Stuck { .. }) | Err(HelperError::Lost) => Ok(()),
        Ok(_) | Err(_) => wishes.forget(device),
    }
}

#[cfg(test)]
mod tests {
    use gangway_protocol::ErrorName;

    use super::super::wish::tests::wish;
    use super::*;

    fn kept_after(ended: Result<Ending, HelperError>) -> (Option<Wish>, bool) {
        let temporary = tempfile::tempdir().unwrap();
        let wishes = Wishes::at(temporary.path());
        let result = begin(&wishes, Some(&wish()), || {
            assert_eq!(wishes.of(wish().device).unwrap(), Some(wish()), "kept before anything happens");
            ended
        });
        (wishes.of(wish().device).unwrap(), result.is_ok())
    }

    #[test]
    fn the_wish_stays_where_something_of_it_may_be_there() {
        let record = || "2026-11-21T17.40.00Z-1".to_owned();
        let done = Wish { record: Some(record()), ..wish() };
        assert_eq!(kept_after(Ok(Ending::Done { record: record() })), (Some(done), true));
        let stuck =
            Ending::Stuck { record: record(), reason: String::new(), stuck: String::new(), restart: true };
        assert_eq!(kept_after(Ok(stuck)), (Some(wish()), true));
        assert_eq!(kept_after(Err(HelperError::Lost)), (Some(wish()), false));
    }

    #[test]
    fn the_wish_goes_where_nothing_was_begun() {
        let back = Ending::RolledBack { record: "r".into(), step: None, reason: String::new() };
        assert_eq!(kept_after(Ok(back)), (None, true));
        let not = Ending::NotBegun { error: ErrorName::Busy, reason: String::new() };
        assert_eq!(kept_after(Ok(not)), (None, true));
        let refused = HelperError::Refused { name: ErrorName::Cancelled, text: String::new() };
        assert_eq!(kept_after(Err(refused)), (None, false));
    }

    #[test]
    fn nothing_is_changed_where_the_wish_cannot_be_kept() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("file");
        std::fs::File::create(&file).unwrap();
        let result = begin(&Wishes::at(&file), Some(&wish()), || panic!("asked the service"));
        assert!(matches!(result, Err(BeginError::Wish(_))));
        let ended = begin(&Wishes::at(&file), None, || Ok(Ending::Done { record: "r".into() }));
        assert!(ended.is_ok(), "a card that is only reserved needs no wish");
    }
}
