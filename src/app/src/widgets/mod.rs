//! Shapes that several pages and dialogs repeat. Each takes plain values and gives a widget; none knows where its
//! texts come from.

pub mod card;
pub mod difference;
pub mod drawn;
pub mod focus;
pub mod notice;
pub mod pill;
pub mod rows;
pub mod status;
pub mod texts;
pub mod tooltip;
pub mod views;
