//! One examination of a computer: its model, and what many checks of devices ask of it, found once for all of them.
//!
//! No check is in here.

use std::ops::Deref;

use super::device::Graphics;
use crate::devices::uses::Finder;
use crate::devices::{Use, Used};
use crate::model::Model;
use crate::pci::{DeviceKind, PciAddress};

/// A model that the checks ask.
#[derive(Debug)]
pub(crate) struct Examination<'a> {
    model: &'a Model,
    graphics: Vec<Graphics<'a>>,
    finder: Finder<'a>,
}

impl<'a> Examination<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let host = &model.host;
        let graphics = host.cards.iter().filter_map(|card| {
            let function =
                host.functions_of(card).find(|function| function.kind() == DeviceKind::Graphics)?;
            Some(Graphics { card, function })
        });
        Self { model, graphics: graphics.collect(), finder: Finder::new(host, &model.devices) }
    }

    /// The graphics cards, in order of address.
    pub(super) fn graphics(&self) -> impl Iterator<Item = Graphics<'a>> {
        self.graphics.iter().copied()
    }

    /// What the host uses a graphics card for, as if the whole card left.
    pub(super) fn uses_of_card(&self, card: Graphics<'_>) -> Vec<Used> {
        self.finder.uses(&[], &card.card.functions)
    }

    /// What the host uses these functions for, as if all of them left together.
    pub(super) fn uses_of_all(&self, leaving: &[PciAddress]) -> Vec<Used> {
        self.finder.uses(&[], leaving)
    }

    /// What the host uses one function for, as if it left by itself.
    pub(super) fn uses_of(&self, address: PciAddress) -> Vec<Use> {
        self.finder.uses(&[], &[address]).into_iter().map(|used| used.by).collect()
    }
}

impl Deref for Examination<'_> {
    type Target = Model;

    fn deref(&self) -> &Model {
        self.model
    }
}
