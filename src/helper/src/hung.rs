//! Tells everybody who reads the machine which device a driver is being waited for, before the write that may never come
//! back: reading that device's `driver_override` would wait as well.
//!
//! Only whoever has the journal's lock writes here. A note that cannot be written keeps nobody from anything: without it all
//! is as it would be with a kernel of which nobody knows that it hangs.

use gangway_core::host::hung::{HUNG, Waiting, parse, write};
use gangway_core::pci::PciAddress;
use gangway_core::plan::Content;
use gangway_core::source::Source;

use crate::attribute::FLAG;
use crate::write::{Keeping, Root, WriteError};

/// Notes how a function's driver is waited for from now on; none where it answered.
pub(crate) fn note(root: &Root, address: PciAddress, waiting: Option<Waiting>) -> Result<(), WriteError> {
    change(root, |told| {
        // One that hangs goes on hanging, whatever else was tried.
        if told.contains(&(address, Waiting::ForEver)) {
            return;
        }
        told.retain(|(other, _)| *other != address);
        told.extend(waiting.map(|waiting| (address, waiting)));
    })
}

/// Takes away what a service that was ended left behind, unless the process that writes is there still.
pub(crate) fn settle(root: &Root) -> Result<(), WriteError> {
    root.tidy(HUNG)?;
    remove_folder(root)?;
    change(root, |told| {
        if told.iter().any(|(_, waiting)| *waiting == Waiting::Now) {
            let writers = root.source().map(|source| writers(&source)).unwrap_or_default();
            told.retain(|(address, waiting)| *waiting == Waiting::ForEver || writers.contains(address));
        }
    })
}

fn change(root: &Root, edit: impl FnOnce(&mut Vec<(PciAddress, Waiting)>)) -> Result<(), WriteError> {
    let found = root.look(HUNG)?.map(|found| found.content);
    let before = found.as_ref().map(Content::bytes);
    let mut told = parse(before.unwrap_or_default());
    edit(&mut told);
    let after = write(&told);
    match before {
        None if told.is_empty() => Ok(()),
        Some(before) if told.is_empty() => {
            root.remove(HUNG, before)?;
            remove_folder(root)
        }
        before if before == Some(after.as_bytes()) => Ok(()),
        before => {
            for missing in root.missing_folders(HUNG)? {
                root.make_folder(&missing, false)?;
            }
            root.put(HUNG, before, after.as_bytes(), Keeping::Present)
        }
    }
}

/// Unless something else is in it.
fn remove_folder(root: &Root) -> Result<(), WriteError> {
    HUNG.rsplit_once('/').map_or(Ok(()), |(folder, _)| root.remove_folder(folder))
}

/// The functions that processes of ours are writing to.
fn writers(source: &Source) -> Vec<PciAddress> {
    let Ok(processes) = source.open("/proc") else { return Vec::new() };
    let names = processes.list().unwrap_or_default();
    let numbers = names.iter().filter_map(|name| name.to_str()).filter(|name| name.parse::<u32>().is_ok());
    let written = numbers.filter_map(|process| {
        let line = source.read_up_to(format!("/proc/{process}/cmdline"), 4096).ok()?;
        let mut words = line.split(|byte| *byte == 0).skip(1);
        if words.next()? != FLAG.as_bytes() {
            return None;
        }
        PciAddress::parse(words.nth(1)?)
    });
    written.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::gap::Gaps;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test makes its files")]
    fn a_note_goes_with_its_writer_and_one_that_hangs_stays() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path(), Gaps::default()).unwrap();
        let at = |text: &str| text.parse::<PciAddress>().unwrap();
        let (card, sound) = (at("0000:01:00.0"), at("0000:01:00.1"));
        let told = || parse(&fs::read(folder.path().join("run/gangway/hung")).unwrap_or_default());
        note(&root, card, None).unwrap();
        assert!(!folder.path().join("run").exists());
        note(&root, card, Some(Waiting::Now)).unwrap();
        note(&root, sound, Some(Waiting::Now)).unwrap();
        assert_eq!(told(), [(card, Waiting::Now), (sound, Waiting::Now)]);

        let process = folder.path().join("proc/77");
        fs::create_dir_all(&process).unwrap();
        fs::write(process.join("cmdline"), format!("/proc/self/exe\0{FLAG}\0unbind\0{sound}\0")).unwrap();
        settle(&root).unwrap();
        assert_eq!(told(), [(sound, Waiting::Now)], "its writer is there still");
        note(&root, sound, Some(Waiting::ForEver)).unwrap();
        fs::remove_dir_all(&process).unwrap();
        settle(&root).unwrap();
        note(&root, sound, Some(Waiting::Now)).unwrap();
        note(&root, sound, None).unwrap();
        assert_eq!(told(), [(sound, Waiting::ForEver)]);

        fs::remove_file(folder.path().join("run/gangway/hung")).unwrap();
        note(&root, card, Some(Waiting::Now)).unwrap();
        settle(&root).unwrap();
        assert!(root.look(HUNG).unwrap().is_none());
        assert!(folder.path().join("run").exists() && !folder.path().join("run/gangway").exists());
    }
}
