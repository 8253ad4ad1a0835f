//! Cards: the functions of one slot, which leave the host together.

use crate::pci::PciAddress;

/// The functions of one slot, such as a graphics card with its sound and USB-C functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The address of its first function.
    pub address: PciAddress,
    /// All its functions, in order.
    pub functions: Vec<PciAddress>,
}
