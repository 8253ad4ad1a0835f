//! What stands where the device list or its details would: while the machine is read, where it cannot be read,
//! where the IOMMU is off, where a search finds nothing.

use gangway_core::host::{IommuOff, IommuState};
use gettextrs::gettext;
use relm4::gtk::prelude::*;
use relm4::{adw, gtk};

use crate::gone::Gone;
use crate::widgets::status::{self, StatusButton, StatusView};

/// While the machine is being read.
pub fn reading() -> gtk::Box {
    status::waiting(&gettext("Looking at the devices…"))
}

/// The machine could not be read.
pub fn unreadable(reason: &str) -> adw::StatusPage {
    status::page(&StatusView {
        icon: "computer-fail-symbolic",
        title: gettext("The Machine Cannot Be Read"),
        description: reason.to_owned(),
        buttons: vec![
            StatusButton {
                label: gettext("Open Captured Machine…"),
                action: "win.open-machine",
                ..StatusButton::default()
            },
            StatusButton {
                label: gettext("This Computer"),
                action: "win.this-computer",
                suggested: true,
                ..StatusButton::default()
            },
        ],
        ..StatusView::default()
    })
}

/// The machine has no PCI device at all.
pub fn no_devices() -> adw::StatusPage {
    status::page(&StatusView {
        icon: "expansion-card-symbolic",
        title: gettext("No PCI Devices"),
        description: gettext("This machine has no PCI devices, or does not show them here."),
        buttons: vec![StatusButton {
            label: gettext("Scan Again"),
            action: "win.scan",
            suggested: true,
            ..StatusButton::default()
        }],
        ..StatusView::default()
    })
}

/// There are no IOMMU groups: why, and the way out.
pub fn iommu_off(state: &IommuState) -> StatusView {
    let (why, evidence) = match state {
        IommuState::Off { why, evidence } => (why, evidence.as_slice()),
        IommuState::On { .. } => (&IommuOff::NotTold, &[][..]),
    };
    let (description, steps) = advice(why);
    StatusView {
        icon: "computer-fail-symbolic",
        title: gettext("The IOMMU Is Off"),
        description,
        steps,
        evidence: evidence
            .iter()
            .map(|fact| (fact.path.clone(), fact.value.clone().unwrap_or_else(|| gettext("not there"))))
            .collect(),
        buttons: vec![StatusButton {
            label: gettext("Show Devices Anyway"),
            action: "win.show-anyway",
            ..StatusButton::default()
        }],
        ..StatusView::default()
    }
}

type Steps = Vec<(String, String)>;

/// What it means, and what to do, in the order to do it.
fn advice(why: &IommuOff) -> (String, Steps) {
    match why {
        IommuOff::ByArgument { argument } => (
            gettext("A kernel argument switches it off, so no device can be kept apart."),
            vec![
                (
                    gettext("Remove “{argument}”").replace("{argument}", argument),
                    gettext("From the kernel’s command line, in the settings of your boot loader."),
                ),
                restart(),
            ],
        ),
        IommuOff::ArgumentMissing => (
            gettext("The firmware offers it, and this kernel uses it only when it is asked to."),
            vec![
                (
                    gettext("Add “intel_iommu=on”"),
                    gettext("To the kernel’s command line, in the settings of your boot loader."),
                ),
                restart(),
            ],
        ),
        IommuOff::NotStarted => (
            gettext("The firmware offers it, and the kernel did not start it."),
            vec![
                (
                    gettext("Look into the kernel’s log"),
                    gettext("For lines that begin with “AMD-Vi” or “DMAR”."),
                ),
                (gettext("Try a newer firmware or another kernel"), String::new()),
            ],
        ),
        IommuOff::NotOffered => (
            gettext("The firmware does not offer it, so no device can be kept apart."),
            vec![
                (
                    gettext("Restart into the firmware setup"),
                    gettext("Usually with Delete or F2 during start."),
                ),
                (
                    gettext("Turn on “VT-d”, “AMD-Vi” or “IOMMU”"),
                    gettext("Where there is no such setting, this computer does not have it."),
                ),
                restart(),
            ],
        ),
        IommuOff::NoVirtualization => (
            gettext("The processor’s virtualization is off or missing, and the IOMMU with it."),
            vec![
                (
                    gettext("Restart into the firmware setup"),
                    gettext("Usually with Delete or F2 during start."),
                ),
                (
                    gettext("Turn on “VT-x” or “SVM”, and “VT-d” or “IOMMU”"),
                    gettext("Where there are no such settings, this computer does not have them."),
                ),
                restart(),
            ],
        ),
        IommuOff::InsideVirtualMachine => (
            gettext("This is a virtual machine without a virtual IOMMU."),
            vec![(gettext("Run Gangway on the computer itself"), String::new())],
        ),
        IommuOff::Xen => (
            gettext("Xen owns it on this computer."),
            vec![(gettext("Start Linux without Xen"), gettext("QEMU can use the IOMMU then."))],
        ),
        IommuOff::NotTold => (
            gettext("Nothing that can be read says why."),
            vec![
                (
                    gettext("Look into the firmware setup"),
                    gettext("“VT-d”, “AMD-Vi” or “IOMMU” should be on."),
                ),
                (
                    gettext("Look at the kernel’s command line"),
                    gettext("Intel processors may need “intel_iommu=on”."),
                ),
                restart(),
            ],
        ),
    }
}

fn restart() -> (String, String) {
    (gettext("Save and start again"), gettext("Gangway checks by itself."))
}

/// A search that leaves no row.
pub fn nothing_found() -> adw::StatusPage {
    status::page(&StatusView {
        icon: "edit-find-symbolic",
        title: gettext("No Device Found"),
        description: gettext("Try another word or class: names, addresses, ids and drivers are searched."),
        ..StatusView::default()
    })
}

/// The selected device left the computer.
pub fn gone(gone: &Gone) -> adw::StatusPage {
    let page = status::page(&StatusView {
        icon: "expansion-card-symbolic",
        title: gone.title(),
        description: gone.sentence(),
        ..StatusView::default()
    });
    page.add_css_class("compact");
    page
}

/// The selected USB device was pulled out.
pub fn unplugged(name: &str, port: &str) -> adw::StatusPage {
    let sentence = gettext("“{name}” is no longer plugged in at the port {port}.");
    let page = status::page(&StatusView {
        icon: "usb-symbolic",
        title: gettext("No Longer There"),
        description: gangway_client::text::fill(&sentence, &[("name", name), ("port", port)]),
        ..StatusView::default()
    });
    page.add_css_class("compact");
    page
}

/// The machine has no USB controller.
pub fn no_usb() -> adw::StatusPage {
    status::page(&StatusView {
        icon: "usb-symbolic",
        title: gettext("No USB Controllers"),
        description: gettext("This machine has no USB controllers, or does not show them here."),
        ..StatusView::default()
    })
}

/// What is on USB cannot be known, for this reason.
pub fn usb_unknown(reason: &str) -> adw::StatusPage {
    status::page(&StatusView {
        icon: "usb-symbolic",
        title: gettext("USB Cannot Be Read"),
        description: reason.to_owned(),
        ..StatusView::default()
    })
}

/// The pane before anything is selected.
pub fn nothing_selected() -> gtk::Label {
    let label = gtk::Label::builder()
        .label(gettext("Select a device to see its details."))
        .wrap(true)
        .justify(gtk::Justification::Center)
        .margin_start(24)
        .margin_end(24)
        .vexpand(true)
        .build();
    label.add_css_class("dim-label");
    label
}
