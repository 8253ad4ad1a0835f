//! The tools that make an initramfs and GRUB's menu, as far as the demo needs them: what each does to the files that matter,
//! in the folder of the demo and nowhere else. No program is run, and the service of a computer knows nothing of this.
//!
//! An image is a text: a line is the path of something in it, and lines that begin with a tab are the content of the path
//! above them. What a tool does beyond that is left out.

use gangway_core::config::grub_cfg::GrubConfig;
use gangway_core::config::grub_default;

use crate::write::{Keeping, Root, WriteError};

/// What is imitated, where it is installed in the demo's computer.
const TOOLS: [&str; 6] =
    ["mkinitramfs", "update-initramfs", "lsinitramfs", "unmkinitramfs", "update-grub", "grub-script-check"];
const FOLDERS: [&str; 2] = ["/usr/sbin", "/usr/bin"];
const MENU: &str = "/boot/grub/grub.cfg";
/// The most that is read of one file.
const LIMIT: u64 = 4 << 20;

/// The tools of the computer in a folder.
#[derive(Debug)]
pub(super) struct ImitatedTools {
    root: Root,
}

impl ImitatedTools {
    /// Of the computer in this folder.
    pub(super) fn new(root: Root) -> Self {
        Self { root }
    }

    /// Whether it is imitated, and installed there.
    pub(super) fn has(&self, tool: &str) -> bool {
        let installed = |folder: &str| {
            self.root.look_up_to(&format!("{folder}/{tool}"), LIMIT).is_ok_and(|found| found.is_some())
        };
        tool == "rm" || TOOLS.contains(&tool) && FOLDERS.iter().any(|folder| installed(folder))
    }

    /// What it writes to standard output, or why it failed; none where it is not imitated like this.
    pub(super) fn run(&self, tool: &str, words: &[&str]) -> Option<Result<String, String>> {
        Some(match (tool, words) {
            ("mkinitramfs", ["-d", folder, "-o", image, release]) => self.make(folder, image, release),
            ("update-initramfs", ["-u", "-k", release]) => {
                self.make("/etc/initramfs-tools", &format!("/boot/initrd.img-{release}"), release)
            }
            ("lsinitramfs", [image]) => self.text(image).map(|text| listed(&text)),
            ("unmkinitramfs", [image, folder]) => self.unpack(image, folder),
            ("update-grub", []) => self.update_grub(),
            ("grub-script-check", [path]) => self.text(path).and_then(|text| {
                GrubConfig::parse(&text).map(|_| String::new()).map_err(|error| error.to_string())
            }),
            ("rm", ["-rf", "--one-file-system", "--", path]) => {
                self.root.remove_tree(path).map(|()| String::new()).map_err(told)
            }
            _ => return None,
        })
    }

    fn text(&self, path: &str) -> Result<String, String> {
        let bytes = self.root.look_up_to(path, LIMIT).map_err(told)?;
        let bytes = bytes.ok_or_else(|| format!("{path}: there is no such file"))?;
        String::from_utf8(bytes).map_err(|error| format!("{path}: {error}"))
    }

    fn names(&self, folder: &str) -> Result<Vec<String>, String> {
        let mut names = self.root.names_in(folder).map_err(told)?;
        names.sort();
        Ok(names)
    }

    fn write(&self, path: &str, text: &str) -> Result<(), String> {
        for folder in self.root.missing_folders(path).map_err(told)? {
            self.root.make_folder(&folder, false).map_err(told)?;
        }
        let present = self.root.look_up_to(path, LIMIT).map_err(told)?;
        self.root.put(path, present.as_deref(), text.as_bytes(), Keeping::Present).map_err(told)
    }

