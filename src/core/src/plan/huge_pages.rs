//! Memory that is kept free for virtual machines as huge pages.
//!
//! Pages of 2 MiB are reserved now and with each start; pages of 1 GiB come with the kernel's arguments, since later no
//! such pieces of memory are left. Only what a file of ours asks for is changed or taken away; who reserved pages
//! otherwise is told. Source: kernel, `Documentation/admin-guide/mm/hugetlbpage.rst`; sysctl.d(5), which systemd, OpenRC
//! (`sysctl --system`) and Void's runit all read; tmpfiles.d(5), `w`.

use super::boot::{self, Topic, Wish};
use super::{Doubt, Effect, FileRole, Ground, HugePageChange, HugePageSize, Paste, Refusal, Step, own};
use crate::config::{OwnArgument, sysctl};
use crate::host::KernelCommandLine;
use crate::system::{ArgumentWay, Image, Init, Memory, asked_pages};

const KEY: &str = "vm.nr_hugepages";
const SYSCTL: &str = "/etc/sysctl.d/zz-gangway-huge-pages.conf";
const TMPFILES: &str = "/etc/tmpfiles.d/zz-gangway-huge-pages.conf";
/// Where others keep settings of the kernel.
const FOLDERS: [&str; 5] =
    ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"];
/// What a host needs at least for itself: this, or an eighth of all.
const LEAST: u64 = 2 << 30;

/// What keeps this many pages free.
pub(super) fn set(
    ground: &Ground,
    size: HugePageSize,
    count: u32,
) -> Result<(Vec<Step>, Effect), Vec<Refusal>> {
    room(&ground.model.system.memory, size, count).map_err(|refusal| vec![refusal])?;
    match size {
        HugePageSize::TwoMiB if ground.model.system.distribution.image == Image::NixOs => {
            let text = format!("boot.kernel.sysctl.\"{KEY}\" = {count};\n");
            let paste = vec![Paste { path: Some("/etc/nixos/configuration.nix".to_owned()), text }];
            Err(vec![Refusal::Start { doubt: Doubt::Declared }, Refusal::ByHand { paste }])
        }
        HugePageSize::TwoMiB => {
            let steps = now_and_later(ground, count).map_err(|refusal| vec![refusal])?;
            Ok((steps, Effect::Now))
        }
        HugePageSize::OneGiB => Ok((with_arguments(ground, count)?, Effect::NextStart)),
    }
}

/// Refuses what would not leave enough for the host, and pages that the kernel does not have.
pub(super) fn room(memory: &Memory, size: HugePageSize, count: u32) -> Result<(), Refusal> {
    if !memory.huge.iter().any(|pages| pages.size == size.bytes()) {
        return Err(Refusal::NoHugePages { size });
    }
    let Some(total) = memory.total.known().copied() else {
        let reason = memory.total.trouble().map_or_else(|| "not there".to_owned(), ToString::to_string);
        return Err(Refusal::Unreadable { path: "/proc/meminfo".to_owned(), reason });
    };
    let others = memory.huge.iter().filter(|pages| pages.size != size.bytes()).fold(0_u64, |sum, pages| {
        sum.saturating_add(pages.reserved.known().copied().unwrap_or(0).saturating_mul(pages.size))
    });
    let wanted = u64::from(count).saturating_mul(size.bytes());
    let rest = total.saturating_sub(others).saturating_sub(wanted);
    let least = LEAST.max(total / 8);
    if count > 0 && rest < least {
        return Err(Refusal::TooLittleMemory { total, rest, least });
    }
    Ok(())
}

/// Pages of 2 MiB: while the computer runs, and with each start.
fn now_and_later(ground: &Ground, count: u32) -> Result<Vec<Step>, Refusal> {
    let size = HugePageSize::TwoMiB;
    let memory = &ground.model.system.memory;
    let default = memory.huge_page.known() == Some(&size.bytes());
    asked_elsewhere(ground, size, default, true)?;
    let path = format!("/sys/kernel/mm/hugepages/hugepages-{}kB/nr_hugepages", size.bytes() / 1024);
    let reserved = memory.huge.iter().find(|pages| pages.size == size.bytes()).map(|pages| &pages.reserved);
    let Some(before) = reserved.and_then(|reserved| reserved.known()).copied() else {
        return Err(Refusal::Unreadable { path, reason: "not a number".to_owned() });
    };
    let role = FileRole::KernelSetting;
    let file = if count == 0 {
        let files = [own::gone(ground, SYSCTL, role)?, own::gone(ground, TMPFILES, role)?];
        let file = files.into_iter().flatten().next();
        if file.is_none() && before > 0 {
            return Err(Refusal::SetElsewhere { path, setting: before.to_string() });
        }
        file
    } else if default && ground.model.system.early.init != Init::Other {
        own::file(ground, SYSCTL, role, &sysctl::number(KEY, count))?
    } else if ground.model.system.early.init == Init::Systemd {
        own::file(ground, TMPFILES, role, &format!("w {path} - - - - {count}\n"))?
    } else {
        let text = format!("echo {count} > {path}");
        return Err(Refusal::ByHand { paste: vec![Paste { path: None, text }] });
    };
    let after = u64::from(count);
    let now = (before != after).then_some(Step::HugePages(HugePageChange { size, before, after }));
    Ok(now.into_iter().chain(file.map(Step::File)).collect())
}

/// Refuses where somebody else asks for pages of this size: a file, or an argument of the kernel, the running one included.
fn asked_elsewhere(ground: &Ground, size: HugePageSize, default: bool, running: bool) -> Result<(), Refusal> {
    if default {
        let mut paths = vec!["/etc/sysctl.conf".to_owned()];
        for folder in FOLDERS {
            paths.extend(ground.folder(folder).map(|(name, _)| format!("{folder}/{name}")));
        }
        for path in paths.into_iter().filter(|path| path != SYSCTL) {
            if let Some(value) = sysctl::values(ground.text(&path)?.unwrap_or_default(), KEY).last() {
                return Err(Refusal::SetElsewhere { path, setting: format!("{KEY} = {value}") });
            }
        }
    }
    let asks = |line: &KernelCommandLine| {
        let of_size = |asked: u64| asked == size.bytes();
        asked_pages(line).into_iter().find(|asked| asked.size.map_or(default, of_size))
    };
    let running =
        ground.model.host.command_line.known().filter(|_| running).map(|line| ("/proc/cmdline", line));
    let configured = ground.model.system.boot.configured.iter().map(|(path, line)| (path.as_str(), line));
    for (path, line) in running.into_iter().chain(configured) {
        if let Some(asked) = asks(line) {
            let setting = format!("hugepages={}", asked.number);
            return Err(Refusal::SetElsewhere { path: path.to_owned(), setting });
        }
    }
    Ok(())
}

/// Pages of 1 GiB: arguments of the kernel.
fn with_arguments(ground: &Ground, count: u32) -> Result<Vec<Step>, Vec<Refusal>> {
    let size = HugePageSize::OneGiB;
    if let Some(argument) = OwnArgument::huge_pages(size, count) {
        return boot::add(ground, &Wish { topic: Topic::HugePages, arguments: &[argument] });
    }
    let steps = boot::take_away(ground, Topic::HugePages).map_err(|refusal| vec![refusal])?;
    if steps.is_empty() {
        // Where the settings tell all, what is running may be gone with the next start.
        let running = !matches!(ground.model.system.boot.arguments, ArgumentWay::Grub { .. });
        asked_elsewhere(ground, size, false, running).map_err(|refusal| vec![refusal])?;
    }
    Ok(steps)
}
