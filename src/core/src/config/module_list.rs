//! Lists of modules, one a line: `/etc/modules-load.d/*.conf`, `/etc/modules`, `/etc/initramfs-tools/modules`.
//!
//! Reading them, and one line in or out. Source: modules-load.d(5) (`#` and `;` begin comments), initramfs-tools(7)
//! (parameters may follow the name).

use std::fmt;

use super::argument::same_name;
use super::edit::{Edit, append_line, cut_line, lines};
use super::error::{ConfigError, Refusal};

/// The name of a module: letters, digits, `-` and `_`, the first no `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleName(Box<str>);

impl ModuleName {
    /// A name; none where the text is no name of a module.
    pub fn new(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        let first = text.bytes().next().is_some_and(|byte| byte != b'-');
        (first && text.len() < 64 && text.bytes().all(fits)).then(|| Self(text.into()))
    }

    /// The name as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A module of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Its line, counted from 1.
    pub line: usize,
    /// Its name, as written.
    pub name: &'a str,
    /// What follows the name.
    pub parameters: &'a str,
}

/// The modules of a list, in order.
pub fn parse(text: &str) -> Vec<Listed<'_>> {
    let mut modules = Vec::new();
    for (index, (_, line)) in lines(text).enumerate() {
        let line = line.trim();
        let (name, parameters) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        if !line.is_empty() && !line.starts_with(['#', ';']) {
            modules.push(Listed { line: index + 1, name, parameters: parameters.trim() });
        }
    }
    modules
}

/// Adds a module at the end. One that is in the list is no edit, with or without parameters.
///
/// # Errors
///
/// Refuses a text that does not read back as meant.
pub fn add(text: &str, module: &ModuleName) -> Result<Edit, ConfigError> {
    let listed = parse(text);
    if listed.iter().any(|listed| same_name(listed.name, module.as_str())) {
        return Ok(Edit::unchanged(text));
    }
    let refuse = || Refusal::ReadBack.at(text, text.len());
    let new = append_line(text, module.as_str()).apply(text).ok_or_else(refuse)?;
    let names = |listed: &[Listed<'_>]| -> Vec<(String, String)> {
        listed.iter().map(|one| (one.name.to_owned(), one.parameters.to_owned())).collect()
    };
    let mut expected = names(&listed);
    expected.push((module.to_string(), String::new()));
    if names(&parse(&new)) != expected {
        return Err(refuse());
    }
    Ok(Edit { text: new, added: vec![module.to_string()], removed: Vec::new() })
}

/// Removes the last line that has this module alone, without parameters. Where there is none, nothing is edited.
///
/// # Errors
///
/// Refuses a text that does not read back as meant.
pub fn remove(text: &str, module: &ModuleName) -> Result<Edit, ConfigError> {
    let found = lines(text).filter(|(_, line)| *line == module.as_str()).last();
    let Some((range, _)) = found else { return Ok(Edit::unchanged(text)) };
    let refuse = || Refusal::ReadBack.at(text, range.start);
    let new = cut_line(text, &range).apply(text).ok_or_else(refuse)?;
    if parse(&new).len() + 1 != parse(text).len() {
        return Err(refuse());
    }
    Ok(Edit { text: new, added: Vec::new(), removed: vec![module.to_string()] })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBIAN: &str = "# List of modules that you want to include in your initramfs.\n#\n# Examples:\n#\n# raid1\n# sd_mod\n";

    fn name(text: &str) -> ModuleName {
        ModuleName::new(text).unwrap()
    }

    #[test]
    fn names_and_comments() {
        let listed = parse("# x\n; y\n\n vfio_pci ids=1:2\n\tloop\r\n");
        let seen: Vec<_> = listed.iter().map(|one| (one.line, one.name, one.parameters)).collect();
        assert_eq!(seen, [(4, "vfio_pci", "ids=1:2"), (5, "loop", "")]);
        for bad in ["", "-a", "a b", "a/b", "../x", "a.ko", "ä"] {
            assert_eq!(ModuleName::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_module_in_and_out_again() {
        for text in [DEBIAN, "", "loop", "loop\n", "a\r\n# b\r\n", "a\n\n"] {
            let added = add(text, &name("vfio_pci")).unwrap();
            assert_eq!(added.added, ["vfio_pci"]);
            assert_eq!(parse(&added.text).last().unwrap().name, "vfio_pci");
            assert!(add(&added.text, &name("vfio-pci")).unwrap().is_empty(), "already so");
            let removed = remove(&added.text, &name("vfio_pci")).unwrap();
            assert_eq!(removed.text, text);
        }
    }

    #[test]
    fn what_the_user_wrote_stays() {
        let text = "vfio_pci ids=10de:2484\n# vfio\n";
        assert!(add(text, &name("vfio-pci")).unwrap().is_empty());
        assert_eq!(remove(text, &name("vfio_pci")).unwrap(), Edit::unchanged(text));
        assert_eq!(remove(text, &name("vfio")).unwrap(), Edit::unchanged(text));
    }
}
