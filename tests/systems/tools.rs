//! Imitations of the tools: what each does to the files that matter, on a folder of real files.
//!
//! Configuration is read as the tool reads it: what is shell is sourced by a shell. What is made goes over what is there,
//! with its owner and mode, as the tools do.
#![expect(clippy::disallowed_methods, reason = "imitates tools on a temporary folder")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use gangway_helper::attribute::{Attribute, FLAG};
use gangway_helper::command::{Call, CommandError, Finished, Program, Tools};

use super::shape::{Kernel, Shape};

mod second_image;

/// An initramfs as the imitations make it: a list of its modules and files, one a line, that can be looked into.
pub fn image(release: &str, modules: &[String], files: &[String]) -> String {
    let modules = modules.iter().map(|name| format!("usr/lib/modules/{release}/kernel/{name}.ko\n"));
    let files = files.iter().map(|name| format!("{name}\n"));
    ["usr/bin/init\n".to_owned()].into_iter().chain(modules).chain(files).collect()
}

/// A unified image with a kernel's release and arguments in its sections.
pub fn unified_image(release: &str, arguments: &str) -> Vec<u8> {
    let sections: [(&[u8; 8], &[u8]); 3] = [
        (b".linux\0\0", b"kernel"),
        (b".uname\0\0", release.as_bytes()),
        (b".cmdline", arguments.as_bytes()),
    ];
    let mut bytes = b"MZ".to_vec();
    bytes.resize(0x3c, 0);
    bytes.extend(0x40_u32.to_le_bytes());
    bytes.extend(b"PE\0\0\x64\x86");
    bytes.extend(u16::try_from(sections.len()).unwrap_or_default().to_le_bytes());
    bytes.extend([0; 12]);
    bytes.extend(0_u16.to_le_bytes());
    bytes.extend([0; 2]);
    let mut at = bytes.len() + 40 * sections.len();
    for (name, content) in sections {
        let size = u32::try_from(content.len()).unwrap_or_default().to_le_bytes();
        bytes.extend(name);
        bytes.extend(size);
        bytes.extend([0; 4]);
        bytes.extend(size);
        bytes.extend(u32::try_from(at).unwrap_or_default().to_le_bytes());
        bytes.extend([0; 16]);
        at += content.len();
    }
    for (_, content) in sections {
        bytes.extend(content);
    }
    bytes
}

/// The deployment of ostree that waits for the next start.
const STAGED: &str = "/run/ostree/staged-deployment";

/// The tools of a system, and what was asked of them.
#[derive(Debug, Clone)]
pub struct Imitations {
    root: PathBuf,
    shape: Shape,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Imitations {
    /// Of a system whose files are below this folder.
    pub fn new(root: &Path, shape: &Shape) -> Self {
        Self { root: root.to_owned(), shape: shape.clone(), calls: Arc::default() }
    }

    /// The command lines that were run since they were last asked for.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().map(|mut calls| std::mem::take(&mut *calls)).unwrap_or_default()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_default()
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) -> Result<(), String> {
        fs::write(self.at(path), content).map_err(|error| format!("{path}: {error}"))
    }

