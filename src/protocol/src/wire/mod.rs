//! What goes over the bus: an intent, a plan, a record, a job, each a kind with its named values, `(sa{sv})`.
//!
//! [`to_wire`], [`from_wire`] and [`from_caller`] write and read whatever core describes with serde, so that a new intent or step is described
//! once. A request is read strictly: it must be written the way that we write it. Nothing here is JSON on the bus.

mod job;
mod plan;
mod record;
#[cfg(test)]
mod tests;
mod tree;

use gangway_core::plan::Intent;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

pub use job::{Ending, JobState, Working};
pub use plan::{FileFate, PlanAnswer, PlanView, StepView, WithheldFile};
pub use record::{RecordEntry, RecordState, RecordView, UndoActionView, UndoAnswer, UndoView, WithheldBack};
pub use tree::Values;

/// A kind with its values, as `(sa{sv})`.
pub type Tagged = (String, Values);

/// The longest body of a call, in bytes. An intent has some hundred.
pub const REQUEST_LIMIT: usize = 16 * 1024;

/// Something that is sent as a kind with its values.
pub trait Wire: Serialize + DeserializeOwned {
    /// The name of the field that holds the kind.
    const KIND: &'static str;
}

impl Wire for Intent {
    const KIND: &'static str = "kind";
}

/// Why something could not be written to or read from the bus.
#[derive(Debug, Error)]
pub enum WireError {
    /// A value has a type that is not used there.
    #[error("a value of type “{signature}” does not belong there")]
    Unexpected {
        /// Its type, as a signature of D-Bus.
        signature: String,
    },
    /// Values are nested too deeply.
    #[error("values are nested too deeply")]
    TooDeep,
    /// The kind is unknown, or a value is missing, unknown or makes no sense.
    #[error("{0}")]
    Content(#[from] serde_json::Error),
    /// It could be read, but is not written as we write it.
    #[error("a value is unknown or not written in its one form")]
    NotCanonical,
    /// The bus' own rules.
    #[error("{0}")]
    Bus(#[from] zbus::Error),
}

/// A value as it is sent.
///
/// # Errors
/// Never for what core describes; else what cannot be sent.
pub fn to_wire<T: Wire>(value: &T) -> Result<Tagged, WireError> {
    let Value::Object(mut map) = serde_json::to_value(value)? else { return Err(WireError::NotCanonical) };
    let Some(Value::String(kind)) = map.remove(T::KIND) else { return Err(WireError::NotCanonical) };
    Ok((kind, tree::values(map)?))
}

/// What was sent.
///
/// # Errors
/// What is wrong with it: its kind, a missing value, a wrong type.
pub fn from_wire<T: Wire>((kind, values): &Tagged) -> Result<T, WireError> {
    Ok(serde_json::from_value(Value::Object(whole::<T>(kind, values)?))?)
}

/// What a caller sent, who is not trusted: besides [`from_wire`], it must be written exactly as [`to_wire`] does it.
///
/// # Errors
/// What is wrong with it, unknown values and other spellings included.
pub fn from_caller<T: Wire>((kind, values): &Tagged) -> Result<T, WireError> {
    let given = Value::Object(whole::<T>(kind, values)?);
    let value: T = serde_json::from_value(given.clone())?;
    let mut own = serde_json::to_value(&value)?;
    if let Value::Object(map) = &mut own {
        map.retain(|_, value| !value.is_null());
    }
    if own == given { Ok(value) } else { Err(WireError::NotCanonical) }
}

fn whole<T: Wire>(kind: &str, values: &Values) -> Result<serde_json::Map<String, Value>, WireError> {
    let mut map = tree::map(values)?;
    if map.insert(T::KIND.to_owned(), Value::String(kind.to_owned())).is_some() {
        return Err(WireError::NotCanonical);
    }
    Ok(map)
}

/// Something that has no kinds, as `a{sv}`.
///
/// # Errors
/// Never for the types of this crate; else what cannot be sent.
pub fn to_values(value: &impl Serialize) -> Result<Values, WireError> {
    let Value::Object(map) = serde_json::to_value(value)? else { return Err(WireError::NotCanonical) };
    tree::values(map)
}

/// What was sent as `a{sv}`.
///
/// # Errors
/// What is wrong with it.
pub fn from_values<T: DeserializeOwned>(values: &Values) -> Result<T, WireError> {
    Ok(serde_json::from_value(Value::Object(tree::map(values)?))?)
}
