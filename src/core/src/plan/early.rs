//! vfio-pci's modules among the first that are loaded, so that a reservation finds them. Nothing is bound by that alone.
//!
//! A file of our own, or lines in the one list that there is, tells the generator; then every image is made anew and looked
//! into. Names are checked against every kernel that gets an image: a name that one of them lacks breaks its image. The
//! image that the running kernel was started with is kept, with an entry that starts it. Source: initramfs-tools(7),
//! dracut.conf(5), mkinitcpio(8), booster(1), modprobe.d(5).

use super::boot::{former_image, installed_images, own_files};
use super::{
    ArgumentEdit, ArgumentFormat, Doubt, Effect, Expectation, FileChange, FileRole, Ground, Paste, Refusal,
    Step, Tool, ToolRun, own,
};
use crate::config::module_list::{self, ModuleName};
use crate::config::{Edit, booster, drop_in, mkinitcpio, shell, tools};
use crate::pci::DeviceKind;
use crate::system::{Generator, Image};

/// What is wanted, where it is there; `vfio_virqfd` is a part of `vfio` from Linux 6.2 on.
const MODULES: [&str; 4] = ["vfio_pci", "vfio", "vfio_iommu_type1", "vfio_virqfd"];
const TOOLS_LIST: &str = "/etc/initramfs-tools/modules";
const DRACUT: &str = "/etc/dracut.conf.d/zz-gangway-vfio.conf";
const MKINITCPIO: &str = "/etc/mkinitcpio.conf.d/zz-gangway-vfio.conf";
const MODPROBE: &str = "/etc/modprobe.d/zz-gangway-vfio.conf";
const BOOSTER: &str = "/etc/booster.yaml";
const PRESETS: &str = "/etc/mkinitcpio.d";

/// A kernel, and which of the modules it has as files.
pub(super) struct Kernel {
    pub(super) release: String,
    pub(super) files: Vec<&'static str>,
    built_in: Vec<&'static str>,
    /// Its list of modules is empty.
    is_unlisted: bool,
}

/// What loads them early with the next start.
pub(super) fn load_vfio(ground: &Ground) -> Result<(Vec<Step>, Effect), Vec<Refusal>> {
    let early = &ground.model.system.early;
    own_files(ground).map_err(|refusal| vec![refusal, by_hand(ground, early.generator())])?;
    let Some(generator) = early.generator() else {
        let refusal = Refusal::Start { doubt: Doubt::Generator };
        return Err(vec![refusal, by_hand(ground, None)]);
    };
    if early.generator_names_vfio(generator) {
        return Ok((Vec::new(), Effect::NextStart));
    }
    let steps = of(ground, generator).map_err(|refusal| vec![refusal, by_hand(ground, Some(generator))])?;
    Ok((steps, Effect::NextStart))
}

fn of(ground: &Ground, generator: Generator) -> Result<Vec<Step>, Refusal> {
    let kernels = kernels(ground)?;
    let modules = modules(&kernels)?;
    if modules.is_empty() {
        // Built into every kernel.
        return Ok(Vec::new());
    }
    let (files, runs) = match generator {
        Generator::InitramfsTools => (vec![in_list(ground, &modules)?], images(ground, &kernels, &modules)?),
        Generator::Dracut => {
            let file = own::file(ground, DRACUT, FileRole::Initramfs, &drop_in::dracut_modules(&modules))?;
            (vec![file, softdeps(ground)?], images(ground, &kernels, &modules)?)
        }
        Generator::Mkinitcpio => with_mkinitcpio(ground, &kernels, &modules)?,
        Generator::Booster => with_booster(ground, &kernels, &modules)?,
    };
    let present = |run: &ToolRun| run.rebuilds.clone();
    let rebuilt: Vec<String> = runs.iter().flat_map(present).collect();
    let mut steps = former_image(ground, &rebuilt)?;
    steps.extend(files.into_iter().flatten().map(Step::File));
    steps.extend(runs.into_iter().map(Step::Run));
    Ok(steps)
}