    /// The files of a folder with this ending, sorted.
    fn list(&self, folder: &str, ending: &str) -> Vec<String> {
        let entries = fs::read_dir(self.at(folder)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut paths: Vec<String> =
            names.filter(|name| name.ends_with(ending)).map(|name| format!("{folder}/{name}")).collect();
        paths.sort();
        paths
    }

    /// What a shell says after it sourced these files.
    fn shell(&self, files: &[String], say: &str) -> Result<String, String> {
        let sources: String = files.iter().map(|file| format!(". '{}'\n", self.at(file).display())).collect();
        let output = Command::new("bash").arg("-c").arg(format!("set -e\n{sources}{say}")).output();
        let output = output.map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn done(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        match (program, arguments) {
            ("update-grub", []) => self.grub("/boot/grub/grub.cfg"),
            ("grub-mkconfig" | "grub2-mkconfig", ["-o", path]) => self.grub(path),
            ("grubby", [kernel, change]) => self.grubby(kernel, change),
            ("kernel-install", ["add", release, image]) => self.kernel_install(release, image),
            ("mkinitcpio", ["-P"]) => self.mkinitcpio(),
            ("update-initramfs", ["-u", "-k", release]) => {
                self.make(&format!("/boot/initrd.img-{release}"), release)
            }
            ("dracut", ["--force", path, release]) => self.make(path, release),
            ("dracut", ["--force", "--add-drivers", drivers, includes @ .., path, release]) => {
                self.dracut_with(drivers, includes, path, release)
            }
            ("mkinitcpio", words @ ["-c", ..]) => self.mkinitcpio_with(words),
            ("mkinitramfs", ["-d", folder, "-o", path, release]) => self.mkinitramfs(folder, path, release),
            ("unmkinitramfs", [image, folder]) => self.unmkinitramfs(image, folder),
            ("rm", ["-rf", "--one-file-system", "--", path]) => self.remove(path),
            ("grub-script-check" | "grub2-script-check", [path]) if self.read(path).contains("menuentry") => {
                Ok(String::new())
            }
            ("booster", ["build", "--force", "--kernel-version", release, path]) => self.make(path, release),
            ("booster", ["ls", path]) => Ok(self.read(path)),
            ("kernelstub", [option, arguments]) => self.kernelstub(option, arguments),
            ("rpm-ostree", ["kargs", changes @ ..]) => self.rpm_ostree(changes),
            ("lsinitramfs" | "lsinitrd" | "lsinitcpio", [path]) => Ok(second_image::listed(&self.read(path))),
            other => Err(format!("not imitated: {other:?}")),
        }
    }

    /// The kernel, as far as it takes a number of huge pages.
    fn attribute(&self, words: &[String]) -> Result<(), CommandError> {
        let missing = || CommandError::NotFound(words.join(" "));
        let words = words.iter().skip_while(|word| *word != FLAG).skip(1);
        let attribute = Attribute::parse(&words.collect::<Vec<_>>()).ok_or_else(missing)?;
        if let Ok(mut calls) = self.calls.lock() {
            calls.push(format!("wrote {} to {}", attribute.text().trim(), attribute.path()));
        }
        let text = format!("{}\n", attribute.text().trim());
        self.write(&attribute.path(), text).map_err(|_| missing())
    }

    fn grub(&self, path: &str) -> Result<String, String> {
        let grub = self.shape.grub.ok_or("no GRUB")?;
        let mut files = vec!["/etc/default/grub".to_owned()];
        if grub.drop_ins {
            files.extend(self.list("/etc/default/grub.d", ".cfg"));
        }
        let said = self
            .shell(&files, "printf '%s\\n%s\\n' \"$GRUB_CMDLINE_LINUX\" \"$GRUB_CMDLINE_LINUX_DEFAULT\"")?;
        let mut lines = said.lines();
        let (all, ordinary) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        self.write(path, grub.text(&self.shape.kernels, self.shape.root, all, ordinary))?;
        Ok(String::new())
    }

    fn grubby(&self, kernel: &str, change: &str) -> Result<String, String> {
        let kernel = kernel.strip_prefix("--update-kernel=").ok_or("no kernel")?;
        let file = kernel.rsplit('/').next().unwrap_or_default();
        for path in self.list("/boot/loader/entries", ".conf") {
            let text = self.read(&path);
            if !text.lines().any(|line| line == format!("linux /{file}")) {
                continue;
            }
            let line = |line: &str| match (line.strip_prefix("options "), change.split_once('=')) {
                (Some(options), Some(("--args", added))) => format!("options {options} {added}\n"),
                (Some(options), Some(("--remove-args", gone))) => {
                    let gone: Vec<&str> = gone.split(' ').collect();
                    let kept: Vec<&str> = options.split(' ').filter(|word| !gone.contains(word)).collect();
                    format!("options {}\n", kept.join(" "))
                }
                _ => format!("{line}\n"),
            };
            self.write(&path, text.lines().map(line).collect::<String>())?;
        }
        Ok(String::new())
    }

    /// Writes the entry and copies the kernel; the plugin for the initramfs makes that anew.
    fn kernel_install(&self, release: &str, image: &str) -> Result<String, String> {
        let cmdline = self.read("/etc/kernel/cmdline");
        let cmdline = if cmdline.is_empty() { self.read("/proc/cmdline") } else { cmdline };
        if self.read("/etc/kernel/install.conf").contains("layout=uki") {
            let images = self.list("/efi/EFI/Linux", &format!("-{release}.efi"));
            self.write(images.first().ok_or("no image")?, unified_image(release, cmdline.trim()))?;
            return Ok(String::new());
        }
        let entries = self.list("/efi/loader/entries", &format!("-{release}.conf"));
        let path = entries.first().ok_or("no entry")?;
        let token = path.rsplit('/').next().and_then(|name| name.strip_suffix(&format!("-{release}.conf")));
        let token = token.ok_or("no token")?;
        let folder = format!("/{token}/{release}");
        self.write(
            path,
            format!(
                "title      EndeavourOS\nversion    {release}\nmachine-id {token}\nsort-key   endeavouros\noptions    {} systemd.machine_id={token}\nlinux      {folder}/linux\ninitrd     {folder}/initrd\n",
                cmdline.trim()
            ),
        )?;
        self.write(&format!("/efi{folder}/linux"), self.read(image))?;
        self.write(&format!("/efi{folder}/initrd"), self.initramfs(release)?)?;
        Ok(String::new())
    }

    /// The images of all presets.
    fn mkinitcpio(&self) -> Result<String, String> {
        let kernel = self.shape.kernels.first().ok_or("no kernel")?;
        for preset in self.list("/etc/mkinitcpio.d", ".preset") {
            let said = self.shell(
                &[preset],
                "for p in \"${PRESETS[@]}\"; do i=${p}_image u=${p}_uki; echo \"image ${!i}\"; echo \"uki ${!u}\"; done",
            )?;
            for line in said.lines() {
                match line.split_once(' ') {
                    Some(("image", path)) if !path.is_empty() => {
                        self.write(path, self.initramfs(&kernel.release)?)?;
                    }
                    Some(("uki", path)) if !path.is_empty() => {
                        let mut line = self.read("/etc/kernel/cmdline");
                        for path in self.list("/etc/cmdline.d", ".conf") {
                            let text = self.read(&path);
                            line.extend(
                                text.lines().filter(|line| !line.starts_with('#')).flat_map(|l| [l, " "]),
                            );
                        }
                        self.write(path, unified_image(&kernel.release, line.trim()))?;
                    }
                    _ => {}
                }
            }
        }
        Ok(String::new())
    }

    /// The entry of the present kernel, the configuration, and copies of the kernel and its image.
    fn kernelstub(&self, option: &str, arguments: &str) -> Result<String, String> {
        let path = "/etc/kernelstub/configuration";
        let mut json: serde_json::Value =
            serde_json::from_str(&self.read(path)).map_err(|error| error.to_string())?;
        let options = json["user"]["kernel_options"].as_array_mut().ok_or("no options")?;
        for argument in arguments.split(' ') {
            match option {
                "-a" => options.push(argument.into()),
                _ => options.retain(|option| option != argument),
            }
        }
        let line: Vec<String> = options.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect();
        let text = serde_json::to_string_pretty(&json).map_err(|error| error.to_string())?;
        self.write(path, text)?;
        let entry = "/boot/efi/loader/entries/Pop_OS-current.conf";
        let text = self.read(entry);
        let field = |key: &str| {
            text.lines().find_map(|line| line.strip_prefix(key)).map(str::trim).unwrap_or_default().to_owned()
        };
        let (linux, initrd) = (field("linux "), field("initrd "));
        self.write(
            entry,
            format!(
                "title Pop!_OS\nlinux {linux}\ninitrd {initrd}\noptions {} ro {}\n",
                self.shape.root,
                line.join(" ")
            ),
        )?;
        let kernel = self.shape.kernels.first().ok_or("no kernel")?;
        self.write(&format!("/boot/efi{linux}"), self.read(&format!("/boot/{}", kernel.file)))?;
        let image = kernel.initramfs.first().cloned().unwrap_or_default();
        self.write(&format!("/boot/efi{initrd}"), self.read(&format!("/boot/{image}")))?;
        Ok(String::new())
    }

    /// The arguments of the deployment that the next start gets, changed word by word into one that waits; nothing waits
    /// where nothing changed.
    fn rpm_ostree(&self, changes: &[&str]) -> Result<String, String> {
        let before = self.deployed()?;
        let mut words = before.clone();
        for change in changes {
            match change.split_once('=') {
                Some(("--append-if-missing", word)) if !before.iter().any(|other| other == word) => {
                    words.push(word.to_owned());
                }
                Some(("--delete-if-present", word)) => words.retain(|other| other != word),
                Some(("--append-if-missing", _)) => {}
                _ => return Err(format!("not imitated: {change}")),
            }
        }
        if words != before {
            let file = self.at(STAGED);
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).map_err(|error| error.to_string())?;
            }
            let list: String = words.iter().map(|word| format!("{word}\0")).collect();
            let text = format!("target\0\0\0aa{{sv}}kargs\0\0\0{list}\u{8}\u{12}\0as\u{6}\u{2f}");
            self.write(STAGED, text)?;
        }
        Ok(if changes.is_empty() { words.join(" ") + "\n" } else { String::new() })
    }

