//! A document with what `--set` says in it, and where in its text that stands.

use std::ops::Range;

use toml_edit::{Array, Document, DocumentMut, InlineTable, Item, TableLike, Value};

use crate::config::document::{List, find, tables, tables_mut};
use crate::config::set::{Set, Sets};
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
        [member, below @ ..] => match List::called(name) {
            Some(list) => put_in_list(table, list, (name, member), below, set),
            None => put_in_table(table, name, rest, set),
        },
    }
}

/// Puts a value into a table, which is made where it is not there.
fn put_in_table(
    table: &mut dyn TableLike,
    name: &str,
    rest: &[String],
    set: &Set,
) -> Result<(), Failure> {
    let below = table.entry(name).or_insert_with(|| Item::Value(InlineTable::new().into()));
    // `alerts = "none"` stands for a table that says one thing.
    if below.as_str() == Some("none") {
        let said: InlineTable = [("required", false)].into_iter().collect();
        *below = Item::Value(said.into());
    }
    below.as_table_like_mut().map_or(Ok(()), |below| put(below, rest, set))
}

/// Puts a value into the table of a list that has this name.
fn put_in_list(
    table: &mut dyn TableLike,
    list: &List,
    (name, member): (&str, &str),
    rest: &[String],
    set: &Set,
) -> Result<(), Failure> {
    let members = table.entry(name).or_insert_with(|| Item::Value(Value::Array(Array::new())));
    let there: Vec<String> =
        tables(members).into_iter().filter_map(|one| list.key_of(one)).collect();
    let is_it = |one: &&mut dyn TableLike| list.is_called(&**one, member);
    match tables_mut(members).into_iter().find(is_it) {
        Some(found) => put(found, rest, set),
        None => Err(set.usage(&list.missing(member, &there))),
    }
}

/// Where the key and the value of each setting stand.
fn places(text: &str, sets: &Sets) -> Vec<(Range<usize>, String)> {
    let Ok(document) = Document::parse(text) else { return Vec::new() };
    let mut places = Vec::new();
    for set in &sets.0 {
        let Some((key, item)) = find(document.as_table(), &set.path) else { continue };
        let spans = key.span().into_iter().chain(item.span());
        places.extend(spans.map(|place| (place, set.option())));
    }
    places
}
