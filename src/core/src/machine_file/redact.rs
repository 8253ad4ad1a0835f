//! Stand-ins for personal data: serials, MAC addresses, host and user names, UUIDs, labels, secrets.
//!
//! What was equal stays equal, and the same machine gives the same stand-ins. Texts in, texts out; which files are
//! captured at all is decided beside this.

use std::collections::BTreeMap;

use crate::host::edid;

/// Words in the names of kernel arguments whose values are nobody's business.
const SECRETS: [&str; 7] = ["password", "passwd", "passphrase", "secret", "credential", "token", "psk"];
/// Folders whose next name is a user's.
const HOMES: [&str; 4] = ["/var/home/", "/home/", "/run/media/", "/media/"];

/// Replaces personal data; remembers what stands for what.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    known: BTreeMap<(Sort, String), usize>,
    /// Names of users and of the host, to be replaced wherever they are a word.
    names: Vec<(Sort, String)>,
}

/// Sorts of personal data; each is numbered by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    User,
    Host,
    Mac,
    Uuid,
    Id,
    Volume,
    Serial,
}

impl Redactor {
    /// Replaces this name wherever it is a word from now on.
    pub(super) fn learn(&mut self, sort: Sort, name: &str) {
        let name = name.trim();
        let common = matches!(name, "localhost" | "root" | "linux" | "none" | "dev" | "boot" | "home");
        // LVM doubles the hyphens of a volume group in the names of /dev/mapper.
        for name in [name.to_owned(), name.replace('-', "--")] {
            if name.len() > 1 && !common && !self.names.iter().any(|(_, known)| *known == name) {
                self.names.push((sort, name));
            }
        }
    }

    /// The number of a thing among those of its sort.
    pub(super) fn number(&mut self, sort: Sort, thing: &str) -> usize {
        let next = self.known.keys().filter(|(known, _)| *known == sort).count() + 1;
        *self.known.entry((sort, thing.to_lowercase())).or_insert(next)
    }

