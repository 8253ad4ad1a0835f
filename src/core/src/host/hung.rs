//! The functions whose driver the root service is waiting for, or gave up waiting for, and how that is written down.
//!
//! Such a driver has the device's lock, which a reader of `driver_override` waits for without an end. Source: kernel,
//! `driver_override_show` in `drivers/pci/pci-sysfs.c`. Written by the root service alone, in a folder that a restart of the
//! computer empties.

use crate::pci::PciAddress;
use crate::reading::TroubleDetail;

/// Functions that nobody looks at, one a line: an address, followed by `now` as long as a driver may still answer.
pub const HUNG: &str = "/run/gangway/hung";
/// The word after an address.
const NOW: &str = "now";

/// How a driver is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Waiting {
    /// It is letting go of the device, or taking it up, at this moment.
    Now,
    /// It did not answer in time: it hangs until the computer is restarted.
    ForEver,
}

impl Waiting {
    /// Why nothing is read of the device that takes its lock.
    pub(super) fn detail(self) -> TroubleDetail {
        match self {
            Self::Now => TroubleDetail::DriverBusy,
            Self::ForEver => TroubleDetail::DriverHangs,
        }
    }
}

/// What the file tells. What is no address with at most that word is not ours, and is passed over.
pub fn parse(text: &[u8]) -> Vec<(PciAddress, Waiting)> {
    let line = |line: &[u8]| {
        let mut words = line.split(|byte| *byte == b' ');
        let address = PciAddress::parse(words.next()?)?;
        match (words.next(), words.next()) {
            (None, _) => Some((address, Waiting::ForEver)),
            (Some(word), None) if word == NOW.as_bytes() => Some((address, Waiting::Now)),
            _ => None,
        }
    };
    text.split(|byte| *byte == b'\n').filter_map(line).collect()
}

/// The text of the file.
pub fn write(waiting: &[(PciAddress, Waiting)]) -> String {
    let line = |(address, waiting): &(PciAddress, Waiting)| match waiting {
        Waiting::Now => format!("{address} {NOW}\n"),
        Waiting::ForEver => format!("{address}\n"),
    };
    waiting.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let at = |text: &str| text.parse::<PciAddress>().unwrap();
        let told = [(at("0000:01:00.0"), Waiting::ForEver), (at("0000:01:00.1"), Waiting::Now)];
        let text = write(&told);
        assert_eq!(text, "0000:01:00.0\n0000:01:00.1 now\n");
        assert_eq!(parse(text.as_bytes()), told);
        assert_eq!(parse(b"0000:01:00.0 later\n0000:01:00.0 now now\nx\n\n"), []);
    }
}