    /// An image by a configuration: the modules that its list and its hooks name, and the scripts that run first, in the
    /// order of their names. Source: initramfs-tools(7).
    fn make(&self, folder: &str, image: &str, release: &str) -> Result<String, String> {
        let list = self.text(&format!("{folder}/modules")).unwrap_or_default();
        let mut modules: Vec<String> =
            list.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
        for hook in self.names(&format!("{folder}/hooks"))? {
            let hook = self.text(&format!("{folder}/hooks/{hook}"))?;
            let added = hook.lines().filter_map(|line| line.strip_prefix("manual_add_modules "));
            modules.extend(added.flat_map(str::split_whitespace).map(str::to_owned));
        }
        let known = self.text(&format!("/lib/modules/{release}/modules.dep"))?;
        let mut made = String::from("usr/bin/init\n");
        for module in modules.iter().map(|module| module.trim()).filter(|module| !module.is_empty()) {
            let plain = |name: &str| name.replace('-', "_");
            let file = |line: &&str| {
                let name = line.rsplit('/').next().and_then(|name| name.split(".ko").next());
                name.is_some_and(|name| plain(name) == plain(module))
            };
            let path = known.lines().filter_map(|line| line.split(':').next()).find(file);
            let path = path.ok_or_else(|| format!("{module} is no module of {release}"))?;
            made += &format!("usr/lib/modules/{release}/{path}\n");
        }
        let scripts = format!("{folder}/scripts/init-top");
        let names = self.names(&scripts)?;
        made += "scripts/init-top/ORDER\n";
        for name in names.iter().map(String::as_str).chain(["udev"]) {
            made += &format!(
                "\t/scripts/init-top/{name} \"$@\"\n\t[ -e /conf/param.conf ] && . /conf/param.conf\n"
            );
        }
        for name in names {
            made += &format!("scripts/init-top/{name}\n");
            let script = self.text(&format!("{scripts}/{name}"))?;
            made.extend(script.lines().flat_map(|line| ["\t", line, "\n"]));
        }
        self.write(image, &made)?;
        Ok(String::new())
    }

    /// The files whose content is in an image.
    fn unpack(&self, image: &str, folder: &str) -> Result<String, String> {
        let mut files: Vec<(String, String)> = Vec::new();
        for line in self.text(image)?.lines() {
            match (line.strip_prefix('\t'), files.last_mut()) {
                (Some(content), Some((_, text))) => text.extend([content, "\n"]),
                _ => files.push((line.to_owned(), String::new())),
            }
        }
        for (path, text) in files.iter().filter(|(_, text)| !text.is_empty()) {
            self.write(&format!("{folder}/{path}"), text)?;
        }
        Ok(String::new())
    }

    /// The menu with the arguments that the settings say: those for all entries, and those for ordinary ones.
    fn update_grub(&self) -> Result<String, String> {
        let mut texts = vec![self.text("/etc/default/grub")?];
        for name in self.names("/etc/default/grub.d")?.iter().filter(|name| name.ends_with(".cfg")) {
            texts.push(self.text(&format!("/etc/default/grub.d/{name}"))?);
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let settings = grub_default::read(&texts).map_err(|(_, error)| error.to_string())?;
        let all = settings.cmdline_linux.map_err(|error| error.to_string())?.unwrap_or_default();
        let ordinary = settings.cmdline_linux_default.map_err(|error| error.to_string())?.unwrap_or_default();
        let entry = |line: &str| {
            let trimmed = line.trim_start();
            let Some(words) = trimmed.strip_prefix("linux\t") else { return format!("{line}\n") };
            let indent = line.strip_suffix(trimmed).unwrap_or_default();
            let words: Vec<&str> = words.split_whitespace().collect();
            let more =
                if words.contains(&"single") { format!("single {all}") } else { format!("{all} {ordinary}") };
            // The kernel, where its system is, and that it is mounted to be read first.
            let kept = words.iter().take(3).copied();
            let words: Vec<&str> = kept.chain(more.split_whitespace()).collect();
            format!("{indent}linux\t{}\n", words.join(" "))
        };
        let made: String = self.text(MENU)?.lines().map(entry).collect();
        self.write(MENU, &made)?;
        Ok("Generating grub configuration file ...\ndone\n".to_owned())
    }
}

/// What a lister says of an image.
fn listed(image: &str) -> String {
    image.lines().filter(|line| !line.starts_with('\t')).flat_map(|line| [line, "\n"]).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn told(error: WriteError) -> String {
    error.to_string()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "files of a temporary folder")]
mod tests {
    use std::fs;

