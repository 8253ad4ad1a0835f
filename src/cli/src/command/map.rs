//! `map`: the PCI tree with its groups as a drawing, on standard output or as a new file, with what virtual machines have.

use std::path::Path;

use gangway_client::map::{Facts, Palette, svg};
use gangway_client::target::Target;

use crate::arguments::MapFile;
use crate::output::{Ending, create, write};
use crate::seen::SeenWithMachines;

pub(super) fn run(target: &Target, file: &MapFile) -> anyhow::Result<Ending> {
    let machine = SeenWithMachines::read(target)?;
    let seen = &machine.seen;
    let links = seen.host.links(&seen.source);
    let facts = Facts { host: &seen.host, names: &seen.names, links: Some(&links), owners: &machine.owners };
    let drawing = svg::document(&facts, Palette { dark: file.dark, high_contrast: false });
    match file.svg.as_path() {
        path if path == Path::new("-") => write(drawing.as_bytes()),
        path => create(path, drawing.as_bytes()),
    }
}
