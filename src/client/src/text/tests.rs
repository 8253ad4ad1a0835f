//! Tests of `fill`, and a walk through every sentence.

use super::*;
use gangway_core::devices::{Comparison, Identity};
use gangway_core::host::{GroupId, IommuOff, IommuState, Isolation};
use gangway_core::machine_file::{MachineFileError, MachineFileErrorKind, OpenMachineError};
use gangway_core::pci::{DriverName, PciAddress, PciClass};
use gangway_core::reading::{Trouble, TroubleDetail};
use gangway_core::source::{SourceError, SourceErrorKind};
use gangway_domain::{EditError, GuestSystem, ParseError, ParseErrorKind};

use crate::handover::{ApplyError, Cost, Lost, NotChosen, PlanError, Refusal, Step, Warning, Why};
use crate::hypervisor::{HypervisorError, HypervisorErrorKind, VmState};
use crate::store::StoreError;
use gangway_core::leaving;

#[test]
fn values_go_where_their_names_stand() {
    assert_eq!(fill("{b} and {a}", &[("a", "1"), ("b", "2")]), "2 and 1");
    assert_eq!(fill("no names", &[("a", "1")]), "no names");
    assert_eq!(fill("{a}{a}", &[("a", "ü")]), "üü");
}

#[test]
fn a_value_is_not_a_template() {
    assert_eq!(fill("“{vm}” has {device}", &[("vm", "{device}"), ("device", "x")]), "“{device}” has x");
}

#[test]
fn what_has_no_value_stays() {
    assert_eq!(fill("{a} {b} {", &[("a", "1")]), "1 {b} {");
    assert_eq!(fill("{a", &[("a", "1")]), "{a");
    assert_eq!(fill("{{a}", &[("a", "1")]), "{1");
}

/// A sentence for users: one, whole, without placeholders left over, and in the product's tone.
fn check(sentence: &str) {
    assert!(sentence.ends_with('.'), "{sentence:?}");
    assert!(!sentence.contains(". "), "one sentence: {sentence:?}");
    assert!(!sentence.contains(['{', '}', '!', '"', '\n']), "{sentence:?}");
    assert!(!sentence.contains("  ") && !sentence.contains(" ,") && !sentence.contains("“”"), "{sentence:?}");
    let first = sentence.chars().next().unwrap();
    assert!(first.is_uppercase() || first.is_numeric() || "“lM".contains(first), "{sentence:?}");
}

fn at(text: &str) -> PciAddress {
    text.parse().unwrap()
}

fn names() -> DeviceNames<'static> {
    DeviceNames::new(|_| Some("GeForce RTX 3070".into()))
}

fn trouble_of() -> Trouble {
    Trouble::new("/sys/x", SourceErrorKind::NoPermission)
}

fn refusals() -> Vec<Refusal> {
    let address = at("01:00.0");
    let mut all = vec![
        leaving::Refusal::Nothing.into(),
        leaving::Refusal::NotFound { address }.into(),
        leaving::Refusal::Bridge { address, class: PciClass::new(0x06_0400).unwrap() }.into(),
        leaving::Refusal::NoGroup { address, iommu: IommuState::On { groups: 3 } }.into(),
        leaving::Refusal::GroupUnknown { address, trouble: trouble_of() }.into(),
        leaving::Refusal::GroupStays { group: GroupId(14), others: vec![address; 7] }.into(),
        leaving::Refusal::HostNeeds {
            group: GroupId(14),
            address,
            driver: DriverName::new("lpc_ich").unwrap(),
        }
        .into(),
        leaving::Refusal::VirtualFunctions { address, count: 1 }.into(),
        leaving::Refusal::VirtualFunctions { address, count: 8 }.into(),
        leaving::Refusal::SystemDisk { address, path: "/".into() }.into(),
        leaving::Refusal::LastGraphics { card: address }.into(),
        Refusal::Claimed { address, vm: "win11".into() },
        Refusal::GroupClaimed { group: GroupId(14), address, vm: "win11".into() },
        Refusal::AlreadyThere { addresses: vec![address], vm: "win11".into() },
    ];
    all.extend(states().into_iter().map(|iommu| leaving::Refusal::NoGroup { address, iommu }.into()));
    all
}

