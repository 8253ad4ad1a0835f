//! The bytes of a small file: text where they are text, so that a record can be read by a person.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The bytes of a file.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Content(Vec<u8>);

impl Content {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, where it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Written<'a> {
    Text(std::borrow::Cow<'a, str>),
    Bytes { hex: String },
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.text() {
            Some(text) => Written::Text(text.into()).serialize(serializer),
            None => {
                let hex = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
                Written::Bytes { hex }.serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Text(text) => Ok(Self(text.into_owned().into())),
            Written::Bytes { hex } => {
                let (pairs, []) = hex.as_bytes().as_chunks::<2>() else {
                    return Err(de::Error::custom("an odd number of hexadecimal digits"));
                };
                let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
                bytes.map(Self).ok_or_else(|| de::Error::custom("not hexadecimal digits"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        for bytes in [&b""[..], b"text \"quoted\"\n", b"\xff\x00raw"] {
            let content = Content::from(bytes.to_vec());
            let written = serde_json::to_string(&content).unwrap();
            assert_eq!(serde_json::from_str::<Content>(&written).unwrap(), content, "{written}");
        }
        assert_eq!(serde_json::to_string(&Content::from("a b")).unwrap(), "\"a b\"");
        for wrong in [r#"{"hex":"abc"}"#, r#"{"hex":"zz"}"#, "[1]", r#"{"hex":"00","more":1}"#] {
            assert!(serde_json::from_str::<Content>(wrong).is_err(), "{wrong}");
        }
    }
}
