//! Who a machine is: name, UUID, title, type, memory.

use crate::document::{Document, child, text_of};

impl Document {
    /// The name, as libvirt knows the machine.
    pub fn name(&self) -> Option<String> {
        self.text_at("name")
    }

    /// The UUID as it stands in the text; libvirt also takes it without dashes.
    pub fn uuid(&self) -> Option<String> {
        self.text_at("uuid").map(|uuid| uuid.trim().to_owned())
    }

    /// The short title that its owner gave it.
    pub fn title(&self) -> Option<String> {
        self.text_at("title")
    }

    /// The kind of virtualisation: `kvm`, `qemu`, `test`, `xen`, …
    pub fn domain_type(&self) -> Option<&str> {
        self.root().attribute("type")
    }

    /// The memory at start in KiB, rounded up as libvirt does it. `None` where it is absent or no amount.
    pub fn memory_kib(&self) -> Option<u64> {
        let memory = child(self.root(), "memory")?;
        let bytes = amount(&text_of(memory), memory.attribute("unit"))?;
        Some(bytes.div_ceil(1024))
    }

    fn text_at(&self, name: &str) -> Option<String> {
        child(self.root(), name).map(text_of)
    }
}

/// An amount of memory in bytes; without a unit it is in KiB.
pub(crate) fn amount(number: &str, unit: Option<&str>) -> Option<u64> {
    number.trim().parse::<u64>().ok()?.checked_mul(self::unit(unit.unwrap_or("KiB"))?)
}

/// The bytes of one unit of memory (libvirt, `formatdomain.html#memory-allocation`).
fn unit(name: &str) -> Option<u64> {
    let power = |base: u64, letter: char| {
        "kmgtpe"
            .find(letter)
            .and_then(|at| u32::try_from(at + 1).ok())
            .and_then(|power| base.checked_pow(power))
    };
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "b" | "byte" | "bytes" => return Some(1),
        _ => {}
    }
    let mut letters = name.chars();
    let letter = letters.next()?;
    match letters.as_str() {
        "" | "ib" => power(1024, letter),
        "b" => power(1000, letter),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_a_name() {
        let text = "<domain type='kvm'><name>a<!-- c --> &amp; <![CDATA[<b>]]></name><uuid>\n c7a5\n</uuid><title>Games</title>\
            <metadata><name>no</name></metadata></domain>";
        let document = Document::parse(text).unwrap();
        assert_eq!(document.name().as_deref(), Some("a & <b>"));
        assert_eq!(document.uuid().as_deref(), Some("c7a5"));
        assert_eq!(document.title().as_deref(), Some("Games"));
        assert_eq!(document.domain_type(), Some("kvm"));
    }

    #[test]
    fn a_bare_machine_has_nothing() {
        let document = Document::parse("<domain/>").unwrap();
        assert_eq!((document.name(), document.uuid(), document.title()), (None, None, None));
        assert_eq!((document.domain_type(), document.memory_kib()), (None, None));
    }

    #[test]
    fn memory_in_every_unit() {
        for (memory, kib) in [
            ("<memory>2048</memory>", Some(2048)),
            ("<memory unit='KiB'> 7 </memory>", Some(7)),
            ("<memory unit='k'>7</memory>", Some(7)),
            ("<memory unit='KB'>1024</memory>", Some(1000)),
            ("<memory unit='MiB'>1</memory>", Some(1024)),
            ("<memory unit='GB'>1</memory>", Some(976_563)),
            ("<memory unit='G'>16</memory>", Some(16 << 20)),
            ("<memory unit='TiB'>1</memory>", Some(1 << 30)),
            ("<memory unit='bytes'>1025</memory>", Some(2)),
            ("<memory unit='EiB'>16</memory>", None),
            ("<memory unit='parsec'>1</memory>", None),
            ("<memory unit=''>1</memory>", None),
            ("<memory>lots</memory>", None),
        ] {
            let document = Document::parse(format!("<domain>{memory}</domain>")).unwrap();
            assert_eq!(document.memory_kib(), kib, "{memory}");
        }
    }
}
