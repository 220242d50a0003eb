//! CBOR as far as AWS speaks it: the form of `CloudWatch`'s requests and answers.

use base64::prelude::{BASE64_STANDARD as BASE64, Engine as _};
use serde_json::{Map, Value};

const BREAK: u8 = 0xff;
/// The length that stands for "until the break".
const INDEFINITE: u8 = 0x1f;
/// The bits of an item's first byte that are not its type.
const INFO: u8 = 0x1f;

/// The item as JSON: blobs in base64, times as their seconds. None if it is none.
pub(crate) fn decode(bytes: &[u8]) -> Option<Value> {
    Reader { rest: bytes }.item()
}

/// A map of texts, which is all that is answered here without the emulator.
pub(crate) fn encode(members: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    head(&mut bytes, 5, members.len());
    for text in members.iter().flat_map(|(key, value)| [key, value]) {
        head(&mut bytes, 3, text.len());
        bytes.extend(text.as_bytes());
    }
    bytes
}

fn head(bytes: &mut Vec<u8>, major: u8, length: usize) {
    /// The mark of a length in four bytes.
    const LONG: u8 = 0x1a;
    if let Ok(length @ ..24) = u8::try_from(length) {
        bytes.push(major << 5 | length);
        return;
    }
    let length = u32::try_from(length).expect("an answer of a test");
    bytes.push(major << 5 | LONG);
    bytes.extend(length.to_be_bytes());
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn item(&mut self) -> Option<Value> {
        let first = *self.take(1)?.first()?;
        let (major, info) = (first >> 5, first & INFO);
        if major == 7 {
            return self.simple(info);
        }
        let length = if info == INDEFINITE { None } else { Some(self.number(info)?) };
        Some(match major {
            0 => length?.into(),
            1 => (-1 - i64::try_from(length?).ok()?).into(),
            2 => BASE64.encode(self.bytes(length)?).into(),
            3 => String::from_utf8(self.bytes(length)?).ok()?.into(),
            4 => self.items(length, Self::item)?.into(),
            5 => Value::Object(Map::from_iter(self.items(length, Self::pair)?)),
            _ => self.item()?, // what a tag says of its item is in the model
        })
    }

    fn number(&mut self, info: u8) -> Option<u64> {
        let length = match info {
            ..24 => return Some(info.into()),
            24..28 => 1 << (info - 24),
            _ => return None,
        };
        Some(self.take(length)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn simple(&mut self, info: u8) -> Option<Value> {
        Some(match info {
            20 => false.into(),
            21 => true.into(),
            26 => f32::from_be_bytes(self.take(4)?.try_into().ok()?).into(),
            27 => f64::from_be_bytes(self.take(8)?.try_into().ok()?).into(),
            _ => Value::Null,
        })
    }

    /// A text or a blob, in one piece or in several.
    fn bytes(&mut self, length: Option<u64>) -> Option<Vec<u8>> {
        match length {
            Some(length) => Some(self.take(usize::try_from(length).ok()?)?.to_vec()),
            None => Some(self.items(None, Self::piece)?.concat()),
        }
    }

    fn piece(&mut self) -> Option<Vec<u8>> {
        let info = *self.take(1)?.first()? & INFO;
        let length = self.number(info)?;
        self.bytes(Some(length))
    }

    fn pair(&mut self) -> Option<(String, Value)> {
        match self.item()? {
            Value::String(key) => Some((key, self.item()?)),
            _ => None,
        }
    }

    fn items<T>(
        &mut self,
        length: Option<u64>,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut items = Vec::new();
        while length
            .map_or(self.rest.first() != Some(&BREAK), |length| (items.len() as u64) < length)
        {
            items.push(read(self)?);
        }
        if length.is_none() {
            self.take(1)?;
        }
        Some(items)
    }
}
