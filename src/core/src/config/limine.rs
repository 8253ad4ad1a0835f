//! Limine's `limine.conf`: entries that begin with `/`, deeper ones with more of it, and `key: value` lines.
//!
//! The command line of one Linux entry is edited; macros, and the older `limine.cfg`, are refused. Source: Limine,
//! CONFIG.md: comments have lines of their own, `kernel_cmdline` is the older name of `cmdline`.

use std::ops::Range;

use super::argument::{KernelArgument, OwnArgument};
use super::edit::{Edit, lines};
use super::error::{ConfigError, Refusal};
use super::words::{self, Field};

/// An entry that has a protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its titles, from the outermost to its own.
    pub path: Vec<String>,
    /// Its protocol, such as `linux` or `efi`.
    pub protocol: String,
    /// The words of its command line; none where it has no such line.
    pub cmdline: Option<Vec<String>>,
}

/// The entries, in order.
///
/// # Errors
///
/// Refuses a line that is no entry, no comment and no `key: value`, and a quote that is not ended.
pub fn entries(text: &str) -> Result<Vec<Entry>, ConfigError> {
    let mut entries = Vec::new();
    for entry in read(text)? {
        let cmdline = match entry.cmdlines.as_slice() {
            [] => None,
            [range, ..] => {
                let refuse = |refusal: Refusal| refusal.at(text, range.start);
                Some(Field::plain(text, range.clone()).texts().map_err(refuse)?)
            }
        };
        if let Some(protocol) = entry.protocol {
            entries.push(Entry { path: entry.path, protocol, cmdline });
        }
    }
    Ok(entries)
}

/// Adds arguments to the command line of the entry with this path.
///
/// # Errors
///
/// Refuses a file that is not understood, a path that is not there once, an entry that starts no Linux or has no
/// command line, macros in it, and a contradiction.
pub fn add_arguments(text: &str, path: &[String], arguments: &[OwnArgument]) -> Result<Edit, ConfigError> {
    words::add(text, arguments, find(path))
}

/// Removes arguments from the entry with this path; of one that is there more than once, the last.
///
/// # Errors
///
/// Refuses as [`add_arguments`] does.
pub fn remove_arguments(
    text: &str,
    path: &[String],
    arguments: &[KernelArgument],
) -> Result<Edit, ConfigError> {
    words::remove(text, arguments, find(path))
}

struct Found {
    at: usize,
    path: Vec<String>,
    protocol: Option<String>,
    /// The values of its command lines.
    cmdlines: Vec<Range<usize>>,
}

fn find(path: &[String]) -> impl words::Find<Vec<String>> {
    move |text: &str| {
        let name = path.join("/");
        let found = read(text)?;
        let mut own = found.iter().filter(|entry| entry.path == path);
        let Some(entry) = own.next() else { return Err(Refusal::Missing(name).at(text, text.len())) };
        if let Some(other) = own.next() {
            return Err(Refusal::Ambiguous(name).at(text, other.at));
        }
        if entry.protocol.as_deref() != Some("linux") {
            return Err(Refusal::Kind(name).at(text, entry.at));
        }
        let value = match entry.cmdlines.as_slice() {
            [value] => value.clone(),
            [] => return Err(Refusal::Missing("cmdline".to_owned()).at(text, entry.at)),
            [_, second, ..] => return Err(Refusal::SetTwice("cmdline".to_owned()).at(text, second.start)),
        };
        if text.get(value.clone()).unwrap_or_default().contains("${") {
            return Err(Refusal::Computed("cmdline".to_owned()).at(text, value.start));
        }
        let other = |(range, line): (Range<usize>, &str)| {
            let own = range.start <= value.start && value.end <= range.end;
            if own {
                text.get(range.start..value.start).unwrap_or_default().to_owned()
            } else {
                line.to_owned()
            }
        };
        Ok((Field::plain(text, value.clone()), lines(text).map(other).collect()))
    }
}

