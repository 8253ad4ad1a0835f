//! Sentences about a reservation with a boot entry of its own: how it stands in this start, and each part of what was
//! promised of it.

use gangway_core::checks::CheckId;
use gangway_core::pci::PciAddress;
use gangway_core::trial::{Broken, Early, Failure, Part, Promised, Standing, State, Trial, Verified};
use gettextrs::gettext;

use super::checks::{need, title};
use super::{DeviceNames, fill, join, trouble_detail, with_reason};

/// How a reservation stands; a sentence for where there is none, too.
pub fn standing(trial: &Trial, names: &DeviceNames<'_>) -> String {
    let devices = trial.state.known().map(|state| devices(state, names)).unwrap_or_default();
    let values = [("devices", devices.as_str())];
    match &trial.standing {
        Standing::None => gettext("Nothing is reserved with a boot entry of its own."),
        Standing::Waiting => fill(
            &gettext("The reservation of {devices} waits for a restart, in which it is tried once."),
            &values,
        ),
        Standing::OnTrial { early: Early::Reserved(_) } => fill(
            &gettext(
                "This start is the trial of the reservation of {devices}: keep it, or the next start is as before.",
            ),
            &values,
        ),
        Standing::OnTrial { early } => fill(
            &gettext(
                "This start is the trial of the reservation of {devices}, and it did not work. {reason} The next start is as before.",
            ),
            &[("devices", &devices), ("reason", &reported(early))],
        ),
        Standing::Over { why, early } => over(*why, early.as_ref(), &devices),
        Standing::Confirmed { .. } => {
            fill(&gettext("The reservation of {devices} is kept, and this start has it."), &values)
        }
        Standing::Without => {
            fill(&gettext("The reservation of {devices} is kept, and this start runs without it."), &values)
        }
        Standing::Foreign { value } => fill(
            &gettext(
                "This start has “gangway.reserve={value}”, which belongs to no reservation that is there now: where that was undone, a restart ends it; otherwise somebody else put it there, and it is left alone.",
            ),
            &[("value", value)],
        ),
        Standing::Unknown(trouble) => with_reason(
            &gettext("Whether something is reserved could not be told: “{path}” could not be used{reason}."),
            &trouble_detail(trouble),
            &[("path", &trouble.path)],
        ),
    }
}

/// The cards of a reservation, each by its first function.
pub fn devices(state: &State, names: &DeviceNames<'_>) -> String {
    let mut cards: Vec<PciAddress> = state.promise.devices.iter().map(|device| device.address).collect();
    cards.dedup_by(|one, first| one.same_slot(*first));
    names.all(&cards)
}

fn over(why: Option<Failure>, early: Option<&Early>, devices: &str) -> String {
    let template = match why {
        None => gettext(
            "The trial of the reservation of {devices} is over, and nobody kept it: this is the system as before.",
        ),
        Some(Failure::NotTried) => gettext(
            "The boot loader did not try the reservation of {devices}: this is the system as before. Undo the reservation, or ask for it anew.",
        ),
        Some(Failure::Died) => gettext(
            "The trial start of the reservation of {devices} failed: this is the system as before. Undo the reservation.",
        ),
        Some(Failure::NotKept) => gettext(
            "The trial of the reservation of {devices} ended without anybody keeping it: this is the system as before. Undo the reservation, or ask for it anew.",
        ),
        Some(Failure::GaveUp) => gettext(
            "The trial of the reservation of {devices} ended by itself, since nobody was there to keep it: this is the system as before. Undo the reservation, or ask for it anew.",
        ),
        Some(Failure::TakenBack) => gettext(
            "The reservation of {devices} is not kept any more: this is the system as before. Undo the reservation, too.",
        ),
    };
    let told = fill(&template, &[("devices", devices)]);
    match early {
        None | Some(Early::Reserved(_)) => told,
        // Translators: two sentences.
        Some(early) => {
            fill(&gettext("{sentence} {more}"), &[("sentence", &told), ("more", &reported(early))])
        }
    }
}

