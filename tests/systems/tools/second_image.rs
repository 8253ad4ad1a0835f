//! The generators as they make a second image: what each takes of a configuration, and files with their content, so that
//! the image can be opened again.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Imitations, image};

/// What begins a line of an image that holds a file's content, which listers do not print.
const CONTENT: &str = "= ";

/// What a lister prints of an image.
pub(super) fn listed(image: &str) -> String {
    image.lines().filter(|line| !line.starts_with(CONTENT)).map(|line| format!("{line}\n")).collect()
}

impl Imitations {
    /// `mkinitramfs -d FOLDER -o IMAGE RELEASE`: the modules that hooks add, and scripts in the order of their names.
    pub(super) fn mkinitramfs(&self, folder: &str, out: &str, release: &str) -> Result<String, String> {
        if !self.read(&format!("{folder}/initramfs.conf")).contains("MODULES=") {
            return Err(format!("{folder}: no configuration"));
        }
        let mut modules = Vec::new();
        for hook in self.list(&format!("{folder}/hooks"), "") {
            let text = self.read(&hook);
            let added = text.lines().filter_map(|line| line.strip_prefix("manual_add_modules "));
            modules.extend(added.flat_map(str::split_whitespace).map(str::to_owned));
        }
        self.known(&modules, release)?;
        let scripts = self.list(&format!("{folder}/scripts/init-top"), "");
        let mut names: Vec<String> =
            scripts.iter().filter_map(|path| path.rsplit('/').next().map(str::to_owned)).collect();
        names.extend(["all_generic_ide", "udev"].map(str::to_owned));
        names.sort();
        if let Some(first) = self.shape.first_script {
            names.insert(0, first.to_owned());
        }
        let order: String = names
            .iter()
            .map(|name| {
                format!("/scripts/init-top/{name} \"$@\"\n[ -e /conf/param.conf ] && . /conf/param.conf\n")
            })
            .collect();
        let mut files = vec!["scripts/init-top/ORDER".to_owned()];
        let mut contents = vec![("scripts/init-top/ORDER".to_owned(), order)];
        for path in scripts {
            let place = format!("scripts/init-top/{}", path.rsplit('/').next().unwrap_or_default());
            contents.push((place.clone(), self.read(&path)));
            files.push(place);
        }
        let mut text = image(release, &modules, &files);
        for (place, content) in contents {
            let hex: String = content.bytes().map(|byte| format!("{byte:02x}")).collect();
            text += &format!("{CONTENT}{place} {hex}\n");
        }
        self.write(out, text)?;
        Ok(String::new())
    }

    /// `unmkinitramfs IMAGE FOLDER`: the files whose content is in it; with microcode before it, below `main`.
    pub(super) fn unmkinitramfs(&self, image: &str, folder: &str) -> Result<String, String> {
        for line in self.read(image).lines() {
            let Some((place, hex)) = line.strip_prefix(CONTENT).and_then(|rest| rest.split_once(' ')) else {
                continue;
            };
            let digits: Vec<char> = hex.chars().collect();
            let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).ok();
            let bytes: Vec<u8> = digits.chunks(2).filter_map(byte).collect();
            let path = self.at(&format!("{folder}/main/{place}"));
            let above = path.parent().unwrap_or(Path::new("/")).to_owned();
            fs::create_dir_all(above).map_err(|error| error.to_string())?;
            fs::write(path, bytes).map_err(|error| error.to_string())?;
        }
        Ok(String::new())
    }

    /// `rm -rf --one-file-system -- PATH`.
    pub(super) fn remove(&self, path: &str) -> Result<String, String> {
        fs::remove_dir_all(self.at(path)).map_err(|error| error.to_string())?;
        Ok(String::new())
    }

    /// `dracut --force --add-drivers MODULES [--include FILE PLACE]… IMAGE RELEASE`: its own configuration, and these.
    pub(super) fn dracut_with(
        &self,
        drivers: &str,
        includes: &[&str],
        out: &str,
        release: &str,
    ) -> Result<String, String> {
        let mut files = Vec::new();
        for include in includes.chunks(3) {
            let ["--include", file, place] = include else { return Err(format!("{include:?}")) };
            if self.read(file).is_empty() {
                return Err(format!("dracut: {file} is not there"));
            }
            files.push(place.trim_start_matches('/').to_owned());
        }
        let modules: Vec<String> = drivers.split_whitespace().map(str::to_owned).collect();
        self.known(&modules, release)?;
        let own = self.initramfs(release)?;
        let lines: String =
            image(release, &modules, &files).lines().skip(1).map(|l| format!("{l}\n")).collect();
        self.write(out, own + &lines)?;
        Ok(String::new())
    }

    /// `mkinitcpio -c FILE -D HOOKS… -k RELEASE -g IMAGE`: the first hook is built, and is ours.
    pub(super) fn mkinitcpio_with(&self, words: &[&str]) -> Result<String, String> {
        let [
            "-c",
            configuration,
            "-D",
            hooks,
            "-D",
            "/etc/initcpio",
            "-D",
            "/usr/lib/initcpio",
            "-k",
            release,
            "-g",
            out,
        ] = words
        else {
            return Err(format!("{words:?}"));
        };
        let root = self.root.display().to_string();
        let configuration = self.read(configuration).replace(" /etc/", &format!(" {root}/etc/"));
        let install = self.at(&format!("{hooks}/install/gangway"));
        let script = format!(
            "{configuration}\n[ \"${{HOOKS[0]}}\" = gangway ] || exit 1\n\
             add_module() {{ echo \"module $1\"; }}\nadd_file() {{ echo \"from $1\"; echo \"file $2\"; }}\n\
             add_symlink() {{ echo \"file $1\"; }}\nadd_binary() {{ :; }}\nadd_runscript() {{ echo \"file hooks/gangway\"; }}\n\
             . '{}'\nbuild\n",
            install.display()
        );
        let output =
            Command::new("bash").arg("-c").arg(script).output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let of = |kind: &str| -> Vec<String> {
            let lines = said.lines().filter_map(|line| line.strip_prefix(kind));
            lines.map(|word| word.trim_start_matches('/').to_owned()).collect()
        };
        if let Some(missing) = of("from ").iter().find(|path| self.read(path).is_empty()) {
            return Err(format!("file not found: {missing}"));
        }
        let modules = of("module ");
        self.known(&modules, release)?;
        self.write(out, image(release, &modules, &of("file ")))?;
        Ok(String::new())
    }

    fn known(&self, modules: &[String], release: &str) -> Result<(), String> {
        let known = self.read(&format!("/lib/modules/{release}/modules.dep")).replace('-', "_");
        let missing =
            modules.iter().find(|module| !known.contains(&format!("/{}.ko", module.replace('-', "_"))));
        missing.map_or(Ok(()), |module| Err(format!("module not found: {module}")))
    }
}
