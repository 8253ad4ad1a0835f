//! Planning that a card goes to vfio-pci while the host runs, and back: what is planned, in which order, and what is not.

use gangway_core::devices::Use;
use gangway_core::leaving;
use gangway_core::model::Model;
use gangway_core::pci::PciAddress;
use gangway_core::plan::{Effect, Ground, Intent, Plan, Refusal, Risk, Step, plan};
use gangway_core::source::Source;
use gangway_tests::checks::lab::Machine;

const CARD: &str = "/sys/devices/pci0000:00/0000:00:01.1/0000:01:00";

fn at(text: &str) -> PciAddress {
    text.parse().unwrap()
}

fn ground(machine: &Machine) -> Ground {
    Ground::new(Model::read(&Source::machine(&machine.build())), [])
}

fn bind(machine: &Machine, device: &str) -> Result<Plan, Vec<Refusal>> {
    plan(&ground(machine), &Intent::Bind { device: at(device), whole_group: false }, None)
}

fn give_back(machine: &Machine, device: &str) -> Result<Plan, Vec<Refusal>> {
    plan(&ground(machine), &Intent::GiveBack { device: at(device) }, None)
}

const DRIVERS: [&str; 4] = ["nvidia", "snd_hda_intel", "xhci_hcd", "nvidia-gpu"];

/// Gives the functions of the card, which are numbered, to this driver.
fn drive(machine: &mut Machine, functions: &[usize], driver: &str) {
    for function in functions {
        let path = format!("{CARD}.{function}");
        machine.replace(
            &format!("{path}/uevent"),
            &format!("DRIVER={}", DRIVERS[*function]),
            &format!("DRIVER={driver}"),
        );
        machine.link(&format!("{path}/driver"), &format!("../../../../bus/pci/drivers/{driver}"));
    }
}

fn driven_by(driver: &str, functions: &[usize]) -> Machine {
    let mut machine = Machine::desktop();
    drive(&mut machine, functions, driver);
    machine
}

#[test]
fn a_card_goes_whole_after_the_module_is_there() {
    let plan = bind(&Machine::desktop(), "01:00.1").unwrap();
    let [Step::Load(load), rest @ ..] = plan.steps.as_slice() else { panic!("{plan:?}") };
    assert_eq!(load.module, "vfio-pci");
    let bound: Vec<(String, Option<&str>)> = rest
        .iter()
        .map(|step| match step {
            Step::Bind(rebinding) => (rebinding.address().to_string(), rebinding.driver.as_deref()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        ("0000:01:00.0", "nvidia"),
        ("0000:01:00.1", "snd_hda_intel"),
        ("0000:01:00.2", "xhci_hcd"),
        ("0000:01:00.3", "nvidia-gpu"),
    ];
    assert_eq!(bound, expected.map(|(address, driver)| (address.to_owned(), Some(driver))));
    assert_eq!((plan.effect, plan.risks()), (Effect::Now, vec![Risk::System]));
}

#[test]
fn same_machine_and_intent_are_the_same_plan() {
    let machine = Machine::desktop();
    let plan = bind(&machine, "01:00.0").unwrap();
    assert_eq!(plan.digest(), bind(&machine, "01:00.0").unwrap().digest());
    assert_ne!(bind(&driven_by("ucsi_ccg", &[3]), "01:00.0").unwrap().digest(), plan.digest());
    let written = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&written).unwrap(), plan);
}

#[test]
fn what_is_so_already_gives_no_step() {
    assert_eq!(bind(&driven_by("vfio-pci", &[0, 1, 2, 3]), "01:00.0").unwrap().steps, []);
    assert_eq!(give_back(&Machine::desktop(), "01:00.0").unwrap().steps, []);
}

