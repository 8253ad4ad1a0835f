//! The text of the state file: a node for libvirt's test driver with the virtual machines as they are
//! defined, whether they run, and the PCI devices of the demo machine.
//! Source: libvirt, `docs/drvtest.rst` and `src/test/test_driver.c`.

use std::fmt::Write as _;

use gangway_core::host::{Function, Host};

/// A virtual machine as it is kept in the state file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guest {
    /// The definition, as libvirt gave it or as it is bundled.
    pub(super) xml: String,
    /// Whether it runs.
    pub(super) state: RunState,
}

/// libvirt's number of a state that the test driver can be told. Source: libvirt, `virDomainState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunState {
    Running = 1,
    Paused = 3,
    Off = 5,
    Crashed = 6,
}

const HEAD: &str = "\
<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <cpu>
    <mhz>3800</mhz>
    <model>x86_64</model>
    <active>16</active>
    <nodes>1</nodes>
    <sockets>1</sockets>
    <cores>8</cores>
    <threads>2</threads>
  </cpu>
  <memory>33554432</memory>
  <network>
    <name>default</name>
    <bridge name='virbr0'/>
    <ip address='192.168.122.1' netmask='255.255.255.0'/>
  </network>
";

// The driver wants a system device with a UUID above all others; this one is invented.
const COMPUTER: &str = "\
  <device>
    <name>computer</name>
    <capability type='system'>
      <hardware>
        <vendor>Gangway</vendor>
        <version>1</version>
        <serial>0</serial>
        <uuid>7c1d9a52-0b1f-4c55-9a0e-6d2f1b8e4a37</uuid>
      </hardware>
      <firmware>
        <vendor>Gangway</vendor>
        <version>1</version>
        <release_date>11/20/2026</release_date>
      </firmware>
    </capability>
  </device>
";

/// The state file's text; nothing where a definition has no end.
pub(super) fn text(guests: &[Guest], host: &Host) -> Option<String> {
    let mut text = String::from(HEAD);
    for guest in guests {
        let (body, rest) = guest.xml.rsplit_once("</domain>")?;
        let state = guest.state as u8;
        let _ = write!(text, "{body}<test:runstate>{state}</test:runstate></domain>{rest}");
    }
    text.push_str(COMPUTER);
    for function in &host.functions {
        device(&mut text, function, host);
    }
    text.push_str("</node>\n");
    Some(text)
}

/// One PCI function as libvirt's node device. Source: libvirt, `docs/formatnode.rst`.
fn device(text: &mut String, function: &Function, host: &Host) {
    let at = function.address;
    let (Some(class), Some(vendor), Some(device)) =
        (function.class.known(), function.vendor.known(), function.device.known())
    else {
        return;
    };
    let _ = write!(
        text,
        "  <device>\n    <name>pci_{:04x}_{:02x}_{:02x}_{:x}</name>\n    <parent>computer</parent>\n    \
         <capability type='pci'>\n      <class>0x{class}</class>\n      <domain>{}</domain>\n      \
         <bus>{}</bus>\n      <slot>{}</slot>\n      <function>{}</function>\n      \
         <product id='0x{device}'/>\n      <vendor id='0x{vendor}'/>\n",
        at.domain(),
        at.bus(),
        at.slot(),
        at.function(),
        at.domain(),
        at.bus(),
        at.slot(),
        at.function(),
    );
    if let Some(group) = host.group_of(at) {
        let _ = writeln!(text, "      <iommuGroup number='{}'>", group.id);
        for member in &group.functions {
            let _ = writeln!(
                text,
                "        <address domain='0x{:04x}' bus='0x{:02x}' slot='0x{:02x}' function='0x{:x}'/>",
                member.domain(),
                member.bus(),
                member.slot(),
                member.function()
            );
        }
        text.push_str("      </iommuGroup>\n");
    }
    text.push_str("    </capability>\n  </device>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(xml: &str, state: RunState) -> Guest {
        Guest { xml: xml.into(), state }
    }

    #[test]
    fn the_state_is_the_last_thing_in_a_definition() {
        let xml = "<domain type='test'><title>a &lt;/domain></title><!-- </domain> --></domain>\n";
        let text = text(&[guest(xml, RunState::Paused)], &Host::default()).unwrap();
        assert!(text.contains("<!-- </domain> --><test:runstate>3</test:runstate></domain>\n"), "{text}");
    }

    #[test]
    fn a_definition_without_an_end_is_refused() {
        assert_eq!(text(&[guest("<domain/>", RunState::Off)], &Host::default()), None);
    }
}
