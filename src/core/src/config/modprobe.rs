//! modprobe's configuration: the statements of a file.
//!
//! Which files count, and in which order, is decided by who reads them; nothing is edited. Source:
//! modprobe.d(5): one command a line, `#` at the beginning of a line for comments, a backslash continues it.

use super::argument::same_name;

/// A statement, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The line that it begins in, counted from 1.
    pub line: usize,
    /// What it says.
    pub command: Command,
}

/// What a line says. Modules are as written: `-` and `_` are the same in their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `options MODULE OPTION…`: given to the module whenever it is loaded; several add up.
    Options(String, Vec<String>),
    /// `softdep MODULE pre: … post: …`: the modules before it, and after it.
    Softdep {
        /// The module that is asked for.
        module: String,
        /// What is loaded before it.
        before: Vec<String>,
        /// What is loaded after it.
        after: Vec<String>,
    },
    /// `blacklist MODULE`: its own aliases do not load it.
    Blacklist(String),
    /// `install MODULE COMMAND`: is run instead of loading it.
    Install(String, String),
    /// `alias PATTERN MODULE`.
    Alias(String, String),
    /// Any other line, such as `remove` and `weakdep`, or one without what it needs.
    Other(String),
}

/// Reads a file. Every text is one; what is no command that we know is [`Command::Other`].
pub fn parse(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut lines = text.split('\n').enumerate();
    while let Some((index, first)) = lines.next() {
        let mut line = first.to_owned();
        while let Some(continued) = line.strip_suffix('\\') {
            let Some((_, next)) = lines.next() else { break };
            line = format!("{continued}{next}");
        }
        let line = line.strip_suffix('\r').unwrap_or(&line);
        if !line.starts_with('#') && !line.trim().is_empty() {
            statements.push(Statement { line: index + 1, command: command(line) });
        }
    }
    statements
}

fn command(line: &str) -> Command {
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let (name, first) = (words.next().unwrap_or_default(), words.next());
    let rest: Vec<&str> = words.collect();
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    match (name, first, rest.as_slice()) {
        ("options", Some(module), options) if !options.is_empty() => {
            Command::Options(module.to_owned(), owned(options))
        }
        ("blacklist", Some(module), _) => Command::Blacklist(module.to_owned()),
        ("alias", Some(pattern), [module, ..]) => Command::Alias(pattern.to_owned(), (*module).to_owned()),
        ("install", Some(module), [_, ..]) => Command::Install(module.to_owned(), rest.join(" ")),
        ("softdep", Some(module), [_, ..]) => softdep(module, &rest),
        _ => Command::Other(line.to_owned()),
    }
}

fn softdep(module: &str, words: &[&str]) -> Command {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut into: Option<&mut Vec<String>> = None;
    for word in words {
        match (*word, &mut into) {
            ("pre:", _) => into = Some(&mut before),
            ("post:", _) => into = Some(&mut after),
            (word, Some(into)) => into.push(word.to_owned()),
            (_, None) => {}
        }
    }
    Command::Softdep { module: module.to_owned(), before, after }
}

impl Command {
    /// Whether the statement is about this module, however it is spelt.
    pub fn is_about(&self, name: &str) -> bool {
        match self {
            Self::Options(module, _)
            | Self::Softdep { module, .. }
            | Self::Blacklist(module)
            | Self::Install(module, _)
            | Self::Alias(_, module) => same_name(module, name),
            Self::Other(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<Command> {
        parse(text).into_iter().map(|statement| statement.command).collect()
    }

    fn list(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn every_command_is_told_apart() {
        let text = "# graphics\noptions  vfio-pci ids=10de:2484,10de:228b\tdisable_vga=1\n\nsoftdep nouveau pre: vfio-pci vfio post: x\n\
                    blacklist nouveau\ninstall nvidia /bin/false\nalias pci:v000010DEd* vfio-pci\nremove a b\n";
        assert_eq!(
            commands(text),
            [
                Command::Options("vfio-pci".to_owned(), list(&["ids=10de:2484,10de:228b", "disable_vga=1"])),
                Command::Softdep {
                    module: "nouveau".to_owned(),
                    before: list(&["vfio-pci", "vfio"]),
                    after: list(&["x"])
                },
                Command::Blacklist("nouveau".to_owned()),
                Command::Install("nvidia".to_owned(), "/bin/false".to_owned()),
                Command::Alias("pci:v000010DEd*".to_owned(), "vfio-pci".to_owned()),
                Command::Other("remove a b".to_owned()),
            ]
        );
    }

    #[test]
    fn lines_continue_and_comments_do_too() {
        let text = "options kvm \\\n ignore_msrs=1\n# off \\\nblacklist nouveau\n #blacklist x\nblacklist y";
        let statements = parse(text);
        assert_eq!(statements.iter().map(|statement| statement.line).collect::<Vec<_>>(), [1, 5, 6]);
        assert_eq!(statements[0].command, Command::Options("kvm".to_owned(), list(&["ignore_msrs=1"])));
        assert!(matches!(statements[1].command, Command::Other(_)));
        assert!(statements[2].command.is_about("y"));
    }

    #[test]
    fn half_a_line_is_no_command() {
        for line in
            ["options", "options vfio-pci", "softdep nouveau", "blacklist", "alias x", "install x", "\\"]
        {
            assert!(matches!(commands(line).as_slice(), [Command::Other(_)]), "{line}");
        }
        assert_eq!(commands("\n  \n\r\n# x"), []);
        assert_eq!(commands("blacklist a\r\n"), [Command::Blacklist("a".to_owned())]);
    }
}
