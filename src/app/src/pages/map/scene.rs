//! What the map page shows: a map with all that it was made of, so that what is said of a box can be asked later.

use std::collections::BTreeMap;
use std::sync::Arc;

use gangway_client::claims::Owners;
use gangway_client::map::{Facts, Map, Metric};
use gangway_core::host::Link;
use gangway_core::pci::PciAddress;

use crate::situation::Snapshot;

/// What a map is made of; cheap enough to give to a worker.
#[derive(Clone)]
pub struct Parts {
    pub snapshot: Arc<Snapshot>,
    /// None until they have been read.
    pub links: Option<Arc<BTreeMap<PciAddress, Link>>>,
    pub owners: Owners,
}

impl Parts {
    /// The same for the layout.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            host: &self.snapshot.host,
            names: &self.snapshot.names,
            links: self.links.as_deref(),
            owners: &self.owners,
        }
    }
}

/// A map and what it was made of.
pub struct Scene {
    parts: Parts,
    pub map: Map,
}

impl Scene {
    /// Draws up the map.
    pub fn new(parts: Parts, metric: &dyn Metric) -> Self {
        let map = Map::new(&parts.facts(), metric);
        Self { parts, map }
    }

    /// What it was made of.
    pub fn parts(&self) -> Parts {
        self.parts.clone()
    }

    /// What is said of a box.
    pub fn spoken(&self, node: usize) -> String {
        self.map.spoken(&self.parts.facts(), node)
    }

    /// What a box opens: its main function.
    pub fn address(&self, node: usize) -> Option<PciAddress> {
        self.map.nodes.get(node)?.functions.first().copied()
    }

    /// What to look at first: the first graphics card, or where the map begins.
    pub fn first(&self) -> usize {
        let graphics = self.parts.snapshot.devices.rows.iter().find(|row| row.primary);
        graphics.and_then(|row| self.map.node_of(row.key.function()?)).unwrap_or(0)
    }
}
