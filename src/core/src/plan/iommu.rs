//! Switching the IOMMU on, where a kernel argument does that.
//!
//! Intel's kernels may want to be asked; AMD's and Arm's never do. What the firmware does not offer is no argument's
//! business, and an argument that switches it off was put there by somebody for a reason that we do not know: both are
//! told and not changed. Source: kernel, `drivers/iommu/intel/iommu.c`, `drivers/iommu/amd/init.c`.

use super::boot::{self, Topic, Wish};
use super::{Effect, Ground, Refusal, Step};
use crate::config::OwnArgument;
use crate::host::{IommuOff, IommuState, KernelCommandLine};

/// What switches it on with the next start.
pub(super) fn turn_on(ground: &Ground) -> Result<(Vec<Step>, Effect), Vec<Refusal>> {
    match &ground.model.host.iommu {
        IommuState::On { .. } => Ok((Vec::new(), Effect::Now)),
        IommuState::Off { why: IommuOff::ArgumentMissing, .. } => {
            let wish = Wish { topic: Topic::Iommu, arguments: &[OwnArgument::IntelIommuOn] };
            Ok((boot::add(ground, &wish)?, Effect::NextStart))
        }
        IommuState::Off { why: IommuOff::ByArgument { argument }, .. } => {
            let places = places(ground, argument);
            let refusal = Refusal::SwitchedOff { argument: argument.clone(), places };
            Err([refusal].into_iter().chain(boot::removal_by_hand(ground, argument)).collect())
        }
        IommuState::Off { why, .. } => Err(vec![Refusal::Iommu { why: why.clone() }]),
    }
}

/// The files of configuration that hold an argument.
fn places(ground: &Ground, argument: &str) -> Vec<String> {
    let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
    let holds = |line: &KernelCommandLine| line.values(name).any(|given| given == value);
    let configured = ground.model.system.boot.configured.iter();
    configured.filter(|(_, line)| holds(line)).map(|(path, _)| path.clone()).collect()
}
