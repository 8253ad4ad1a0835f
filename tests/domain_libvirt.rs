//! What real libvirt makes of our edits: it takes them, writes them anew in its own way, and what was added can still
//! be taken back, to exactly the text that libvirt had before.
//!
//! libvirt's QEMU driver runs inside `virsh` (`qemu:///embed`), with all its files in a temporary folder. No daemon is
//! started or asked, no virtual machine runs.
#![allow(clippy::disallowed_methods, reason = "a test writes the files that virsh reads")]

use std::fs;

use gangway_core::devices::Identity;
use gangway_core::pci::PciAddress;
use gangway_domain::{
    AddDevices, Document, FeatureChanges, VendorChange, VendorIdText, add, remove, set_features,
};
use gangway_tests::programs::{Outcome, Program};
use gangway_tests::skip;

const NAME: &str = "gangway-test";

/// libvirt in a folder of its own.
struct Libvirt {
    folder: tempfile::TempDir,
}

impl Libvirt {
    /// `None` after a skip, where this computer has no virsh or no QEMU.
    fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        for program in ["virsh", "qemu-system-x86_64"] {
            if !std::env::split_paths(&path).any(|folder| folder.join(program).is_file()) {
                skip(&format!("{program} is not installed"));
                return None;
            }
        }
        // The paths of sockets have 107 bytes at most.
        Some(Self { folder: tempfile::Builder::new().prefix("gw").tempdir_in("/tmp").unwrap() })
    }

    fn virsh<const N: usize>(&self, arguments: [&str; N]) -> Outcome {
        let uri = format!("qemu:///embed?root={}/root", self.folder.path().display());
        Program::new("virsh")
            .env("LC_ALL", "C")
            .env("HOME", self.folder.path())
            .args(["-q", "-c", &uri])
            .args(arguments)
            .run()
    }

    /// A definition as libvirt writes it after checking it against its schema and taking it in.
    fn written_anew(&self, definition: &str) -> Document {
        let file = self.folder.path().join("definition.xml");
        fs::write(&file, definition).unwrap();
        let defined = self.virsh(["define", "--validate", file.to_str().unwrap()]);
        assert_eq!(defined.status, 0, "{}\n{definition}", defined.errors);
        let shown = self.virsh(["dumpxml", "--inactive", "--security-info", NAME]);
        assert_eq!(shown.status, 0, "{}", shown.errors);
        Document::parse(shown.text()).unwrap()
    }
}

fn definition(machine: &str, devices: &str) -> String {
    format!(
        "<domain type='qemu'>
  <name>{NAME}</name>
  <uuid>9f6b0c1e-7a52-4d0e-8a55-0c6b9a6f2d11</uuid>
  <memory unit='MiB'>256</memory>
  <os>
    <type arch='x86_64' machine='{machine}'>hvm</type>
  </os>
  <features>
    <acpi/>
  </features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='scsi' index='0' model='virtio-scsi'/>
{devices}  </devices>
</domain>
"
    )
}

fn hostdev(function: u8, guest: &str) -> String {
    format!(
        "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x01' slot='0x00' \
         function='0x{function}'/></source>{guest}</hostdev>\n"
    )
}

fn identity(address: PciAddress) -> Identity {
    format!("{address} 0000:00/01.1/00.{} 10de:2484 1462:3904 0x12 <&\"'>", address.function())
        .parse()
        .unwrap()
}

fn functions(list: &[&str]) -> Vec<PciAddress> {
    list.iter().map(|text| text.parse().unwrap()).collect()
}

/// Given libvirt's own text, when functions are added and libvirt has written them anew, then taking them back gives
/// libvirt's own text again.
fn assert_comes_back(libvirt: &Libvirt, before: &str, list: &[&str]) -> Document {
    let list = functions(list);
    let before = libvirt.written_anew(before);
    let identities = list.iter().map(|address| identity(*address)).collect();
    let wanted = AddDevices { functions: list.clone(), identities, ..AddDevices::default() };
    let added = add(&before, &wanted).unwrap();
    assert_eq!(added.document.chosen(), wanted.identities);
    let anew = libvirt.written_anew(added.document.text());
    for placed in &added.placed {
        let found = anew.pci_hostdevs().into_iter().find(|device| device.source == placed.source).unwrap();
        assert_eq!(found.guest, placed.guest, "libvirt moved {}", placed.source);
    }
    assert_eq!(anew.chosen(), wanted.identities);
    let back = remove(&anew, &list).unwrap().document;
    assert_eq!(back.text(), before.text());
    assert_eq!(libvirt.written_anew(back.text()).text(), before.text());
    anew
}