/// The kernels that are installed.
pub(super) fn kernels(ground: &Ground) -> Result<Vec<Kernel>, Refusal> {
    let releases: Vec<String> = ground.kernels().map(str::to_owned).collect();
    let mut kernels = Vec::new();
    for release in releases {
        let list = |file: &str| -> Result<Vec<String>, Refusal> {
            let text = ground.text(&format!("/lib/modules/{release}/{file}"))?.unwrap_or_default();
            Ok(text.lines().map(name).collect())
        };
        let ours = |names: &[String]| -> Vec<&'static str> {
            MODULES.into_iter().filter(|module| names.iter().any(|name| name == module)).collect()
        };
        let (files, built_in) = (list("modules.dep")?, list("modules.builtin")?);
        let is_unlisted = files.is_empty();
        kernels.push(Kernel { files: ours(&files), built_in: ours(&built_in), is_unlisted, release });
    }
    Ok(kernels)
}

/// The name of a module in a line such as `kernel/drivers/vfio/pci/vfio-pci.ko.xz: …`.
fn name(line: &str) -> String {
    let path = line.split(':').next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    file.split(".ko").next().unwrap_or_default().replace('-', "_")
}

/// The modules that every kernel has, one way or the other, and one of them as a file.
pub(super) fn modules(kernels: &[Kernel]) -> Result<Vec<ModuleName>, Refusal> {
    let has =
        |kernel: &Kernel, module: &str| kernel.files.contains(&module) || kernel.built_in.contains(&module);
    let without = kernels.iter().find(|kernel| !has(kernel, "vfio_pci"));
    if kernels.is_empty() {
        return Err(Refusal::Unreadable { path: "/lib/modules".to_owned(), reason: String::new() });
    }
    if let Some(kernel) = without {
        let release = kernel.release.clone();
        // As in a captured machine, which has the list without what is in it.
        if kernel.is_unlisted {
            let (path, reason) =
                (format!("/lib/modules/{release}/modules.dep"), "it names no module".to_owned());
            return Err(Refusal::Unreadable { path, reason });
        }
        return Err(Refusal::NoModule { module: "vfio-pci".to_owned(), release });
    }
    let wanted = MODULES.into_iter().filter(|module| {
        kernels.iter().all(|kernel| has(kernel, module))
            && kernels.iter().any(|kernel| kernel.files.contains(module))
    });
    Ok(wanted.filter_map(ModuleName::new).collect())
}

fn in_list(ground: &Ground, modules: &[ModuleName]) -> Result<Option<FileChange>, Refusal> {
    let edit = |text: &str, module: &ModuleName| {
        module_list::add(text, module).map_err(|error| Refusal::not_understood(TOOLS_LIST, &error))
    };
    shared_list(ground, TOOLS_LIST, ArgumentFormat::Modules, modules, edit)
}

/// The change of a list that is shared with others, by an editor that puts one module into it; none where all are in it.
fn shared_list(
    ground: &Ground,
    path: &str,
    format: ArgumentFormat,
    modules: &[ModuleName],
    edit: impl Fn(&str, &ModuleName) -> Result<Edit, Refusal>,
) -> Result<Option<FileChange>, Refusal> {
    let before = ground.text(path)?;
    let mut text = before.unwrap_or_default().to_owned();
    let mut added = Vec::new();
    for module in modules {
        let edit = edit(&text, module)?;
        text = edit.text;
        added.extend(edit.added);
    }
    Ok((!added.is_empty()).then(|| FileChange {
        path: path.to_owned(),
        role: FileRole::Initramfs,
        before: before.map(Into::into),
        after: Some(text.into()),
        edit: Some(ArgumentEdit { format, added }),
    }))
}

/// vfio-pci comes before the drivers of the graphics cards, where the order within the image is not that of its list.
fn softdeps(ground: &Ground) -> Result<Option<FileChange>, Refusal> {
    let host = &ground.model.host;
    let cards = host
        .functions
        .iter()
        .filter(|function| function.class.known().is_some_and(|class| class.kind() == DeviceKind::Graphics));
    let mut drivers: Vec<String> = cards
        .filter_map(|function| function.driver.known())
        .filter(|driver| !driver.is_vfio())
        .map(|driver| driver.to_string().replace('-', "_"))
        .collect();
    drivers.sort_unstable();
    drivers.dedup();
    let drivers: Vec<ModuleName> = drivers.iter().filter_map(|driver| ModuleName::new(driver)).collect();
    if drivers.is_empty() {
        return Ok(None);
    }
    own::file(ground, MODPROBE, FileRole::ModuleOptions, &drop_in::vfio_before(&drivers))
}

