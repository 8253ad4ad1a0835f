//! The names of the checks of virtual machines, each with its question. A name never changes its meaning: scripts know it
//! from `gangwayctl check --json`.

gangway_core::check_ids! {
    enum GuestCheckId;

    /// Is each device still the one that was chosen?
    Identity = "guest-identity",
    /// Does the host have each device of the definition?
    DeviceThere = "guest-device-there",
    /// Does the machine have all functions of its cards?
    WholeCard = "guest-whole-card",
    /// Has no other machine the same device?
    SharedDevice = "guest-shared-device",
    /// Does somebody take each device from its host driver?
    Managed = "guest-managed",
    /// Is the ROM file there?
    RomFile = "guest-rom-file",
    /// Will UEFI take a ROM of a file?
    RomSigned = "guest-rom-signed",
    /// Is the memory balloon off?
    Balloon = "guest-balloon",
    /// Is there memory for all that stays pinned?
    Memory = "guest-memory",
    /// Are the huge pages there that it asks for?
    HugePages = "guest-huge-pages",
    /// May it lock as much memory as a device needs?
    LockedMemory = "guest-locked-memory",
    /// Has it PCI Express for its card?
    Chipset = "guest-chipset",
    /// Does UEFI start it, as today's cards want it?
    Firmware = "guest-firmware",
    /// Has it the host's processor?
    Processor = "guest-processor",
    /// Is the card its only display?
    EmulatedDisplay = "guest-emulated-display",
    /// Would an old driver of NVIDIA run in it?
    Hypervisor = "guest-hypervisor",
    /// Has Windows what it uses to run well in a virtual machine?
    HypervFeatures = "guest-hyperv-features",
    /// Can Windows use all its processors?
    Sockets = "guest-sockets",
    /// Has Windows 11 its TPM?
    Tpm = "guest-tpm",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_questions_are_questions() {
        for id in GuestCheckId::ALL {
            assert!(
                id.name().starts_with("guest-")
                    && id.name().bytes().all(|c| c.is_ascii_lowercase() || c == b'-')
            );
            assert!(id.question().ends_with('?'), "{id}");
        }
    }
}