fn not_chosen_ones() -> Vec<NotChosen> {
    let chosen: Identity = "0000:01:00.0 0000:00/01.1/00.0 10de:2484 -".parse().unwrap();
    let other = |now: Comparison, occupied| {
        let said = text_of_other(&chosen, now, occupied);
        assert!(not_chosen(&said, &names()).contains("10de:2484"), "{said:?}");
        said
    };
    let moved = || Comparison::Moved { to: at("02:00.0") };
    vec![
        other(Comparison::Same, true),
        other(moved(), true),
        other(moved(), false),
        other(Comparison::Replaced, true),
        other(Comparison::Gone, false),
        other(Comparison::Unclear { candidates: vec![at("02:00.0"), at("03:00.0")] }, true),
        other(Comparison::Unknown, true),
    ]
}

fn text_of_other(chosen: &Identity, now: Comparison, occupied: bool) -> NotChosen {
    NotChosen { vm: "win11".into(), chosen: chosen.clone(), now, occupied }
}

fn states() -> Vec<IommuState> {
    [
        IommuOff::ByArgument { argument: "intel_iommu=off".into() },
        IommuOff::ArgumentMissing,
        IommuOff::NotStarted,
        IommuOff::NotOffered,
        IommuOff::NoVirtualization,
        IommuOff::InsideVirtualMachine,
        IommuOff::Xen,
        IommuOff::NotTold,
    ]
    .into_iter()
    .map(|why| IommuState::Off { why, evidence: vec![] })
    .collect()
}

fn parse_errors() -> Vec<ParseError> {
    [
        ParseErrorKind::Empty,
        ParseErrorKind::TooLarge { size: 1 << 30 },
        ParseErrorKind::NotUtf8,
        ParseErrorKind::Encoding { encoding: "UTF-16".into() },
        ParseErrorKind::Dtd,
        ParseErrorKind::TooDeep { limit: 256 },
        ParseErrorKind::TooManyAttributes { limit: 1024 },
        ParseErrorKind::NotXml { detail: "unexpected end of stream".into() },
        ParseErrorKind::NotADomain { root: "network".into() },
        ParseErrorKind::NotADomain { root: "domain".into() },
    ]
    .into_iter()
    .map(|kind| ParseError { kind, line: 3, column: 7 })
    .collect()
}

fn edit_errors() -> Vec<EditError> {
    let address = at("01:00.0");
    let mut all = vec![
        EditError::NothingNamed,
        EditError::NoDevices,
        EditError::RepeatedDevices { count: 2 },
        EditError::AlreadyThere { address },
        EditError::NotThere { address },
        EditError::HeldAsDisk { address },
        EditError::NoFreeBus { address },
        EditError::RomForOther { address },
        EditError::RomPath { path: "card.rom".into() },
        EditError::VendorIdAlone,
        EditError::VendorIdInMode { mode: "passthrough".into() },
    ];
    all.extend(parse_errors().into_iter().map(EditError::Result));
    all
}

fn hypervisor_errors() -> Vec<HypervisorError> {
    let with = |message: &'static str| {
        HypervisorErrorKind::ALL
            .into_iter()
            .map(move |kind| HypervisorError::new(kind, "qemu:///system", message))
    };
    with("").chain(with("Failed to connect socket.")).collect()
}

#[test]
fn every_refusal_is_a_sentence_that_names_its_device() {
    for refusal in refusals() {
        let sentence = super::refusal(&refusal, &names());
        check(&sentence);
        if !matches!(refusal, Refusal::Host(leaving::Refusal::Nothing | leaving::Refusal::NotFound { .. })) {
            assert!(sentence.contains("GeForce RTX 3070 (01:00.0)"), "{sentence}");
        }
        check(&super::refusal(&refusal, &DeviceNames::addresses()));
    }
}

#[test]
fn every_error_on_the_way_to_a_plan_is_a_sentence() {
    let (vm, address) = ("win11".to_owned(), at("01:00.0"));
    let path = std::path::PathBuf::from("/card.rom");
    let mut errors = vec![
        PlanError::NotSaved { vm: vm.clone() },
        PlanError::NotHeld { vm: vm.clone(), address },
        PlanError::OfAnother { vm: vm.clone(), former: "win10".into() },
        PlanError::Same { vm: vm.clone() },
        PlanError::RomRelative { path: path.clone() },
        PlanError::RomName { path: "/a\0b".into() },
        PlanError::RomUnused { path },
    ];
    errors.extend(refusals().into_iter().map(PlanError::Refused));
    errors.extend(hypervisor_errors().into_iter().map(PlanError::Hypervisor));
    errors.extend(parse_errors().into_iter().map(|error| PlanError::Definition { vm: vm.clone(), error }));
    errors.extend(edit_errors().into_iter().map(|error| PlanError::Edit { vm: vm.clone(), error }));
    for error in errors {
        check(&plan_error(&error, &names()));
    }
}

