//! Captured machines: no text makes the reader or a scan panic, and what is read is written and read again equal.
#![no_main]

use gangway_core::host::Host;
use gangway_core::machine_file::MachineFile;
use gangway_core::source::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Ok(machine) = MachineFile::parse(text) else { return };
    let written = machine.write();
    let again = MachineFile::parse(written.as_bytes()).expect("our own text is read");
    assert_eq!(again.write(), written);
    let source = Source::machine(&machine);
    let host = Host::scan(&source);
    assert_eq!(host, Host::scan(&Source::machine(&again)));
    let captured = MachineFile::capture(&source).write();
    MachineFile::parse(captured.as_bytes()).expect("our own capture is read");
});
