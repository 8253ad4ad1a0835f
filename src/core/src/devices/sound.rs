//! Sound cards: what they hang on, their outputs, and which of them plays now.
//!
//! Only tables of ALSA are read that ask no hardware: the codecs' own (`codec#0`) would wake them. Sources: kernel,
//! `sound/core/info.c`, `sound/core/pcm.c` (`/proc/asound/pcm` and the `status` of a substream), `sound/pci/hda/hda_eld.c`.

use super::storage::usb_device;
use crate::host::attribute;
use crate::pci::PciAddress;
use crate::reading::{Reading, Trouble};
use crate::source::Source;

/// The sound cards of the kernel.
pub(crate) const CLASS: &str = "/sys/class/sound";
/// The table of cards.
pub(crate) const CARDS: &str = "/proc/asound/cards";
/// The table of their inputs and outputs.
pub(crate) const PCM: &str = "/proc/asound/pcm";

/// A sound card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundCard {
    /// Its number, which changes with the order of detection.
    pub number: u32,
    /// What it is called, such as `HDA NVidia`.
    pub name: String,
    /// The PCI function that it hangs on.
    pub function: Option<PciAddress>,
    /// The USB device that it hangs on, by the name of its port.
    pub usb: Option<String>,
    /// Its outputs, in order of their numbers.
    pub outputs: Vec<Output>,
}

/// An output of a sound card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The device of the card.
    pub device: u32,
    /// What it is called, such as `HDMI 0`.
    pub name: String,
    /// Whether something plays through it now.
    pub playing: Reading<bool>,
}

impl SoundCard {
    /// Whether something plays through it now: unknown where one output cannot tell and no other plays.
    pub fn playing(&self) -> Option<bool> {
        let states = self.outputs.iter().map(|output| output.playing.known().copied());
        if states.clone().any(|state| state == Some(true)) {
            return Some(true);
        }
        states.clone().all(|state| state == Some(false)).then_some(false)
    }
}

/// Reads the sound cards of a machine.
pub(crate) fn read(source: &Source, problems: &mut Vec<Trouble>) -> Vec<SoundCard> {
    let names = parse_cards(&super::text(source, CARDS, problems));
    let outputs = parse_outputs(&super::text(source, PCM, problems));
    let Some((class, entries)) = super::listing(source, CLASS, problems) else { return Vec::new() };
    let mut cards: Vec<SoundCard> = Vec::new();
    for entry in &entries {
        let Some(number) = entry.strip_prefix("card").and_then(|number| number.parse::<u32>().ok()) else {
            continue;
        };
        let mut room = [0; 1024];
        let way = class.link_into(entry, &mut room).unwrap_or_default();
        let name = names.iter().find(|(card, _)| *card == number).map(|(_, name)| name.clone());
        let own = outputs.iter().filter(|(card, ..)| *card == number);
        cards.push(SoundCard {
            number,
            name: name.unwrap_or_else(|| entry.clone()),
            function: attribute::last_function(way),
            usb: usb_device(way),
            outputs: own
                .map(|(_, device, name, substreams)| Output {
                    device: *device,
                    name: name.clone(),
                    playing: playing(source, number, *device, *substreams),
                })
                .collect(),
        });
    }
    cards.sort_by_key(|card| card.number);
    cards
}

/// The most ways into one output that are looked at; hardware has up to 32.
pub(crate) const SUBSTREAMS: u32 = 32;

fn playing(source: &Source, card: u32, device: u32, substreams: u32) -> Reading<bool> {
    let mut last = Reading::Absent;
    for substream in 0..substreams.min(SUBSTREAMS) {
        let path = status_path(card, device, substream);
        last = match source.read(&path) {
            Ok(text) if parse_status(&text) => return Reading::Known(true),
            Ok(_) => Reading::Known(false),
            Err(error) if error.kind.is_absent() => continue,
            Err(error) => return Reading::unreadable(error.path, error.kind),
        };
    }
    last
}

/// Where the state of one way into an output is.
pub(crate) fn status_path(card: u32, device: u32, substream: u32) -> String {
    format!("/proc/asound/card{card}/pcm{device}p/sub{substream}/status")
}