    /// A text such as the kernel command line or a table of mounts.
    pub(super) fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let (taken, stand_in) = self.step(&out, rest);
            let (plain, after) = rest.split_at(taken);
            out.push_str(stand_in.as_deref().unwrap_or(plain));
            rest = after;
        }
        out
    }

    /// How many bytes come next, and what stands for them where they are personal.
    fn step(&mut self, before: &str, rest: &str) -> (usize, Option<String>) {
        let fresh = !before.ends_with(|c: char| c.is_ascii_alphanumeric());
        if fresh {
            for home in HOMES {
                if let Some(name) =
                    rest.strip_prefix(home).map(|after| word(after, '/')).filter(|name| !name.is_empty())
                {
                    let user = format!("{home}user{}", self.number(Sort::User, name));
                    return self.volume(
                        home,
                        &rest[home.len() + name.len()..],
                        home.len() + name.len(),
                        user,
                    );
                }
            }
            if let Some((prefix, id)) = named_id(rest) {
                let stand_in = self.id(id);
                return (prefix.len() + id.len(), Some(format!("{prefix}{stand_in}")));
            }
            if let Some(uuid) = uuid(rest) {
                return (uuid.len(), Some(self.id(uuid)));
            }
            if let Some(mac) = rest.get(..17).filter(|mac| is_mac(mac, rest.as_bytes().get(17))) {
                return (17, Some(self.mac(mac)));
            }
            // As PXE has it: the kind of network, then the address.
            if let Some(dashed) = rest.get(..17).filter(|_| rest.as_bytes().get(17) != Some(&b'-')) {
                let mac = dashed.replace('-', ":");
                if is_mac(&mac, rest.as_bytes().get(17)) {
                    return (17, Some(self.mac(&mac).replace(':', "-")));
                }
            }
            for prefix in ["enx", "wlx", "wwx"] {
                if let Some(digits) = rest.strip_prefix(prefix).and_then(|after| after.get(..12))
                    && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
                {
                    let pairs: Vec<&str> = (0..6).filter_map(|n| digits.get(2 * n..2 * n + 2)).collect();
                    return (15, Some(format!("{prefix}{}", self.mac(&pairs.join(":")).replace(':', ""))));
                }
            }
            if let Some((sort, name)) = self.names.iter().find(|(_, name)| is_word(rest, name)).cloned() {
                let kind = match sort {
                    Sort::User => "user",
                    Sort::Volume => "volume",
                    _ => "host",
                };
                return (name.len(), Some(format!("{kind}{}", self.number(sort, &name.replace("--", "-")))));
            }
        }
        (rest.chars().next().map_or(1, char::len_utf8), None)
    }

    /// A volume below a user's folder of removable media is as personal as the user.
    fn volume(&mut self, home: &str, rest: &str, taken: usize, user: String) -> (usize, Option<String>) {
        let volume = rest.strip_prefix('/').map(|after| word(after, '/')).filter(|name| !name.is_empty());
        match volume {
            Some(volume) if home.ends_with("media/") => {
                let stand_in = format!("{user}/volume{}", self.number(Sort::Volume, volume));
                (taken + 1 + volume.len(), Some(stand_in))
            }
            _ => (taken, Some(user)),
        }
    }

    fn mac(&mut self, mac: &str) -> String {
        let number = self.number(Sort::Mac, mac);
        format!("02:00:00:00:{:02x}:{:02x}", number >> 8 & 0xff, number & 0xff)
    }

    /// An id of a file system, partition or machine, in the form that it has.
    fn id(&mut self, id: &str) -> String {
        let plain = id.replace('-', "");
        let uuid = plain.len() == 32 && plain.bytes().all(|byte| byte.is_ascii_hexdigit());
        match (uuid, id.contains('-')) {
            (true, true) => format!("00000000-0000-4000-8000-{:012}", self.number(Sort::Uuid, &plain)),
            (true, false) => format!("0000000000004000800000000{:07}", self.number(Sort::Uuid, &plain)),
            (false, _) => {
                // The partition of a disk stays, so that one sees what is on one disk.
                let (disk, part) = match id.rsplit_once("-part") {
                    Some((disk, part)) if part.bytes().all(|byte| byte.is_ascii_digit()) => {
                        (disk, Some(part))
                    }
                    _ => (id, None),
                };
                let number = self.number(Sort::Id, disk);
                part.map_or_else(|| format!("id{number}"), |part| format!("id{number}-part{part}"))
            }
        }
    }

    /// A kernel command line: as a text, with the values of secret arguments taken out.
    pub(super) fn command_line(&mut self, line: &str) -> String {
        let secret = |argument: &str| {
            let (name, value) = argument.split_once('=')?;
            let lower = name.to_lowercase();
            if lower.ends_with("pass") || SECRETS.iter().any(|word| lower.contains(word)) {
                return Some(format!("{name}=removed"));
            }
            // A user and a password before a server, as in `netroot=iscsi:user:password@server`.
            let (login, server) = value.split_once('@')?;
            login.contains(':').then(|| format!("{name}=removed@{server}"))
        };
        let words: Vec<String> =
            line.trim_end().split(' ').map(|word| secret(word).unwrap_or_else(|| word.to_owned())).collect();
        let end = if line.ends_with('\n') { "\n" } else { "" };
        self.text(&words.join(" ")) + end
    }

    /// The base block of a screen's EDID with another serial, its sum set right; what is no EDID stays.
    pub(super) fn edid(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some(serials) = edid::texts(bytes, edid::SERIAL) else { return bytes.to_vec() };
        let ranges: Vec<_> = serials.collect();
        let mut block = bytes.get(..128).unwrap_or_default().to_vec();
        let number = match block.get(12..16) {
            None | Some([0, 0, 0, 0]) => 0,
            Some(serial) => self.number(Sort::Serial, &format!("{serial:?}")),
        };
        put(&mut block, 12, &u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
        for range in ranges {
            let text = String::from_utf8_lossy(bytes.get(range.clone()).unwrap_or_default()).into_owned();
            let stand_in = format!("{:<13}", format!("SERIAL{}\n", self.number(Sort::Serial, &text)));
            put(&mut block, range.start, stand_in.as_bytes());
        }
        // Extension blocks may hold a serial too, and nothing that is asked for.
        put(&mut block, 126, &[0]);
        let sum = block.iter().take(127).fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        put(&mut block, 127, &[sum.wrapping_neg()]);
        block
    }
}

