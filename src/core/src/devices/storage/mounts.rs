//! The tables of mounted file systems and of swap, as the kernel writes them.
//!
//! Parsing only; to which disks they lead is decided beside this. Source: kernel,
//! `Documentation/filesystems/proc.rst` (mountinfo, swaps) and `mangle` in `fs/seq_file.c` for the escapes.

/// A mounted file system that names a device or a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted. Any byte may be in it but the one that ends a text in C.
    pub path: String,
    /// The part of the file system that is mounted there, such as a Btrfs subvolume.
    pub root: String,
    /// The file system's kind, such as `ext4`.
    pub kind: String,
    /// The device's numbers; major 0 where the file system has none of its own, as Btrfs and ZFS.
    pub numbers: (u32, u32),
    /// What was mounted, such as `/dev/nvme0n1p2` or `rpool/ROOT`.
    pub source: String,
}

/// Swap space in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// The device or file.
    pub path: String,
    /// Whether it is a file in a file system, and not a device.
    pub file: bool,
}

/// Reads `/proc/self/mountinfo`; a line that is none is passed over.
pub fn parse_mounts(text: &str) -> Vec<Mount> {
    text.lines().filter_map(mount).collect()
}

fn mount(line: &str) -> Option<Mount> {
    let (front, back) = line.split_once(" - ")?;
    let mut front = front.split(' ').skip(2);
    let (major, minor) = front.next()?.split_once(':')?;
    let (root, path) = (front.next()?, front.next()?);
    let mut back = back.split(' ');
    let (kind, source) = (back.next()?, back.next()?);
    Some(Mount {
        path: unescape(path),
        root: unescape(root),
        kind: kind.to_owned(),
        numbers: (major.parse().ok()?, minor.parse().ok()?),
        source: unescape(source),
    })
}

/// Reads `/proc/swaps`: the devices and files, without those in compressed memory.
pub fn parse_swaps(text: &str) -> Vec<Swap> {
    let line = |line: &str| {
        let mut fields = line.split_ascii_whitespace();
        let (path, kind) = (fields.next()?, fields.next()?);
        (path.starts_with('/') && !path.starts_with("/dev/zram"))
            .then(|| Swap { path: unescape(path), file: kind == "file" })
    };
    text.lines().skip(1).filter_map(line).collect()
}

/// Takes back the kernel's escapes: a backslash and three octal digits for one byte.
pub fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let octal = if *first == b'\\' { after.get(..3).and_then(octal) } else { None };
        plain.push(octal.unwrap_or(*first));
        rest = after.get(if octal.is_some() { 3 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn octal(digits: &[u8]) -> Option<u8> {
    let value =
        digits.iter().try_fold(0_u32, |sum, digit| Some(sum << 3 | char::from(*digit).to_digit(8)?))?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_people_wrote_them() {
        let text = "36 35 98:0 /@home /mnt/a\\040b\\012c\\134040 rw,noatime master:1 - ext4 /dev/sda1 rw,errors=continue\n\
                    40 35 0:21 / /sys rw - sysfs sysfs rw\n";
        let mounts = parse_mounts(text);
        assert_eq!(mounts[0].path, "/mnt/a b\nc\\040");
        assert_eq!((mounts[0].root.as_str(), mounts[0].numbers), ("/@home", (98, 0)));
        assert_eq!((mounts[1].kind.as_str(), mounts[1].source.as_str()), ("sysfs", "sysfs"));
    }

    #[test]
    fn an_escape_is_a_backslash_and_three_octal_digits() {
        assert_eq!(unescape("\\303\\244\\04\\999\\"), "ä\\04\\999\\");
        assert_eq!(unescape("\\777"), "\\777");
        assert_eq!(unescape("plain ä"), "plain ä");
        assert_eq!(unescape("\\377"), "\u{fffd}");
    }

    #[test]
    fn swap_in_memory_is_none_of_a_disk() {
        let text = "Filename\tType\tSize\tUsed\tPriority\n/dev/dm-2 partition 8 0 -2\n/swap\\040file file 8 0 -3\n\
                    /dev/zram0 partition 8 0 100\nx\n\n";
        let swaps: Vec<(String, bool)> = parse_swaps(text).into_iter().map(|s| (s.path, s.file)).collect();
        assert_eq!(swaps, [("/dev/dm-2".to_owned(), false), ("/swap file".to_owned(), true)]);
    }

    #[test]
    fn garbled_tables_hold_nothing() {
        assert_eq!(parse_mounts("x\n1 2 - \n - \n1 2 8:1 /\n1 2 8 / / rw - ext4 /dev/sda rw\n"), []);
        assert_eq!(parse_swaps("Filename\n\nzram0 x\n/dev/sda\n"), []);
    }
}
