//! Settings that the table of settings alone knows of: read by their form, and put where it says.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml_edit::{Document, Item, Key, Value};

use crate::config::document::find;
use crate::config::file::Source;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::model::settings::table::{Entry, Field, Form, Limits, Names, all};

/// Refuses values of a wrong kind.
///
/// # Errors
/// [`Failure::Usage`] with the line and what is expected.
pub(super) fn check(source: &Source, document: &Document<String>) -> Result<(), Failure> {
    for (entry, field, item) in said(document) {
        match field {
            Field::Number(_) => drop(number(source, entry, item)?),
            Field::Flag(_) => drop(flag(source, item)?),
            Field::Numbers(..) => drop(numbers(source, entry, item)?),
            Field::Text(_) => drop(text(source, item)?),
            Field::Regions(..) | Field::Names(..) => drop(texts(source, item)?),
        }
    }
    Ok(())
}

/// Puts what the file says among the settings.
///
/// # Errors
/// [`Failure::Usage`] with the line of what is beyond the limits.
pub(super) fn settle(
    source: &Source,
    document: &Document<String>,
    settings: &mut Settings,
) -> Result<(), Failure> {
    for (entry, field, item) in said(document) {
        match field {
            Field::Number(field) => {
                let number = number(source, entry, item)?;
                check_limits(source, entry, item, number)?;
                (field.put)(settings, number);
            }
            Field::Flag(field) => (field.put)(settings, flag(source, item)?),
            Field::Numbers(field, names) => {
                let mut put = BTreeMap::new();
                for (key, item, number) in numbers(source, entry, item)? {
                    let span = key.span().unwrap_or_default();
                    check_name(source, names, key.get(), &span)?;
                    check_limits(source, entry, item, number)?;
                    put.insert(key.get().to_owned(), number);
                }
                (field.put)(settings, put);
            }
            Field::Text(field) => (field.put)(settings, text(source, item)?.to_owned()),
            Field::Names(field, names) => {
                let mut put = BTreeSet::new();
                for (name, span) in texts(source, item)? {
                    check_name(source, names, name, &span)?;
                    put.insert(name.to_owned());
                }
                (field.put)(settings, put);
            }
            Field::Regions(field, check) => {
                let regions = texts(source, item)?.into_iter();
                let region = |(text, span): (&str, Range<usize>)| {
                    let region = Region::parse_lenient(text);
                    let checked =
                        region.and_then(|region| check(settings, &region).map(|()| region));
                    checked.map_err(|why| source.at(&span, &why))
                };
                let put = regions.map(region).collect::<Result<_, _>>()?;
                (field.put)(settings, put);
            }
        }
    }
    Ok(())
}

/// What the file says of these settings.
fn said(document: &Document<String>) -> impl Iterator<Item = (&'static Entry, Field, &Item)> {
    all().filter_map(|entry| {
        let path: Vec<String> = entry.parts().into_iter().map(str::to_owned).collect();
        let (_, item) = find(document.as_table(), &path)?;
        Some((entry, entry.field?, item))
    })
}

fn limits(entry: &Entry) -> Option<Limits> {
    match entry.form {
        Form::Number(limits) | Form::Numbers(limits) => Some(limits),
        _ => None,
    }
}

fn number(source: &Source, entry: &Entry, item: &Item) -> Result<i64, Failure> {
    let limits = limits(entry).map(|limits| format!(", {}", limits.words())).unwrap_or_default();
    let expected = format!("a whole number{limits}");
    item.as_integer().ok_or_else(|| wrong_kind(source, item, &expected))
}

fn text<'a>(source: &Source, item: &'a Item) -> Result<&'a str, Failure> {
    item.as_str().ok_or_else(|| wrong_kind(source, item, "a string"))
}

fn flag(source: &Source, item: &Item) -> Result<bool, Failure> {
    item.as_bool().ok_or_else(|| wrong_kind(source, item, "a boolean"))
}

fn numbers<'a>(
    source: &Source,
    entry: &Entry,
    item: &'a Item,
) -> Result<Vec<(&'a Key, &'a Item, i64)>, Failure> {
    let table = item.as_table_like().ok_or_else(|| wrong_kind(source, item, "a map"))?;
    let pairs = table.iter().filter_map(|(name, _)| table.get_key_value(name));
    pairs.map(|(key, item)| Ok((key, item, number(source, entry, item)?))).collect()
}

/// The texts of a list, each with its place.
pub(super) fn texts<'a>(
    source: &Source,
    item: &'a Item,
) -> Result<Vec<(&'a str, Range<usize>)>, Failure> {
    let list = item.as_array().ok_or_else(|| wrong_kind(source, item, "a sequence"))?;
    let text = |value: &'a Value| {
        let text = value.as_str().map(|text| (text, value.span().unwrap_or_default()));
        text.ok_or_else(|| wrong_kind(source, &Item::Value(value.clone()), "a string"))
    };
    list.iter().map(text).collect()
}

fn check_limits(source: &Source, entry: &Entry, item: &Item, number: i64) -> Result<(), Failure> {
    match limits(entry).filter(|limits| !limits.allow(number)) {
        Some(limits) => {
            let message = format!("{} can be {}", entry.key(), limits.words());
            Err(source.at(&item.span().unwrap_or_default(), &message))
        }
        None => Ok(()),
    }
}

fn check_name(
    source: &Source,
    names: Names,
    name: &str,
    span: &Range<usize>,
) -> Result<(), Failure> {
    let known = (names.known)();
    if known.contains(name) {
        return Ok(());
    }
    let known: Vec<&str> = known.into_iter().collect();
    let message = format!("{name} is no {}: {}", names.what, known.join(", "));
    Err(source.at(span, &message))
}

/// What stands in the place of a value of another kind.
pub(super) fn wrong_kind(source: &Source, item: &Item, expected: &str) -> Failure {
    let found = match item {
        Item::Value(Value::String(text)) => format!("string {:?}", text.value()),
        Item::Value(Value::Integer(number)) => format!("integer `{}`", number.value()),
        Item::Value(Value::Float(number)) => format!("floating point `{}`", number.value()),
        Item::Value(Value::Boolean(flag)) => format!("boolean `{}`", flag.value()),
        Item::Value(Value::Datetime(date)) => format!("date `{}`", date.value()),
        Item::Value(Value::Array(_)) | Item::ArrayOfTables(_) => "sequence".to_owned(),
        Item::Value(Value::InlineTable(_)) | Item::Table(_) | Item::None => "map".to_owned(),
    };
    let message = format!("invalid type: {found}, expected {expected}");
    source.at(&item.span().unwrap_or_default(), &message)
}
