//! Writing the text of a captured machine: entries in order of their paths, so that two captures compare well.

use super::escape::{escape, push_hex};
use crate::source::{Node, Tree};

/// Bytes of binary content on one line.
const WRAP: usize = 32;

/// The text of a machine.
pub(super) fn write(title: Option<&str>, remarks: &[String], tree: &Tree) -> String {
    let mut out = String::from("gangway-host 1\n");
    if let Some(title) = title {
        out.push_str("# ");
        out.push_str(title);
        out.push('\n');
    }
    for remark in remarks {
        out.push_str(format!("# {remark}").trim_end());
        out.push('\n');
    }
    let mut count = 0;
    tree.each(&mut |path, node| {
        if entry(path, node, &mut out) {
            count += 1;
        }
    });
    out.push_str(&format!("end {count}\n"));
    out
}

/// Writes one entry; a folder that is seen by what is in it needs none.
fn entry(path: &[u8], node: &Node, out: &mut String) -> bool {
    if matches!(node, Node::Folder(entries) if !entries.is_empty() || path.is_empty()) {
        return false;
    }
    escape(path, true, out);
    match node {
        Node::File(bytes) => {
            out.push_str(" file\n");
            content(bytes, out);
        }
        Node::Link(target) => {
            out.push_str(" link ");
            escape(target, true, out);
            out.push('\n');
        }
        Node::Folder(_) => out.push_str(" folder\n"),
        Node::Unreadable(kind) => out.push_str(&format!(" unreadable {}\n", kind.word())),
    }
    true
}

fn content(bytes: &[u8], out: &mut String) {
    if bytes.is_empty() {
        return;
    }
    // What is no text at all is wrapped by bytes, so that its lines stay short.
    if str::from_utf8(bytes).is_err() || bytes.contains(&0) {
        for line in bytes.chunks(WRAP) {
            out.push('\t');
            line.iter().for_each(|byte| push_hex(*byte, out));
            out.push_str("\\\n");
        }
        return;
    }
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        out.push('\t');
        match line.strip_suffix(b"\n") {
            Some(line) => escape(line, false, out),
            None => {
                escape(line, false, out);
                out.push('\\');
            }
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MachineFile, MachineFileErrorKind as Kind};

    const TEXT: &str = "gangway-host 1\n# A title\n/a/b file\n\tone\n\ttwo\n/a/c link ../x\\x20y\n/a/d folder\n/a/e unreadable permission\n\
                        /a/f file\n/a/g file\n\tno end\\\n/a/h file\n\t\\x00\\xff\\\nend 7\n";

    fn refuse(text: &str) -> (usize, Kind) {
        let error = MachineFile::parse(text.as_bytes()).unwrap_err();
        (error.line, error.kind)
    }

    #[test]
    fn what_is_read_is_written_again() {
        let machine = MachineFile::parse(TEXT.as_bytes()).unwrap();
        assert_eq!(machine.title(), Some("A title"));
        assert_eq!(machine.write(), TEXT);
        assert_eq!(machine.clone().with_title("\n").title(), None);
        let odd = machine.with_title("C:\\ \u{1}x");
        assert_eq!(MachineFile::parse(odd.write().as_bytes()).unwrap().title(), Some("C:\\ x"));
    }

    #[test]
    fn a_file_cut_anywhere_is_one_clear_error() {
        for cut in 0..TEXT.len() - 1 {
            let (line, _) = refuse(TEXT.get(..cut).unwrap());
            assert!((1..=16).contains(&line), "cut at {cut}: line {line}");
        }
        assert_eq!(refuse("gangway-host 1\n/a file\n"), (2, Kind::Cut));
        assert_eq!(refuse("gangway-host 1\n/a file\nend 2\n"), (3, Kind::Cut));
        assert_eq!(refuse("gangway-host 1\n/a fi"), (2, Kind::Cut));
        assert_eq!(MachineFile::parse(TEXT.trim_end().as_bytes()).unwrap().write(), TEXT);
    }

    #[test]
    fn the_line_and_the_fault_are_named() {
        assert_eq!(refuse(""), (1, Kind::NotAMachine));
        assert_eq!(refuse("<domain/>\n"), (1, Kind::NotAMachine));
        assert_eq!(refuse("gangway-host 2\n"), (1, Kind::Version { version: 2 }));
        assert_eq!(refuse("gangway-host 1\n/a pipe\nend 1\n"), (2, Kind::NotAnEntry));
        assert_eq!(refuse("gangway-host 1\n/a/../b folder\nend 1\n"), (2, Kind::Path));
        assert_eq!(refuse("gangway-host 1\na folder\nend 1\n"), (2, Kind::Path));
        assert_eq!(refuse("gangway-host 1\n/a link \\q\nend 1\n"), (2, Kind::Escape));
        assert_eq!(refuse("gangway-host 1\n/a folder\n/a link b\nend 2\n"), (3, Kind::Taken));
        assert_eq!(refuse("gangway-host 1\n/a file\n/a/b file\nend 2\n"), (3, Kind::Taken));
        assert_eq!(refuse("gangway-host 1\n/a unreadable banana\nend 1\n"), (2, Kind::NotAnEntry));
        assert_eq!(refuse("gangway-host 1\nend 0\nmore\n"), (3, Kind::AfterEnd));
        let large = format!("gangway-host 1\n/a file\n\t{}\nend 1\n", "x".repeat(super::super::ENTRY_LIMIT));
        assert_eq!(refuse(&large), (3, Kind::TooLarge));
    }
}
