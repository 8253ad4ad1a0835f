//! A report of a computer: the captured machine, and above it what the checks find on it and what virtual machines have
//! of it, as remarks.
//!
//! The findings are made of the capture itself, so that nothing stands in them that a capture leaves out; and the report
//! is a captured machine, which both programs open. Virtual machines are counted, not named: names tell of people.

use gangway_core::checks::{self, Evidence, Need, Outcome, Value};
use gangway_core::devices::Usb;
use gangway_core::machine_file::MachineFile;
use gangway_core::model::Model;
use gangway_core::pci::Names;
use gangway_core::source::Source;
use gangway_domain::check::{GuestCheckId, GuestFinding, GuestFix};
use gettextrs::gettext;

use crate::asked::Asked;
use crate::claims::{not_plugged_in, owners, usb_owners};
use crate::guests::check_guests;
use crate::hypervisor::VirtualMachine;
use crate::text::{self, DeviceNames, checks as sentences};

/// The text of a report on a machine and its virtual machines, with personal data replaced.
pub fn report(source: &Source, asked: &Asked) -> String {
    let machine = MachineFile::capture(source);
    let model = Model::read(&Source::machine(&machine));
    let findings = checks::run(&model);
    let names = Names::system();
    let names = DeviceNames::of_host(&model.host, &names);
    let machines = nameless(asked.machines());
    let mut remarks = sentences::listing(&model.host, &findings, None, &owners(&machines), &names);
    remarks.extend(usb_claims(&machines, &model.devices.usb));
    let mut guests = check_guests(&machines, &model, &Source::machine(&machine));
    guests.iter_mut().flat_map(|guest| &mut guest.findings).for_each(hide_paths);
    remarks.extend(sentences::guest_listing(&guests, &names));
    if !asked.is_known() {
        // Why holds addresses of connections, and with them the names of users and computers.
        remarks.push(gettext("Virtual machines were not asked for their devices."));
    }
    // The first remark is the title, also where the machine has no name.
    let title = machine.title().unwrap_or("Gangway").to_owned();
    machine.with_title(&title).with_remarks(remarks).write()
}

/// What stands in place of what tells of people.
const HIDDEN: &str = "…";

/// Takes the names of files out of a finding: users choose those.
fn hide_paths(finding: &mut GuestFinding) {
    if !matches!(finding.check, GuestCheckId::RomFile | GuestCheckId::RomSigned) {
        return;
    }
    finding.values = vec![("path", Value::Text(HIDDEN.to_owned()))];
    finding.evidence = vec![Evidence::value("/domain/devices/hostdev/rom/@file", HIDDEN)];
    if let Outcome::CouldNotTell(need) = &mut finding.outcome {
        *need = Need::Path(HIDDEN.to_owned());
    }
    if let Some(GuestFix::PutFile { path }) = &mut finding.fix {
        HIDDEN.clone_into(path);
    }
}

/// The machines with numbers in place of their names, in their order. Why one cannot be read may hold its name.
fn nameless(machines: &[VirtualMachine]) -> Vec<VirtualMachine> {
    let nameless = |(vm, number): (&VirtualMachine, usize)| VirtualMachine {
        name: format!("vm-{number}"),
        trouble: vm.trouble.as_ref().map(|_| HIDDEN.to_owned()),
        ..vm.clone()
    };
    machines.iter().zip(1_usize..).map(nameless).collect()
}

fn usb_claims(machines: &[VirtualMachine], usb: &Usb) -> Vec<String> {
    let owners = usb_owners(machines, usb);
    let found = usb.devices.iter().flat_map(|device| {
        let owners = owners.get(&device.port).into_iter().flatten();
        owners.map(|owner| text::claimed(&format!("{} ({})", device.name(), device.port), owner))
    });
    let missing = not_plugged_in(machines, usb);
    found.chain(missing.iter().map(|(owner, wanted)| text::usb_missing(owner, wanted))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asked::NotAsked;
    use crate::demo::DemoMachine;
    use crate::hypervisor::{VmId, VmState};
    use crate::target::demo_source;

    fn vm(name: &str, state: VmState, devices: &str) -> VirtualMachine {
        let xml = format!("<domain type='kvm'><name>{name}</name><devices>{devices}</devices></domain>");
        VirtualMachine::new(VmId::new(name), name.to_owned(), state, true).with_definition(&xml)
    }

    #[test]
    fn machines_are_told_of_without_their_names() {
        let source = demo_source(DemoMachine::Workshop).unwrap();
        let card = "<hostdev mode='subsystem' type='pci'><source><address bus='1' function='0'/></source><rom file='/home/alex/a.rom'/></hostdev>";
        let keyboard = "<hostdev mode='subsystem' type='usb'><source><vendor id='0x046a'/><product id='0x0011'/></source></hostdev>";
        let vms = vec![vm("alex-taxes", VmState::Off, card), vm("alex-work", VmState::Running, keyboard)];
        let text = report(&source, &Asked::Machines(vms));
        assert!(!text.contains("alex"), "{text}");
        for part in ["“vm-1” has GeForce RTX 3070 (01:00.0)", "“vm-2” runs and has Cherry Keyboard (3-1)"]
        {
            assert!(text.contains(part), "{part}");
        }
        let unknown = report(&source, &Asked::Not(NotAsked::OtherComputer));
        assert!(unknown.contains("Virtual machines were not asked"));
        assert!(MachineFile::parse(unknown.as_bytes()).is_ok());
    }
}