#[test]
fn a_new_card_comes_and_goes() {
    let Some(libvirt) = Libvirt::find() else { return };
    for (machine, ports) in [("q35", 2), ("pc", 0)] {
        let list = ["01:00.0", "01:00.1", "02:00.3"];
        let with_cards = assert_comes_back(&libvirt, &definition(machine, ""), &list);
        assert_eq!(with_cards.controllers().iter().filter(|controller| controller.is_ours()).count(), ports);
    }
}

#[test]
fn marks_stand_beside_those_of_other_programs() {
    let Some(libvirt) = Libvirt::find() else { return };
    let others = "<metadata>\n    <o:x xmlns:o='urn:o'><o:y z='1'/>text</o:x>\n    <p:x xmlns:p='urn:p'/>\n  </metadata>";
    for metadata in ["", "<metadata/>", "<metadata></metadata>", "<metadata><!-- c --></metadata>", others] {
        let text = definition("q35", "").replace("  <memory", &format!("  {metadata}\n  <memory"));
        let anew = assert_comes_back(&libvirt, &text, &["01:00.0", "01:00.1"]);
        assert_eq!(anew.text().contains("urn:p"), metadata == others);
    }
}

#[test]
fn a_late_function_comes_and_goes() {
    let Some(libvirt) = Libvirt::find() else { return };
    for machine in ["q35", "pc"] {
        assert_comes_back(&libvirt, &definition(machine, &hostdev(0, "")), &["01:00.1", "01:00.2"]);
        assert_comes_back(&libvirt, &definition(machine, &hostdev(1, "")), &["01:00.0"]);
    }
}

#[test]
fn virtual_functions_come_and_go_as_libvirt_would_place_them() {
    let Some(libvirt) = Libvirt::find() else { return };
    for machine in ["q35", "pc"] {
        let before = libvirt.written_anew(&definition(machine, ""));
        let list = functions(&["02:10.0", "02:10.2"]);
        let wanted =
            AddDevices { functions: list.clone(), virtual_functions: list.clone(), ..AddDevices::default() };
        let ours = libvirt.written_anew(add(&before, &wanted).unwrap().document.text());
        let slots = |document: &Document| {
            let mut slots: Vec<_> = document
                .pci_hostdevs()
                .iter()
                .map(|device| device.guest.unwrap())
                .map(|guest| (guest.bus, guest.slot))
                .collect();
            slots.dedup();
            slots.len()
        };
        assert_eq!(slots(&ours), 2, "{machine}");
        // What libvirt does with two that have no place.
        let theirs = format!("{}{}", hostdev(0, ""), hostdev(2, ""));
        assert_eq!(slots(&libvirt.written_anew(&definition(machine, &theirs))), 2, "{machine}");
        assert_eq!(remove(&ours, &list).unwrap().document, before, "{machine}");
    }
}

#[test]
fn a_root_port_that_is_alone_stays_as_it_is() {
    let Some(libvirt) = Libvirt::find() else { return };
    let lone = "<controller type='pci' index='0' model='pcie-root'/>
        <controller type='pci' index='1' model='pcie-root-port'>
          <address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>
        </controller>\n";
    assert_comes_back(&libvirt, &definition("q35", lone), &["01:00.0"]);
}

#[test]
fn libvirt_places_what_has_no_place() {
    let Some(libvirt) = Libvirt::find() else { return };
    let before = Document::parse(definition("q35", "")).unwrap();
    let added =
        add(&before, &AddDevices { functions: functions(&["01:00.0", "01:00.1"]), ..AddDevices::default() })
            .unwrap();
    assert!(added.placed.iter().all(|placed| placed.guest.is_none()));
    let anew = libvirt.written_anew(added.document.text());
    assert!(anew.pci_hostdevs().iter().all(|device| device.guest.is_some()));
}

#[test]
fn libvirt_takes_every_switch() {
    let Some(libvirt) = Libvirt::find() else { return };
    let before = libvirt.written_anew(&definition("q35", ""));
    let vendor = VendorChange::Set(VendorIdText::new("Gangway's").unwrap());
    let all = FeatureChanges { hidden: Some(true), vendor_id: Some(vendor), hyperv_windows: Some(true) };
    let on = set_features(&before, &all).unwrap().document;
    let anew = libvirt.written_anew(on.text());
    assert_eq!(anew.features(), on.features());
    assert_eq!(set_features(&anew, &all).unwrap().document, anew, "libvirt kept every switch");
    let none = FeatureChanges {
        hidden: Some(false),
        vendor_id: Some(VendorChange::Clear),
        hyperv_windows: Some(false),
    };
    let off = libvirt.written_anew(set_features(&anew, &none).unwrap().document.text());
    assert!(!off.features().hyperv.values().any(gangway_domain::Switch::is_on));
}
