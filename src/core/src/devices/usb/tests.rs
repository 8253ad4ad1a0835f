//! The USB tree of a small computer, and of one that tells nonsense.

use super::*;
use crate::machine_file::MachineBuilder;

const XHCI: &str = "/sys/devices/pci0000:00/0000:00:14.0";
const INPUTS: &str = "I: Bus=0003 Vendor=046d Product=c52b Version=0111\nN: Name=\"Keys\"\n\
    S: Sysfs=/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/input/input5\nB: EV=3\nB: KEY=fffffffffffffffe\n";

fn plug(builder: &mut MachineBuilder, name: &str, place: &str, files: &[(&str, &str)]) {
    let place = format!("{XHCI}/{place}");
    builder.link(&format!("{DEVICES}/{name}"), format!("../../../{}", place.trim_start_matches("/sys/")));
    builder.folder(&place);
    for (file, text) in files {
        builder.file(&format!("{place}/{file}"), *text);
    }
}

fn machine() -> MachineBuilder {
    let mut builder = MachineBuilder::default();
    plug(
        &mut builder,
        "usb1",
        "usb1",
        &[("maxchild", "2\n"), ("speed", "480\n"), ("1-0:1.0/usb1-port2/connect_type", "hotplug\n")],
    );
    plug(
        &mut builder,
        "1-2",
        "usb1/1-2",
        &[
            (
                "uevent",
                "DEVTYPE=usb_device\nDRIVER=usb\nPRODUCT=46d/c52b/1201\nTYPE=0/0/0\nBUSNUM=001\nDEVNUM=007\n",
            ),
            ("manufacturer", "Logitech\n"),
            ("product", "USB Receiver\n"),
            ("serial", "ABC\n"),
            ("speed", "1.5\n"),
        ],
    );
    plug(&mut builder, "1-2:1.0", "usb1/1-2/1-2:1.0", &[("uevent", "DRIVER=usbhid\nINTERFACE=3/1/1\n")]);
    plug(&mut builder, "1-2:1.1", "usb1/1-2/1-2:1.1", &[("uevent", "DRIVER=usbhid\nINTERFACE=3/1/2\n")]);
    plug(
        &mut builder,
        "1-10",
        "usb1/1-10",
        &[("idVendor", "8087\n"), ("idProduct", "0026\n"), ("bDeviceClass", "e0\n")],
    );
    plug(
        &mut builder,
        "1-10:1.0",
        "usb1/1-10/1-10:1.0",
        &[("bInterfaceClass", "e0\n"), ("bInterfaceSubClass", "01\n"), ("bInterfaceProtocol", "01\n")],
    );
    builder.link(
        "/sys/class/bluetooth/hci0",
        "../../devices/pci0000:00/0000:00:14.0/usb1/1-10/1-10:1.0/bluetooth/hci0",
    );
    builder.link(
        "/sys/class/bluetooth/hci0:11",
        "../../devices/pci0000:00/0000:00:14.0/usb1/1-10/1-10:1.0/bluetooth/hci0/hci0:11",
    );
    builder
}

fn usb(builder: MachineBuilder) -> Usb {
    Usb::read(&Source::machine(&builder.build()), &mut Vec::new())
}

#[test]
fn what_a_device_says_of_itself_may_be_nothing() {
    let mut builder = MachineBuilder::default();
    let files = [("manufacturer", "\n"), ("product", "  \n"), ("serial", "ABC\n")];
    plug(&mut builder, "1-1", "usb1/1-1", &files);
    let usb = usb(builder);
    assert_eq!((&usb.devices[0].maker, &usb.devices[0].product), (&Reading::Absent, &Reading::Absent));
    assert_eq!(usb.devices[0].serial, Reading::Known("ABC".to_owned()));
}

#[test]
fn a_tree_of_buses_ports_and_devices() {
    let mut builder = machine();
    builder.file(input::TABLE, INPUTS);
    let usb = usb(builder);
    let address = "0000:00:14.0".parse().unwrap();
    assert_eq!(usb.controllers(), BTreeSet::from([address]));
    assert_eq!((usb.buses[0].speed.known(), usb.buses[0].ports.len()), (Some(&480_000), 2));
    assert_eq!(usb.buses[0].ports[1].connect.known().map(String::as_str), Some("hotplug"));
    let names: Vec<String> = usb.below(address).map(UsbDevice::name).collect();
    assert_eq!(names, ["Logitech USB Receiver", "8087:0026"], "the tenth port comes last");
    let receiver = usb.device("1-2").unwrap();
    assert_eq!((receiver.number, receiver.speed.known()), (Some(7), Some(&1500)));
    assert_eq!(receiver.kinds, BTreeSet::from([UsbKind::Keyboard]), "the kernel's table decides");
    assert_eq!(usb.device("1-10").unwrap().kinds, BTreeSet::from([UsbKind::Bluetooth]));
    assert_eq!((usb.bluetooth.len(), usb.bluetooth[0].usb.as_deref()), (1, Some("1-10")));
}

#[test]
fn without_the_table_of_inputs_the_interfaces_tell() {
    let usb = usb(machine());
    assert!(!usb.inputs_known);
    assert_eq!(usb.device("1-2").unwrap().kinds, BTreeSet::from([UsbKind::Keyboard, UsbKind::Pointer]));
}

#[test]
fn a_keyboard_on_bluetooth_goes_with_the_last_adapter() {
    let usb = usb(machine());
    let input =
        Input { name: "k".to_owned(), kind: InputKind::Keyboard, function: None, usb: None, bluetooth: true };
    let controller = "0000:00:14.0".parse().unwrap();
    assert!(usb.goes_with(&input, &[controller]));
    assert!(!usb.goes_with(&input, &["0000:00:15.0".parse().unwrap()]));
    let mainboard = Input { bluetooth: false, ..input };
    assert!(!usb.goes_with(&mainboard, &[controller]));
    assert!(!Usb::default().goes_with(&Input { bluetooth: true, ..mainboard }, &[controller]));
}

#[test]
fn nonsense_is_said_and_nothing_is_lost() {
    let mut builder = MachineBuilder::default();
    plug(&mut builder, "usb1", "usb1", &[("maxchild", "999\n"), ("speed", "fast\n")]);
    plug(
        &mut builder,
        "1-1",
        "usb1/1-1",
        &[("uevent", "PRODUCT=x\nTYPE=\nINTERFACE=3\n"), ("idVendor", "zz\n"), ("product", "\x07\n")],
    );
    builder.link(&format!("{DEVICES}/1-3"), "../../../devices/gone");
    builder.file(&format!("{DEVICES}/1-4"), "a file");
    let usb = usb(builder);
    assert!(usb.buses[0].speed.trouble().is_some() && usb.buses[0].ports.is_empty());
    assert_eq!(usb.devices.len(), 1);
    assert!(usb.devices[0].id.trouble().is_some());
    assert_eq!(usb.devices[0].name(), "1-1");
    assert!(usb.devices[0].product.trouble().is_some());
}
