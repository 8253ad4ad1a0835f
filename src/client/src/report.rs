//! A report of a computer: the captured machine, and above it what the checks find on it, as remarks.
//!
//! The findings are made of the capture itself, so that nothing stands in them that a capture leaves out; and the report
//! is a captured machine, which both programs open.

use gangway_core::checks;
use gangway_core::machine_file::MachineFile;
use gangway_core::model::Model;
use gangway_core::pci::Names;
use gangway_core::source::Source;

use crate::text::{DeviceNames, checks as text};

/// The text of a report on a machine, with personal data replaced.
pub fn report(source: &Source) -> String {
    let machine = MachineFile::capture(source);
    let model = Model::read(&Source::machine(&machine));
    let findings = checks::run(&model);
    let names = Names::system();
    let names = DeviceNames::of_host(&model.host, &names);
    let remarks = text::listing(&model.host, &findings, None, &names);
    // The first remark is the title, also where the machine has no name.
    let title = machine.title().unwrap_or("Gangway").to_owned();
    machine.with_title(&title).with_remarks(remarks).write()
}
