//! The names that people use, out of those in the `pci.ids` list.
//!
//! Rules over texts only: a graphics card is called by what stands on its box, a vendor without its legal form.

/// Words that end the legal name of a company, and are not said. Compared without full stop and in lower case.
const LEGAL_FORMS: [&str; 24] = [
    "corporation",
    "corp",
    "inc",
    "incorporated",
    "ltd",
    "limited",
    "co",
    "company",
    "llc",
    "gmbh",
    "ag",
    "kg",
    "sa",
    "bv",
    "plc",
    "group",
    "international",
    "technology",
    "technologies",
    "semiconductor",
    "semiconductors",
    "electronics",
    "systems",
    "subsidiaries",
];

/// The name by which people know a vendor: `NVIDIA` of `NVIDIA Corporation`, `AMD` of `Advanced Micro Devices, Inc.
/// [AMD/ATI]`.
pub(crate) fn vendor(name: &str) -> &str {
    if let Some((_, short)) = bracketed(name) {
        let first = short.split('/').next().unwrap_or(short).trim();
        if !first.is_empty() {
            return first;
        }
    }
    let mut rest = name.trim();
    while let Some((front, last)) = rest.rsplit_once(' ') {
        let word = last.trim_end_matches(['.', ',']).to_lowercase();
        if !matches!(word.as_str(), "and" | "&") && !LEGAL_FORMS.contains(&word.as_str()) {
            break;
        }
        rest = front.trim_end_matches([' ', ',']);
    }
    rest.trim_end_matches([',', ' '])
}

/// The name by which people know a graphics card: `GeForce RTX 3070` of `GA104 [GeForce RTX 3070]`.
pub(crate) fn graphics(name: &str) -> &str {
    bracketed(name).map_or(name, |(_, product)| product)
}

/// What stands before, and in, the brackets that end a name.
fn bracketed(name: &str) -> Option<(&str, &str)> {
    let (front, inside) = name.trim_end().strip_suffix(']')?.rsplit_once('[')?;
    let inside = inside.trim();
    (!inside.is_empty()).then_some((front.trim_end(), inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphics_cards_are_called_by_their_box() {
        for (listed, spoken) in [
            ("GA104 [GeForce RTX 3070]", "GeForce RTX 3070"),
            ("Navi 24 [Radeon RX 6400/6500 XT/6500M]", "Radeon RX 6400/6500 XT/6500M"),
            ("CometLake-S GT2 [UHD Graphics 630]", "UHD Graphics 630"),
            ("HD Graphics 530", "HD Graphics 530"),
            ("Odd []", "Odd []"),
        ] {
            assert_eq!(graphics(listed), spoken);
        }
    }

    #[test]
    fn vendors_are_called_without_their_legal_form() {
        for (listed, spoken) in [
            ("NVIDIA Corporation", "NVIDIA"),
            ("Advanced Micro Devices, Inc. [AMD/ATI]", "AMD"),
            ("Advanced Micro Devices, Inc. [AMD]", "AMD"),
            ("Intel Corporation", "Intel"),
            ("Realtek Semiconductor Co., Ltd.", "Realtek"),
            ("Samsung Electronics Co Ltd", "Samsung"),
            ("ASMedia Technology Inc.", "ASMedia"),
            ("Broadcom Inc. and subsidiaries", "Broadcom"),
            ("SK hynix", "SK hynix"),
            ("Texas Instruments", "Texas Instruments"),
            ("Micron/Crucial Technology", "Micron/Crucial"),
            ("Corporation", "Corporation"),
        ] {
            assert_eq!(vendor(listed), spoken);
        }
    }
}
