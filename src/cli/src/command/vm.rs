//! `vm list` and `vm show`: the virtual machines of the chosen libvirt, and what they have of the host.

use gangway_client::guests::check_guests;
use gangway_client::handover::not_chosen;
use gangway_client::hypervisor::{Hypervisor, VirtualMachine};
use gangway_client::target::Target;
use gangway_client::text::{self, checks, fill};
use gangway_core::devices::{Comparison, Devices, Identity};
use gangway_core::host::Host;
use gangway_core::model::Model;
use gangway_core::source::Source;
use gangway_domain::check::{GuestCheckId, GuestFinding};
use gangway_domain::{Document, Firmware, MachineType, PciHostDevice, SecureBoot};
use gettextrs::gettext;
use serde::Serialize;

use crate::failure::failure;
use crate::json::FindingJson;
use crate::output::{Ending, write, write_json};
use crate::seen::Seen;
use crate::table::Table;

#[derive(Debug, Serialize)]
struct ListJson {
    virtual_machines: Vec<MachineJson>,
}

#[derive(Debug, Serialize)]
struct MachineJson {
    name: String,
    uuid: String,
    state: &'static str,
    persistent: bool,
    system: String,
    memory_kib: Option<u64>,
    devices: Vec<String>,
    /// The functions that it runs with; none while it does not, or where that is not known.
    attached: Option<Vec<String>>,
    trouble: Option<String>,
}

#[derive(Debug, Serialize)]
struct DetailsJson {
    #[serde(flatten)]
    machine: MachineJson,
    chipset: Option<String>,
    firmware: Option<String>,
    secure_boot: Option<&'static str>,
    host_devices: Vec<HostDeviceJson>,
    findings: Vec<FindingJson>,
}

#[derive(Debug, Serialize)]
struct HostDeviceJson {
    address: String,
    guest_address: Option<String>,
    rom: Option<String>,
    /// The device that was chosen; none where another program put it there.
    chosen: Option<ChosenJson>,
}

/// What the definition remembers of a device, and what became of that.
#[derive(Debug, Serialize)]
struct ChosenJson {
    vendor: String,
    device: String,
    now: &'static str,
    moved_to: Option<String>,
}

pub(super) fn list(target: &Target, json: bool) -> anyhow::Result<Ending> {
    let hypervisor = target.connect().map_err(|error| failure(text::hypervisor_error(&error)))?;
    let machines = hypervisor.list().map_err(|error| failure(text::hypervisor_error(&error)))?;
    if json {
        return write_json(&ListJson { virtual_machines: machines.iter().map(MachineJson::of).collect() });
    }
    let mut table = Table::default();
    if machines.is_empty() {
        let template = gettext("There are no virtual machines at “{uri}”.");
        table.text(fill(&template, &[("uri", &hypervisor.uri())]));
    }
    for vm in &machines {
        let devices: Vec<String> = vm.functions().keys().map(|address| address.short()).collect();
        table.row([
            vm.name.clone(),
            text::vm_state(vm.state),
            text::guest_system(&vm.system),
            memory(vm),
            vm.trouble.clone().unwrap_or_else(|| devices.join(&gettext(", "))),
        ]);
    }
    write(table.finish().as_bytes())
}

pub(super) fn show(target: &Target, name: &str, json: bool) -> anyhow::Result<Ending> {
    let hypervisor = target.connect().map_err(|error| failure(text::hypervisor_error(&error)))?;
    let vm = hypervisor.find(name).map_err(|error| failure(text::hypervisor_error(&error)))?;
    let document = document(&*hypervisor, &vm)?;
    let seen = Seen::read(target)?;
    let known = Devices::serials(&seen.source, &seen.host);
    if json {
        let findings = findings(&*hypervisor, &vm, &seen.host, &seen.source);
        let names = seen.device_names();
        return write_json(&DetailsJson {
            findings: findings.iter().map(|finding| FindingJson::of_guest(finding, &names)).collect(),
            ..DetailsJson::of(&vm, document.as_ref(), &seen.host, &known)
        });
    }
    let names = seen.device_names();
    let mut table = Table::default();
    table.text(&vm.name);
    let mut row = |label: String, value: String| table.row([format!("  {label}"), value]);
    row(gettext("State"), text::vm_state(vm.state));
    row(gettext("System"), text::guest_system(&vm.system));
    row(gettext("Memory"), memory(&vm));
    if let Some(document) = &document {
        row(gettext("Chipset"), text::chipset(&document.machine()));
        row(gettext("Firmware"), text::firmware(&document.firmware()));
    }
    row(gettext("UUID"), vm.id.to_string());
    if !vm.persistent {
        row(gettext("Saved"), gettext("no, it goes when it stops"));
    }
    if let Some(trouble) = &vm.trouble {
        row(gettext("Definition"), trouble.clone());
    }
    for (index, (address, held)) in vm.functions().into_iter().enumerate() {
        let label = if index == 0 { gettext("From the host") } else { String::new() };
        let remark = text::held(held, &vm);
        let parts: Vec<String> = [Some(names.of(address)), remark].into_iter().flatten().collect();
        row(label, parts.join(&gettext(", ")));
    }
    let findings = findings(&*hypervisor, &vm, &seen.host, &seen.source);
    let others = document.map(|document| not_chosen(&vm.name, &document, &seen.host, Some(&known)));
    for other in others.iter().flatten() {
        table.text("");
        table.text(text::not_chosen(other, &names));
    }
    // Which card was chosen is told above, with more of it.
    let open = |finding: &&GuestFinding| !finding.is_ok() && finding.check != GuestCheckId::Identity;
    for finding in findings.iter().filter(open) {
        table.text("");
        table.text(checks::guest_sentence(finding, &names));
        if let Some(fix) = &finding.fix {
            table.text(format!("→ {}", checks::guest_fix(fix, &names)));
        }
    }
    write(table.finish().as_bytes())
}