/// What the early script did, where that is not what was wanted.
fn reported(early: &Early) -> String {
    match early {
        Early::Reserved(reserved) => fill(
            &gettext("The early script took other devices ({list})."),
            &[("list", &reserved.to_string())],
        ),
        Early::Refused(why) => with_reason(&gettext("The early script took no device{reason}."), why, &[]),
        Early::Failed(why) => {
            with_reason(&gettext("The early script gave all devices back{reason}."), why, &[])
        }
        Early::DidNotRun => gettext("The early script did not run."),
        Early::Unclear(report) => with_reason(
            &gettext("The early script reported something that is not understood{reason}."),
            report,
            &[],
        ),
    }
}

/// What came of a part of a promise, as a sentence.
pub fn promised(promised: &Promised, names: &DeviceNames<'_>) -> String {
    let claim = claim(&promised.part, names);
    match &promised.verified {
        Verified::Holds => claim,
        Verified::Broken { instead, cause } => broken(&promised.part, instead, *cause, names),
        Verified::Unknown(missing) => fill(
            &gettext("{claim} This could not be told, because {reason}."),
            &[("claim", &claim), ("reason", &need(missing))],
        ),
    }
}

/// What a part of a promise says.
pub fn claim(part: &Part, names: &DeviceNames<'_>) -> String {
    let device = part.address().map(|address| names.of(address)).unwrap_or_default();
    let template = match part {
        Part::Argument => gettext("The kernel was started with the reservation."),
        Part::Early => gettext("The early script took all devices of the reservation."),
        Part::Device(_) => gettext("{device} is the device that was chosen."),
        Part::Driver(_) => gettext("vfio-pci has {device}."),
        Part::Group(_) => gettext("No driver of the host has anything in the IOMMU group of {device}."),
        Part::Modules => gettext("VFIO is loaded."),
        Part::Twin(_) => gettext("{device}, which has the same ids, has the driver that it had."),
        Part::Running => gettext("The kernel that runs is the one that the reservation was made for."),
        Part::Kernel => gettext("The kernel that the reservation was made for is there, with its modules."),
        Part::Image => gettext("The initramfs of the reservation is the one that was made."),
        Part::Entry => gettext("The boot menu has the entry of the reservation."),
        Part::Former => gettext("The boot menu has the entry of the former system."),
        Part::Request => gettext("The boot loader erased the request for one start."),
        Part::Default => gettext("The boot loader starts with the reservation by itself."),
        Part::Newest => gettext("No newer kernel is installed."),
    };
    fill(&template, &[("device", &device)])
}

/// What is there instead, and the check that knows more.
pub fn broken(part: &Part, instead: &Broken, cause: Option<CheckId>, names: &DeviceNames<'_>) -> String {
    let lack = lack(part, instead, names);
    match cause {
        None => lack,
        Some(check) => fill(
            // Translators: {check} is the title of a check on the page “Readiness”.
            &gettext("{sentence} See “{check}” among the checks."),
            &[("sentence", &lack), ("check", &title(check))],
        ),
    }
}

fn lack(part: &Part, instead: &Broken, names: &DeviceNames<'_>) -> String {
    let device = part.address().map(|address| names.of(address)).unwrap_or_default();
    let (template, found) = match (part, instead) {
        (_, Broken::Early(early)) => return reported(early),
        (_, Broken::Moved(to)) => {
            (gettext("The device that was chosen at {address} is at {found} now."), to.short())
        }
        (_, Broken::Replaced) => {
            (gettext("Another device than the one that was chosen is at {address}."), String::new())
        }
        (_, Broken::Unclear(candidates)) => (
            gettext("Several devices could be the one that was chosen at {address}: {found}."),
            names.all(candidates),
        ),
        (_, Broken::Held(held)) => {
            let held: Vec<String> =
                held.iter().map(|(address, driver)| format!("{}: {driver}", names.of(*address))).collect();
            (gettext("In the IOMMU group of {device}, the host has {found}."), join(&held))
        }
        (_, Broken::Newer(release)) => (
            gettext(
                "The newer kernel {found} is installed, and the reservation starts the one that it was made for.",
            ),
            release.clone(),
        ),
        (_, Broken::Changed) => (
            gettext(
                "The initramfs of the reservation is not the one that was made: it was made anew, or is damaged.",
            ),
            String::new(),
        ),
        (part, Broken::Missing) => (missing(part), String::new()),
        (part, Broken::Instead(found)) => (other(part), found.clone()),
    };
    let address = part.address().map(PciAddress::short).unwrap_or_default();
    fill(&template, &[("device", &device), ("address", &address), ("found", &found)])
}

