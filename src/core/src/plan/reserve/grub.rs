//! GRUB: an entry in `custom.cfg`, with a gate before it that chooses it for one start, and only where the request could be
//! erased.
//!
//! The gate is read after everything else of `grub.cfg`, so its `default` counts; no byte of that file changes. The request
//! is in a file of ours, which is written in place and never anew: GRUB reads a file system without replaying its journal.
//! GRUB ignores whether it could erase its own `next_entry`, and would start a trial for ever; the gate reads it back, and
//! also sees that the entry's files are there. Source: GRUB 2.12, `00_header`, `41_custom`, `loadenv.c`, `diskfilter.c`.

use std::collections::BTreeSet;

use super::{FOLDER, Start, TITLE, Wanted};
use crate::config::grub_cfg::{GrubConfig, quoted};
use crate::config::marked_block;
use crate::devices::storage::Layer;
use crate::plan::boot::{self, Origin};
use crate::plan::{
    ArgumentEdit, ArgumentFormat, Content, EnvironmentFile, FileChange, FileRole, Ground, KeptFile, NoTrial,
    Refusal, WayBack,
};
use crate::system::ArgumentWay;
use crate::trial::{self, GRUB_DEFAULT, GRUB_ENTRY, GRUB_REQUEST};

/// The variables in which the gate keeps the file systems of the entry and of the request.
const DEVICE: &str = "gw_device";
const MEMORY: &str = "gw_memory";
/// File systems in which GRUB finds the sectors of a file, and can write to them.
const WRITABLE: [&str; 5] = ["ext2", "ext3", "ext4", "xfs", "vfat"];

/// What GRUB starts with the reservation.
pub(super) fn start(ground: &Ground, wanted: &Wanted) -> Result<Start, Vec<Refusal>> {
    let Origin { path: config_path, config, start: origin } =
        boot::grub_origin(ground).map_err(|refusal| vec![refusal])?;
    if ground.model.system.boot.arguments == ArgumentWay::Grubby {
        super::refuse_copied(ground, &origin.arguments)?;
    }
    entry(ground, wanted, &config_path, &config, origin).map_err(|refusal| vec![refusal])
}

fn entry(
    ground: &Ground,
    wanted: &Wanted,
    config_path: &str,
    config: &GrubConfig,
    mut origin: boot::GrubStart,
) -> Result<Start, Refusal> {
    let no = |why| Refusal::NoWayBack { path: config_path.to_owned(), why };
    if !config.sources_custom {
        return Err(no(WayBack::NotRead));
    }
    if config.checks_signatures {
        return Err(no(WayBack::Signed));
    }
    let [command, seen_kernel] = origin.kernel.clone();
    let (seen, kernel) = seen_kernel.rsplit_once('/').ok_or_else(|| no(WayBack::NotCopied))?;
    let images = origin.initramfs.clone();
    let image = images.last().and_then(|path| path.rsplit('/').next()).ok_or_else(|| no(WayBack::NoImage))?;
    // Which folder that is on this system: the one in which the same files lie.
    let (kernel_path, like) = (format!("/boot/{kernel}"), format!("/boot/{image}"));
    if images.len() < 2 || ![&kernel_path, &like].into_iter().all(|path| ground.is_there(path)) {
        return Err(no(WayBack::NoImage));
    }
    let folder = format!("/boot/{FOLDER}");
    let shown = format!("{seen}/{FOLDER}");
    origin.kernel = [command, format!("{shown}/{kernel}")];
    origin.arguments = super::arguments(&origin.arguments, wanted);
    if let Some(last) = origin.initramfs.last_mut() {
        *last = format!("{shown}/{image}");
    }
    let files = [format!("{shown}/{kernel}"), format!("{shown}/{image}")];
    let memory = memory(ground, &shown)?;
    let gate = gate(&origin, &memory, &files).ok_or_else(|| no(WayBack::NotCopied))?;
    let lines: Vec<String> = gate.into_iter().chain(origin.menu_entry(TITLE, GRUB_ENTRY)).collect();
    let custom = config_path.replace("grub.cfg", "custom.cfg");
    Ok(Start {
        entry: trial::Entry::Grub {
            custom: custom.clone(),
            env: memory.path.clone(),
            config: config_path.to_owned(),
        },
        change: change(ground, custom, &lines)?,
        kernel: KeptFile { path: kernel_path, copy: format!("{folder}/{kernel}") },
        like,
        image: format!("{folder}/{image}"),
        environment: Some(EnvironmentFile { path: memory.path }),
    })
}

fn change(ground: &Ground, path: String, lines: &[String]) -> Result<FileChange, Refusal> {
    let present = ground.text(&path)?;
    let text = present.unwrap_or_default();
    match marked_block::find(text, GRUB_ENTRY) {
        Ok(None) if !text.contains(GRUB_ENTRY) => {}
        _ => return Err(Refusal::Occupied { path }),
    }
    let block = marked_block::make(GRUB_ENTRY, lines);
    let after = marked_block::put(text, GRUB_ENTRY, &block)
        .map_err(|error| Refusal::not_understood(&path, &error))?;
    let format = ArgumentFormat::Block { name: GRUB_ENTRY.to_owned() };
    Ok(FileChange {
        path,
        role: FileRole::TrialEntry,
        before: present.map(Content::from),
        after: Some(after.into()),
        edit: Some(ArgumentEdit { format, added: Vec::new() }),
    })
}

/// Where the request is kept.
struct Memory {
    /// Its path.
    path: String,
    /// Its path as GRUB sees it.
    seen: String,
    /// The number of its file system, where that is another one than the kernel's.
    uuid: Option<String>,
}

