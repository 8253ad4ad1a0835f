//! What a scan costs beside the bare cost of opening and reading the same files, at 55 and at 4,096 functions.
//!
//! `cargo bench -p gangway-tests --bench scan`; the two are to be compared within one run.

#![expect(clippy::disallowed_methods, reason = "makes the trees that are read")]

use std::fs;
use std::hint::black_box;
use std::os::unix::fs::symlink;

use gangway_core::devices::Devices;
use gangway_core::host::Host;
use gangway_core::model::Model;
use gangway_core::pci::{Names, PciAddress};
use gangway_core::source::Source;
use gangway_tests::tree::read_bare;

const SIZES: [usize; 2] = [55, 4096];

fn main() {
    divan::main();
}

/// A tree of so many functions, two to a slot, each slot behind a port of its own, two slots to a group.
fn tree(functions: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sys = folder.path().join("sys");
    for place in ["bus/pci/devices", "kernel/iommu_groups", "class/drm"] {
        fs::create_dir_all(sys.join(place)).unwrap();
    }
    for number in 0..functions {
        let (slot, function) = (number / 2, (number % 2) as u8);
        let (domain, bus) = ((slot / 255) as u32, (slot % 255) as u8 + 1);
        let at = PciAddress::new(domain, bus, 0, function).unwrap();
        let port = PciAddress::new(domain, 0, bus >> 3, bus & 7).unwrap();
        let place = format!("devices/pci{domain:04x}:00/{port}/{at}");
        let home = sys.join(&place);
        fs::create_dir_all(&home).unwrap();
        let (class, driver) = if number % 16 == 0 { ("30000", "amdgpu") } else { ("40300", "snd_hda_intel") };
        let uevent = format!(
            "DRIVER={driver}\nPCI_CLASS={class}\nPCI_ID=1002:{:04X}\nPCI_SUBSYS_ID=148C:2414\nPCI_SLOT_NAME={at}\n\
             MODALIAS=pci:v00001002d0000743Fsv0000148Csd00002414bc03sc00i00\n",
            number % 0xffff
        );
        fs::write(home.join("uevent"), uevent).unwrap();
        fs::write(home.join("revision"), "0xc7\n").unwrap();
        fs::write(home.join("driver_override"), "(null)\n").unwrap();
        if number % 16 == 0 {
            fs::write(home.join("boot_vga"), "0\n").unwrap();
        }
        let group = slot / 2;
        fs::create_dir_all(sys.join(format!("kernel/iommu_groups/{group}"))).unwrap();
        fs::write(sys.join(format!("kernel/iommu_groups/{group}/type")), "DMA-FQ\n").unwrap();
        symlink(format!("../../../../kernel/iommu_groups/{group}"), home.join("iommu_group")).unwrap();
        symlink(format!("../../../{place}"), sys.join(format!("bus/pci/devices/{at}"))).unwrap();
    }
    folder
}

#[divan::bench(args = SIZES, min_time = 2)]
fn bare_reading(bencher: divan::Bencher<'_, '_>, functions: usize) {
    let folder = tree(functions);
    bencher.bench_local(|| read_bare(black_box(folder.path())));
}

#[divan::bench(args = SIZES, min_time = 2)]
fn scan(bencher: divan::Bencher<'_, '_>, functions: usize) {
    let folder = tree(functions);
    let source = Source::folder(folder.path()).unwrap();
    assert_eq!(Host::scan(&source).functions.len(), functions);
    bencher.bench_local(|| Host::scan(black_box(&source)));
}

/// What the full model costs beside the scan: of the demo's desktop written out as a folder, with its hanging devices.
#[divan::bench(args = ["scan", "devices", "model"], min_time = 2)]
fn desktop(bencher: divan::Bencher<'_, '_>, part: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (_, machine) =
        gangway_tests::machines::all().into_iter().find(|(name, _)| *name == "workshop").unwrap();
    gangway_tests::tree::write_out(folder.path(), &machine);
    let source = Source::folder(folder.path()).unwrap();
    let host = Host::scan(&source);
    bencher.bench_local(|| match part {
        "scan" => Host::scan(black_box(&source)).functions.len(),
        "devices" => Devices::read(black_box(&source), &host).functions.len(),
        _ => Model::read(black_box(&source)).host.functions.len(),
    });
}

#[divan::bench(args = SIZES, min_time = 2)]
fn devices(bencher: divan::Bencher<'_, '_>, functions: usize) {
    let folder = tree(functions);
    let source = Source::folder(folder.path()).unwrap();
    let host = Host::scan(&source);
    bencher.bench_local(|| Devices::read(black_box(&source), &host));
}

#[divan::bench(args = SIZES)]
fn names_of_all(bencher: divan::Bencher<'_, '_>, functions: usize) {
    let folder = tree(functions);
    let host = Host::scan(&Source::folder(folder.path()).unwrap());
    bencher.bench_local(|| {
        let names = Names::system();
        host.functions.iter().map(|function| host.name_of(function, &names).title.len()).sum::<usize>()
    });
}
