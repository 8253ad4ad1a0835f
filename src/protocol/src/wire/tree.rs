//! Values of the bus for anything that serde can describe: maps are `a{sv}`, lists `av`, and of the plain types only `b`,
//! `t`, `x` below zero, and `s` occur, so that one thing is written in one way.
//!
//! A text with a zero byte, which `s` cannot hold, is `ay`. What is not there has no key.

use std::collections::HashMap;

use serde_json::{Map, Number, Value};
use zbus::{Array, Dict, OwnedVariant, Signature, Str, Variant};

use super::WireError;

/// The most maps and lists within each other.
const DEPTH: usize = 16;

/// Named values, as `a{sv}`.
pub type Values = HashMap<String, OwnedVariant>;

/// A map as named values.
pub(super) fn values(map: Map<String, Value>) -> Result<Values, WireError> {
    let present = map.into_iter().filter(|(_, value)| !value.is_null());
    present.map(|(key, value)| Ok((key, variant(value)?.try_into_owned()?))).collect()
}

/// Named values as a map.
pub(super) fn map(values: &Values) -> Result<Map<String, Value>, WireError> {
    values.iter().map(|(key, value)| Ok((key.clone(), json(value, 1)?))).collect()
}

fn variant(value: Value) -> Result<Variant<'static>, WireError> {
    Ok(match value {
        Value::Bool(value) => Variant::Bool(value),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Variant::U64(number),
            (None, Some(number)) => Variant::I64(number),
            (None, None) => return Err(WireError::Unexpected { signature: "d".to_owned() }),
        },
        Value::String(text) if text.contains('\0') => {
            let mut bytes = Array::new(&Signature::U8);
            text.bytes().try_for_each(|byte| bytes.append(Variant::U8(byte)))?;
            Variant::Array(bytes)
        }
        Value::String(text) => Variant::Str(Str::from(text)),
        Value::Array(elements) => {
            let mut array = Array::new(&Signature::Variant);
            for element in elements {
                array.append(Variant::Variant(Box::new(variant(element)?)))?;
            }
            Variant::Array(array)
        }
        Value::Object(map) => {
            let mut dict = Dict::new(&Signature::Str, &Signature::Variant);
            for (key, value) in map.into_iter().filter(|(_, value)| !value.is_null()) {
                dict.append(Variant::Str(Str::from(key)), Variant::Variant(Box::new(variant(value)?)))?;
            }
            Variant::Dict(dict)
        }
        // Maps leave it out; a list of ours never has it.
        Value::Null => return Err(WireError::Unexpected { signature: String::new() }),
    })
}

fn json(value: &Variant<'_>, depth: usize) -> Result<Value, WireError> {
    if depth > DEPTH {
        return Err(WireError::TooDeep);
    }
    let unexpected = || WireError::Unexpected { signature: value.value_signature().to_string() };
    Ok(match value {
        Variant::Bool(value) => Value::Bool(*value),
        Variant::U64(number) => Value::Number(Number::from(*number)),
        Variant::I64(number) if *number < 0 => Value::Number(Number::from(*number)),
        Variant::Str(text) => Value::String(text.as_str().to_owned()),
        Variant::Variant(inner) => json(inner, depth + 1)?,
        Variant::Array(array) if array.element_signature() == &Signature::U8 => {
            let byte = |element: &Variant<'_>| match element {
                Variant::U8(byte) => Some(*byte),
                _ => None,
            };
            let bytes: Option<Vec<u8>> = array.inner().iter().map(byte).collect();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            Value::String(text.filter(|text| text.contains('\0')).ok_or_else(unexpected)?)
        }
        Variant::Array(array) if array.element_signature() == &Signature::Variant => {
            Value::Array(array.inner().iter().map(|each| json(each, depth + 1)).collect::<Result<_, _>>()?)
        }
        Variant::Dict(dict) => {
            let mut map = Map::new();
            for (key, value) in dict.iter() {
                let (Variant::Str(key), Variant::Variant(value)) = (key, value) else {
                    return Err(unexpected());
                };
                map.insert(key.as_str().to_owned(), json(value, depth + 1)?);
            }
            Value::Object(map)
        }
        _ => return Err(unexpected()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use zbus::wire::serialized::Context;
    use zbus::wire::{LE, to_bytes};

    use super::*;

    fn sent(values: &Values) -> Values {
        let bytes = to_bytes(Context::new(LE, 0), values).unwrap();
        bytes.deserialize().unwrap().0
    }

    #[test]
    fn what_is_sent_comes_back() {
        let Value::Object(all) = json!({
            "text": "ü", "empty": "", "zero": "a\0b", "yes": true, "number": u64::MAX, "below": -3,
            "list": [1, "two", [], [[true]]], "map": {"a": {"b": {}}},
        }) else {
            unreachable!()
        };
        assert_eq!(map(&sent(&values(all.clone()).unwrap())).unwrap(), all);
    }

    #[test]
    fn what_is_not_there_has_no_key() {
        let Value::Object(all) = json!({"gone": null, "map": {"gone": null}}) else { unreachable!() };
        let expected = json!({"map": {}});
        assert_eq!(Value::Object(map(&values(all).unwrap()).unwrap()), expected);
    }

    #[test]
    fn other_types_and_deep_values_are_refused() {
        let one = |value: Variant<'_>| {
            map(&sent(&HashMap::from([("key".to_owned(), value.try_into_owned().unwrap())])))
        };
        for wrong in [
            Variant::U32(1),
            Variant::I64(1),
            Variant::U8(1),
            Variant::F64(1.0),
            Variant::from(vec!["as"]),
            Variant::from(vec![b'a']),
            Variant::from(HashMap::from([("a", "a{ss}")])),
            Variant::from((1_u64, 2_u64)),
        ] {
            let signature = wrong.value_signature().to_string();
            let found = one(wrong);
            assert!(matches!(found, Err(WireError::Unexpected { .. })), "{signature}: {found:?}");
        }
        let mut deep = Variant::Bool(true);
        for _ in 0..DEPTH + 1 {
            deep = Variant::Variant(Box::new(deep));
        }
        assert!(matches!(one(deep), Err(WireError::TooDeep)));
    }
}