/// The runs that make the image of each kernel anew, where it lies beside the kernels.
fn images(ground: &Ground, kernels: &[Kernel], modules: &[ModuleName]) -> Result<Vec<ToolRun>, Refusal> {
    let wrapper = ground.is_there("/usr/sbin/update-initramfs");
    let mut runs = Vec::new();
    for kernel in kernels {
        let release = &kernel.release;
        let places = match wrapper {
            true => vec![format!("/boot/initrd.img-{release}")],
            // As dracut itself names it, as SUSE does, and as Debian's hook of dracut does.
            false => vec![
                format!("/boot/initramfs-{release}.img"),
                format!("/boot/initrd-{release}"),
                format!("/boot/initrd.img-{release}"),
            ],
        };
        let Some(image) = places.into_iter().find(|path| ground.is_there(path)) else { continue };
        let tool = if wrapper {
            Tool::UpdateInitramfs { release: release.clone() }
        } else {
            Tool::Dracut { image: image.clone(), release: release.clone() }
        };
        runs.push(run(tool, vec![image], kernel, modules));
    }
    if runs.is_empty() {
        // They lie where another tool puts them.
        for made in installed_images(ground)? {
            let Some(kernel) = kernels.iter().find(|kernel| kernel.release == made.release) else { continue };
            let expects = run(made.run.tool.clone(), vec![made.path], kernel, modules).expects;
            runs.push(ToolRun { expects, ..made.run });
        }
    }
    if runs.is_empty() {
        return Err(Refusal::Start { doubt: Doubt::Generator });
    }
    Ok(runs)
}

fn run(tool: Tool, images: Vec<String>, kernel: &Kernel, modules: &[ModuleName]) -> ToolRun {
    let inside: Vec<String> = modules
        .iter()
        .map(ToString::to_string)
        .filter(|name| kernel.files.contains(&name.as_str()))
        .collect();
    let expects = images.iter().map(|path| Expectation::Image {
        path: path.clone(),
        modules: inside.clone(),
        files: Vec::new(),
    });
    ToolRun { tool, rewrites: Vec::new(), expects: expects.collect(), rebuilds: images }
}

type Made = (Vec<Option<FileChange>>, Vec<ToolRun>);

fn with_mkinitcpio(ground: &Ground, kernels: &[Kernel], modules: &[ModuleName]) -> Result<Made, Refusal> {
    let doubt = |tool: &str| Refusal::Start { doubt: Doubt::Tool(tool.to_owned()) };
    let script = ground.file("/usr/bin/mkinitcpio").known();
    let reads =
        script.is_some_and(|script| String::from_utf8_lossy(script.bytes()).contains("mkinitcpio.conf.d"));
    let (unified, images) = super::boot::presets(ground)?;
    let mut paths = vec!["/etc/mkinitcpio.conf".to_owned()];
    paths.extend(
        ground.folder("/etc/mkinitcpio.conf.d").map(|(name, _)| format!("/etc/mkinitcpio.conf.d/{name}")),
    );
    let texts: Vec<&str> = paths
        .iter()
        .map(|path| Ok(ground.text(path)?.unwrap_or_default()))
        .collect::<Result<_, Refusal>>()?;
    let path = |index: usize| paths.get(index).map_or(MKINITCPIO, String::as_str);
    let configuration = mkinitcpio::configuration(&texts)
        .map_err(|(index, error)| Refusal::not_understood(path(index), &error))?;
    let hooks =
        configuration.hooks.map_err(|error| Refusal::not_understood(path(0), &error))?.unwrap_or_default();
    let has = |hook: &str| hooks.iter().any(|name| name == hook);
    // A preset with a configuration of its own does not read drop-ins; what is in a unified image cannot be listed.
    if !reads || own_configuration(ground)? || !unified.is_empty() || !(has("udev") || has("systemd")) {
        return Err(doubt("mkinitcpio"));
    }
    // Of several kernels, the presets do not tell which image is whose.
    let [kernel] = kernels else { return Err(doubt("mkinitcpio")) };
    let list = own::file(ground, MKINITCPIO, FileRole::Initramfs, &drop_in::mkinitcpio_modules(modules))?;
    // With the systemd hook, nothing orders the list before the drivers that udev loads.
    let softdeps = if has("systemd") {
        if !has("modconf") {
            return Err(doubt("mkinitcpio"));
        }
        softdeps(ground)?
    } else {
        None
    };
    Ok((vec![list, softdeps], vec![run(Tool::Mkinitcpio, images, kernel, modules)]))
}

