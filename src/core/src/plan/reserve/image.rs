//! What a second image is made of: our early script, and what makes each generator run it before any driver comes.
//!
//! Every file is one of ours in a folder of our own, and is shown before it is written; the system's own configuration is
//! read by the tool as ever and gets nothing of ours. Source: initramfs-tools(7), dracut(8), dracut.modules(7),
//! mkinitcpio(8); systemd.unit(5) for the order with mkinitcpio's systemd hook.

use crate::config::mkinitcpio;
use crate::plan::early::{Kernel, kernels, modules};
use crate::plan::{Builder, FileChange, FileRole, Ground, NoTrial, Refusal, own};
use crate::system::Generator;

/// The script, as it is installed nowhere else: it is a part of the plan that writes it.
const EARLY: &str = include_str!("../../../../../data/early/gangway-early");
const OWN: &str = "/var/lib/gangway/reserve";
/// Where the script is in images of which the place is ours to choose.
const INSIDE: &str = "/usr/lib/gangway/early";

/// What is given to the generator.
pub(super) struct Made {
    pub(super) builder: Builder,
    /// Files of ours that it reads, by the order in which they are made.
    pub(super) files: Vec<FileChange>,
    /// Modules that must be in the image.
    pub(super) modules: Vec<String>,
    /// Files that must be in the image.
    pub(super) inside: Vec<String>,
}

/// What makes the image of a kernel.
///
/// # Errors
/// The generator is not known, cannot do it, or is told what we do not understand.
pub(super) fn made(ground: &Ground, release: &str) -> Result<Made, Refusal> {
    let early = &ground.model.system.early;
    let doubt = || Refusal::Start { doubt: crate::plan::Doubt::Generator };
    let generator = early.generator().ok_or_else(doubt)?;
    let kernel = kernels(ground)?.into_iter().find(|kernel| kernel.release == release);
    let none = || Refusal::NoModule { module: "vfio-pci".to_owned(), release: release.to_owned() };
    let kernel = kernel.ok_or_else(none)?;
    // Refuses a kernel without vfio-pci.
    modules(std::slice::from_ref(&kernel))?;
    let made = match generator {
        Generator::InitramfsTools => initramfs_tools(ground)?,
        Generator::Dracut => dracut(ground, &kernel)?,
        Generator::Mkinitcpio => with_mkinitcpio(ground)?,
        Generator::Booster => {
            let name = generator.name().to_owned();
            return Err(Refusal::NoTrial { why: NoTrial::Generator { name } });
        }
    };
    let names = WANTED.map(|name| name.replace('-', "_")).into_iter();
    Ok(Made { modules: names.filter(|name| kernel.files.contains(&name.as_str())).collect(), ..made })
}

/// The modules that are asked for; what they need comes along, and what is built in is passed over.
const WANTED: [&str; 2] = ["vfio-pci", "vfio_iommu_type1"];

fn file(ground: &Ground, path: &str, content: &str) -> Result<Option<FileChange>, Refusal> {
    own::file(ground, path, FileRole::Initramfs, content)
}

fn initramfs_tools(ground: &Ground) -> Result<Made, Refusal> {
    if !ground.is_there("/usr/sbin/mkinitramfs") {
        return Err(Refusal::NoTool { tool: "mkinitramfs".to_owned() });
    }
    let own = format!("{OWN}/initramfs-tools");
    let first = "scripts/init-top/00-gangway".to_owned();
    let hook = format!(
        "#!/bin/sh\n# Puts the modules that devices are reserved with into the image.\n[ \"$1\" = prereqs ] && exit 0\n\
         . /usr/share/initramfs-tools/hook-functions\nmanual_add_modules {}\n",
        WANTED.join(" ")
    );
    let files = [
        file(ground, &format!("{own}/{first}"), EARLY)?,
        file(ground, &format!("{own}/hooks/gangway"), &hook)?,
    ];
    Ok(Made {
        builder: Builder::InitramfsTools {
            configuration: "/etc/initramfs-tools".to_owned(),
            own,
            copy: format!("{OWN}/configuration"),
            first: first.clone(),
        },
        files: files.into_iter().flatten().collect(),
        modules: Vec::new(),
        inside: vec![first],
    })
}

/// dracut sources its hooks, so that an `exit` in one would end the start: ours runs the script as a program of its own.
fn dracut(ground: &Ground, kernel: &Kernel) -> Result<Made, Refusal> {
    refuse_unified(ground)?;
    let (script, hook) = (format!("{OWN}/early"), format!("{OWN}/pre-udev.sh"));
    let inside = "/usr/lib/dracut/hooks/pre-udev/00-gangway.sh";
    let files = [file(ground, &script, EARLY)?, file(ground, &hook, &format!("sh {INSIDE}\n"))?];
    let drivers = WANTED.into_iter().filter(|name| kernel.files.contains(&name.replace('-', "_").as_str()));
    Ok(Made {
        builder: Builder::Dracut {
            includes: vec![(script, INSIDE.to_owned()), (hook, inside.to_owned())],
            drivers: drivers.map(str::to_owned).collect(),
        },
        files: files.into_iter().flatten().collect(),
        modules: Vec::new(),
        inside: vec![plain(INSIDE), plain(inside)],
    })
}

