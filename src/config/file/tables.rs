//! Tables of the file whose keys a person chooses: KMS keys by region, and tags.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml_edit::{Document, TableLike};

use crate::config::document::tables;
use crate::config::file::source::{Source, located};
use crate::config::values::parse_key;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::table::SELECT_TAGS_MAX;

pub(super) type TagTable = BTreeMap<Spanned<String>, String>;

/// The tables of the plans.
pub(super) fn plan_tables(document: &Document<String>) -> Vec<&dyn TableLike> {
    document.get("plans").map(tables).unwrap_or_default()
}

/// KMS keys by region, each a key of a region where it has something to encrypt.
pub(super) fn keys(
    source: &Source,
    table: &BTreeMap<Spanned<String>, Spanned<String>>,
    what: &str,
    regions: &[Region],
) -> Result<BTreeMap<Region, String>, Failure> {
    let mut keys = BTreeMap::new();
    for (region, key) in table {
        let name =
            located(source, region, |typed| Region::parse_lenient(typed).map_err(Failure::Usage))?;
        let (key_region, arn) = located(source, key, parse_key)?;
        if !regions.contains(&name) {
            let message = format!("this deployment has no {what} in {name}");
            return Err(source.at(&region.span(), &message));
        }
        if key_region != name {
            let message = format!("a key of {key_region} cannot be that of a {what} in {name}");
            return Err(source.at(&key.span(), &message));
        }
        keys.insert(name, arn);
    }
    Ok(keys)
}

/// What is given by region, each where the deployment has something of its kind.
pub(super) fn given(
    source: &Source,
    table: &BTreeMap<Spanned<String>, Spanned<String>>,
    what: &str,
    regions: &[Region],
    parse: fn(&str, &Region) -> Result<String, Failure>,
) -> Result<BTreeMap<Region, String>, Failure> {
    let mut given = BTreeMap::new();
    for (region, name) in table {
        let here =
            located(source, region, |typed| Region::parse_lenient(typed).map_err(Failure::Usage))?;
        if !regions.contains(&here) {
            let message = format!("this deployment has no {what} in {here}");
            return Err(source.at(&region.span(), &message));
        }
        let name = located(source, name, |name| parse(name, &here))?;
        given.insert(here, name);
    }
    Ok(given)
}

pub(super) fn select_tags(
    source: &Source,
    table: &Spanned<TagTable>,
    has_selections: bool,
) -> Result<BTreeMap<String, String>, Failure> {
    let (begin, tags) = (table.span(), table.get_ref());
    if tags.is_empty() && !has_selections {
        return Err(source.at(&begin, "without select tags every resource would be backed up"));
    }
    if tags.len() > SELECT_TAGS_MAX {
        return Err(source.at(&begin, "a selection takes at most 30 conditions"));
    }
    for (key, value) in tags {
        check_tag(source, key, value)?;
    }
    Ok(tags.iter().map(|(key, value)| (key.get_ref().clone(), value.clone())).collect())
}

/// The user's own tags on everything that is made.
pub(super) fn own_tags(
    source: &Source,
    table: &Spanned<TagTable>,
) -> Result<BTreeMap<String, String>, Failure> {
    let tags = table.get_ref();
    // To IAM, keys that differ in case only are one (IAM user guide, "Tags for IAM resources").
    let mut seen = BTreeSet::new();
    for (key, value) in tags {
        check_tag(source, key, value)?;
        if !seen.insert(key.get_ref().to_lowercase()) {
            return Err(source
                .at(&key.span(), "another key differs from it in case only: to IAM they are one"));
        }
    }
    Ok(tags.iter().map(|(key, value)| (key.get_ref().clone(), value.clone())).collect())
}

/// Limits of tags that all of AWS's services share.
pub(super) fn check_tag(
    source: &Source,
    key: &Spanned<String>,
    value: &str,
) -> Result<(), Failure> {
    tag_fault(key.get_ref(), value).map_or(Ok(()), |why| Err(source.at(&key.span(), why)))
}

/// Why no service of AWS takes a tag.
pub(crate) fn tag_fault(name: &str, value: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    Some(if name.is_empty() || name.chars().count() > 128 {
        "a tag's key has 1 to 128 characters"
    } else if lower.starts_with("aws:") {
        "keys that begin with aws: are AWS's own"
    } else if lower.starts_with("mrbackup:") {
        "keys that begin with mrbackup: are this program's own"
    } else if value.chars().count() > 256 {
        "a tag's value has at most 256 characters"
    } else if value.contains(',') {
        "a tag's value takes no comma: any of several values is any_tags of a selection ([[selections]])"
    } else if name.chars().chain(value.chars()).any(|c| !is_tag_character(c)) {
        "tags take letters, digits, blanks and _ . : / = + - @"
    } else {
        return None;
    })
}

fn is_tag_character(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}
