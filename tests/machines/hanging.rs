//! What hangs on the functions of a computer: USB devices with keyboards and pointers, sound cards, networks.

use super::computer::Computer;

/// A device on USB.
pub(super) struct Plugged {
    /// Bus and ports, such as `1-2`.
    pub(super) port: &'static str,
    /// `vendor:product`.
    pub(super) id: &'static str,
    pub(super) maker: &'static str,
    pub(super) product: &'static str,
    /// In megabits a second.
    pub(super) speed: &'static str,
    /// Class, subclass and protocol of each interface with its driver, decimal: `3/1/1 usbhid`.
    pub(super) interfaces: &'static [&'static str],
}

/// The keys of a keyboard, as the kernel writes them.
const ALL_KEYS: &str =
    "PROP=0\nB: EV=120013\nB: KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe";
/// The buttons and axes of a mouse.
const MOUSE: &str = "PROP=0\nB: EV=17\nB: KEY=70000 0 0 0 0";
const TOUCHPAD: &str = "PROP=5\nB: EV=1b\nB: KEY=e520 10000 0 0 0 0";

impl Computer {
    /// The two buses of a USB controller, a slow and a fast one, with their ports.
    pub(super) fn usb(&mut self, at: &str, first: u32, ports: (u32, u32), plugged: &[Plugged]) {
        let place = self.place(at);
        for (bus, ports, speed) in [(first, ports.0, "480"), (first + 1, ports.1, "10000")] {
            let hub = format!("{place}/usb{bus}");
            self.usb_link(&format!("usb{bus}"), &hub);
            let event = format!(
                "DEVTYPE=usb_device\nDRIVER=usb\nPRODUCT=1d6b/{}/618\nTYPE=9/0/1\nBUSNUM={bus:03}\nDEVNUM=001\n",
                if speed == "480" { 2 } else { 3 }
            );
            self.builder().file(&format!("{hub}/uevent"), event);
            self.builder().file(&format!("{hub}/maxchild"), format!("{ports}\n"));
            self.builder().file(&format!("{hub}/speed"), format!("{speed}\n"));
            for port in 1..=ports {
                let path = format!("{hub}/{bus}-0:1.0/usb{bus}-port{port}/connect_type");
                self.builder().file(&path, "hotplug\n");
            }
        }
        for (number, device) in plugged.iter().enumerate() {
            let bus: u32 = device.port.split('-').next().and_then(|bus| bus.parse().ok()).unwrap_or(first);
            self.plug(&format!("{place}/usb{bus}/{}", device.port), bus, number + 2, device);
        }
    }

    fn plug(&mut self, place: &str, bus: u32, number: usize, device: &Plugged) {
        let Plugged { port, id, maker, product, speed, interfaces } = device;
        let (vendor, model) = id.split_once(':').unwrap_or((id, "0"));
        let short = |id: &str| id.trim_start_matches('0').to_owned();
        let ids = format!("{}/{}/100", short(vendor), short(model));
        self.usb_link(port, place);
        let event = format!(
            "DEVTYPE=usb_device\nDRIVER=usb\nPRODUCT={ids}\nTYPE=0/0/0\nBUSNUM={bus:03}\nDEVNUM={number:03}\n"
        );
        for (name, text) in [
            ("uevent", event.as_str()),
            ("manufacturer", &format!("{maker}\n")),
            ("product", &format!("{product}\n")),
            ("speed", &format!("{speed}\n")),
            ("maxchild", "0\n"),
        ] {
            self.builder().file(&format!("{place}/{name}"), text);
        }
        for (index, interface) in interfaces.iter().enumerate() {
            let (class, driver) = interface.split_once(' ').unwrap_or((interface, ""));
            let name = format!("{port}:1.{index}");
            self.usb_link(&name, &format!("{place}/{name}"));
            let driver = if driver.is_empty() { String::new() } else { format!("DRIVER={driver}\n") };
            let event =
                format!("DEVTYPE=usb_interface\n{driver}PRODUCT={ids}\nTYPE=0/0/0\nINTERFACE={class}\n");
            self.builder().file(&format!("{place}/{name}/uevent"), event);
            match class {
                "3/1/1" => self.input(product, &format!("{place}/{name}"), "0003", ALL_KEYS),
                "3/1/2" => self.input(product, &format!("{place}/{name}"), "0003", MOUSE),
                "224/1/1" => self.class_link("bluetooth", &format!("{place}/{name}/bluetooth/hci0")),
                _ => {}
            }
        }
    }

    fn usb_link(&mut self, name: &str, place: &str) {
        self.builder().folder(place);
        let target = format!("../../../{}", place.trim_start_matches("/sys/"));
        self.builder().link(&format!("/sys/bus/usb/devices/{name}"), target);
    }

    fn class_link(&mut self, class: &str, place: &str) {
        let name = place.rsplit('/').next().unwrap_or_default();
        self.builder().folder(place);
        self.builder().link(
            &format!("/sys/class/{class}/{name}"),
            format!("../../{}", place.trim_start_matches("/sys/")),
        );
    }

    fn input(&mut self, name: &str, place: &str, bus: &str, bits: &str) {
        let place = place.trim_start_matches("/sys");
        let number = self.inputs.matches("\n\n").count() + 3;
        self.inputs += &format!(
            "I: Bus={bus} Vendor=0000 Product=0000 Version=0111\nN: Name=\"{name}\"\nS: Sysfs={place}/input/input{number}\nB: {bits}\n\n"
        );
    }

    /// The keyboard and touchpad of a laptop.
    pub(super) fn laptop_inputs(&mut self, i2c: &str) {
        let place = format!("{}/i2c_designware.0/i2c-1/i2c-TPAD:00", self.place(i2c));
        self.input("AT Translated Set 2 keyboard", "/sys/devices/platform/i8042/serio0", "0011", ALL_KEYS);
        self.input("SynPS/2 Touchpad", &place, "0018", TOUCHPAD);
    }

    /// A sound card with its outputs, none of which plays.
    pub(super) fn sound(&mut self, at: &str, name: &str, outputs: &[(u32, &str)]) {
        let number = self.sounds.lines().count() / 2;
        let place = format!("{}/sound/card{number}", self.place(at));
        self.class_link("sound", &place);
        let short: String = name.chars().filter(char::is_ascii_alphanumeric).take(15).collect();
        self.sounds +=
            &format!("{number:2} [{short:<15}]: HDA-Intel - {name}\n                      {name}\n");
        for (device, output) in outputs {
            self.outputs += &format!("{number:02}-{device:02}: {output} : {output} : playback 1\n");
            self.builder().file(&format!("/proc/asound/card{number}/pcm{device}p/sub0/status"), "closed\n");
        }
    }

    /// An interface that no default route goes through, in this state.
    pub(super) fn interface(&mut self, place: &str, name: &str, device_type: &str, state: &str) {
        let place = format!("{place}/net/{name}");
        self.class_link("net", &place);
        let kind = if device_type.is_empty() { String::new() } else { format!("DEVTYPE={device_type}\n") };
        self.builder().file(&format!("{place}/uevent"), kind);
        self.builder().file(&format!("{place}/type"), "1\n");
        self.builder().file(&format!("{place}/operstate"), format!("{state}\n"));
    }
}