    /// The arguments of what starts next: of the deployment that waits, or of the first entry.
    fn deployed(&self) -> Result<Vec<String>, String> {
        let split = |text: &str, by: &[char]| text.split(by).map(str::to_owned).collect::<Vec<String>>();
        if self.at(STAGED).exists() {
            let text = self.read(STAGED);
            let list = text.split("kargs\0\0\0").nth(1).and_then(|rest| rest.split("\0\u{8}").next());
            return list.map(|list| split(list, &['\0'])).ok_or_else(|| "no arguments".to_owned());
        }
        let entries = self.list("/boot/loader/entries", ".conf");
        let first = entries.iter().map(|path| self.read(path)).find(|text| text.contains("(ostree:0)"));
        let options =
            first.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("options ")));
        options.map(|options| split(options, &[' '])).ok_or_else(|| "no entry".to_owned())
    }

    /// The computer is shut down and started again, as far as ostree goes: what waits becomes the first entry, and what ran
    /// becomes the second one.
    ///
    /// # Panics
    /// When the system is none of ostree's.
    #[expect(clippy::expect_used, reason = "called by tests only")]
    pub fn restart(&self) {
        let options = self.deployed().expect("arguments");
        if self.at(STAGED).exists() {
            let ran = self.list("/boot/loader/entries", ".conf");
            let ran = ran.iter().map(|path| self.read(path)).find(|text| text.contains("(ostree:0)"));
            let ran = ran
                .expect("an entry that ran")
                .replace("(ostree:0)", "(ostree:1)")
                .replace("version 2", "version 1");
            let boot = |word: &String| match word.strip_prefix("ostree=/ostree/boot.") {
                Some(rest) if rest.starts_with('1') => format!("ostree=/ostree/boot.0{}", &rest[1..]),
                Some(rest) => format!("ostree=/ostree/boot.1{}", &rest[1..]),
                None => word.clone(),
            };
            let options: Vec<String> = options.iter().map(boot).collect();
            let line = |line: &str| match line.split_once(' ') {
                Some(("options", _)) => format!("options {}\n", options.join(" ")),
                Some(("version", _)) => "version 2\n".to_owned(),
                _ => format!("{line}\n"),
            };
            let new = ran.replace("(ostree:1)", "(ostree:0)").lines().map(line).collect::<String>();
            self.write("/boot/loader/entries/ostree-2.conf", new).expect("written");
            self.write("/boot/loader/entries/ostree-1.conf", ran).expect("written");
            fs::remove_file(self.at(STAGED)).expect("removed");
            let kernel = self.read("/proc/cmdline");
            let kernel = kernel.split(' ').next().unwrap_or_default().to_owned();
            self.write("/proc/cmdline", format!("{kernel} {}\n", options.join(" "))).expect("written");
        }
        let boot = "/proc/sys/kernel/random/boot_id";
        let before = self.read(boot);
        fs::create_dir_all(self.at("/proc/sys/kernel/random")).expect("a folder");
        self.write(boot, format!("{}1\n", before.trim())).expect("written");
    }

    fn make(&self, path: &str, release: &str) -> Result<String, String> {
        self.write(path, self.initramfs(release)?)?;
        Ok(String::new())
    }

    /// What the system's generator puts into an image of this kernel: the modules that it is told, which must be there.
    fn initramfs(&self, release: &str) -> Result<String, String> {
        let kernel = self.shape.kernels.iter().find(|kernel: &&Kernel| kernel.release == release);
        kernel.ok_or_else(|| format!("no kernel {release}"))?;
        let wanted = if self.has("mkinitramfs") {
            let list = self.read("/etc/initramfs-tools/modules");
            list.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line} ")).collect()
        } else if self.has("mkinitcpio") {
            let mut files = vec!["/etc/mkinitcpio.conf".to_owned()];
            files.extend(self.list("/etc/mkinitcpio.conf.d", ".conf"));
            self.shell(&files, "echo \"${MODULES[@]}\"")?
        } else if self.has("booster") {
            let text = self.read("/etc/booster.yaml");
            let list = text.lines().find_map(|line| line.strip_prefix("modules_force_load: "));
            list.unwrap_or_default().replace(',', " ")
        } else {
            self.shell(&self.list("/etc/dracut.conf.d", ".conf"), "echo \"$force_drivers\"")?
        };
        let modules: Vec<String> = wanted.split_whitespace().map(str::to_owned).collect();
        let known = self.read(&format!("/lib/modules/{release}/modules.dep")).replace('-', "_");
        if let Some(missing) = modules.iter().find(|module| !known.contains(&format!("/{module}.ko"))) {
            return Err(format!("module not found: {missing}"));
        }
        let files: Vec<String> = self
            .list("/etc/modprobe.d", ".conf")
            .iter()
            .map(|path| path.trim_start_matches('/').to_owned())
            .collect();
        Ok(image(release, &modules, &files))
    }
}

impl Tools for Imitations {
    fn has(&self, tool: &str) -> bool {
        ["/usr/sbin", "/usr/bin"].iter().any(|folder| self.at(&format!("{folder}/{tool}")).is_file())
    }

    fn run(&self, call: &Call, _: &mut dyn FnMut(&str)) -> Result<Finished, CommandError> {
        let Program::System(program) = &call.program else {
            return self
                .attribute(&call.arguments)
                .map(|()| Finished { status: Some(0), ..Finished::default() });
        };
        let arguments: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
        if let Ok(mut calls) = self.calls.lock() {
            calls.push(
                [program.as_str()].into_iter().chain(arguments.iter().copied()).collect::<Vec<_>>().join(" "),
            );
        }
        if !self.has(program) {
            return Err(CommandError::NotFound(program.clone()));
        }
        match self.done(program, &arguments) {
            Ok(output) => Ok(Finished { status: Some(0), output, tail: Vec::new() }),
            Err(error) => Ok(Finished { status: Some(1), output: String::new(), tail: vec![error] }),
        }
    }
}