#[test]
fn the_way_back_is_for_what_vfio_pci_holds() {
    let plan = give_back(&driven_by("vfio-pci", &[0, 1, 3]), "01:00.3").unwrap();
    let addresses: Vec<String> = plan
        .steps
        .iter()
        .map(|step| match step {
            Step::GiveBack(rebinding) => rebinding.address().to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(addresses, ["0000:01:00.0", "0000:01:00.1", "0000:01:00.3"]);
}

#[test]
fn programs_that_hold_it_are_named() {
    let mut machine = Machine::desktop();
    machine.file("/proc/4242/comm", "blender\n").link("/proc/4242/fd/7", "/dev/nvidiactl");
    let refusals = bind(&machine, "01:00.0").unwrap_err();
    let named = |refusal: &Refusal| matches!(refusal, Refusal::InUse { by: Use::Program { process: 4242, name }, .. } if name == "blender");
    assert!(refusals.iter().all(named) && !refusals.is_empty(), "{refusals:?}");
}

#[test]
fn a_virtual_machine_that_has_the_group_keeps_it() {
    let mut machine = driven_by("vfio-pci", &[0, 1, 2, 3]);
    machine.file("/proc/4242/comm", "qemu-system-x86\n").link("/proc/4242/fd/31", "/dev/vfio/14");
    let refusals = give_back(&machine, "01:00.0").unwrap_err();
    assert!(
        refusals.iter().all(|refusal| matches!(refusal, Refusal::InUse { by: Use::Program { .. }, .. })),
        "{refusals:?}"
    );
    assert_eq!(bind(&machine, "01:00.0").unwrap().steps, []);
}

/// A virtual machine that has its devices through iommufd opens no node of a group.
#[test]
fn a_virtual_machine_that_has_a_function_alone_keeps_its_group() {
    let mut machine = driven_by("vfio-pci", &[0, 1, 2, 3]);
    machine.file("/proc/4242/comm", "qemu-system-x86\n");
    machine.link("/proc/4242/fd/31", "/dev/vfio/devices/vfio7");
    let held_by = |machine: &Machine| {
        let refusals = give_back(machine, "01:00.0").unwrap_err();
        let named = |refusal: &Refusal| {
            matches!(refusal, Refusal::InUse { by: Use::Program { process: 4242, .. }, .. })
        };
        assert!(refusals.iter().all(named) && !refusals.is_empty(), "{refusals:?}");
    };
    // Which one it is cannot be told.
    held_by(&machine);
    machine.link("/sys/class/vfio-dev/vfio7", "../../devices/pci0000:00/0000:01:00.1/vfio-dev/vfio7");
    held_by(&machine);
    let mut other = driven_by("vfio-pci", &[0, 1, 2, 3]);
    other.file("/proc/4242/comm", "qemu-system-x86\n").link("/proc/4242/fd/31", "/dev/vfio/devices/vfio7");
    other.link("/sys/class/vfio-dev/vfio7", "../../devices/pci0000:00/0000:05:00.0/vfio-dev/vfio7");
    assert!(!give_back(&other, "01:00.0").unwrap().steps.is_empty());
}

#[test]
fn programs_that_may_be_hidden_are_no_yes() {
    let mut machine = driven_by("vfio-pci", &[0]);
    machine.denied("/proc/1/fd");
    let hidden = Refusal::HoldersHidden { address: at("01:00.0") };
    assert_eq!(give_back(&machine, "01:00.0").unwrap_err(), [hidden]);
    let mut machine = Machine::desktop();
    machine.denied("/proc/1/fd");
    let hidden = Refusal::HoldersHidden { address: at("01:00.0") };
    assert_eq!(bind(&machine, "01:00.0").unwrap_err(), [hidden]);
}

#[test]
fn what_the_host_needs_stays() {
    let refused = |device| bind(&Machine::desktop(), device).unwrap_err();
    let stays = |refusals: &[Refusal]| matches!(refusals, [Refusal::Stays(_)]);
    for device in ["00:01.1", "05:00.0", "0a:0b.0"] {
        assert!(stays(&refused(device)), "{device}: {:?}", refused(device));
    }
    let nobody = Refusal::Stays(leaving::Refusal::NotFound { address: at("0a:0b.0") });
    assert_eq!(give_back(&Machine::desktop(), "0a:0b.0").unwrap_err(), [nobody]);
}

#[test]
fn a_kernel_without_the_driver_is_named() {
    let mut machine = Machine::desktop();
    let modules = "/lib/modules/6.12.43+deb13-amd64";
    machine.gone(&format!("{modules}/kernel/drivers/vfio/pci/vfio-pci.ko.xz"));
    machine.file("/boot/config-6.12.43+deb13-amd64", "# CONFIG_VFIO_PCI is not set\n");
    let refusals = bind(&machine, "01:00.0").unwrap_err();
    let module =
        |refusal: &Refusal| matches!(refusal, Refusal::NoModule { module, .. } if module == "vfio-pci");
    assert!(matches!(refusals.as_slice(), [only] if module(only)), "{refusals:?}");
}
