//! How arguments get into the next start of the kernel, by what really starts this computer.
//!
//! One file a way. Each gives the same kinds of steps in the same order: the former configuration is kept as an entry of
//! its own, the file that the loader's configuration is made of gets our arguments, and a tool makes that configuration,
//! in which they must be seen. Where one of the three cannot be had for certain, nothing is planned and the text to
//! paste is given instead. Nothing is ever copied from `/proc/cmdline`, which may hold what was meant for one start.

mod by_hand;
mod custom;
mod grub;

use super::{Doubt, Ground, Refusal, Step};
use crate::config::{OwnArgument, kernel_cmdline};
use crate::system::{ArgumentWay, Image};

/// What the arguments are for: each has files of its own, so that each can be undone alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// The IOMMU.
    Iommu,
}

impl Topic {
    /// Its part of the names of our files.
    const fn name(self) -> &'static str {
        match self {
            Self::Iommu => "iommu",
        }
    }
}

/// Arguments that the next start shall have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    /// What they are for.
    pub(super) topic: Topic,
    /// The arguments.
    pub(super) arguments: &'a [OwnArgument],
}

impl Wish<'_> {
    /// The arguments as written.
    fn written(&self) -> Vec<String> {
        self.arguments.iter().map(ToString::to_string).collect()
    }

    /// Their words.
    fn words(&self) -> Vec<String> {
        self.written().iter().flat_map(|argument| argument.split(' ').map(str::to_owned)).collect()
    }

    /// Whether they are on a command line already.
    ///
    /// # Errors
    /// What is there contradicts them, or is not understood; it is told of this file.
    fn is_in(&self, path: &str, line: &str) -> Result<bool, Refusal> {
        let edit = kernel_cmdline::add_arguments(line, self.arguments);
        Ok(edit.map_err(|error| Refusal::not_understood(path, &error))?.is_empty())
    }
}

/// Steps that bring arguments into the next start; none where they are in it already.
///
/// # Errors
/// How this computer starts is not known, what is there contradicts, or the former configuration cannot be kept. What
/// can be done by hand is with it.
pub(super) fn add(ground: &Ground, wish: &Wish<'_>) -> Result<Vec<Step>, Vec<Refusal>> {
    let system = &ground.model.system;
    let by_hand = |refusal| vec![refusal, by_hand::arguments(ground, wish)];
    let doubt = |doubt| Err(by_hand(Refusal::Start { doubt }));
    match system.boot.arguments {
        ArgumentWay::Grub { .. } if system.distribution.image == Image::No => {
            grub::add(ground, wish).map_err(by_hand)
        }
        ArgumentWay::NixOs => doubt(Doubt::Declared),
        _ => doubt(Doubt::Loader),
    }
}
