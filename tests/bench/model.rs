//! What the whole model of a desktop costs beside its PCI part, and what the checks cost on top.
//!
//! `cargo bench -p gangway-tests --bench model`; the three are to be compared within one run. The whole is to take at
//! most four times the time of the PCI part.

#![expect(clippy::disallowed_methods, reason = "makes the tree that is read")]

use std::fs;
use std::hint::black_box;
use std::os::unix::fs::symlink;
use std::path::Path;

use gangway_core::checks;
use gangway_core::host::Host;
use gangway_core::model::Model;
use gangway_core::source::{Kind, Source};
use gangway_tests::checks::lab::Machine;

fn main() {
    divan::main();
}

/// The demo's desktop as a folder of real files.
fn desktop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let machine = Source::machine(&Machine::desktop().build());
    copy(&machine, "", folder.path());
    folder
}

fn copy(machine: &Source, path: &str, to: &Path) {
    for name in machine.list(if path.is_empty() { "/" } else { path }).unwrap() {
        let from = format!("{path}/{}", name.to_str().unwrap());
        let place = to.join(&name);
        match machine.kind(&from).unwrap() {
            Kind::Folder => {
                fs::create_dir(&place).unwrap();
                copy(machine, &from, &place);
            }
            Kind::Link => symlink(machine.read_link(&from).unwrap(), &place).unwrap(),
            Kind::File => fs::write(&place, machine.read(&from).unwrap()).unwrap(),
            Kind::Other => fs::write(&place, "").unwrap(),
        }
    }
}

#[divan::bench(min_time = 2)]
fn pci_part(bencher: divan::Bencher<'_, '_>) {
    let folder = desktop();
    let source = Source::folder(folder.path()).unwrap();
    bencher.bench_local(|| Host::scan(black_box(&source)));
}

#[divan::bench(min_time = 2)]
fn whole_model(bencher: divan::Bencher<'_, '_>) {
    let folder = desktop();
    let source = Source::folder(folder.path()).unwrap();
    bencher.bench_local(|| Model::read(black_box(&source)));
}

#[divan::bench(min_time = 1)]
fn all_checks(bencher: divan::Bencher<'_, '_>) {
    let folder = desktop();
    let model = Model::read(&Source::folder(folder.path()).unwrap());
    bencher.bench_local(|| checks::run(black_box(&model)));
}