#[test]
fn every_error_of_applying_is_a_sentence() {
    let (vm, kept) = ("win11".to_owned(), std::path::PathBuf::from("/state/1.xml"));
    let io = |kind: std::io::ErrorKind| StoreError::Io { path: "/state".into(), source: kind.into() };
    let left_out = |restored| ApplyError::LeftOut {
        vm: "win11".into(),
        missing: vec![at("01:00.0")],
        restored,
        kept: "/state/1.xml".into(),
    };
    let claimed = |kept| ApplyError::Claimed {
        vm: "win11".into(),
        address: at("01:00.0"),
        other: "ubuntu".into(),
        kept,
    };
    let mut errors = vec![
        ApplyError::Store(StoreError::NoHome),
        ApplyError::Store(StoreError::BadId("..".into())),
        ApplyError::Store(io(std::io::ErrorKind::PermissionDenied)),
        left_out(true),
        left_out(false),
        claimed(None),
        claimed(Some(kept.clone())),
    ];
    for error in hypervisor_errors() {
        errors.push(ApplyError::Define { vm: vm.clone(), error: error.clone() });
        errors.push(ApplyError::Unsure { vm: vm.clone(), error, kept: kept.clone() });
    }
    for error in errors {
        check(&apply_error(&error, &names()));
    }
    check(&lost(&Lost { path: "devices/hostdev/rom".into(), text: "<rom file='/x'/>".into() }));
}

#[test]
fn every_step_cost_warning_and_reason_is_a_sentence() {
    let (address, vm) = (at("01:00.0"), "win11".to_owned());
    let steps = [
        Step::Give { functions: vec![address], vm: vm.clone(), guest: None },
        Step::Give { functions: vec![address, at("01:00.1")], vm: vm.clone(), guest: None },
        Step::Take { functions: vec![address], vm: vm.clone() },
        Step::Take { functions: vec![address, at("01:00.1")], vm: vm.clone() },
        Step::Rom { address, path: "/card.rom".into() },
        Step::HideHypervisor,
        Step::ShowHypervisor,
        Step::VendorId { id: "Gangway".into() },
        Step::NoVendorId,
        Step::HypervForWindows,
        Step::NoHypervForWindows,
        Step::FromStartToStop { vm: vm.clone() },
        Step::HeldForMachines { vm: vm.clone() },
        Step::AtNextStart { vm: vm.clone() },
        Step::Remember { functions: 1, vm: vm.clone() },
        Step::Remember { functions: 4, vm: vm.clone() },
        Step::Forget { vm: vm.clone() },
        Step::KeepFormer,
        Step::KeepPresent,
        Step::PutBack { vm: vm.clone(), seconds: 1_795_178_285 },
    ];
    let costs = [
        Cost::Screen { address, connector: "DP-1".into(), monitor: None },
        Cost::Screen { address, connector: "DP-1".into(), monitor: Some("Dell U2720Q".into()) },
        Cost::BootDisplay { address },
        Cost::Mounted { address, path: "/games".into() },
        Cost::Swap { address },
        Cost::DefaultRoute { address, interface: "enp5s0".into() },
    ];
    let warnings = [
        Warning::Leaving(leaving::Warning::ScreenUnknown { address, connector: "DP-1".into() }),
        Warning::Leaving(leaving::Warning::DriverUnknown { address, trouble: trouble_of() }),
        Warning::RomUnreadable { path: "/card.rom".into(), reason: "not there".into() },
        Warning::Session { uri: "qemu:///session".into() },
        Warning::OtherUnclear { vm, trouble: "empty".into() },
        Warning::InUse { vm: "other".into(), address },
        Warning::NotThere { address, uri: "qemu+ssh://tower/system".into() },
    ];
    steps.iter().for_each(|value| check(&step(value, &names())));
    costs.iter().for_each(|value| check(&cost(value, &names())));
    warnings.iter().for_each(|value| check(&warning(value, &names())));
    not_chosen_ones().into_iter().for_each(|other| check(&not_chosen(&other, &names())));
    [Why::Asked, Why::SameCard(address), Why::SameGroup(GroupId(14))]
        .into_iter()
        .for_each(|value| check(&why(value, &names())));
}

