//! Checks of USB controllers and what is plugged in.

use std::collections::BTreeMap;

use super::ask::untold;
use super::device::{functions_of_kind, plain};
use super::examination::Examination;
use super::{Answer, Check, CheckId, DeviceFix, Evidence, Fix, Subject, Value, Weight};
use crate::devices::Use;
use crate::devices::usb::{UsbDevice, UsbId, UsbKind};
use crate::pci::DeviceKind;

const INPUTS: &str = "/proc/bus/input/devices";

pub(super) const CHECKS: &[Check] = &[
    Subject::Usb.check(
        CheckId::UsbKeyboard,
        Weight::Important,
        "kernel, drivers/input/input.c (/proc/bus/input/devices); systemd, src/udev/udev-builtin-input_id.c",
        keyboard,
    ),
    Subject::Usb.check(
        CheckId::UsbBluetooth,
        Weight::Advice,
        "kernel, Documentation/ABI/stable/sysfs-class-bluetooth",
        bluetooth,
    ),
    Subject::Usb.check(
        CheckId::UsbTwins,
        Weight::Advice,
        "libvirt, src/util/virusb.c (“Multiple USB devices for …, use <address> to specify one”)",
        twins,
    ),
];

fn keyboard(model: &Examination<'_>) -> Vec<Answer> {
    let answer = |function: &crate::host::Function| {
        let uses = model.uses_of(function.address);
        let mut names = Vec::new();
        let mut lost = false;
        for by in uses {
            if let Use::Keyboard { name, only } = by {
                names.push(plain(&name));
                lost |= only;
            }
        }
        if !model.devices.usb.inputs_known {
            return untold(model, INPUTS).about([function.address]);
        }
        let seen = Evidence::value(INPUTS, names.join(", "));
        let answer = if lost {
            Answer::to_do(Fix::Device(DeviceFix::OtherKeyboard)).with("keyboards", Value::List(names))
        } else {
            Answer::ok()
        };
        answer.about([function.address]).saw(seen)
    };
    functions_of_kind(&model.host, &[DeviceKind::UsbController]).map(answer).collect()
}

fn bluetooth(model: &Examination<'_>) -> Vec<Answer> {
    let answer = |function: &crate::host::Function| {
        let adapters: Vec<(String, bool)> = model
            .uses_of(function.address)
            .into_iter()
            .filter_map(|by| match by {
                Use::Bluetooth { name, only } => Some((name, only)),
                _ => None,
            })
            .collect();
        let seen = match adapters.first() {
            Some((name, _)) => Evidence::value(format!("/sys/class/bluetooth/{name}"), ""),
            None => match model.devices.usb.bluetooth.first() {
                Some(other) => Evidence::value(format!("/sys/class/bluetooth/{}", other.name), ""),
                None => Evidence::absent("/sys/class/bluetooth/hci*"),
            },
        };
        let answer = if adapters.iter().any(|(_, only)| *only) {
            Answer::to_do(Fix::Device(DeviceFix::OtherBluetooth))
        } else {
            Answer::ok()
        };
        answer.about([function.address]).saw(seen)
    };
    functions_of_kind(&model.host, &[DeviceKind::UsbController]).map(answer).collect()
}

/// Devices with the same ids, of which libvirt cannot tell one by its ids.
fn twins(model: &Examination<'_>) -> Vec<Answer> {
    let mut by_id: BTreeMap<UsbId, Vec<&UsbDevice>> = BTreeMap::new();
    for device in &model.devices.usb.devices {
        // Hubs are never handed over.
        if let Some(id) = device.id.known().filter(|_| !device.kinds.contains(&UsbKind::Hub)) {
            by_id.entry(*id).or_default().push(device);
        }
    }
    let at = |device: &UsbDevice| format!("/sys/bus/usb/devices/{}", device.port);
    let mut answers: Vec<Answer> = Vec::new();
    for (id, devices) in by_id.iter().filter(|(_, devices)| devices.len() > 1) {
        let controllers = devices.iter().filter_map(|device| device.controller);
        let mut controllers: Vec<_> = controllers.collect();
        controllers.dedup();
        let name = devices.first().map(|device| device.name()).unwrap_or_default();
        let ports = devices.iter().map(|device| device.port.clone()).collect();
        answers.push(
            Answer::to_do(Fix::Device(DeviceFix::UsbByNumber))
                .about(controllers)
                .saying("device", name)
                .with("ports", Value::List(ports))
                .saw_all(devices.iter().map(|device| Evidence::value(at(device), id.to_string()))),
        );
    }
    if answers.is_empty()
        && let Some(device) = model.devices.usb.devices.first()
    {
        answers.push(Answer::ok().saw(Evidence::reading(&at(device), &device.id, ToString::to_string)));
    }
    answers
}