/// Its list is loaded before it looks for devices; each package of a kernel has one image, named after the package. Source:
/// booster(1); booster, `init/main.go`, and Arch's `regenerate_images`.
fn with_booster(ground: &Ground, kernels: &[Kernel], modules: &[ModuleName]) -> Result<Made, Refusal> {
    let list = booster::List::ForceLoad;
    let edit = |text: &str, module: &ModuleName| {
        booster::add(text, list, module).map_err(|error| Refusal::not_understood(BOOSTER, &error))
    };
    let file = shared_list(ground, BOOSTER, ArgumentFormat::Booster, modules, edit)?;
    let mut runs = Vec::new();
    for kernel in kernels {
        let release = &kernel.release;
        let package = ground.text(&format!("/lib/modules/{release}/pkgbase"))?.unwrap_or_default().trim();
        let image = format!("/boot/booster-{package}.img");
        if !package.is_empty() && ground.is_there(&image) {
            let tool = Tool::Booster { image: image.clone(), release: release.clone() };
            runs.push(run(tool, vec![image], kernel, modules));
        }
    }
    if runs.is_empty() {
        return Err(Refusal::Start { doubt: Doubt::Generator });
    }
    Ok((vec![file], runs))
}

/// Whether a preset names a configuration of its own.
fn own_configuration(ground: &Ground) -> Result<bool, Refusal> {
    let names: Vec<String> = ground.folder(PRESETS).map(|(name, _)| name.to_owned()).collect();
    for name in names {
        let path = format!("{PRESETS}/{name}");
        let mut settings = shell::Settings::default();
        let text = ground.text(&path)?.unwrap_or_default();
        settings.source(text).map_err(|error| Refusal::not_understood(&path, &error))?;
        if settings.names().any(|name| name.ends_with("_config")) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn by_hand(ground: &Ground, generator: Option<Generator>) -> Refusal {
    let names: Vec<ModuleName> = MODULES.iter().take(3).filter_map(|name| ModuleName::new(name)).collect();
    let into = |path: &str, text: String| Paste { path: Some(path.to_owned()), text };
    let command = |text: String| Paste { path: None, text };
    match ground.model.system.distribution.image {
        Image::NixOs => {
            let file = into("/etc/nixos/configuration.nix", tools::nixos_snippet(&[], &names));
            return Refusal::ByHand { paste: vec![file, command("sudo nixos-rebuild boot".to_owned())] };
        }
        Image::Ostree => {
            let names = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            let text = format!("rpm-ostree initramfs --enable --arg=--force-drivers --arg=\"{names}\"");
            return Refusal::ByHand { paste: vec![command(text)] };
        }
        Image::Transactional | Image::No => {}
    }
    let files = match generator {
        Some(Generator::Dracut) => {
            vec![into("/etc/dracut.conf.d/vfio.conf", drop_in::dracut_modules(&names))]
        }
        Some(Generator::InitramfsTools) => vec![into(TOOLS_LIST, drop_in::modules_load(&names))],
        Some(Generator::Mkinitcpio) => {
            vec![into("/etc/mkinitcpio.conf", drop_in::mkinitcpio_modules(&names))]
        }
        Some(Generator::Booster) => vec![into(
            BOOSTER,
            format!("modules_force_load: {}\n", MODULES.get(..3).unwrap_or_default().join(",")),
        )],
        None => vec![into("/etc/modules-load.d/vfio.conf", drop_in::modules_load(&names))],
    };
    let run = generator.map(|generator| command(generator.command().to_owned()));
    Refusal::ByHand { paste: files.into_iter().chain(run).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_lists_of_modules() {
        assert_eq!(
            name("kernel/drivers/vfio/pci/vfio-pci.ko.zst: kernel/drivers/vfio/vfio.ko.zst"),
            "vfio_pci"
        );
        assert_eq!(name("kernel/drivers/vfio/vfio_iommu_type1.ko:"), "vfio_iommu_type1");
        assert_eq!(name(""), "");
    }
}