#[test]
fn the_host_speaks_in_sentences() {
    states().iter().for_each(|state| check(&iommu_state(state)));
    check(&iommu_state(&IommuState::On { groups: 1 }));
    check(&trouble(&trouble_of()));
    let driver = DriverName::new("lpc_ich").unwrap();
    for kind in [
        Isolation::Isolated,
        Isolation::Shared { cards: vec![at("01:00.0"), at("02:00.0")] },
        Isolation::HostBridgeWithDriver { address: at("00:1f.0"), driver },
    ] {
        check(&isolation(GroupId(14), &kind, &names()));
        assert!(!isolation_label(&kind).contains('{'));
    }
}

#[test]
fn what_is_read_instead_of_this_computer_fails_in_sentences() {
    use MachineFileErrorKind as Kind;
    for kind in [
        Kind::NotAMachine,
        Kind::Version { version: 9 },
        Kind::Cut,
        Kind::NotText,
        Kind::NotAnEntry,
        Kind::Escape,
        Kind::Path,
        Kind::Taken,
        Kind::TooLarge,
        Kind::AfterEnd,
    ] {
        let error = MachineFileError { line: 7, kind };
        check(&open_machine_error(&OpenMachineError::Parse { path: "a.host".into(), error }));
    }
    use SourceErrorKind as Source;
    for kind in [
        Source::Absent,
        Source::Dangling,
        Source::Loop,
        Source::NoPermission,
        Source::NotAFile,
        Source::NotAFolder,
        Source::NotALink,
        Source::TooLarge,
        Source::NotText,
        Source::System(5),
    ] {
        let error = SourceError { path: "/x".into(), kind };
        check(&open_machine_error(&OpenMachineError::Read(error)));
    }
}

#[test]
fn suggestions_and_states_have_words() {
    use gangway_domain::suggest::{SuggestionId, SuggestionReason as Reason};
    for reason in [
        Reason::NvidiaDriverAllowsIt,
        Reason::NoDriverMinds,
        Reason::LinuxLosesClock,
        Reason::WindowsIsFaster { missing: vec!["relaxed", "vapic"] },
        Reason::AllOn,
        Reason::NotWindows,
        Reason::SystemUnknown,
    ] {
        check(&suggestion_reason(&reason));
    }
    let mut words =
        vec![suggestion(SuggestionId::HideHypervisor), suggestion(SuggestionId::HypervForWindows)];
    words.extend(
        [VmState::Running, VmState::Paused, VmState::Off, VmState::Crashed, VmState::Other].map(vm_state),
    );
    words.sort();
    words.dedup();
    assert_eq!(words.len(), 7);
    assert_eq!(guest_system(&GuestSystem::Windows("11".into())), "Windows 11");
    assert_eq!(guest_system(&GuestSystem::Linux("ubuntu.com/ubuntu/24.04".into())), "Ubuntu 24.04");
    assert_eq!(guest_system(&GuestSystem::Unknown), "Unknown system");
}

#[test]
fn names_from_outside_do_not_become_placeholders() {
    let refusal = Refusal::Claimed { address: at("01:00.0"), vm: "{device} 🐧".into() };
    let sentence = super::refusal(&refusal, &DeviceNames::addresses());
    assert!(sentence.contains("“{device} 🐧”"), "{sentence}");
}

#[test]
fn what_was_wrong_with_a_value_is_told_by_its_kind_and_not_by_its_text() {
    assert_eq!(trouble_detail(&Trouble::new("/sys/x", SourceErrorKind::Loop)), "the links lead in a circle");
    assert_eq!(trouble_detail(&Trouble::new("/sys/x", TroubleDetail::NotAnAddress)), "not a PCI address");
    assert_eq!(trouble_detail(&Trouble::new("/sys/x", "banana")), "banana");
    // A file may hold the words that we have for an error.
    assert_eq!(Trouble::new("/sys/x", "not text").detail, TroubleDetail::Other("not text".into()));
}

#[test]
fn what_cannot_be_heard_of_udev_is_said_in_a_sentence() {
    use crate::udev::Deaf;
    for reason in [Deaf::NoSocket(rustix::io::Errno::PERM), Deaf::NoDaemon, Deaf::Stranger] {
        check(&deaf(&reason));
    }
}