/// Whether a substream runs: it is `closed`, or has a line `state: RUNNING`.
fn parse_status(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).lines().any(|line| {
        line.strip_prefix("state:").is_some_and(|state| matches!(state.trim(), "RUNNING" | "DRAINING"))
    })
}

/// Reads the table of cards: ` 0 [NVidia         ]: HDA-Intel - HDA NVidia`, and a second line to each.
fn parse_cards(text: &str) -> Vec<(u32, String)> {
    let line = |line: &str| {
        let (number, rest) = line.trim_start().split_once('[')?;
        let (_, name) = rest.split_once("]:")?.1.split_once(" - ")?;
        Some((number.trim().parse().ok()?, name.trim().to_owned()))
    };
    text.lines().filter_map(line).collect()
}

/// Reads the table of inputs and outputs: card, device, name and number of substreams of each output.
pub(crate) fn parse_outputs(text: &str) -> Vec<(u32, u32, String, u32)> {
    let line = |line: &str| {
        let (place, rest) = line.split_once(':')?;
        let (card, device) = place.split_once('-')?;
        let substreams = rest.rsplit(" : ").find_map(|part| part.trim().strip_prefix("playback "))?;
        let name = rest.split(" : ").next()?.trim();
        Some((card.parse().ok()?, device.parse().ok()?, name.to_owned(), substreams.trim().parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;

    const TABLE: &str = " 0 [NVidia         ]: HDA-Intel - HDA NVidia\n                      HDA NVidia at 0xfc080000 irq 92\n \
                         1 [Headset        ]: USB-Audio - Some Headset - 2\n                      maker at usb-0000:00:14.0-2\n";
    const OUTPUTS: &str = "00-03: HDMI 0 : HDMI 0 : playback 1\n00-00: ALC887 Analog : ALC887 Analog : playback 1 : capture 1\n\
                           01-00: USB Audio : USB Audio : capture 1\n";

    #[test]
    fn tables_of_alsa() {
        assert_eq!(parse_cards(TABLE), [(0, "HDA NVidia".to_owned()), (1, "Some Headset - 2".to_owned())]);
        let outputs = parse_outputs(OUTPUTS);
        assert_eq!(outputs[0], (0, 3, "HDMI 0".to_owned(), 1));
        assert_eq!((outputs.len(), outputs[1].1), (2, 0));
        assert!(parse_status(b"state: RUNNING\nowner_pid   : 7\n"));
        assert!(!parse_status(b"closed\n") && !parse_status(b"state: SETUP\n") && !parse_status(b"\xff"));
        assert_eq!(parse_cards("x\n - \n0 [\n"), []);
        assert_eq!(parse_outputs("00-0x: a : playback 1\n00:\n:\n"), []);
    }

    #[test]
    fn a_card_plays_or_not_or_nobody_knows() {
        let mut builder = MachineBuilder::default();
        builder.file(CARDS, TABLE);
        builder.file(PCM, OUTPUTS);
        builder.link("/sys/class/sound/card0", "../../devices/pci0000:00/0000:01:00.1/sound/card0");
        builder.link(
            "/sys/class/sound/card1",
            "../../devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/sound/card1",
        );
        builder.file(&status_path(0, 3, 0), "state: RUNNING\n");
        let cards = read(&Source::machine(&builder.build()), &mut Vec::new());
        assert_eq!(cards[0].function, "0000:01:00.1".parse().ok());
        assert_eq!((cards[0].playing(), cards[0].outputs.len()), (Some(true), 2));
        assert_eq!(cards[1].usb.as_deref(), Some("1-2"));
        assert_eq!(cards[1].playing(), Some(false), "it has no outputs");
        let mut builder = MachineBuilder::default();
        builder.file(PCM, OUTPUTS);
        builder.link("/sys/class/sound/card0", "../../devices/virtual/sound/card0");
        let cards = read(&Source::machine(&builder.build()), &mut Vec::new());
        assert_eq!((cards[0].name.as_str(), cards[0].playing()), ("card0", None));
    }
}
