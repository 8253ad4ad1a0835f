//! The firmware that starts the virtual machine: BIOS or UEFI, and how it stands with Secure Boot.

use roxmltree::Node;

use super::Switch;
use crate::document::{Document, child, children, text_of};

/// What starts the virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Firmware {
    /// A PC's BIOS: `firmware='bios'`, and what QEMU takes on x86 where nothing is said.
    Bios,
    /// UEFI: `firmware='efi'`, or a loader in flash memory.
    Uefi(SecureBoot),
    /// A loader of another kind, as its path stands: what is in the file cannot be told from here.
    File(String),
    /// Another word of `firmware`, as it stands.
    Other(String),
    /// Nothing is said: libvirt and QEMU choose.
    Unspecified,
}

/// What a definition says of UEFI's Secure Boot. Whether it is on is kept in the machine's variables, which are not
/// part of the definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecureBoot {
    /// The firmware has it, and the machine began with the usual keys: unsigned systems do not start.
    WithKeys,
    /// The firmware has it, and the machine began without keys: everything starts.
    WithoutKeys,
    /// The firmware has it; whether with keys is not said.
    Possible,
    /// The firmware does not have it.
    No,
    /// Nothing is said about it.
    Unknown,
}

impl Document {
    /// The firmware.
    ///
    /// Source: libvirt, `formatdomain.html#bios-bootloader`; a read-only loader in flash memory is UEFI to libvirt
    /// (`virDomainDefHasOldStyleUEFI` in `src/conf/domain_conf.c`), and a loader without a type is a ROM.
    pub fn firmware(&self) -> Firmware {
        let Some(os) = child(self.root(), "os") else { return self.default_firmware() };
        let loader = child(os, "loader");
        match (os.attribute("firmware"), loader) {
            (Some("bios"), _) => Firmware::Bios,
            (Some("efi"), loader) => Firmware::Uefi(secure_boot(os, loader)),
            (Some(other), _) => Firmware::Other(other.to_owned()),
            (None, Some(loader)) if loader.attribute("type") == Some("pflash") => {
                Firmware::Uefi(secure_boot(os, Some(loader)))
            }
            (None, Some(loader)) => match text_of(loader).trim() {
                "" => self.default_firmware(),
                path => Firmware::File(path.to_owned()),
            },
            (None, None) => self.default_firmware(),
        }
    }

    fn default_firmware(&self) -> Firmware {
        let x86 = self.architecture().is_none_or(|arch| matches!(arch, "x86_64" | "i686"));
        if x86 { Firmware::Bios } else { Firmware::Unspecified }
    }
}

fn secure_boot(os: Node<'_, '_>, loader: Option<Node<'_, '_>>) -> SecureBoot {
    let feature = |name: &str| {
        children(os, "firmware")
            .flat_map(|firmware| children(firmware, "feature"))
            .find(|feature| feature.attribute("name") == Some(name))
            .and_then(|feature| feature.attribute("enabled"))
            .map(Switch::of)
    };
    let secure = loader.and_then(|loader| loader.attribute("secure")).map(Switch::of);
    match (feature("secure-boot").or(secure), feature("enrolled-keys")) {
        (Some(Switch::On), Some(Switch::On)) => SecureBoot::WithKeys,
        (Some(Switch::On), Some(Switch::Off)) => SecureBoot::WithoutKeys,
        (Some(Switch::On), _) => SecureBoot::Possible,
        // Keys are enrolled only in a firmware that has it.
        (None, Some(Switch::On)) => SecureBoot::WithKeys,
        (Some(Switch::Off), _) => SecureBoot::No,
        _ => SecureBoot::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn firmware_is_told_in_every_spelling() {
        use Firmware::{Bios, File, Other, Uefi, Unspecified};
        let x86 = "<type arch='x86_64' machine='q35'>hvm</type>";
        let features = |secure: &str, keys: &str| {
            format!(
                "<os firmware='efi'>{x86}<firmware><feature enabled='{keys}' name='enrolled-keys'/>\
                 <feature enabled='{secure}' name='secure-boot'/></firmware></os>"
            )
        };
        for (os, expected) in [
            (String::new(), Bios),
            (format!("<os>{x86}</os>"), Bios),
            (format!("<os firmware='bios'>{x86}</os>"), Bios),
            ("<os><type arch='aarch64' machine='virt'>hvm</type></os>".into(), Unspecified),
            (format!("<os firmware='efi'>{x86}</os>"), Uefi(SecureBoot::Unknown)),
            (format!("<os firmware='coreboot'>{x86}</os>"), Other("coreboot".into())),
            (features("yes", "yes"), Uefi(SecureBoot::WithKeys)),
            (features("yes", "no"), Uefi(SecureBoot::WithoutKeys)),
            (features("no", "no"), Uefi(SecureBoot::No)),
            (features("new", "yes"), Uefi(SecureBoot::Unknown)),
            (
                "<os><loader readonly='yes' type='pflash'>/CODE.fd</loader></os>".into(),
                Uefi(SecureBoot::Unknown),
            ),
            (
                "<os><loader readonly='yes' secure='yes' type='pflash'>/CODE.fd</loader></os>".into(),
                Uefi(SecureBoot::Possible),
            ),
            ("<os><loader secure='no' type='pflash'>/CODE.fd</loader></os>".into(), Uefi(SecureBoot::No)),
            (
                "<os firmware='efi'><loader secure='yes'/><firmware><feature enabled='yes' name='enrolled-keys'/>\
                 </firmware></os>"
                    .into(),
                Uefi(SecureBoot::WithKeys),
            ),
            ("<os><loader type='rom'> /OVMF.fd\n</loader></os>".into(), File("/OVMF.fd".into())),
            ("<os><loader>/bios.bin</loader></os>".into(), File("/bios.bin".into())),
            ("<os><loader stateless='yes'/></os>".into(), Bios),
        ] {
            let document = Document::parse(format!("<domain>{os}</domain>")).unwrap();
            assert_eq!(document.firmware(), expected, "{os}");
        }
    }
}
