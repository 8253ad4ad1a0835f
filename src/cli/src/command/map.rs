//! `map`: the PCI tree with its groups as a drawing, on standard output or as a new file, with what virtual machines have.

use gangway_client::map::{Facts, Palette, svg};
use gangway_client::target::Target;

use crate::arguments::MapFile;
use crate::output::{Ending, put};
use crate::seen::SeenWithMachines;

pub(super) fn run(target: &Target, file: &MapFile) -> anyhow::Result<Ending> {
    let machine = SeenWithMachines::read(target)?;
    let seen = &machine.seen;
    let links = seen.host.links(&seen.source);
    let facts = Facts { host: &seen.host, names: &seen.names, links: Some(&links), owners: &machine.owners };
    let drawing = svg::document(&facts, Palette { dark: file.dark, high_contrast: false });
    put(Some(&file.svg), drawing.as_bytes())
}
