//! Whether a document is what its schema says.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

use local_aws::lock;

/// Each schema that a document has named so far.
static COMPILED: LazyLock<Mutex<HashMap<String, Compiled>>> = LazyLock::new(Mutex::default);

struct Compiled {
    schemas: Schemas,
    index: SchemaIndex,
}

/// Checks a document against the schema that it names, as `tests/schemas` has it: what it holds beyond that is wrong, too.
///
/// # Errors
/// What is wrong, and where.
pub(crate) fn check(document: &Value) -> Result<(), String> {
    check_against(document["schema"].as_str().ok_or("it names no schema")?, document)
}

/// Checks what names no schema itself.
///
/// # Errors
/// What is wrong, and where.
pub(crate) fn check_against(name: &str, document: &Value) -> Result<(), String> {
    let mut compiled = lock(&COMPILED);
    let Compiled { schemas, index } =
        compiled.entry(name.to_owned()).or_insert_with(|| compile(name));
    schemas.validate(document, *index).map_err(|error| format!("{error:#}"))
}

fn compile(name: &str) -> Compiled {
    let short = name.trim_start_matches("mrbackup.").split('/').next().unwrap_or_default();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/schemas/{short}.json"));
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema["$id"], name);
    close(&mut schema);
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.enable_format_assertions();
    let url = format!("https://mrbackup.invalid/{name}");
    schema["$id"] = json!(url);
    compiler.add_resource(&url, schema).unwrap();
    let index = compiler.compile(&url, &mut schemas).unwrap();
    Compiled { schemas, index }
}

/// Members may be added under one version, so that a schema lets others be. No document has one that its schema does not know.
fn close(schema: &mut Value) {
    let is_object = |schema: &Value| schema["type"] == "object" && schema["properties"].is_object();
    if is_object(schema) {
        schema["unevaluatedProperties"] = json!(false);
    }
    let definitions = schema.get_mut("$defs").and_then(Value::as_object_mut);
    for definition in definitions.into_iter().flat_map(serde_json::Map::values_mut) {
        // Of what is flattened into another one only that one knows all members.
        if is_object(definition) || definition["oneOf"][0]["type"] == "object" {
            definition["unevaluatedProperties"] = json!(false);
        }
    }
}
