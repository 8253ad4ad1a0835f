//! Two virtual machines for every check of the subject *guest*: one that trips it, and one that does not. Both are small
//! differences from a base: Windows 11 with the first graphics card of the demo's desktop, on which all is in order.

use gangway_core::model::Model;
use gangway_core::system::Presence;
use gangway_domain::Document;
use gangway_domain::check::{self, Guest, GuestCheckId, GuestFinding, OtherGuest};

use super::Trip;
use super::lab::Machine;

/// The definition of the base, as somebody who wants it well writes it.
const BASE: &str = "<domain type='kvm'>
  <name>win11</name>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>
      <libosinfo:os id='http://microsoft.com/win/11'/>
    </libosinfo:libosinfo>
    <gangway:devices xmlns:gangway='https://gangway.org/xmlns/libvirt/domain/1.0'>
      <gangway:device address='0000:01:00.0' way='0000:00/01.1/00.0' id='10de:2484' subsystem='1458:404c'/>
    </gangway:devices>
  </metadata>
  <memory unit='GiB'>8</memory>
  <memtune>
    <hard_limit unit='GiB'>10</hard_limit>
  </memtune>
  <memoryBacking/>
  <vcpu>8</vcpu>
  <os firmware='efi'>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <features>
    <hyperv mode='passthrough'/>
    <kvm><hidden state='on'/></kvm>
  </features>
  <cpu mode='host-passthrough'>
    <topology sockets='1' dies='1' cores='4' threads='2'/>
  </cpu>
  <devices>
    <tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>
    <video><model type='none'/></video>
    <hostdev mode='subsystem' type='pci' managed='yes'><source><address bus='1' function='0'/></source><rom file='/usr/share/vgabios/card.rom'/></hostdev>
    <hostdev mode='subsystem' type='pci' managed='yes'><source><address bus='1' function='1'/></source></hostdev>
    <hostdev mode='subsystem' type='pci' managed='yes'><source><address bus='1' function='2'/></source></hostdev>
    <hostdev mode='subsystem' type='pci' managed='yes'><source><address bus='1' function='3'/></source></hostdev>
    <memballoon model='none'/>
  </devices>
</domain>
";

/// A virtual machine with its host, which can be changed place by place.
#[derive(Debug, Clone)]
pub struct Lab {
    definition: String,
    /// Other machines: name, whether they run, what they have of the host.
    others: Vec<(&'static str, bool, &'static str)>,
    running: bool,
    host: Machine,
    /// Whether the files of the host can be seen.
    files: Presence,
}

impl Lab {
    /// The base.
    pub fn base() -> Self {
        let files = Presence::There("/usr/share/vgabios/card.rom".to_owned());
        Self {
            definition: BASE.to_owned(),
            others: Vec::new(),
            running: false,
            host: Machine::desktop(),
            files,
        }
    }

    /// Puts something in place of something else in the definition.
    ///
    /// # Panics
    /// When what is to be replaced is not there.
    fn replace(&mut self, before: &str, after: &str) -> &mut Self {
        assert!(self.definition.contains(before), "{before}");
        self.definition = self.definition.replace(before, after);
        self
    }

    /// What all checks say.
    ///
    /// # Panics
    /// When a definition is none.
    #[expect(clippy::expect_used, reason = "called by tests only")]
    pub fn findings(&self) -> Vec<GuestFinding> {
        let parse = |text: &str| Document::parse(text).expect("a definition");
        let document = parse(&self.definition);
        let others: Vec<(&str, bool, Document)> = self
            .others
            .iter()
            .map(|(name, running, devices)| {
                (
                    *name,
                    *running,
                    parse(&format!("<domain><name>{name}</name><devices>{devices}</devices></domain>")),
                )
            })
            .collect();
        let others: Vec<OtherGuest<'_>> = others
            .iter()
            .map(|(name, running, document)| {
                let saved: Vec<_> = document.pci_hostdevs().iter().map(|device| device.source).collect();
                OtherGuest { name, now: if *running { saved.clone() } else { Vec::new() }, saved }
            })
            .collect();
        let model: Model = self.host.model();
        let file = |_: &str| self.files.clone();
        check::run(&Guest {
            name: "win11",
            running: self.running,
            document: &document,
            others: &others,
            model: &model,
            file: &file,
        })
    }
}