fn missing(part: &Part) -> String {
    match part {
        Part::Device(_) => gettext("The device that was chosen at {address} is not there any more."),
        Part::Driver(_) => gettext("vfio-pci does not have {device}, and no other driver has it."),
        Part::Group(_) => gettext("{device} is in no IOMMU group."),
        Part::Modules => gettext("VFIO is not loaded."),
        Part::Twin(_) => gettext("{device}, which has the same ids, lost its driver."),
        Part::Kernel => gettext("The kernel that the reservation was made for is gone, or its modules are."),
        Part::Image => gettext("The initramfs of the reservation is gone."),
        Part::Entry => gettext(
            "The entry of the reservation is gone from the boot menu, or does not start with it any more.",
        ),
        Part::Former => gettext("The entry of the former system is gone from the boot menu."),
        Part::Request => gettext("The file is gone in which the boot loader is asked for one start."),
        Part::Default => gettext("The boot loader does not start with the reservation by itself any more."),
        Part::Argument | Part::Early | Part::Running | Part::Newest => {
            gettext("A part of the reservation is missing.")
        }
    }
}

fn other(part: &Part) -> String {
    match part {
        Part::Driver(_) => gettext("{device} is with the driver “{found}” instead of vfio-pci."),
        Part::Twin(_) => {
            gettext("{device}, which has the same ids, is with the driver “{found}” instead of its own.")
        }
        Part::Running => gettext("The kernel {found} runs, and the reservation was made for another one."),
        Part::Request => gettext(
            "The boot loader is still asked for “{found}”: it did not erase the request for one start.",
        ),
        Part::Default => gettext("The boot loader starts “{found}” by itself, and not the reservation."),
        _ => gettext("Something else is in the place of a part of the reservation: {found}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(part: Part, verified: Verified) -> String {
        promised(&Promised { part, verified }, &DeviceNames::addresses())
    }

    #[test]
    fn every_part_has_its_sentences() {
        let address: PciAddress = "0000:01:00.0".parse().unwrap();
        let parts = [
            Part::Argument,
            Part::Early,
            Part::Device(address),
            Part::Driver(address),
            Part::Group(address),
            Part::Modules,
            Part::Twin(address),
            Part::Running,
            Part::Kernel,
            Part::Image,
            Part::Entry,
            Part::Former,
            Part::Request,
            Part::Default,
            Part::Newest,
        ];
        let instead = [
            Broken::Missing,
            Broken::Instead("nvidia".to_owned()),
            Broken::Moved(address),
            Broken::Replaced,
            Broken::Unclear(vec![address]),
            Broken::Early(Early::Refused("it is a bridge".to_owned())),
            Broken::Early(Early::Failed("vfio-pci does not load".to_owned())),
            Broken::Early(Early::DidNotRun),
            Broken::Early(Early::Unclear("odd".to_owned())),
            Broken::Held(vec![(address, "nvidia".to_owned())]),
            Broken::Changed,
            Broken::Newer("6.12.50".to_owned()),
        ];
        for part in parts {
            let mut sentences = vec![said(part.clone(), Verified::Holds)];
            let cause = Some(CheckId::GroupViable);
            for instead in instead.clone() {
                sentences.push(said(part.clone(), Verified::Broken { instead, cause }));
            }
            let need = gangway_core::checks::Need::Path("/boot/x".to_owned());
            sentences.push(said(part.clone(), Verified::Unknown(need)));
            for sentence in sentences {
                assert!(sentence.ends_with('.') && !sentence.contains(['{', '}']), "{sentence}");
            }
        }
    }

    #[test]
    fn what_the_early_script_said_is_a_part_of_the_sentence() {
        let why = "0000:01:00.0 is '1234:1111', not '1013:00b8'".to_owned();
        let sentence = reported(&Early::Refused(why));
        assert_eq!(
            sentence,
            "The early script took no device (0000:01:00.0 is '1234:1111', not '1013:00b8')."
        );
        assert_eq!(reported(&Early::Refused(String::new())), "The early script took no device.");
    }
}