fn read(text: &str) -> Result<Vec<Found>, ConfigError> {
    let mut found: Vec<Found> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    for (range, line) in lines(text) {
        let body = line.trim_start();
        let start = range.end - body.len();
        let refuse = || Err(Refusal::Malformed.at(text, range.start));
        if body.is_empty() || body.starts_with(['#']) {
            continue;
        }
        if body.starts_with('/') {
            let title = body.trim_start_matches('/');
            let depth = body.len() - title.len();
            if depth > path.len() + 1 {
                return refuse();
            }
            path.truncate(depth - 1);
            path.push(title.strip_prefix('+').unwrap_or(title).trim().to_owned());
            found.push(Found { at: start, path: path.clone(), protocol: None, cmdlines: Vec::new() });
            continue;
        }
        // A macro, whose value may stand anywhere.
        if body.starts_with("${") && body.contains("}=") {
            continue;
        }
        let Some((key, value)) = body.split_once(':') else { return refuse() };
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return refuse();
        }
        let blank = value.len() - value.trim_start().len();
        let value_start = start + key.len() + 1 + blank;
        if let Some(entry) = found.last_mut() {
            match key.to_ascii_lowercase().as_str() {
                "protocol" => entry.protocol = Some(value.trim().to_ascii_lowercase()),
                "cmdline" | "kernel_cmdline" => entry.cmdlines.push(value_start..range.end),
                _ => {}
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CACHYOS: &str = "timeout: 5\n# theme\nterm_palette: 1e1e2e;f38ba8\n\n/+CachyOS\n  comment: machine-id=0a\n  //linux-cachyos\n    protocol: linux\n    \
        kernel_path: boot():/vmlinuz\n    cmdline: quiet root=UUID=1 rw\n    module_path: boot():/initramfs.img\n\n  //Snapshots\n  ///1\n    protocol: linux\n    cmdline: quiet root=UUID=1 ro\n\n\
        /Windows\nprotocol: efi\npath: guid(0a):/EFI/Microsoft/Boot/bootmgfw.efi\n/Old\nPROTOCOL: linux\nKERNEL_CMDLINE: root=/dev/sda1\n";

    fn path(titles: &[&str]) -> Vec<String> {
        titles.iter().map(|title| (*title).to_owned()).collect()
    }

    #[test]
    fn arguments_of_one_entry() {
        let both = [OwnArgument::IntelIommuOn, OwnArgument::IommuPassthrough];
        for (titles, last) in [
            (path(&["CachyOS", "linux-cachyos"]), "UUID=1 rw"),
            (path(&["CachyOS", "Snapshots", "1"]), "UUID=1 ro"),
            (path(&["Old"]), "root=/dev/sda1"),
        ] {
            for text in [CACHYOS.to_owned(), CACHYOS.replace('\n', "\r\n"), CACHYOS.trim_end().to_owned()] {
                let added = add_arguments(&text, &titles, &both).unwrap();
                assert_eq!(added.text, text.replace(last, &format!("{last} intel_iommu=on iommu=pt")));
                let gone: Vec<KernelArgument> = added.added.iter().map(|one| one.parse().unwrap()).collect();
                assert_eq!(remove_arguments(&added.text, &titles, &gone).unwrap().text, text);
            }
        }
    }

    #[test]
    fn entries_are_read() {
        let read = entries(CACHYOS).unwrap();
        assert_eq!(read.len(), 4);
        assert_eq!(read[0].cmdline.as_ref().unwrap().len(), 3);
        assert_eq!((read[2].protocol.as_str(), &read[2].cmdline), ("efi", &None));
    }

    #[test]
    fn what_is_not_plain_is_refused() {
        let refused = |text: &str, titles: &[&str]| {
            add_arguments(text, &path(titles), &[OwnArgument::IntelIommuOn]).unwrap_err().refusal
        };
        assert_eq!(refused(CACHYOS, &["Windows"]), Refusal::Kind("Windows".to_owned()));
        assert_eq!(refused(CACHYOS, &["x"]), Refusal::Missing("x".to_owned()));
        assert_eq!(refused("/a\nprotocol: linux\n", &["a"]), Refusal::Missing("cmdline".to_owned()));
        assert_eq!(
            refused("/a\nprotocol: linux\ncmdline: x\nkernel_cmdline: y\n", &["a"]),
            Refusal::SetTwice("cmdline".to_owned())
        );
        assert_eq!(
            refused("${M}=x\n/a\nprotocol: linux\ncmdline: x ${M}\n", &["a"]),
            Refusal::Computed("cmdline".to_owned())
        );
        assert_eq!(refused("/a\n/a\n", &["a"]), Refusal::Ambiguous("a".to_owned()));
        assert_eq!(refused(":Arch\nPROTOCOL=linux\n", &["Arch"]), Refusal::Malformed);
        assert_eq!(refused("TIMEOUT=5\n", &["Arch"]), Refusal::Malformed);
        assert_eq!(refused("/a\n///b\n", &["a"]), Refusal::Malformed);
        assert_eq!(refused("/a\nprotocol: linux\ncmdline: \"x\n", &["a"]), Refusal::UnendedQuote);
    }
}
