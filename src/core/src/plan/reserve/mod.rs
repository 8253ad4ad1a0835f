//! A reservation: vfio-pci takes a card with its address from the start on, first in one start that is asked for once.
//!
//! Nothing that starts by itself is touched. A second image with the early script lies beside the first, with a copy of the
//! kernel, and an entry of its own is the only one whose command line has `gangway.reserve=`, the switch without which all
//! of it does nothing. What leaves is decided in `functions`, what makes the image in `image`, and how the loader is asked
//! in `grub` and `systemd_boot`. The request comes last.

mod functions;
mod grub;
mod image;
mod systemd_boot;

use super::{
    Arming, Effect, EnvironmentFile, FileChange, Ground, KeptFile, NoTrial, Paste, Refusal, SecondImage,
    Step, boot,
};
use crate::config::OwnArgument;
use crate::pci::PciAddress;
use crate::reading::Reading;
use crate::system::ArgumentWay;
use crate::trial::{self, Promise, Request, Stage, State};
use functions::Wanted;
pub(super) use functions::mapped;

/// The folder beside the kernels in which everything of a reservation lies that the loader reads.
const FOLDER: &str = "gangway";
/// After how many seconds a kernel that panicked on trial restarts, which is the former system again.
const PANIC: u16 = 30;
/// What menus show.
const TITLE: &str = "Devices reserved for virtual machines (Gangway)";

/// What a loader starts with the reservation, and how it is asked to.
struct Start {
    /// The entry, as the state of the trial has it.
    entry: trial::Entry,
    /// The change that makes the entry.
    change: FileChange,
    /// The kernel of the entry that it is made of, and the copy that ours starts.
    kernel: KeptFile,
    /// The image of the entry that it is made of, absolute.
    like: String,
    /// The second image, absolute.
    image: String,
    /// GRUB's memory for the request, where the loader is GRUB.
    environment: Option<EnvironmentFile>,
}

/// What reserves a card, and what must go along with it, from the next start on.
pub(super) fn reserve(
    ground: &Ground,
    device: PciAddress,
    whole_group: bool,
) -> Result<(Vec<Step>, Effect), Vec<Refusal>> {
    let wanted = functions::wanted(ground, device, whole_group)?;
    if functions::is_reserved(ground, &wanted) || waits(ground, &wanted).map_err(|refusal| vec![refusal])? {
        return Ok((Vec::new(), Effect::NextStart));
    }
    let release = ground.model.system.kernel.release.known().cloned().unwrap_or_default();
    let start = start(ground, &wanted)?;
    let made = image::made(ground, &release).map_err(|refusal| vec![refusal])?;
    let mut steps = vec![Step::Keep(start.kernel.clone())];
    steps.extend(made.files.into_iter().map(Step::File));
    steps.push(Step::Image(SecondImage {
        builder: made.builder,
        release: release.clone(),
        path: start.image.clone(),
        like: start.like,
        modules: made.modules,
        files: made.inside,
    }));
    steps.extend(start.environment.map(Step::Environment));
    steps.push(Step::File(start.change));
    let promise = Promise {
        reserve: wanted.reservation,
        devices: wanted.devices,
        twins: wanted.twins,
        release,
        kernel: start.kernel.copy,
        image: start.image,
        entry: start.entry,
        request: Request::Loader,
    };
    if let Err(error) = promise.check() {
        return Err(vec![Refusal::Unreadable { path: trial::STATE.to_owned(), reason: error.to_string() }]);
    }
    steps.push(Step::Arm(Arming { promise }));
    Ok((steps, Effect::NextStart))
}

/// Whether the same reservation was made already, and did not fail.
///
/// # Errors
/// There is another one, or this one failed; or what there is cannot be read.
fn waits(ground: &Ground, wanted: &Wanted) -> Result<bool, Refusal> {
    let path = trial::STATE;
    let unreadable = |reason: String| Refusal::Unreadable { path: path.to_owned(), reason };
    let text = match ground.file(path) {
        Reading::Absent => return Ok(false),
        Reading::Known(content) => content.text().unwrap_or_default(),
        Reading::Unreadable(trouble) | Reading::Nonsense(trouble) => {
            return Err(unreadable(trouble.to_string()));
        }
    };
    let state = State::parse(text).map_err(|error| unreadable(error.to_string()))?;
    let failed = matches!(state.stage, Stage::Failed { .. });
    if state.promise.reserve == wanted.reservation && !failed {
        return Ok(true);
    }
    Err(Refusal::ReservedAlready { reserve: state.promise.reserve.to_string(), record: state.record })
}

/// How the loader in use starts with the reservation.
fn start(ground: &Ground, wanted: &Wanted) -> Result<Start, Vec<Refusal>> {
    let no = |why| Err(vec![Refusal::NoTrial { why }]);
    let loader = |name: &str| no(NoTrial::Loader { name: name.to_owned() });
    boot::own_files(ground).map_err(|refusal| vec![refusal])?;
    let system = &ground.model.system;
    if system.boot.unified.is_known() {
        return no(NoTrial::Unified);
    }
    match system.boot.arguments {
        ArgumentWay::Grub { .. } | ArgumentWay::Grubby => grub::start(ground, wanted),
        ArgumentWay::Entries { .. } | ArgumentWay::KernelCmdline { .. } | ArgumentWay::Kernelstub => {
            systemd_boot::start(ground, wanted)
        }
        ArgumentWay::Refind => loader("rEFInd"),
        ArgumentWay::Limine | ArgumentWay::LimineDefault => loader("Limine"),
        ArgumentWay::RpmOstree | ArgumentWay::NixOs | ArgumentWay::Unknown => {
            Err(vec![Refusal::Start { doubt: super::Doubt::Loader }])
        }
    }
}

/// The arguments of an entry with ours behind them, so that ours count.
fn arguments(present: &[String], wanted: &Wanted) -> Vec<String> {
    let ours = [OwnArgument::panic(PANIC), Some(OwnArgument::Reserve(wanted.reservation.clone()))];
    let kept = present.iter().filter(|word| !word.starts_with("panic="));
    // What follows two dashes is for the first process, and no argument of the kernel.
    let (kernel, init): (Vec<_>, Vec<_>) = {
        let all: Vec<&String> = kept.collect();
        let at = all.iter().position(|word| *word == "--").unwrap_or(all.len());
        let (kernel, init) = all.split_at(at);
        (kernel.to_vec(), init.to_vec())
    };
    let own = ours.into_iter().flatten().map(|argument| argument.to_string());
    kernel.into_iter().cloned().chain(own).chain(init.into_iter().cloned()).collect()
}

/// A kernel that is installed while the computer runs on trial must not take the running arguments for its own.
///
/// `kernel-install` reads `/proc/cmdline` where neither of its files is there. Source: kernel-install(8),
/// `90-loaderentry.install`.
fn refuse_copied(ground: &Ground, arguments: &[String]) -> Result<(), Vec<Refusal>> {
    let files = ["/etc/kernel/cmdline", "/usr/lib/kernel/cmdline"];
    if files.iter().any(|path| ground.file(path).is_known()) {
        return Ok(());
    }
    let [path, _] = files;
    let own = |word: &&String| !word.starts_with("systemd.machine_id=");
    let text: Vec<String> = arguments.iter().filter(own).cloned().collect();
    let paste = Paste { path: Some(path.to_owned()), text: format!("{}\n", text.join(" ")) };
    let why = NoTrial::Copied { path: path.to_owned() };
    Err(vec![Refusal::NoTrial { why }, Refusal::ByHand { paste: vec![paste] }])
}