/// The two machines of one check.
pub struct GuestCase {
    /// The check.
    pub check: GuestCheckId,
    /// What comes of it on the machine that trips it.
    pub outcome: Trip,
    /// The machine that trips it, in words, and how it differs from the base.
    pub trips: (&'static str, fn(&mut Lab)),
    /// The machine that does not, the same way; the check must say there that all is in order.
    pub passes: (&'static str, fn(&mut Lab)),
}

impl GuestCase {
    fn passing_on(self, name: &'static str, change: fn(&mut Lab)) -> Self {
        Self { passes: (name, change), ..self }
    }

    /// The machine that trips the check.
    pub fn tripping(&self) -> Lab {
        changed(self.trips.1)
    }

    /// The machine that does not.
    pub fn passing(&self) -> Lab {
        changed(self.passes.1)
    }
}

fn changed(change: fn(&mut Lab)) -> Lab {
    let mut lab = Lab::base();
    change(&mut lab);
    lab
}

fn to_do(check: GuestCheckId, name: &'static str, change: fn(&mut Lab)) -> GuestCase {
    GuestCase { check, outcome: Trip::ToDo, trips: (name, change), passes: ("the base as it is", |_| {}) }
}

fn unknown(check: GuestCheckId, name: &'static str, change: fn(&mut Lab)) -> GuestCase {
    GuestCase { outcome: Trip::CouldNotTell, ..to_do(check, name, change) }
}

const SECOND: &str = "<hostdev type='pci'><source><address bus='1' function='0'/></source></hostdev>";
const HUGE: &str = "<memoryBacking><hugepages/></memoryBacking>";
const POOL: &str = "/sys/kernel/mm/hugepages/hugepages-2048kB";

fn huge_pages(lab: &mut Lab, free: &str) {
    lab.replace("<memoryBacking/>", HUGE);
    lab.host.file(&format!("{POOL}/nr_hugepages"), "5000\n").file(&format!("{POOL}/free_hugepages"), free);
}

/// All cases.
pub fn guest_cases() -> Vec<GuestCase> {
    use GuestCheckId as Id;
    vec![
        to_do(Id::Identity, "a mark of another card at the address", |lab| {
            lab.replace("id='10de:2484' subsystem='1458:404c'", "id='10de:1c03'");
        }),
        to_do(Id::Identity, "a mark of the card that is at 08:00.0 now", |lab| {
            lab.replace("id='10de:2484' subsystem='1458:404c'", "id='1002:743f' subsystem='148c:2414'");
        }),
        unknown(Id::Identity, "a card whose ids cannot be read", |lab| {
            lab.host.denied("/sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0/uevent");
            lab.host.denied("/sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0/vendor");
        }),
        to_do(Id::DeviceThere, "a device at 99:00.0", |lab| {
            lab.replace(
                "<memballoon",
                "<hostdev type='pci'><source><address bus='0x99'/></source></hostdev><memballoon",
            );
        }),
        to_do(Id::WholeCard, "a card without its sound", |lab| {
            let sound = "<hostdev mode='subsystem' type='pci' managed='yes'><source><address bus='1' function='1'/></source></hostdev>";
            lab.replace(sound, "");
        })
        .passing_on("a function of the chipset that has its group to itself", |lab| {
            let sound = "<hostdev type='pci' managed='yes'><source><address bus='0xb' function='4'/></source></hostdev>";
            lab.replace("<memballoon", &format!("{sound}<memballoon"));
        }),
        to_do(Id::SharedDevice, "another machine with the same card", |lab| {
            lab.others = vec![("games", false, SECOND)]
        })
        .passing_on("another machine with another card", |lab| {
            lab.others =
                vec![("games", true, "<hostdev type='pci'><source><address bus='8'/></source></hostdev>")];
        }),
        to_do(Id::SharedDevice, "another machine that runs with the same card", |lab| {
            lab.others = vec![("games", true, SECOND)];
        }),
        to_do(Id::Managed, "managed='no' with the host's driver on the card", |lab| {
            lab.replace("managed='yes'", "managed='no'");
        }),
        to_do(Id::RomFile, "a ROM file that is not there", |lab| lab.files = Presence::Missing),
        unknown(Id::RomFile, "a ROM file in a folder that may not be looked into", |lab| {
            lab.files = Presence::Unknown;
        }),
        to_do(Id::RomSigned, "a ROM file under Secure Boot with its keys", |lab| {
            lab.replace(
                "<os firmware='efi'>",
                "<os firmware='efi'><firmware><feature enabled='yes' name='secure-boot'/>\
                 <feature enabled='yes' name='enrolled-keys'/></firmware>",
            );
        }),
        to_do(Id::Balloon, "a balloon", |lab| {
            lab.replace("<memballoon model='none'/>", "<memballoon model='virtio'/>");
        }),
        to_do(Id::Balloon, "nothing said of a balloon", |lab| {
            lab.replace("<memballoon model='none'/>", "");
        }),
        to_do(Id::Memory, "more memory than the computer has", |lab| {
            lab.replace("<memory unit='GiB'>8", "<memory unit='GiB'>64");
            lab.replace("<hard_limit unit='GiB'>10", "<hard_limit unit='GiB'>100");
        }),
        to_do(Id::Memory, "more memory than is free", |lab| {
            lab.replace("<memory unit='GiB'>8", "<memory unit='GiB'>24");
            lab.replace("<hard_limit unit='GiB'>10", "<hard_limit unit='GiB'>100");
        }),
        unknown(Id::Memory, "a host whose memory cannot be read", |lab| {
            lab.host.denied("/proc/meminfo");
        }),
        to_do(Id::HugePages, "4096 huge pages of which 100 are free", |lab| huge_pages(lab, "100\n"))
            .passing_on("4096 huge pages of which 4096 are free", |lab| huge_pages(lab, "4096\n")),
        unknown(Id::HugePages, "huge pages that cannot be counted", |lab| {
            huge_pages(lab, "0\n");
            lab.host.denied(&format!("{POOL}/free_hugepages"));
        })
        .passing_on("a machine that runs on huge pages", |lab| {
            huge_pages(lab, "0\n");
            lab.running = true;
        }),
        to_do(Id::LockedMemory, "a limit of 8 GiB for 8 GiB of memory", |lab| {
            lab.replace("<hard_limit unit='GiB'>10", "<hard_limit unit='GiB'>8");
        }),
        to_do(Id::Chipset, "i440FX", |lab| {
            lab.replace("machine='q35'", "machine='pc'");
        }),
        to_do(Id::Firmware, "a BIOS", |lab| {
            lab.replace("<os firmware='efi'>", "<os>");
        }),
        to_do(Id::Processor, "no processor named", |lab| {
            lab.replace("<cpu mode='host-passthrough'>", "<cpu>");
        }),
        to_do(Id::Processor, "a named model", |lab| {
            lab.replace("<cpu mode='host-passthrough'>", "<cpu mode='custom'>");
        })
        .passing_on("the host's model", |lab| {
            lab.replace("<cpu mode='host-passthrough'>", "<cpu mode='host-model'>");
        }),
        to_do(Id::EmulatedDisplay, "QXL beside the card", |lab| {
            lab.replace("<model type='none'/>", "<model type='qxl'/>");
        })
        .passing_on("no video device", |lab| {
            lab.replace("<video><model type='none'/></video>", "");
        }),
        to_do(Id::Hypervisor, "KVM shown to the driver of an NVIDIA card", |lab| {
            lab.replace("<kvm><hidden state='on'/></kvm>", "");
        }),
        to_do(Id::HypervFeatures, "Windows without Hyper-V’s features", |lab| {
            lab.replace("<hyperv mode='passthrough'/>", "<hyperv><relaxed state='on'/></hyperv>");
        }),
        to_do(Id::Sockets, "eight processors without a topology", |lab| {
            lab.replace("<topology sockets='1' dies='1' cores='4' threads='2'/>", "");
        }),
        to_do(Id::Tpm, "Windows 11 without a TPM", |lab| {
            lab.replace("<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>", "");
        })
        .passing_on("Windows 11 with the host’s TPM", |lab| {
            lab.replace("<backend type='emulator' version='2.0'/>", "<backend type='passthrough'/>");
        }),
        to_do(Id::Tpm, "Windows 11 with a TPM 1.2", |lab| {
            lab.replace("version='2.0'", "version='1.2'");
        }),
    ]
}
