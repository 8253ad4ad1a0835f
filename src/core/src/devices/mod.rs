//! The device side of the full model: what hangs on the PCI functions, up to what people know it by.
//!
//! [`crate::host::Host`] is read first and stays what the window's tree needs; here is everything else about devices,
//! read in one more pass over the same source. Nothing here wakes a sleeping device or writes anything. Whether what
//! is found is good or bad is not decided here.

pub mod acs;
pub mod bridge;
pub mod candidates;
pub mod firmware_picture;
pub mod function;
pub mod identity;
pub(crate) mod list;
pub mod module;
pub mod network;
pub mod process;
pub mod sound;
pub mod storage;
pub mod usb;
pub mod uses;

use crate::host::Host;
use crate::pci::PciAddress;
use crate::reading::Trouble;
use crate::source::{Folder, Source};

pub use acs::{Acs, AcsTable};
pub use bridge::Bridge;
pub use candidates::Candidates;
pub use firmware_picture::{Console, FirmwarePicture, Pictures};
pub use function::{Extras, Resizable};
pub use identity::{Comparison, Identity};
pub use module::Modules;
pub use network::{Interface, InterfaceKind, Network};
pub use process::{Crowd, Holder, Holders, Node};
pub use sound::SoundCard;
pub use storage::Storage;
pub use usb::Usb;
pub use uses::{Claimed, Loss, Use, Used, VmClaim};

/// Everything about a computer's devices that the PCI picture does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Devices {
    /// Disks, and what is on them.
    pub storage: Storage,
    /// Network interfaces, and the way out.
    pub network: Network,
    /// Sound cards, in order of their numbers.
    pub sound: Vec<SoundCard>,
    /// The USB tree, with keyboards, pointers and Bluetooth.
    pub usb: Usb,
    /// Who shows the firmware's picture, and the consoles.
    pub pictures: Pictures,
    /// The programs that hold devices open, as far as they may be seen.
    pub holders: Holders,
    /// More about PCI functions that are no bridges, in order of address.
    pub functions: Vec<Extras>,
    /// More about the bridges, in order of address.
    pub bridges: Vec<Bridge>,
    /// The modules that the drivers come from.
    pub modules: Modules,
    /// Access control services of bridges, where they may be read.
    pub acs: AcsTable,
    /// What could not be read or made no sense.
    pub problems: Vec<Trouble>,
}

impl Devices {
    /// Reads the devices of the machine that `host` was read from. Never fails: what could not be read is in
    /// [`Devices::problems`].
    pub fn read(source: &Source, host: &Host) -> Self {
        std::thread::scope(|scope| {
            let holders = scope.spawn(|| process::read(source));
            let hanging = scope.spawn(|| {
                let mut problems = Vec::new();
                let storage = storage::read(source, &mut problems);
                let network = network::read(source, &mut problems);
                (storage, network, problems)
            });
            let functions = function::read(source, host);
            let bridges = bridge::read(source, host);
            let modules = module::read(source, host);
            let acs = acs::read(source, host);
            let mut problems = Vec::new();
            let usb = Usb::read(source, &mut problems);
            let sound = sound::read(source, &mut problems);
            let pictures = firmware_picture::read(source, &mut problems);
            // A thread that was lost tells nothing: its part is unknown, and the rest stays.
            let (storage, network, mut others) = hanging.join().unwrap_or_else(|_| {
                (
                    Storage::default(),
                    Network::default(),
                    vec![Trouble::new("/sys/class", "lost while it was read")],
                )
            });
            others.append(&mut problems);
            let holders = holders.join().unwrap_or_default();
            Self {
                storage,
                network,
                sound,
                usb,
                pictures,
                holders,
                functions,
                bridges,
                modules,
                acs,
                problems: others,
            }
        })
    }

    /// Reads nothing but what tells serial numbers of PCI functions, for [`Identity`]: little beside a whole reading.
    pub fn serials(source: &Source, host: &Host) -> Self {
        Self { functions: function::read_serials(source, host), ..Self::default() }
    }

    /// More about the bridge at an address.
    pub fn bridge(&self, address: PciAddress) -> Option<&Bridge> {
        let index = self.bridges.binary_search_by_key(&address, |bridge| bridge.address).ok()?;
        self.bridges.get(index)
    }

    /// More about the function at an address; none of a bridge.
    pub fn function(&self, address: PciAddress) -> Option<&Extras> {
        let index = self.functions.binary_search_by_key(&address, |extras| extras.address).ok()?;
        self.functions.get(index)
    }
}

/// A whole text; what is not there is an empty one, what cannot be read a problem.
fn text(source: &Source, path: &str, problems: &mut Vec<Trouble>) -> String {
    match source.read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            if !error.kind.is_absent() {
                problems.push(error.into());
            }
            String::new()
        }
    }
}

/// A folder with its names; None where it is not there, a problem where it cannot be read.
fn listing<'a>(
    source: &'a Source,
    path: &str,
    problems: &mut Vec<Trouble>,
) -> Option<(Folder<'a>, Vec<String>)> {
    match source.open(path).and_then(|folder| Ok((folder.list()?, folder))) {
        Ok((names, folder)) => {
            Some((folder, names.into_iter().filter_map(|name| name.into_string().ok()).collect()))
        }
        Err(error) => {
            if !error.kind.is_absent() {
                problems.push(error.into());
            }
            None
        }
    }
}