/// What the checks say of it.
fn findings(
    hypervisor: &dyn Hypervisor,
    vm: &VirtualMachine,
    host: &Host,
    source: &Source,
) -> Vec<GuestFinding> {
    // Without the others nothing is said of what they have, too.
    let machines = hypervisor.list().unwrap_or_else(|_| vec![vm.clone()]);
    let model = Model::around(host.clone(), source);
    let mut checked = check_guests(&machines, &model, source);
    checked.retain(|guest| guest.name == vm.name);
    checked.pop().map(|guest| guest.findings).unwrap_or_default()
}

/// The definition; none where it cannot be understood, which [`VirtualMachine::trouble`] says.
fn document(hypervisor: &dyn Hypervisor, vm: &VirtualMachine) -> anyhow::Result<Option<Document>> {
    let definition =
        hypervisor.definition(&vm.id).map_err(|error| failure(text::hypervisor_error(&error)))?;
    Ok(definition.document().ok())
}

fn memory(vm: &VirtualMachine) -> String {
    let Some(kib) = vm.memory_kib else { return gettext("unknown") };
    let (size, template) = match kib {
        whole if whole % (1 << 20) == 0 => (whole >> 20, gettext("{size} GiB")),
        other => (other >> 10, gettext("{size} MiB")),
    };
    fill(&template, &[("size", &size.to_string())])
}

impl MachineJson {
    fn of(vm: &VirtualMachine) -> Self {
        Self {
            name: vm.name.clone(),
            uuid: vm.id.to_string(),
            state: state_word(vm),
            persistent: vm.persistent,
            system: text::guest_system(&vm.system),
            memory_kib: vm.memory_kib,
            devices: vm.devices.iter().map(ToString::to_string).collect(),
            attached: vm.attached.as_ref().map(|now| now.functions.iter().map(ToString::to_string).collect()),
            trouble: vm.trouble.clone(),
        }
    }
}

impl DetailsJson {
    fn of(vm: &VirtualMachine, document: Option<&Document>, host: &Host, known: &Devices) -> Self {
        let firmware = document.map(Document::firmware);
        let devices = document.map(Document::pci_hostdevs).unwrap_or_default();
        let chosen = document.map(Document::chosen).unwrap_or_default();
        Self {
            machine: MachineJson::of(vm),
            chipset: document.map(Document::machine).and_then(chipset_word),
            firmware: firmware.as_ref().and_then(firmware_word),
            secure_boot: firmware.as_ref().and_then(secure_boot_word),
            host_devices: devices
                .iter()
                .map(|device| {
                    let mark = chosen.iter().find(|mark| mark.address == device.source);
                    HostDeviceJson::of(device, mark.map(|mark| ChosenJson::of(mark, host, known)))
                })
                .collect(),
            findings: Vec::new(),
        }
    }
}

/// A word that no translation changes; none where libvirt chooses.
fn chipset_word(machine: MachineType) -> Option<String> {
    match machine {
        MachineType::Q35 => Some("q35".to_owned()),
        MachineType::I440fx => Some("i440fx".to_owned()),
        MachineType::Other(name) => Some(name),
        MachineType::Unspecified => None,
    }
}

/// As [`chipset_word`]; a firmware of its own is its file.
fn firmware_word(firmware: &Firmware) -> Option<String> {
    match firmware {
        Firmware::Bios => Some("bios".to_owned()),
        Firmware::Uefi(_) => Some("uefi".to_owned()),
        Firmware::File(name) | Firmware::Other(name) => Some(name.clone()),
        Firmware::Unspecified => None,
    }
}

/// As [`chipset_word`]; none where the definition does not say.
fn secure_boot_word(firmware: &Firmware) -> Option<&'static str> {
    match firmware {
        Firmware::Uefi(SecureBoot::WithKeys) => Some("with-keys"),
        Firmware::Uefi(SecureBoot::WithoutKeys) => Some("without-keys"),
        Firmware::Uefi(SecureBoot::Possible) => Some("possible"),
        Firmware::Uefi(SecureBoot::No) => Some("no"),
        _ => None,
    }
}

/// A word that no translation changes.
fn state_word(vm: &VirtualMachine) -> &'static str {
    use gangway_client::hypervisor::VmState;
    match vm.state {
        VmState::Running => "running",
        VmState::Paused => "paused",
        VmState::Off => "off",
        VmState::Crashed => "crashed",
        VmState::Other => "other",
    }
}

impl ChosenJson {
    fn of(mark: &Identity, host: &Host, known: &Devices) -> Self {
        let now = mark.compare(host, Some(known));
        Self {
            vendor: mark.id.0.to_string(),
            device: mark.id.1.to_string(),
            moved_to: match &now {
                Comparison::Moved { to } => Some(to.to_string()),
                _ => None,
            },
            now: match now {
                Comparison::Same => "same",
                Comparison::Moved { .. } => "moved",
                Comparison::Replaced => "replaced",
                Comparison::Gone => "gone",
                Comparison::Unclear { .. } => "unclear",
                Comparison::Unknown => "unknown",
            },
        }
    }
}

impl HostDeviceJson {
    fn of(device: &PciHostDevice, chosen: Option<ChosenJson>) -> Self {
        Self {
            address: device.source.to_string(),
            guest_address: device.guest.map(|address| address.to_string()),
            rom: device.rom.as_ref().and_then(|rom| rom.file.clone()),
            chosen,
        }
    }
}