    use super::*;
    use crate::gap::Gaps;

    const IMAGE: &str = "/boot/initrd.img-6.12";

    fn computer(files: &[(&str, &str)]) -> (tempfile::TempDir, ImitatedTools) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let tools = ImitatedTools::new(Root::open(folder.path(), Gaps::default()).unwrap());
        (folder, tools)
    }

    #[test]
    fn an_image_has_what_its_configuration_says_and_is_opened_again() {
        let (folder, tools) = computer(&[
            ("/usr/sbin/mkinitramfs", ""),
            ("/lib/modules/6.12/modules.dep", "kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/vfio.ko.xz\n"),
            ("/own/modules", "# none\n"),
            ("/own/hooks/gangway", "#!/bin/sh\nmanual_add_modules vfio_pci\n"),
            ("/own/scripts/init-top/00-gangway", "#!/bin/sh\n\techo\n\nexit 0\n"),
            ("/boot/other", ""),
        ]);
        assert!(tools.has("mkinitramfs") && tools.has("rm") && !tools.has("lsinitramfs") && !tools.has("sh"));
        assert_eq!(tools.run("mkinitramfs", &["-d", "/own", "-o", IMAGE, "6.12"]), Some(Ok(String::new())));
        let listed = tools.run("lsinitramfs", &[IMAGE]).unwrap().unwrap();
        let files = "usr/bin/init\nusr/lib/modules/6.12/kernel/drivers/vfio/pci/vfio-pci.ko.xz\n\
                     scripts/init-top/ORDER\nscripts/init-top/00-gangway\n";
        assert_eq!(listed, files);
        assert_eq!(tools.run("unmkinitramfs", &[IMAGE, "/own/opened"]), Some(Ok(String::new())));
        let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
        assert_eq!(read("own/opened/scripts/init-top/00-gangway"), "#!/bin/sh\n\techo\n\nexit 0\n");
        assert!(read("own/opened/scripts/init-top/ORDER").starts_with("/scripts/init-top/00-gangway "));
        assert_eq!(
            tools.run("rm", &["-rf", "--one-file-system", "--", "/own/opened"]),
            Some(Ok(String::new()))
        );
        assert!(!folder.path().join("own/opened").exists());
        fs::write(folder.path().join("own/hooks/gangway"), "manual_add_modules other\n").unwrap();
        assert!(tools.run("mkinitramfs", &["-d", "/own", "-o", IMAGE, "6.12"]).unwrap().is_err());
    }

    #[test]
    fn the_menu_gets_the_arguments_of_the_settings() {
        let menu = "menuentry 'A' {\n\tlinux\t/boot/v root=/dev/a ro quiet\n}\nmenuentry 'B' {\n\tlinux\t/boot/v root=/dev/a ro single\n}\n";
        let (folder, tools) = computer(&[
            (MENU, menu),
            ("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n"),
            (
                "/etc/default/grub.d/zz.cfg",
                "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT iommu=pt\"\n",
            ),
        ]);
        assert!(tools.run("update-grub", &[]).unwrap().is_ok());
        let made = fs::read_to_string(folder.path().join("boot/grub/grub.cfg")).unwrap();
        assert_eq!(made, menu.replace("ro quiet", "ro quiet iommu=pt"));
    }

    #[test]
    fn nothing_outside_of_the_folder_is_reached() {
        let (folder, tools) = computer(&[("/usr/bin/lsinitramfs", "")]);
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("kept"), "").unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("out")).unwrap();
        for path in ["/out", "/out/kept", "/../out"] {
            let _ = tools.run("rm", &["-rf", "--one-file-system", "--", path]);
        }
        assert!(outside.path().join("kept").exists());
        assert_eq!(tools.run("reboot", &[]), None);
    }
}