/// Overwrites bytes that are there.
fn put(block: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = block.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// The text up to a delimiter, white space or a quote.
fn word(text: &str, delimiter: char) -> &str {
    let end = text.find(|c: char| c == delimiter || c.is_whitespace() || matches!(c, ',' | '"' | '\'' | ':'));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// An id that is announced by its name, such as `UUID=ABCD-1234` or `/dev/disk/by-id/nvme-…`.
fn named_id(text: &str) -> Option<(&str, &str)> {
    let prefix =
        ["UUID=", "PARTUUID=", "LABEL=", "PARTLABEL="].into_iter().find(|prefix| text.starts_with(prefix));
    let length = match prefix {
        Some(prefix) => prefix.len(),
        None => text.strip_prefix("/dev/disk/by-")?.find('/')? + "/dev/disk/by-".len() + 1,
    };
    let (prefix, rest) = text.split_at_checked(length)?;
    // A path is no id of a disk but the name of a slot.
    if prefix.ends_with("by-path/") {
        return None;
    }
    let id = word(rest, '/');
    (!id.is_empty()).then_some((prefix, id))
}

/// A UUID with dashes, or 32 digits such as a machine id, at the beginning of a text.
fn uuid(text: &str) -> Option<&str> {
    let length = text.bytes().take_while(|byte| byte.is_ascii_hexdigit() || *byte == b'-').count();
    let whole = text.get(..length)?;
    if whole.len() == 32 && !whole.contains('-') {
        // Nothing but zeros is the IPv6 address of a default route.
        return whole.bytes().any(|byte| byte != b'0').then_some(whole);
    }
    let candidate = whole.get(..36)?;
    let fits = candidate.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    fits.then_some(candidate)
}

/// Whether a text is a MAC address, and does not go on behind its end.
fn is_mac(text: &str, next: Option<&u8>) -> bool {
    let ends = next.is_none_or(|byte| !byte.is_ascii_hexdigit() && *byte != b':');
    ends && text.split(':').count() == 6
        && text.split(':').all(|pair| pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a text begins with this word, in whatever case.
fn is_word(text: &str, word: &str) -> bool {
    text.split_at_checked(word.len()).is_some_and(|(front, rest)| {
        front.eq_ignore_ascii_case(word) && !rest.starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_equal_stays_equal() {
        let mut redactor = Redactor::default();
        redactor.learn(Sort::Host, "kitchen");
        redactor.learn(Sort::User, "alice");
        let text = "root=UUID=6f1c2d3e-0000-4a5b-8c9d-112233445566 resume=UUID=ABCD-1234 \
                    rd.luks.uuid=luks-6F1C2D3E-0000-4A5B-8C9D-112233445566 ip=kitchen:aa:bb:cc:dd:ee:ff /home/alice/x /srv/alice \
                    /dev/disk/by-id/nvme-Samsung_S5GX-part2 /dev/disk/by-uuid/ABCD-1234 enxaabbccddeeff alicette";
        assert_eq!(
            redactor.text(text),
            "root=UUID=00000000-0000-4000-8000-000000000001 resume=UUID=id1 \
             rd.luks.uuid=luks-00000000-0000-4000-8000-000000000001 ip=host1:02:00:00:00:00:01 /home/user1/x /srv/user1 \
             /dev/disk/by-id/id2-part2 /dev/disk/by-uuid/id1 enx020000000001 alicette"
        );
    }

    #[test]
    fn names_are_found_as_others_write_them() {
        let mut redactor = Redactor::default();
        redactor.learn(Sort::Host, "Kitchen-PC");
        redactor.learn(Sort::User, "alice");
        assert_eq!(
            redactor.text("systemd.hostname=kitchen-pc /dev/mapper/kitchen--pc--vg-root /mnt/Alice_Photos BOOTIF=01-52-54-00-12-34-56"),
            "systemd.hostname=host1 /dev/mapper/host1--vg-root /mnt/user1_Photos BOOTIF=01-02-00-00-00-00-01"
        );
    }

    #[test]
    fn a_default_route_of_ipv6_stays_one() {
        let text = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 eth0";
        assert_eq!(Redactor::default().text(text), text);
    }

    #[test]
    fn nothing_else_is_touched() {
        let text = "BOOT_IMAGE=/vmlinuz-6.12 vfio-pci.ids=10de:2484,10de:228b pci=0000:01:00.0 größe=1 /dev/disk/by-path/pci-0000:01:00.0";
        assert_eq!(Redactor::default().text(text), text);
    }

    #[test]
    fn secrets_leave_the_command_line() {
        let line = "iommu.passthrough=1 rd.iscsi.password=hunter2 systemd.set_credential=a:b cifspass=x \
                    netroot=iscsi:u:hunter2@10.0.0.1::x rootflags=subvol=@ root=/dev/sda1\n";
        let expected = "iommu.passthrough=1 rd.iscsi.password=removed systemd.set_credential=removed cifspass=removed \
                        netroot=removed@10.0.0.1::x rootflags=subvol=@ root=/dev/sda1\n";
        assert_eq!(Redactor::default().command_line(line), expected);
    }

    #[test]
    fn users_of_removable_media_and_their_volumes() {
        let text = "/run/media/bob/Holiday /media/bob/Holiday/2 /run/media/bob";
        assert_eq!(
            Redactor::default().text(text),
            "/run/media/user1/volume1 /media/user1/volume1/2 /run/media/user1"
        );
    }

    #[test]
    fn a_screen_keeps_its_name_and_a_right_sum() {
        let mut edid = vec![0_u8; 256];
        edid[..8].copy_from_slice(&[0, 255, 255, 255, 255, 255, 255, 0]);
        edid[12..16].copy_from_slice(&[1, 2, 3, 4]);
        edid[54..72].copy_from_slice(b"\0\0\0\xff\0ABC123456789\n");
        edid[72..90].copy_from_slice(b"\0\0\0\xfc\0DELL U2720Q\n ");
        let redacted = Redactor::default().edid(&edid);
        assert_eq!(redacted.len(), 128);
        assert_eq!(&redacted[59..72], b"SERIAL2\n     ");
        assert_eq!(&redacted[72..90], &edid[72..90]);
        assert_eq!(redacted.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)), 0);
        assert_eq!(Redactor::default().edid(b"no edid"), b"no edid");
    }
}
