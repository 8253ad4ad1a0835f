//! `/etc/booster.yaml`: the lists `modules` and `modules_force_load`, one module in or out.
//!
//! Only a key at the beginning of a line with a plain value of names and commas is edited; any other YAML is refused
//! where it could matter. Source: booster(1), "CONFIG FILE".

use std::ops::Range;

use super::argument::same_name;
use super::edit::{Edit, Splice, append_line, cut_line, lines};
use super::error::{ConfigError, Refusal};
use super::module_list::ModuleName;

/// A list of booster's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// `modules`: what is put into the image besides what it needs.
    Modules,
    /// `modules_force_load`: what is loaded at the start.
    ForceLoad,
}

impl List {
    /// Its key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Modules => "modules",
            Self::ForceLoad => "modules_force_load",
        }
    }
}

/// The elements of a list, in order; none where it is not set.
///
/// # Errors
///
/// Refuses YAML that is not plain.
pub fn elements(text: &str, list: List) -> Result<Option<Vec<&str>>, ConfigError> {
    let value = value(text, list)?;
    Ok(value.map(|(_, value)| text.get(value).unwrap_or_default().split(',').collect()))
}

/// Adds a module at the end of a list; a file without the list gets a line for it. One that is there is no edit.
///
/// # Errors
///
/// Refuses YAML that is not plain.
pub fn add(text: &str, list: List, module: &ModuleName) -> Result<Edit, ConfigError> {
    let before = elements(text, list)?.unwrap_or_default();
    if before.iter().any(|element| same_name(element, module.as_str())) {
        return Ok(Edit::unchanged(text));
    }
    let splice = match value(text, list)? {
        Some((_, value)) => Splice { range: value.end..value.end, text: format!(",{module}") },
        None => append_line(text, &format!("{}: {module}", list.key())),
    };
    let mut expected = before;
    expected.push(module.as_str());
    let text = spliced(text, list, &splice, &expected)?;
    Ok(Edit { text, added: vec![module.to_string()], removed: Vec::new() })
}

/// Removes a module from a list, and a list with its last one. One that is not there is no edit.
///
/// # Errors
///
/// Refuses YAML that is not plain.
pub fn remove(text: &str, list: List, module: &ModuleName) -> Result<Edit, ConfigError> {
    let Some((line, value)) = value(text, list)? else { return Ok(Edit::unchanged(text)) };
    let mut expected = elements(text, list)?.unwrap_or_default();
    let Some(index) = expected.iter().rposition(|element| *element == module.as_str()) else {
        return Ok(Edit::unchanged(text));
    };
    let start = value.start + expected.iter().take(index).map(|element| element.len() + 1).sum::<usize>();
    let end = start + module.as_str().len();
    let splice = match (index, expected.len()) {
        (_, 1) => cut_line(text, &line),
        (0, _) => Splice { range: start..end + 1, text: String::new() },
        _ => Splice { range: start - 1..end, text: String::new() },
    };
    expected.remove(index);
    let text = spliced(text, list, &splice, &expected)?;
    Ok(Edit { text, added: Vec::new(), removed: vec![module.to_string()] })
}

fn spliced(text: &str, list: List, splice: &Splice, expected: &[&str]) -> Result<String, ConfigError> {
    let refuse = || Refusal::ReadBack.at(text, splice.range.start);
    let new = splice.apply(text).ok_or_else(refuse)?;
    let others = |text: &str| -> Result<Vec<String>, ConfigError> {
        let own = value(text, list)?.map(|(line, _)| line);
        let other = lines(text).filter(|(range, _)| Some(range) != own.as_ref());
        Ok(other.map(|(_, line)| line.to_owned()).collect())
    };
    let same = others(text)? == others(&new).map_err(|_| refuse())?;
    let read = elements(&new, list).map_err(|_| refuse())?.unwrap_or_default();
    if !same || read != expected {
        return Err(refuse());
    }
    Ok(new)
}

/// The range of a line, and of the value in it.
type LineAndValue = (Range<usize>, Range<usize>);

/// The line of a list, and its value.
fn value(text: &str, list: List) -> Result<Option<LineAndValue>, ConfigError> {
    let mut found = None;
    let mut own = false;
    for (index, (range, line)) in lines(text).enumerate() {
        let refuse = |refusal: Refusal| Err(refusal.at(text, range.start));
        if line.trim().is_empty() || line.trim_start().starts_with('#') || index == 0 && line == "---" {
            continue;
        }
        if line.starts_with(' ') {
            // A value that goes on in the next line.
            if own {
                return refuse(Refusal::Malformed);
            }
            continue;
        }
        let Some((key, value)) = line.split_once(':') else { return refuse(Refusal::Malformed) };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if key.is_empty() || !key.bytes().all(plain) || !(value.is_empty() || value.starts_with(' ')) {
            return refuse(Refusal::Malformed);
        }
        own = key == list.key();
        if !own {
            continue;
        }
        if found.is_some() {
            return refuse(Refusal::SetTwice(key.to_owned()));
        }
        let list = value.trim_matches(' ');
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-,./*+".contains(&byte);
        let odd = list.is_empty()
            || !list.bytes().all(fits)
            || list.split(',').any(str::is_empty)
            || list == "-"
            || list.starts_with('*');
        if odd {
            return refuse(Refusal::Malformed);
        }
        let start = range.end - value.trim_start_matches(' ').len();
        found = Some((range, start..start + list.len()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ModuleName {
        ModuleName::new(text).unwrap()
    }

    const ARCH: &str = "# see booster(1)\nuniversal: false\nmodules: -*,hid_apple,kernel/fs/btrfs/\ncompression: zstd\nnetwork:\n  dhcp: on\n";

    #[test]
    fn a_module_in_and_out_again() {
        for text in
            [ARCH, "", "modules_force_load: nvme\n", "modules_force_load:  a,b \r\nx: y", "---\na: b\n"]
        {
            for list in [List::Modules, List::ForceLoad] {
                let added = add(text, list, &name("vfio_pci")).unwrap();
                assert_eq!(elements(&added.text, list).unwrap().unwrap().last(), Some(&"vfio_pci"));
                assert!(add(&added.text, list, &name("vfio-pci")).unwrap().is_empty());
                assert_eq!(remove(&added.text, list, &name("vfio_pci")).unwrap().text, text);
            }
        }
        let edited = add(ARCH, List::Modules, &name("vfio_pci")).unwrap().text;
        assert_eq!(edited, ARCH.replace("btrfs/", "btrfs/,vfio_pci"));
        assert_eq!(remove("modules: a,b\n", List::Modules, &name("a")).unwrap().text, "modules: b\n");
    }

    #[test]
    fn yaml_that_is_not_plain_is_refused() {
        for text in [
            "modules: [a, b]\n",
            "modules: \"a\"\n",
            "modules:\n",
            "modules: a # b\n",
            "modules: a\n  b\n",
            "modules: |\n  a\n",
            "{modules: a}\n",
            "modules: a\nmodules: b\n",
            "modules: *x\n",
            "modules:a\n",
            "a: b\n---\nmodules: c\n",
            "modules: a,,b\n",
            "\tmodules: a\n",
            "? x\n",
        ] {
            assert!(add(text, List::Modules, &name("x")).is_err(), "{text}");
        }
    }
}
