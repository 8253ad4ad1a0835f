//! What udev tells everybody once its rules have run for a device that came, went or changed: parsing one message.
//!
//! Source: systemd, `src/libsystemd/sd-device/device-monitor.c`, `struct monitor_netlink_header` and
//! `device_monitor_receive`; eudev sends the same. A message is a header, whose magic is in network order and whose
//! lengths are in the machine's own, and properties that end with a zero each. Listening belongs to the client.

/// How every message begins.
const PREFIX: &[u8] = b"libudev\0";
/// The version of the header that follows; `UDEV_MONITOR_MAGIC`.
const MAGIC: u32 = 0xfeed_cafe;

/// Kinds of devices that change what is told of a computer: its functions and drivers, its groups, the screens, disks,
/// networks and sound behind them, what hangs on USB, and keyboards and pointers.
const WATCHED: [&str; 8] = ["pci", "iommu", "drm", "block", "net", "sound", "usb", "input"];

/// One message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// `ACTION=`: `add`, `remove`, `change`, `bind`, `unbind` or another word of the kernel.
    pub action: &'a str,
    /// `SUBSYSTEM=`: the kind of device.
    pub subsystem: &'a str,
    /// `DEVPATH=`: where it is, or was, below `/sys`.
    pub path: &'a str,
}

/// Why some bytes are no message of udev's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// They do not begin as one does: the kernel's own, or no message at all.
    #[error("it is not from udev")]
    NotUdev,
    /// The header is of a version that is not known.
    #[error("its version is not known")]
    OtherVersion,
    /// The header or the properties that it announces are not whole.
    #[error("it is cut short")]
    Cut,
    /// A property that every message has is missing, or is no text.
    #[error("it has no {0}")]
    Incomplete(&'static str),
}

impl<'a> Message<'a> {
    /// Reads one message. What else it tells is passed over; of a property that is there twice, the first counts.
    ///
    /// # Errors
    /// The bytes are no message, or not a whole one.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, MessageError> {
        let header = bytes.strip_prefix(PREFIX).ok_or(MessageError::NotUdev)?;
        let mut fields = header.chunks_exact(4).filter_map(|field| <[u8; 4]>::try_from(field).ok());
        let magic = fields.next().ok_or(MessageError::Cut)?;
        if u32::from_be_bytes(magic) != MAGIC {
            return Err(MessageError::OtherVersion);
        }
        let mut length = || {
            let field = fields.next().ok_or(MessageError::Cut)?;
            usize::try_from(u32::from_ne_bytes(field)).map_err(|_| MessageError::Cut)
        };
        let (_header, start, length) = (length()?, length()?, length()?);
        let end = start.checked_add(length).ok_or(MessageError::Cut)?;
        let properties = bytes.get(start..end).ok_or(MessageError::Cut)?;
        let find = |name: &'static str| {
            properties
                .split(|byte| *byte == 0)
                .find_map(|property| property.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
                .and_then(|value| str::from_utf8(value).ok())
                .filter(|value| !value.is_empty())
                .ok_or(MessageError::Incomplete(name))
        };
        Ok(Self { action: find("ACTION")?, subsystem: find("SUBSYSTEM")?, path: find("DEVPATH")? })
    }

    /// Whether it may change what is told of a computer.
    pub fn is_watched(&self) -> bool {
        WATCHED.contains(&self.subsystem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message as udev sends it, with a header of 40 bytes.
    fn message(properties: &[u8]) -> Vec<u8> {
        let mut bytes = PREFIX.to_vec();
        bytes.extend(MAGIC.to_be_bytes());
        let length = u32::try_from(properties.len()).unwrap();
        for field in [40, 40, length, 0, 0, 0, 0] {
            bytes.extend(u32::to_ne_bytes(field));
        }
        bytes.extend(properties);
        bytes
    }

    const PLUGGED: &[u8] =
        b"ACTION=add\0DEVPATH=/devices/pci0000:00/0000:00:1c.0/0000:03:00.0\0SUBSYSTEM=pci\0\
        PCI_SLOT_NAME=0000:03:00.0\0SEQNUM=4711\0";

    #[test]
    fn a_message_says_what_happened_to_what() {
        let bytes = message(PLUGGED);
        let plugged = Message::parse(&bytes).unwrap();
        assert_eq!((plugged.action, plugged.subsystem), ("add", "pci"));
        assert!(plugged.path.ends_with("/0000:03:00.0") && plugged.is_watched());
    }

    #[test]
    fn what_no_page_shows_is_not_watched() {
        let bytes = message(b"ACTION=change\0DEVPATH=/devices/BAT0\0SUBSYSTEM=power_supply\0");
        assert!(!Message::parse(&bytes).unwrap().is_watched());
    }

    #[test]
    fn a_longer_header_of_a_later_version_is_skipped() {
        let mut bytes = message(b"");
        bytes.extend([0xff; 8]);
        bytes.extend(PLUGGED);
        bytes[16..20].copy_from_slice(&48_u32.to_ne_bytes());
        bytes[20..24].copy_from_slice(&u32::try_from(PLUGGED.len()).unwrap().to_ne_bytes());
        assert_eq!(Message::parse(&bytes).unwrap().action, "add");
    }

    #[test]
    fn the_kernels_own_messages_and_others_are_refused() {
        assert_eq!(Message::parse(b"add@/devices/pci0000:00\0ACTION=add\0"), Err(MessageError::NotUdev));
        assert_eq!(Message::parse(b""), Err(MessageError::NotUdev));
        let mut other = message(PLUGGED);
        other[8] = 0;
        assert_eq!(Message::parse(&other), Err(MessageError::OtherVersion));
    }

    #[test]
    fn wherever_it_is_cut_it_is_no_message() {
        let whole = message(PLUGGED);
        for length in 0..whole.len() {
            assert!(Message::parse(&whole[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn lengths_that_reach_beyond_the_message_or_around_are_refused() {
        for (start, length) in [(u32::MAX, 1), (1, u32::MAX), (u32::MAX, u32::MAX), (41, 1_000_000)] {
            let mut bytes = message(PLUGGED);
            bytes[16..20].copy_from_slice(&start.to_ne_bytes());
            bytes[20..24].copy_from_slice(&length.to_ne_bytes());
            assert_eq!(Message::parse(&bytes), Err(MessageError::Cut));
        }
    }

    #[test]
    fn what_every_message_has_must_be_there_and_be_text() {
        for (properties, missing) in [
            (&b"DEVPATH=/d\0SUBSYSTEM=pci\0"[..], "ACTION"),
            (b"ACTION=add\0DEVPATH=/d\0SUBSYSTEM\0", "SUBSYSTEM"),
            (b"ACTION=add\0DEVPATH=\0SUBSYSTEM=pci\0", "DEVPATH"),
            (b"ACTION=\xff\0DEVPATH=/d\0SUBSYSTEM=pci\0", "ACTION"),
        ] {
            assert_eq!(Message::parse(&message(properties)), Err(MessageError::Incomplete(missing)));
        }
    }

    #[test]
    fn a_huge_message_is_read_as_any_other() {
        let mut properties = PLUGGED.to_vec();
        for number in 0..100_000 {
            properties.extend(format!("ID_TAG_{number}=x\0").bytes());
        }
        assert!(Message::parse(&message(&properties)).is_ok());
    }
}
