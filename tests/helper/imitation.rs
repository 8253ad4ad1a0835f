//! The computer's tools, and its kernel where one writes to it, imitated: what they change is in the computer's folder, and
//! is written as carelessly as real ones do.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gangway_helper::attribute::{Attribute, FLAG};
use gangway_helper::command::{Call, CommandError, Finished, Program, Tools};
use gangway_helper::gap::Gaps;

use super::{at, read, try_write, write};
use crate::tree;

/// What is wrong with a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails half way.
    Fails(&'static str),
    /// It says that it succeeded, and did nothing.
    Idle(&'static str),
    /// It does not end.
    Hangs(&'static str),
    /// It is not installed.
    Absent(&'static str),
    /// The kernel gives only so many huge pages.
    Pages(u64),
}

/// The tools of the computer in a folder.
#[derive(Debug)]
pub struct Imitation {
    root: PathBuf,
    gaps: Gaps,
    fault: Option<Fault>,
}

/// What is installed, besides what changes accounts.
const INSTALLED: [&str; 6] =
    ["update-grub", "lsinitramfs", "systemctl", "modprobe", "rc-update", "rc-service"];

type Outcome = Result<Finished, CommandError>;

impl Imitation {
    /// The tools of the computer in a folder, one of which may be faulty.
    pub fn new(root: &Path, gaps: Gaps, fault: Option<Fault>) -> Self {
        Self { root: root.to_owned(), gaps, fault }
    }

    /// A file that a tool writes in two halves.
    fn scribble(&self, path: &str, text: &str) -> Outcome {
        let half = text.len() / 2;
        self.put(path, &text[..half])?;
        self.gaps.reached("tool-writing", path);
        self.put(path, text)
    }

    /// Writes a file, or fails as a tool does.
    fn put(&self, path: &str, text: &str) -> Outcome {
        let done = Finished { status: Some(0), ..Finished::default() };
        try_write(&self.root, path, text).map(|()| done).map_err(|error| CommandError::Failed {
            program: "tool".to_owned(),
            status: Some(1),
            tail: vec![error.to_string()],
        })
    }

    fn update_grub(&self) -> Outcome {
        let settings = read(&self.root, "/etc/default/grub");
        let line = settings.lines().find_map(|line| line.strip_prefix("GRUB_CMDLINE_LINUX_DEFAULT="));
        let arguments = line.unwrap_or_default().trim_matches('"');
        let image = read(&self.root, "/boot/initrd.img");
        let base: Vec<&str> = image.lines().filter(|line| line.starts_with("usr/lib/firmware/")).collect();
        let ours = at(&self.root, "/etc/dracut.conf.d/gangway.conf").is_file();
        let more = if ours { "\netc/gangway.conf\nusr/lib/modules/6.12/kernel/vfio-pci.ko\n" } else { "\n" };
        self.scribble("/boot/initrd.img", &(base.join("\n") + more))?;
        if self.fault == Some(Fault::Fails("update-grub")) {
            return failed("No space left on device");
        }
        self.scribble(
            "/boot/grub/grub.cfg",
            &format!("menuentry 'Linux' {{\n\tlinux /vmlinuz root=/dev/a {arguments}\n}}\n"),
        )?;
        done("Generating grub configuration file ...")
    }

    fn systemctl(&self, arguments: &[&str]) -> Outcome {
        let unit = *arguments.last().unwrap();
        let own = "/etc/systemd/system";
        // The second is of a unit that the first names as coming along.
        let links = [
            format!("{own}/multi-user.target.wants/{unit}"),
            format!("{own}/sockets.target.wants/virtlogd.socket"),
        ];
        let links = links.map(|link| at(&self.root, &link));
        let started = format!("active {unit}");
        match arguments[0] {
            "is-enabled" if links[0].is_symlink() => done("enabled"),
            "is-enabled" => says(1, "disabled"),
            "is-active" if read(&self.root, "/imitated/services") == started => done("active"),
            "is-active" => says(3, "inactive"),
            "enable" => {
                for link in links.iter().filter(|link| !link.is_symlink()) {
                    fs::create_dir_all(link.parent().unwrap()).unwrap();
                    self.gaps.reached("tool-writing", own);
                    let target = Path::new("/usr/lib/systemd/system").join(link.file_name().unwrap());
                    symlink(target, link).unwrap();
                }
                write(&self.root, "/imitated/services", &started);
                done("")
            }
            "disable" => {
                for link in links {
                    let _ = fs::remove_file(&link);
                    let _ = fs::remove_dir(link.parent().unwrap());
                }
                done("")
            }
            "stop" => {
                write(&self.root, "/imitated/services", "");
                done("")
            }
            "daemon-reload" => done(""),
            "reboot" => {
                write(&self.root, "/imitated/restarted", &(arguments.join(" ") + "\n"));
                done("")
            }
            other => panic!("systemctl {other}"),
        }
    }

    fn group(&self, group: &str, user: &str, member: bool) -> Outcome {
        let groups = read(&self.root, "/etc/group");
        let line = |line: &str| {
            let Some(members) = line.strip_prefix(&format!("{group}:x:64055:")) else {
                return line.to_owned();
            };
            let mut members: Vec<&str> = members.split(',').filter(|name| *name != user).collect();
            members.extend(member.then_some(user));
            format!("{group}:x:64055:{}", members.join(","))
        };
        let lines: Vec<String> = groups.lines().map(line).collect();
        write(&self.root, "/etc/group", &(lines.join("\n") + "\n"));
        done("")
    }

    /// What the kernel does when one of its attributes is written.
    fn kernel(&self, words: &[&str]) -> Outcome {
        let attribute = Attribute::parse(words).expect("an attribute");
        let text = |path: &str| read(&self.root, path).trim().to_owned();
        match &attribute {
            Attribute::HugePages { pages, .. } => {
                let given = if let Some(Fault::Pages(most)) = self.fault { most.min(*pages) } else { *pages };
                write(&self.root, &attribute.path(), &format!("{given}\n"));
            }
            Attribute::Override { driver, .. } => {
                write(&self.root, &attribute.path(), &format!("{}\n", driver.as_deref().unwrap_or("(null)")));
            }
            Attribute::Unbind { address } => self.set_driver(&address.to_string(), None),
            Attribute::Probe { address } => {
                let wanted = text(&format!("/sys/bus/pci/devices/{address}/driver_override"));
                let driver = if wanted == "(null)" { "nouveau" } else { &wanted };
                let there = at(&self.root, &format!("/sys/bus/pci/drivers/{driver}")).is_dir();
                let bound = at(&self.root, &format!("/sys/bus/pci/devices/{address}/driver")).exists();
                if there && !bound {
                    self.set_driver(&address.to_string(), Some(driver));
                }
            }
        }
        done("")
    }

    fn set_driver(&self, address: &str, driver: Option<&str>) {
        let home = tree::home(&self.root, address);
        let _ = fs::remove_file(home.join("driver"));
        let place = format!("/{}/uevent", home.strip_prefix(&self.root).unwrap().display());
        let uevent = read(&self.root, &place);
        let rest: Vec<&str> = uevent.lines().filter(|line| !line.starts_with("DRIVER=")).collect();
        let line = driver.map(|driver| format!("DRIVER={driver}\n")).unwrap_or_default();
        write(&self.root, &place, &format!("{line}{}\n", rest.join("\n")));
        if let Some(driver) = driver {
            symlink(format!("../../../bus/pci/drivers/{driver}"), home.join("driver")).unwrap();
        }
    }
}

fn says(status: i32, line: &str) -> Outcome {
    let tail = Vec::from_iter((!line.is_empty()).then(|| line.to_owned()));
    Ok(Finished { status: Some(status), output: format!("{line}\n"), tail })
}

fn done(line: &str) -> Outcome {
    says(0, line)
}

fn failed(line: &str) -> Outcome {
    says(1, line)
}

impl Tools for Imitation {
    fn has(&self, tool: &str) -> bool {
        let absent = |absent: &'static str| self.fault == Some(Fault::Absent(absent));
        // Busybox has these instead of what the others have.
        let busybox = absent("usermod") && ["addgroup", "delgroup"].contains(&tool);
        let shadow = !absent("usermod") && ["usermod", "gpasswd"].contains(&tool);
        busybox || shadow || INSTALLED.iter().any(|name| *name == tool && !absent(name))
    }

    fn run(&self, call: &Call, line: &mut dyn FnMut(&str)) -> Outcome {
        let words: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
        self.gaps.reached("run", &format!("{} {}", call.name(), words.join(" ")));
        if call.program == Program::Own {
            let (flag, words) = words.split_first().expect("the flag");
            assert_eq!(*flag, FLAG);
            return match self.fault {
                Some(Fault::Hangs(word)) if word == words[0] => {
                    Err(CommandError::Stuck { limit: Duration::from_secs(30) })
                }
                Some(Fault::Fails(word)) if word == words[0] => failed("Device or resource busy"),
                Some(Fault::Idle(word)) if word == words[0] => done(""),
                _ => self.kernel(words),
            };
        }
        line("working");
        match self.fault {
            Some(Fault::Idle(tool)) if tool == call.name() => return done("done"),
            Some(Fault::Hangs(tool)) if tool == call.name() => {
                self.update_grub()?;
                let program = call.name().to_owned();
                return Err(CommandError::TooLong {
                    program,
                    limit: call.limit,
                    tail: vec!["working".to_owned()],
                });
            }
            Some(Fault::Fails(tool)) if tool == call.name() && tool != "update-grub" => {
                return failed("it does not work");
            }
            _ => {}
        }
        match (call.name(), words.as_slice()) {
            ("update-grub", []) => self.update_grub(),
            ("lsinitramfs", [image]) => {
                Ok(Finished { status: Some(0), output: read(&self.root, image), tail: Vec::new() })
            }
            ("systemctl", words) => self.systemctl(words),
            ("rc-update", [verb, service, "default"]) => {
                let link = at(&self.root, &format!("/etc/runlevels/default/{service}"));
                match *verb {
                    "add" => symlink(format!("/etc/init.d/{service}"), link).unwrap(),
                    _ => fs::remove_file(link).unwrap(),
                }
                done("")
            }
            ("rc-service", [service, verb]) => match *verb {
                "status" if at(&self.root, &format!("/imitated/started-{service}")).is_file() => {
                    done("started")
                }
                "status" => says(3, "stopped"),
                "start" => self.put(&format!("/imitated/started-{service}"), ""),
                _ => fs::remove_file(at(&self.root, &format!("/imitated/started-{service}")))
                    .map_or_else(|error| failed(&error.to_string()), |()| done("")),
            },
            ("usermod", ["-aG", group, "--", user]) | ("addgroup", [user, group]) => {
                self.group(group, user, true)
            }
            ("gpasswd", ["-d", user, group]) | ("delgroup", [user, group]) => self.group(group, user, false),
            ("modprobe", ["--", module]) => {
                self.put(&format!("/sys/module/{}/refcnt", module.replace('-', "_")), "0\n")?;
                self.put(&format!("/sys/bus/pci/drivers/{module}/unbind"), "")?;
                done("")
            }
            (tool, words) => panic!("{tool} {words:?}"),
        }
    }
}
