//! What is known of the machine that is looked at: read in a worker, painted on the main thread, never changed.

use std::sync::Arc;

use gangway_client::target::Target;
use gangway_client::text::{self, DeviceNames};
use gangway_core::host::Host;
use gangway_core::pci::{Names, PciAddress};

use crate::pages::devices::state::DevicesView;
use crate::words;

/// One reading of a machine, with all that the device list says about it.
pub struct Snapshot {
    pub host: Host,
    pub names: Arc<Names>,
    /// By group.
    pub devices: Arc<DevicesView>,
    /// The machine's name for the host switcher.
    pub label: String,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("functions", &self.host.functions.len()).finish_non_exhaustive()
    }
}

impl Snapshot {
    /// Reads the machine; may take a while, so not on the main thread.
    ///
    /// # Errors
    /// One sentence: what could not be opened, and what to do.
    pub fn read(target: &Target) -> Result<Arc<Self>, String> {
        Self::read_expecting(target, |_| {})
    }

    /// The same; `expect` hears how many functions there are before they are read.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub fn read_expecting(target: &Target, expect: impl FnOnce(usize)) -> Result<Arc<Self>, String> {
        Self::read_with(target, expect, || Arc::new(Names::system()))
    }

    /// Reads the machine again. The list of names is not looked at again: it changes with a system's update.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub fn read_again(&self, target: &Target, expect: impl FnOnce(usize)) -> Result<Arc<Self>, String> {
        Self::read_with(target, expect, || self.names.clone())
    }

    fn read_with(
        target: &Target,
        expect: impl FnOnce(usize),
        names: impl FnOnce() -> Arc<Names>,
    ) -> Result<Arc<Self>, String> {
        let source = target.source().map_err(|error| text::target_error(&error))?;
        expect(Host::count(&source));
        let host = Host::scan(&source);
        let names = names();
        Ok(Self::of(host, names, words::machine_label(&target.host, &source.label())))
    }

    /// A machine that was read already.
    pub fn of(host: Host, names: impl Into<Arc<Names>>, label: String) -> Arc<Self> {
        let names = names.into();
        let devices = Arc::new(DevicesView::new(&host, &names));
        Arc::new(Self { host, names, devices, label })
    }

    /// What people call a function; `None` where the machine does not have it.
    pub fn name(&self, address: PciAddress) -> Option<String> {
        let function = self.host.function(address)?;
        let name = self.host.name_of(function, &self.names);
        Some(words::device_name(&self.host, function, &name.title))
    }

    /// The names of this machine's devices, for sentences.
    pub fn device_names(&self) -> DeviceNames<'_> {
        DeviceNames::new(|address| self.name(address)).with_ids(&self.names)
    }

    /// The cards that these functions belong to, each once: the name of its main function and what it is of all.
    pub fn cards_of(&self, functions: &[PciAddress]) -> Vec<CardPart> {
        let mut cards: Vec<CardPart> = Vec::new();
        for address in functions {
            let card = self.host.function(*address).map_or(*address, |function| function.card);
            match cards.iter_mut().find(|part| part.card == card) {
                Some(part) => part.functions.push(*address),
                None => cards.push(CardPart { card, functions: vec![*address] }),
            }
        }
        cards
    }
}

/// Some functions of one card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardPart {
    /// The first function of the card, also where it is not among `functions`.
    pub card: PciAddress,
    pub functions: Vec<PciAddress>,
}
