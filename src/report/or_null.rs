//! Members that a document has in full or not at all: where they are not there each is `null`, and none is left out.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// Serializes the members of a value, or `null` for each of them.
#[expect(clippy::ref_option, reason = "serde gives references")]
pub(super) fn members<T: Default + Serialize, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => value.serialize(serializer),
        None => match serde_json::to_value(T::default()).map_err(S::Error::custom)? {
            Value::Object(members) => {
                serializer.collect_map(members.keys().map(|member| (member, Value::Null)))
            }
            _ => Err(S::Error::custom("only a struct has members")),
        },
    }
}

/// The schema of what [`members`] serializes.
pub(super) struct OrNull<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for OrNull<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrNull", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        let members = schema.get_mut("properties").and_then(Value::as_object_mut);
        for member in members.into_iter().flat_map(serde_json::Map::values_mut) {
            let description =
                member.as_object_mut().and_then(|member| member.remove("description"));
            *member = json!({"anyOf": [member.take(), {"type": "null"}]});
            if let Some(description) = description {
                member["description"] = description;
            }
        }
        schema
    }
}
