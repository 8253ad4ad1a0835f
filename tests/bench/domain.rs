//! What it costs to read a domain definition and to add a card to it, in process.
//!
//! The definition is one of ours, as libvirt writes a desktop's virtual machine: `cargo bench --bench domain`.

use divan::Bencher;
use divan::counter::BytesCount;
use gangway_core::pci::PciAddress;
use gangway_domain::{AddDevices, Document, add, redact, remove};

fn main() {
    divan::main();
}

/// A definition with so many disks behind root ports, about 400 bytes each.
fn definition(disks: usize) -> String {
    let mut devices = String::new();
    for n in 1..=disks {
        devices.push_str(&format!(
            "    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/var/lib/libvirt/images/disk-{n}.qcow2'/>
      <target dev='vd{n}' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='{n:#04x}' slot='0x00' function='0x0'/>
    </disk>
    <controller type='pci' index='{n}' model='pcie-root-port'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x1'/>
    </controller>
"
        ));
    }
    format!(
        "<domain type='kvm'>\n  <name>bench</name>\n  <os>\n    <type arch='x86_64' machine='q35'>hvm</type>\n  </os>\n  \
         <features>\n    <acpi/>\n  </features>\n  <devices>\n{devices}    <memballoon model='none'/>\n  </devices>\n</domain>\n"
    )
}

fn card() -> Vec<PciAddress> {
    (0..4).filter_map(|function| PciAddress::new(0, 1, 0, function)).collect()
}

/// 20 disks are a large desktop's definition (some 10 kB), 200 a very large one.
const DISKS: [usize; 2] = [20, 200];

#[divan::bench(args = DISKS)]
fn read(bencher: Bencher<'_, '_>, disks: usize) {
    let text = definition(disks);
    bencher.counter(BytesCount::of_str(&text)).bench(|| Document::parse(divan::black_box(text.as_str())));
}

#[divan::bench(args = DISKS)]
fn read_and_add(bencher: Bencher<'_, '_>, disks: usize) {
    let text = definition(disks);
    let devices = AddDevices { functions: card(), ..AddDevices::default() };
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let document = Document::parse(divan::black_box(text.as_str())).expect("a definition");
        add(&document, &devices)
    });
}

#[divan::bench(args = DISKS)]
fn take_back(bencher: Bencher<'_, '_>, disks: usize) {
    let document = Document::parse(definition(disks)).expect("a definition");
    let added =
        add(&document, &AddDevices { functions: card(), ..AddDevices::default() }).expect("a place").document;
    bencher.bench(|| remove(divan::black_box(&added), &card()));
}

#[divan::bench(args = DISKS)]
fn hide_passwords(bencher: Bencher<'_, '_>, disks: usize) {
    let text = definition(disks);
    bencher.counter(BytesCount::of_str(&text)).bench(|| redact(divan::black_box(&text)));
}
