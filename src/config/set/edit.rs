//! A document with what `--set` says in it, and where in its text that stands.

use std::ops::Range;

use toml_edit::{Array, Document, DocumentMut, InlineTable, Item, TableLike, Value};

use crate::config::set::{Set, Sets, written};
use crate::failure::Failure;

/// A text with what was set in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edited {
    pub(crate) text: String,
    /// Places in the text, each with the option that it is of.
    places: Vec<(Range<usize>, String)>,
    /// All of the options.
    options: String,
}

impl Edited {
    /// The options that what stands at a place is due to: all of them where it is none's alone, because
    /// without them nothing was wrong.
    pub(crate) fn options_at(&self, span: &Range<usize>) -> String {
        let touches = |place: &Range<usize>| {
            place.start < span.end.max(span.start + 1) && span.start < place.end
        };
        let mut here = self.places.iter().filter(|(place, _)| touches(place));
        here.next().map_or_else(|| self.options.clone(), |(_, option)| option.clone())
    }
}

/// The text with these settings in it.
///
/// # Errors
/// [`Failure::Usage`] for a rule or a copy that is not there.
pub(crate) fn edited(text: &str, sets: &Sets) -> Result<Edited, Failure> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| Failure::Usage(error.to_string()))?;
    for set in &sets.0 {
        put(document.as_table_mut(), &set.path, set)?;
    }
    let text = document.to_string();
    let places = places(&text, sets);
    Ok(Edited { text, places, options: sets.options() })
}

/// Puts a value where the path leads from this table on.
fn put(table: &mut dyn TableLike, path: &[String], set: &Set) -> Result<(), Failure> {
    let [name, rest @ ..] = path else { return Ok(()) };
    match rest {
        [] => {
            match &set.value {
                Some(value) => table.insert(name, Item::Value(value.clone())),
                None => table.remove(name),
            };
            Ok(())
        }
        [member, rest @ ..] if LISTS.iter().any(|list| list.name == name) => {
            let Some(list) = LISTS.iter().find(|list| list.name == name) else { return Ok(()) };
            let empty = || Item::Value(Value::Array(Array::new()));
            let members = table.entry(name).or_insert_with(empty);
            let there: Vec<String> =
                tables(members).iter().filter_map(|one| list.key_of(&**one)).collect();
            let is_it =
                |one: &&mut dyn TableLike| list.key_of(&**one).is_some_and(|key| key == *member);
            match tables(members).into_iter().find(is_it) {
                Some(found) => put(found, rest, set),
                None => Err(set.usage(&list.missing(member, &there))),
            }
        }
        rest => {
            let below = table.entry(name).or_insert_with(|| Item::Value(InlineTable::new().into()));
            // `alerts = "none"` stands for a table that says one thing.
            if below.as_str() == Some("none") {
                let said: InlineTable = [("required", false)].into_iter().collect();
                *below = Item::Value(said.into());
            }
            below.as_table_like_mut().map_or(Ok(()), |below| put(below, rest, set))
        }
    }
}

/// A list of tables, of which each has a name.
struct List {
    name: &'static str,
    key: &'static str,
    what: &'static str,
}

const LISTS: [List; 2] = [
    List { name: "rules", key: "name", what: "rule" },
    List { name: "copies", key: "region", what: "copy to" },
];

impl List {
    fn key_of(&self, table: &dyn TableLike) -> Option<String> {
        table.get(self.key)?.as_str().map(|key| key.trim().to_owned())
    }

    fn missing(&self, name: &str, there: &[String]) -> String {
        let Self { what, .. } = self;
        let names = match there {
            [] => "none".to_owned(),
            some => written_list(some),
        };
        format!(
            "there is no {what} {name}; there are: {names}. A further one is added in the file, which `mrbackup config init` writes"
        )
    }
}

fn written_list(names: &[String]) -> String {
    names.iter().map(|name| written(std::slice::from_ref(name))).collect::<Vec<_>>().join(", ")
}

/// The tables of a list, in either form that TOML has for it.
fn tables(list: &mut Item) -> Vec<&mut dyn TableLike> {
    match list {
        Item::ArrayOfTables(tables) => {
            tables.iter_mut().map(|table| table as &mut dyn TableLike).collect()
        }
        Item::Value(Value::Array(values)) => values
            .iter_mut()
            .filter_map(|value| value.as_inline_table_mut())
            .map(|table| table as &mut dyn TableLike)
            .collect(),
        _ => Vec::new(),
    }
}

/// Where the key and the value of each setting stand.
fn places(text: &str, sets: &Sets) -> Vec<(Range<usize>, String)> {
    let Ok(document) = Document::parse(text) else { return Vec::new() };
    let mut places = Vec::new();
    for set in &sets.0 {
        let found = found(document.as_table(), &set.path);
        places.extend(found.into_iter().map(|place| (place, set.option())));
    }
    places
}

fn found(table: &dyn TableLike, path: &[String]) -> Vec<Range<usize>> {
    let [name, rest @ ..] = path else { return Vec::new() };
    let Some((key, item)) = table.get_key_value(name) else { return Vec::new() };
    let list = LISTS.iter().find(|list| list.name == name);
    match (rest, list) {
        ([], _) => key.span().into_iter().chain(item.span()).collect(),
        ([member, rest @ ..], Some(list)) => {
            let is_it = |one: &&dyn TableLike| list.key_of(*one).is_some_and(|key| key == *member);
            let member = read_tables(item).into_iter().find(is_it);
            member.map(|member| found(member, rest)).unwrap_or_default()
        }
        (rest, None) => item.as_table_like().map(|below| found(below, rest)).unwrap_or_default(),
    }
}

fn read_tables(list: &Item) -> Vec<&dyn TableLike> {
    match list {
        Item::ArrayOfTables(tables) => tables.iter().map(|table| table as &dyn TableLike).collect(),
        Item::Value(Value::Array(values)) => values
            .iter()
            .filter_map(Value::as_inline_table)
            .map(|table| table as &dyn TableLike)
            .collect(),
        _ => Vec::new(),
    }
}
