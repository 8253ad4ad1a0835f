use std::path::Path;

use gangway_core::plan::{Effect, FileChange, FileRole, Intent, Plan, Step};

use super::*;
use crate::gap::Gaps;

fn record(id: &RecordId, path: &str) -> Record {
    let change = FileChange {
        path: path.to_owned(),
        role: FileRole::KernelArguments,
        before: None,
        after: Some("x".into()),
        edit: None,
    };
    let intent = Intent::Bind { device: "01:00.0".parse().unwrap(), whole_group: false };
    Record {
        id: id.clone(),
        plan: Plan { intent, caller: None, steps: vec![Step::File(change)], effect: Effect::Now },
        uid: 0,
        time: 1,
        boot: None,
        kernel: None,
        program: "0".to_owned(),
        former: vec![Former::File { found: None, missing: Vec::new() }],
    }
}

fn root(folder: &Path) -> Root {
    std::fs::create_dir_all(folder.join("var/lib")).unwrap();
    Root::open(folder, Gaps::default()).unwrap()
}

/// Whoever can write to root's folder can make a checksum fit, too; what a plan may write stays as it is.
#[test]
fn a_record_with_another_place_in_it_is_damaged_even_if_its_checksum_fits() {
    let folder = tempfile::tempdir().unwrap();
    let root = root(folder.path());
    let journal = Journal::new(&root);
    let _lock = journal.lock().unwrap();
    for (path, good) in
        [("/etc/modprobe.d/x.conf", true), ("/etc/shadow", false), ("/etc/modprobe.d/../x", false)]
    {
        let (id, _, prepared) = journal.prepare().unwrap();
        journal.begin(record(&id, path), &prepared).unwrap();
        assert_eq!(journal.read(&id).is_ok(), good, "{path}");
    }
    assert_eq!(journal.ids().unwrap().len(), 3);
}

/// Whatever a disk, or a hand, makes of one byte: the same record, or none.
#[test]
fn no_changed_byte_makes_another_record() {
    let id = RecordId::new(1_795_178_285, 1);
    let record = record(&id, "/etc/modules");
    let text = record.to_text().unwrap();
    assert_eq!(Record::parse(&text), Ok(record.clone()));
    for place in 0..text.len() {
        for byte in [b'0', b'"', b'}', b' ', b'\n', b'a'] {
            let mut changed = text.clone().into_bytes();
            changed[place] = byte;
            let read = Record::parse(std::str::from_utf8(&changed).unwrap());
            assert!(read.is_err() || read.as_ref() == Ok(&record), "{place} {read:?}");
        }
    }
}

#[test]
fn no_changed_byte_makes_another_mark() {
    let marks =
        [Mark::Begun { step: 0, at: None }, Mark::Done { step: 0, left: Left::AsPlanned }, Mark::Applied];
    let lines: Vec<String> = marks.iter().map(|mark| progress::line(mark).unwrap()).collect();
    let text = lines.concat();
    assert_eq!(Progress::parse(text.as_bytes()).unwrap().marks, marks);
    for place in 0..text.len() {
        for byte in [0, b'0', b'1', b'"', b'\n', 0xff] {
            let mut changed = text.clone().into_bytes();
            changed[place] = byte;
            if let Ok(read) = Progress::parse(&changed) {
                assert!(marks.starts_with(&read.marks), "{place} {read:?}");
            }
        }
    }
}

#[test]
fn marks_are_read_back_and_a_torn_one_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let root = root(folder.path());
    let journal = Journal::new(&root);
    let _lock = journal.lock().unwrap();
    let (id, _, prepared) = journal.prepare().unwrap();
    let mut entry = journal.begin(record(&id, "/etc/modules"), &prepared).unwrap();
    journal.mark(&mut entry, Mark::Begun { step: 0, at: Some(7) }).unwrap();
    let good = entry.progress.length;
    root.append(&format!("{}/progress", Journal::folder(&id)), good, b"00000000 {\"mark\":").unwrap();
    let mut read = journal.read(&id).unwrap();
    assert_eq!((&read.progress, read.progress.length), (&entry.progress, good));
    journal.mark(&mut read, Mark::Applied).unwrap();
    let read = journal.read(&id).unwrap();
    assert_eq!(read.progress.marks, [Mark::Begun { step: 0, at: Some(7) }, Mark::Applied]);
    assert_eq!(read.progress.state(), State::Applied);
}