/// Beside the kernel where GRUB can write there, else in the EFI system partition.
fn memory(ground: &Ground, shown: &str) -> Result<Memory, Refusal> {
    let path = format!("/boot/{FOLDER}/env");
    let on = match writable(ground, "/boot") {
        Ok(()) => return Ok(Memory { path, seen: format!("{shown}/env"), uuid: None }),
        Err(on) => on,
    };
    let partition = ["/boot/efi", "/efi"].into_iter().find_map(|mounted| {
        let storage = &ground.model.devices.storage;
        let mount = storage.mounts.iter().find(|mount| mount.path == mounted && mount.kind == "vfat")?;
        writable(ground, &mount.path).ok()?;
        Some((mounted, uuid(ground, mounted)?))
    });
    let (mounted, uuid) = partition.ok_or(Refusal::NoTrial { why: NoTrial::NotErasable { path, on } })?;
    let path = format!("{mounted}/{FOLDER}/env");
    Ok(Memory { path, seen: format!("/{FOLDER}/env"), uuid: Some(uuid) })
}

/// Whether GRUB can write to a file there; what it is on otherwise. GRUB writes to plain partitions alone.
fn writable(ground: &Ground, path: &str) -> Result<(), String> {
    let storage = &ground.model.devices.storage;
    let mount = storage.mount_of(path).ok_or_else(String::new)?;
    if !WRITABLE.contains(&mount.kind.as_str()) {
        return Err(mount.kind.clone());
    }
    let layers: BTreeSet<Layer> = storage.ground_of_mount(mount).layers;
    layers.first().map_or(Ok(()), |layer| Err(word(*layer).to_owned()))
}

/// The field's word for a layer.
const fn word(layer: Layer) -> &'static str {
    match layer {
        Layer::Encryption => "LUKS",
        Layer::LogicalVolume => "LVM",
        Layer::Raid => "RAID",
        Layer::Multipath => "multipath",
        Layer::Mapping => "device-mapper",
        Layer::Cache => "bcache",
        Layer::Btrfs => "btrfs",
        Layer::Zfs => "zfs",
    }
}

/// The number of the file system that is mounted there, as `/etc/fstab` names it. Source: fstab(5).
fn uuid(ground: &Ground, mounted: &str) -> Option<String> {
    ground.file("/etc/fstab").known()?.text()?.lines().find_map(|line| {
        let mut fields = line.split_whitespace();
        let (source, place) = (fields.next()?, fields.next()?);
        let uuid = source.strip_prefix("UUID=")?.trim_matches('"');
        let plain = uuid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        (place == mounted && plain && !uuid.is_empty()).then(|| uuid.to_owned())
    })
}

/// The gate; none where the entry does not look for its file system.
fn gate(origin: &boot::GrubStart, memory: &Memory, files: &[String]) -> Option<Vec<String>> {
    let search = origin.before.last().filter(|words| words.first().is_some_and(|word| word == "search"))?;
    let found = |word: &String| match word.as_str() {
        "--set" | "--set=root" => format!("--set={DEVICE}"),
        word => quoted(word),
    };
    let search: Vec<String> = search.iter().map(found).collect();
    if !search.iter().any(|word| *word == format!("--set={DEVICE}")) {
        return None;
    }
    // What unpacks kernels finds no file.
    let finds = |words: &&Vec<String>| {
        let name = words.get(1).map(String::as_str).unwrap_or_default();
        words.first().is_some_and(|word| word == "insmod") && !["gzio", "xzio", "lzopio"].contains(&name)
    };
    let modules = origin.before.iter().filter(finds);
    let mut lines = vec![
        "# Written by Gangway: started for one time when it is asked for, and by itself once it was kept. Undo the \
         change to take it away."
            .to_owned(),
    ];
    for variable in [GRUB_REQUEST, GRUB_DEFAULT, DEVICE, MEMORY] {
        lines.push(format!("set {variable}="));
    }
    lines.extend(modules.map(|words| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")));
    lines.push(search.join(" "));
    match &memory.uuid {
        Some(uuid) => {
            let search = format!("search --no-floppy --fs-uuid --set={MEMORY} {uuid}");
            lines.extend(["insmod fat".to_owned(), search]);
        }
        None => lines.push(format!("set {MEMORY}=\"${{{DEVICE}}}\"")),
    }
    let file = format!("(${{{MEMORY}}}){}", quoted(&memory.seen));
    let there: String = files.iter().map(|path| format!(" -a -s (${{{DEVICE}}}){}", quoted(path))).collect();
    let asked = |variable: &str| format!("\"${{{variable}}}\" = \"{GRUB_ENTRY}\"");
    lines.extend([
        format!("if [ -s {file} ]; then"),
        format!("\tload_env -f {file} {GRUB_REQUEST} {GRUB_DEFAULT}"),
        "fi".to_owned(),
        // A start for one time that somebody else asked for comes first.
        format!("if [ {} -a \"${{boot_once}}\" != \"true\"{there} ]; then", asked(GRUB_DEFAULT)),
        format!("\tset default={GRUB_ENTRY}"),
        "fi".to_owned(),
        format!("if [ {} ]; then", asked(GRUB_REQUEST)),
        format!("\tset {GRUB_REQUEST}="),
        format!("\tif save_env -f {file} {GRUB_REQUEST}; then"),
        format!("\t\tset {GRUB_REQUEST}=unread"),
        format!("\t\tload_env -f {file} {GRUB_REQUEST}"),
        format!("\t\tif [ -z \"${{{GRUB_REQUEST}}}\"{there} ]; then"),
        format!("\t\t\tset default={GRUB_ENTRY}"),
        "\t\t\tset fallback=0".to_owned(),
        "\t\t\tset boot_once=true".to_owned(),
        "\t\tfi".to_owned(),
        "\tfi".to_owned(),
        "fi".to_owned(),
    ]);
    Some(lines)
}