/// dracut can be told to make a unified image of whatever it makes. Source: dracut.conf(5), `uefi`.
fn refuse_unified(ground: &Ground) -> Result<(), Refusal> {
    let folders = ["/etc/dracut.conf.d", "/usr/lib/dracut/dracut.conf.d"];
    let mut paths = vec!["/etc/dracut.conf".to_owned()];
    paths.extend(folders.into_iter().flat_map(|folder| {
        ground.folder(folder).map(move |(name, _)| format!("{folder}/{name}")).collect::<Vec<_>>()
    }));
    for path in paths {
        let text = ground.text(&path)?.unwrap_or_default();
        let unified = |line: &str| line.trim_start().starts_with("uefi=") && !line.contains("no");
        if text.lines().any(unified) {
            return Err(Refusal::NoTrial { why: NoTrial::Unified });
        }
    }
    Ok(())
}

fn with_mkinitcpio(ground: &Ground) -> Result<Made, Refusal> {
    const MAIN: &str = "/etc/mkinitcpio.conf";
    const MORE: &str = "/etc/mkinitcpio.conf.d";
    let program = ground.file("/usr/bin/mkinitcpio").known();
    let program = program.ok_or_else(|| Refusal::NoTool { tool: "mkinitcpio".to_owned() })?;
    let reads = String::from_utf8_lossy(program.bytes()).contains("mkinitcpio.conf.d");
    let mut paths = vec![MAIN.to_owned()];
    if reads {
        paths.extend(ground.folder(MORE).map(|(name, _)| format!("{MORE}/{name}")));
    }
    let texts: Vec<&str> = paths
        .iter()
        .map(|path| Ok(ground.text(path)?.unwrap_or_default()))
        .collect::<Result<_, Refusal>>()?;
    let path = |index: usize| paths.get(index).map_or(MAIN, String::as_str);
    let configuration = mkinitcpio::configuration(&texts)
        .map_err(|(index, error)| Refusal::not_understood(path(index), &error))?;
    let hooks =
        configuration.hooks.map_err(|error| Refusal::not_understood(MAIN, &error))?.unwrap_or_default();
    let has = |hook: &str| hooks.iter().any(|name| name == hook);
    let systemd = has("systemd");
    if !systemd && !has("udev") {
        return Err(Refusal::NoTrial { why: NoTrial::Generator { name: "mkinitcpio".to_owned() } });
    }
    let (script, folder) = (format!("{OWN}/early"), format!("{OWN}/initcpio"));
    let own = format!("{OWN}/mkinitcpio.conf");
    // With a configuration that is named, the others beside the main one are not read by the tool.
    let more =
        format!("for more in {MORE}/*.conf; do\n    [[ -r $more ]] && . \"$more\"\ndone\nunset more\n");
    let main =
        format!(". {MAIN}\n{}HOOKS=(gangway \"${{HOOKS[@]}}\")\n", if reads { more.as_str() } else { "" });
    let mut install = vec!["build() {".to_owned()];
    install.extend(WANTED.iter().map(|module| format!("    add_module {module}")));
    install.push(format!("    add_file {script} {INSIDE}"));
    let mut inside = vec![plain(INSIDE)];
    let mut files = vec![file(ground, &script, EARLY)?, file(ground, &own, &main)?];
    if systemd {
        let unit = "usr/lib/systemd/system/gangway-early.service";
        let wants = "usr/lib/systemd/system/sysinit.target.wants/gangway-early.service";
        install.push(format!("    add_file {OWN}/gangway-early.service /{unit}"));
        install.push(format!("    add_symlink /{wants} ../gangway-early.service"));
        install.extend(["sh", "modprobe"].map(|program| format!("    add_binary {program}")));
        files.push(file(ground, &format!("{OWN}/gangway-early.service"), UNIT)?);
        inside.extend([unit.to_owned(), wants.to_owned()]);
    } else {
        install.push("    add_runscript".to_owned());
        let hook = format!("run_earlyhook() {{\n    sh {INSIDE}\n}}\n");
        files.push(file(ground, &format!("{folder}/hooks/gangway"), &hook)?);
        inside.push("hooks/gangway".to_owned());
    }
    install.extend(["}".to_owned(), String::new()]);
    files.push(file(ground, &format!("{folder}/install/gangway"), &install.join("\n"))?);
    Ok(Made {
        builder: Builder::Mkinitcpio { configuration: own, hooks: folder },
        files: files.into_iter().flatten().collect(),
        modules: Vec::new(),
        inside,
    })
}

/// Before udev, and before the modules that are loaded without it.
const UNIT: &str = "[Unit]
Description=Reserve devices for virtual machines
DefaultDependencies=no
Before=systemd-udevd.service systemd-modules-load.service
ConditionKernelCommandLine=gangway.reserve

[Service]
Type=oneshot
ExecStart=/usr/bin/sh /usr/lib/gangway/early
";

/// A path without the leading slash.
fn plain(path: &str) -> String {
    path.trim_start_matches('/').to_owned()
}