#[test]
fn what_a_device_exposes_is_said_in_sentences() {
    use crate::handover::Exposure;
    let address = at("01:00.0");
    for known in [
        Exposure::Memory,
        Exposure::Firmware,
        Exposure::Reset,
        Exposure::Disk(address),
        Exposure::Network(address),
        Exposure::Usb(address),
        Exposure::Licence,
    ] {
        check(&exposure(&known, &names()));
    }
}

#[test]
fn methods_speak_in_sentences() {
    use crate::handover::{Against, Danger, Method, Methods, NotReserved, Reason};
    let (address, driver) = (at("01:00.0"), "nvidia".to_owned());
    let managed = vec![
        Against::Holds { address, driver: driver.clone() },
        Against::Storage { address },
        Against::Desktop { address, driver },
        Against::InUse { address },
        Against::DriverUnknown { address },
    ];
    let methods = Methods { managed, reserved: Ok(()), free: false };
    let said = methods_against(&methods, Method::Managed, &names());
    assert_eq!(said.len(), 5);
    said.iter().for_each(|sentence| check(sentence));
    assert!(methods_against(&methods, Method::Reserved, &names()).is_empty());
    for why in [
        NotReserved::NoService(crate::helper::HelperError::NotInstalled),
        NotReserved::Elsewhere,
        NotReserved::Several,
    ] {
        let methods = Methods { managed: Vec::new(), reserved: Err(why), free: false };
        methods_against(&methods, Method::Reserved, &names()).iter().for_each(|said| check(said));
    }
    check(&danger(&Danger::NoReset { address }, &names()));
    for known in [
        Reason::Keeps { address },
        Reason::ByAddress { address, twins: 0 },
        Reason::ByAddress { address, twins: 2 },
        Reason::IommuOn,
        Reason::Restart,
        Reason::LetsGo,
        Reason::Free,
        Reason::HostUnchanged,
    ] {
        let (label, line) = reason(&known, &names());
        check(&line);
        assert!(!label.ends_with('.') && !label.contains('{'), "{label}");
    }
    assert_ne!(method(Method::Managed), method(Method::Reserved));
}

#[test]
fn how_a_hand_over_stands_is_said_in_a_sentence_for_each_side() {
    use crate::saga::{FolderError, GuestSide, HostSide, Standing, Wish};
    let text = r#"{"version":1,"device":"0000:01:00.0","functions":["0000:01:00.0 0000:00/01.0/00.0 10de:2484 -"],
        "whole_group":false,"machine":{"uuid":"4dea22b3-1d52-d8f3-2516-782e98ab3fa0","name":"{device}",
        "connection":"qemu:///system"},"rom":null,"hide_hypervisor":null,"hyperv_windows":null,"record":null,"begun":1}"#;
    let wish = Wish::parse(text).unwrap();
    let hosts = [
        HostSide::Unknown,
        HostSide::Nothing,
        HostSide::Other,
        HostSide::Working,
        HostSide::Waiting,
        HostSide::OnTrial { holds: true },
        HostSide::OnTrial { holds: false },
        HostSide::Failed,
        HostSide::Kept { holds: true },
        HostSide::Kept { holds: false },
        HostSide::Aside,
    ];
    let guests = [
        GuestSide::Unknown,
        GuestSide::Gone,
        GuestSide::Waits,
        GuestSide::Part,
        GuestSide::Has,
        GuestSide::Taken { vm: "other".into() },
    ];
    for host in hosts {
        for guest in &guests {
            let said = standing(&wish, &Standing::of(&wish, host, guest.clone()), &names());
            for sentence in said.split_inclusive(". ") {
                check(&sentence.trim_end().replace("{device}", "win11"));
            }
        }
    }
    assert_eq!(wish_title(&wish, &names()), "GeForce RTX 3070 (01:00.0) to {device}");
    let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    check(&wish_error(&FolderError::Io { path: "/x".into(), source }));
    check(&wish_error(&FolderError::Unreadable {
        path: "/x".into(),
        error: gangway_core::versioned::VersionedError::Newer(2),
    }));
    for error in [
        crate::restart::RestartError::NoLogind { reason: "no such name".into() },
        crate::restart::RestartError::Refused { reason: String::new() },
        crate::restart::RestartError::Demo { reason: "/x: no space left".into() },
        crate::restart::RestartError::Elsewhere,
    ] {
        check(&restart_error(&error));
    }
}

#[test]
fn a_time_is_said_for_every_place_of_the_world() {
    assert_eq!(kept_time(1_795_178_285), "2026-11-20 12:38:05 UTC");
}
