//! What the kernel would do, on a folder that stands for `/`: drivers that let go of devices and take them up, modules that
//! are loaded, huge pages. For the demo and for tests; tools besides are those in the folder.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use gangway_core::pci::PciAddress;

use super::tools::ImitatedTools;
use crate::attribute::{Attribute, FLAG};
use crate::command::{Call, CommandError, Finished, Program, SystemTools, Tools};
use crate::write::Root;

/// What a function without an override had before; nothing tells it in a folder.
const FORMER: &str = "run/gangway-imitation";

/// A kernel that is imitated below a folder, and the tools in that folder.
#[derive(Debug)]
pub struct ImitatedKernel {
    root: PathBuf,
    tools: SystemTools,
    imitated: Option<ImitatedTools>,
}

impl ImitatedKernel {
    /// Below this folder, of which the owner stands for root.
    pub fn below(root: &Path, owner: u32) -> Self {
        let folders = ["usr/sbin", "usr/bin"].map(|folder| root.join(folder));
        Self { root: root.to_owned(), tools: SystemTools::in_folders(folders, owner), imitated: None }
    }

    /// The same with tools that are imitated, too, below the same folder.
    pub(super) fn with_tools(self, root: Root) -> Self {
        Self { imitated: Some(ImitatedTools::new(root)), ..self }
    }

    /// What an imitated tool does; none where it is not imitated, or not installed.
    fn imitate(&self, tool: &str, words: &[&str], line: &mut dyn FnMut(&str)) -> Option<Finished> {
        let done = self.imitated.as_ref().filter(|tools| tools.has(tool))?.run(tool, words)?;
        let (status, output, tail) = match done {
            Ok(output) => (0, output, Vec::new()),
            Err(reason) => (1, String::new(), vec![reason]),
        };
        output.lines().chain(tail.iter().map(String::as_str)).for_each(line);
        Some(Finished { status: Some(status), output, tail })
    }

    fn write_attribute(&self, attribute: &Attribute) -> io::Result<()> {
        match attribute {
            Attribute::Override { address, driver } => {
                let text = format!("{}\n", driver.as_deref().unwrap_or("(null)"));
                put(&self.home(*address)?.join("driver_override"), &text)
            }
            Attribute::Unbind { address } => self.unbind(*address),
            Attribute::Probe { address } => self.probe(*address),
            Attribute::HugePages { pages, .. } => {
                let path = self.root.join(attribute.path().trim_start_matches('/'));
                let free = path.with_file_name("free_hugepages");
                let number = |path: &Path| get(path).ok().and_then(|text| text.trim().parse::<u64>().ok());
                let used = number(&path).zip(number(&free)).map(|(all, free)| all.saturating_sub(free));
                put(&path, &attribute.text())?;
                match used {
                    Some(used) => put(&free, &format!("{}\n", pages.saturating_sub(used))),
                    None => Ok(()),
                }
            }
        }
    }

    fn home(&self, address: PciAddress) -> io::Result<PathBuf> {
        let home = self.root.join(format!("sys/bus/pci/devices/{address}")).canonicalize()?;
        // A link of the folder's could lead out of it, to the devices of this computer.
        if home.starts_with(self.root.canonicalize()?) {
            Ok(home)
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn unbind(&self, address: PciAddress) -> io::Result<()> {
        let home = self.home(address)?;
        let uevent = get(&home.join("uevent"))?;
        let Some(driver) = uevent.lines().find_map(|line| line.strip_prefix("DRIVER=")) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        if driver != "vfio-pci" {
            fs::create_dir_all(self.root.join(FORMER))?;
            put(&self.root.join(FORMER).join(address.to_string()), driver)?;
        }
        self.take_up(&home, None)
    }

    fn probe(&self, address: PciAddress) -> io::Result<()> {
        let home = self.home(address)?;
        let wanted = get(&home.join("driver_override")).unwrap_or_default();
        let former = || get(&self.root.join(FORMER).join(address.to_string())).ok();
        let driver = match wanted.trim() {
            "" | "(null)" => former(),
            driver => Some(driver.to_owned()),
        };
        self.take_up(&home, driver.as_deref())
    }

    /// The function has this driver from now on, as far as files tell.
    fn take_up(&self, home: &Path, driver: Option<&str>) -> io::Result<()> {
        let uevent = get(&home.join("uevent"))?;
        let rest: String = uevent
            .lines()
            .filter(|line| !line.starts_with("DRIVER="))
            .map(|line| line.to_owned() + "\n")
            .collect();
        let first = driver.map(|driver| format!("DRIVER={driver}\n")).unwrap_or_default();
        put(&home.join("uevent"), &(first + &rest))?;
        let link = home.join("driver");
        match fs::remove_file(&link) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let Some(driver) = driver else { return Ok(()) };
        let folder = self.root.join("sys/bus/pci/drivers").join(driver);
        fs::create_dir_all(folder)?;
        symlink(format!("/sys/bus/pci/drivers/{driver}"), link)
    }

    fn load(&self, module: &str) -> io::Result<()> {
        fs::create_dir_all(self.root.join("sys/module").join(module.replace('-', "_")))
    }
}

impl Tools for ImitatedKernel {
    fn has(&self, tool: &str) -> bool {
        let imitated = |tools: &ImitatedTools| tools.has(tool);
        tool == "modprobe" || self.imitated.as_ref().is_some_and(imitated) || self.tools.has(tool)
    }

    fn run(&self, call: &Call, line: &mut dyn FnMut(&str)) -> Result<Finished, CommandError> {
        let words: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
        let done = match (&call.program, words.as_slice()) {
            (Program::Own, [FLAG, words @ ..]) => match Attribute::parse(words) {
                Some(attribute) => self.write_attribute(&attribute),
                None => Err(io::ErrorKind::InvalidInput.into()),
            },
            (Program::Own, _) => Err(io::ErrorKind::InvalidInput.into()),
            (Program::System(tool), ["--", module]) if tool == "modprobe" => self.load(module),
            (Program::System(tool), words) => {
                let imitated = self.imitate(tool, words, line);
                return imitated.map_or_else(|| self.tools.run(call, line), Ok);
            }
        };
        let tail = done.as_ref().err().map(ToString::to_string).into_iter().collect();
        Ok(Finished { status: Some(i32::from(done.is_err())), output: String::new(), tail })
    }
}

fn get(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    OpenOptions::new().read(true).open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)?.write_all(text.as_bytes())
}
