//! The JSON Schema of the file, made from the table of settings: for editors.

use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::config::file::plans::PLANS_MAX;
use crate::model::settings::COPIES_MAX;
use crate::model::settings::table::{
    ANY, DAYS_MAX, Entry, Field, Form, Limits, RULES_MAX, SELECT_TAGS_MAX, SELECTIONS_MAX, all,
};

/// What editors know: Even Better TOML and taplo read no later draft whole.
const DRAFT: &str = "http://json-schema.org/draft-07/schema#";
/// Any key but none.
const ANY_KEY: &str = "^.+$";
/// A region's name, in capitals too.
const REGION_KEY: &str = "^[A-Za-z]{2}(-[A-Za-z]+)+-[0-9]+$";

/// The schema of `mrbackup.toml`: every key, its kind, limits and default.
pub(crate) fn schema() -> Schema {
    let mut whole = Map::new();
    whole.insert("$schema".to_owned(), json!(DRAFT));
    whole.insert("description".to_owned(), json!("The settings of a deployment: mrbackup.toml."));
    whole.append(&mut group(""));
    whole.into()
}

/// A table of settings: what stands in it, and nothing else.
fn group(table: &str) -> Map<String, Value> {
    let (mut properties, mut patterns) = (Map::new(), Map::new());
    let mut required = Vec::new();
    for entry in all().filter(|entry| entry.table() == table) {
        match entry.path.rsplit('.').next() {
            Some(ANY) => drop(patterns.insert(REGION_KEY.to_owned(), described(entry))),
            _ => drop(properties.insert(entry.key().to_owned(), described(entry))),
        }
        if is_required(entry) {
            required.push(entry.key());
        }
    }
    let mut group = Map::new();
    group.insert("type".to_owned(), json!("object"));
    for (name, members) in [("properties", properties), ("patternProperties", patterns)] {
        if !members.is_empty() {
            group.insert(name.to_owned(), Value::Object(members));
        }
    }
    if !required.is_empty() {
        group.insert("required".to_owned(), json!(required));
    }
    group.insert("additionalProperties".to_owned(), json!(false));
    group
}

/// Text that has no default and cannot be left out.
fn is_required(entry: &Entry) -> bool {
    entry.form == Form::Text && entry.default().is_none()
}

fn described(entry: &Entry) -> Value {
    let mut members = of_form(entry);
    members.insert("description".to_owned(), json!(sentence(entry.about)));
    if let Some(default) = entry.default() {
        members.insert("default".to_owned(), parsed(&default));
    }
    Value::Object(members)
}

fn of_form(entry: &Entry) -> Map<String, Value> {
    let text = || json!({"type": "string"});
    let table = |pattern: &str, value: Value| json!({"type": "object", "patternProperties": {pattern: value}, "additionalProperties": false});
    let form = match entry.form {
        Form::Group if entry.path == "alerts" => {
            json!({"anyOf": [{"enum": ["none"]}, group(entry.path)]})
        }
        Form::Group => Value::Object(group(entry.path)),
        Form::Groups => {
            let most = match entry.key() {
                "plans" => PLANS_MAX,
                "rules" => RULES_MAX,
                "selections" => SELECTIONS_MAX,
                _ => COPIES_MAX,
            };
            let least = usize::from(entry.key() == "rules");
            let items = group(&format!("{}.{ANY}", entry.path));
            json!({"type": "array", "items": items, "minItems": least, "maxItems": most})
        }
        Form::Text | Form::OptionalText => text(),
        Form::Number(limits) => number(limits),
        Form::Days => {
            let least = i64::from(entry.key() != "cold_after_days");
            number(Limits::Range { least, most: DAYS_MAX, words: "" })
        }
        Form::Flag => json!({"type": "boolean"}),
        Form::List => json!({"type": "array", "items": text()}),
        Form::Keys => table(REGION_KEY, text()),
        Form::Texts => table(ANY_KEY, text()),
        Form::TextLists => {
            let list = json!({"type": "array", "items": text(), "minItems": 1});
            table(ANY_KEY, json!({"anyOf": [text(), list]}))
        }
        Form::TextTables => table(ANY_KEY, table(ANY_KEY, text())),
        Form::Numbers(limits) => match entry.field {
            Some(Field::Numbers(_, names)) => {
                let known = (names.known)().into_iter();
                let known = known.map(|name| (name.to_owned(), number(limits)));
                let known: Map<String, Value> = known.collect();
                json!({"type": "object", "properties": known, "additionalProperties": false})
            }
            _ => table(ANY_KEY, number(limits)),
        },
    };
    let mut members = form.as_object().cloned().unwrap_or_default();
    if entry.key() == "select_tags" {
        members.insert("maxProperties".to_owned(), json!(SELECT_TAGS_MAX));
    }
    members
}

fn number(limits: Limits) -> Value {
    match limits {
        Limits::Range { least, most, .. } => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Limits::OneOf(allowed) => json!({"type": "integer", "enum": allowed}),
    }
}

fn sentence(about: &str) -> String {
    let mut letters = about.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(letters).chain(['.']).collect()
}

/// A value of TOML as JSON has it; what is none of it is checked by a test.
fn parsed(toml: &str) -> Value {
    let document = toml::from_str::<Map<String, Value>>(&format!("value = {toml}"));
    document.ok().and_then(|mut document| document.remove("value")).unwrap_or_default()
}
