//! The selections of the file, checked against what AWS Backup takes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use crate::config::document::tables;
use crate::config::file::Source;
use crate::config::file::plain::{texts, wrong_kind};
use crate::config::file::tables::{plan_tables, tag_fault};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::resource_types;
use crate::model::selection::{SIMPLE, Selection, is_wildcard, wildcard_fault};
use crate::model::settings::table::{
    ARNS_MAX, ARNS_WITH_WILDCARD_MAX, SELECT_TAGS_MAX, SELECTIONS_MAX,
};
use crate::model::tags::Tags;

/// Quotas of AWS Backup ("Quotas", developer guide); none of them can be raised.
const WITH_TAGS_MAX: usize = 10;
/// AWS takes 50 characters, and the hash of the content and a number follow.
const NAME_MAX: usize = 36;
/// Characters of JSON: the watchdog is told of them in an input of 8192 characters at most (EventBridge user guide,
/// "Quotas"), in which it is told the rest too.
const TOLD_MAX: usize = 4096;

/// The selections of a plan as they are meant; empty where its table has none. `table` is the top of the file, or a plan.
///
/// # Errors
/// [`Failure::Usage`] with the line of what AWS would refuse, or never select.
pub(super) fn selections(
    source: &Source,
    table: &dyn TableLike,
    primary: &Region,
    account: Option<&str>,
) -> Result<Vec<Selection>, Failure> {
    let Some(item) = table.get("selections") else { return Ok(Vec::new()) };
    let mut selections: Vec<Selection> = Vec::new();
    for table in tables(item) {
        let reader = Reader { source, table, primary, account };
        let selection = reader.selection()?;
        let same = selections.iter().find(|other| {
            let renamed = Selection { name: other.name.clone(), ..selection.clone() };
            other.name == selection.name || renamed == **other
        });
        if let Some(same) = same {
            let message = format!("the selection {} has that name, or selects the same", same.name);
            return Err(source.at(&reader.span("name"), &message));
        }
        selections.push(selection);
    }
    check_quotas(&selections, primary)
        .map_err(|why| source.at(&item.span().unwrap_or_default(), &why))?;
    Ok(selections)
}

/// Refuses values of a wrong kind.
///
/// # Errors
/// [`Failure::Usage`] with the line and what is expected.
pub(super) fn check(source: &Source, document: &Document<String>) -> Result<(), Failure> {
    check_in(source, document.as_table())?;
    plan_tables(document).into_iter().try_for_each(|plan| check_in(source, plan))
}

fn check_in(source: &Source, table: &dyn TableLike) -> Result<(), Failure> {
    let select_tags = table.get("select_tags").and_then(Item::as_table_like);
    let lists = select_tags.into_iter().flat_map(TableLike::iter);
    if let Some((_, list)) = lists.into_iter().find(|(_, item)| item.is_array()) {
        let expected =
            "a string; any of several values is any_tags of a selection ([[selections]])";
        return Err(wrong_kind(source, list, expected));
    }
    for table in table.get("selections").map(tables).unwrap_or_default() {
        for (key, item) in table.iter() {
            match key {
                "name" => drop(item.as_str().ok_or_else(|| wrong_kind(source, item, "a string"))?),
                "resources" | "not_resources" | "types" => drop(texts(source, item)?),
                _ => {
                    let tags = item.as_table_like();
                    let tags = tags.ok_or_else(|| wrong_kind(source, item, "a map"))?;
                    let lists = tags.iter().filter(|(_, value)| value.as_str().is_none());
                    lists.map(|(_, value)| texts(source, value)).collect::<Result<Vec<_>, _>>()?;
                }
            }
        }
    }
    Ok(())
}

/// What all of them together need: each tag of `any_tags` makes a selection of its own.
pub(super) fn check_quotas(selections: &[Selection], primary: &Region) -> Result<(), String> {
    let parts = |selection: &Selection| selection.parts(primary.partition());
    let all: Vec<_> = selections.iter().flat_map(parts).collect();
    let with_tags = all.iter().filter(|part| !part.conditions.is_empty()).count();
    if all.len() > SELECTIONS_MAX {
        return Err(format!(
            "AWS Backup takes at most {SELECTIONS_MAX} selections in a plan, and these are {}",
            all.len()
        ));
    }
    if with_tags > WITH_TAGS_MAX {
        return Err(format!(
            "AWS Backup takes at most {WITH_TAGS_MAX} selections with tags in a plan, and these are {with_tags}: each tag of any_tags makes one"
        ));
    }
    let told = serde_json::to_string(&all).map_or(0, |text| text.len());
    if told > TOLD_MAX {
        return Err(format!(
            "the selections take {told} characters of the watchdog's input, which has room for {TOLD_MAX}: use tags, types or an asterisk in place of single ARNs"
        ));
    }
    Ok(())
}

/// Reads a table of a selection.
struct Reader<'a> {
    source: &'a Source,
    table: &'a dyn TableLike,
    primary: &'a Region,
    account: Option<&'a str>,
}

impl Reader<'_> {
    fn selection(&self) -> Result<Selection, Failure> {
        let selection = Selection {
            name: self.name()?,
            tags: self.tags("tags", false)?,
            any_tags: self.tag_lists("any_tags")?,
            not_tags: self.tag_lists("not_tags")?,
            like: self.tags("like", true)?,
            resources: self.arns("resources")?,
            not_resources: self.arns("not_resources")?,
            types: self.types()?,
        };
        let both = selection.tags.keys().find(|key| selection.any_tags.contains_key(*key));
        if let Some(key) = both {
            let message = format!("{key} stands in tags too, which has one value");
            return Err(self.source.at(&self.span("any_tags"), &message));
        }
        let at_name = |why: &str| Err(self.source.at(&self.span("name"), why));
        if !selection.types.is_empty() && !selection.resources.is_empty() {
            return Err(self
                .source
                .at(&self.span("types"), "name resources or types in a selection, not both"));
        }
        if !selection.needs_tags() && selection.types.is_empty() && selection.resources.is_empty() {
            return at_name(
                "name what it selects: tags, any_tags, like, resources or types; all resources of the account are resources = [\"*\"]",
            );
        }
        let mut parts = selection.parts(self.primary.partition()).into_iter();
        if parts.any(|part| {
            part.conditions.values().flatten().map(|(_, values)| values.len()).sum::<usize>()
                > SELECT_TAGS_MAX
        }) {
            return at_name("a selection takes at most 30 conditions");
        }
        Ok(selection)
    }

    fn item(&self, key: &str) -> Option<&Item> {
        self.table.get(key)
    }

    fn span(&self, key: &str) -> Range<usize> {
        let key_span = self.table.key(key).and_then(toml_edit::Key::span);
        let value = self.item(key).and_then(Item::span);
        value
            .or(key_span)
            .or_else(|| self.table.iter().find_map(|(_, item)| item.span()))
            .unwrap_or_default()
    }

    fn name(&self) -> Result<String, Failure> {
        let refuse = |why: &str| Err(self.source.at(&self.span("name"), why));
        let Some(name) = self.item("name") else { return refuse("a selection needs a name") };
        let Some(name) = name.as_str() else {
            return Err(wrong_kind(self.source, name, "a string"));
        };
        let is_good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(is_good) {
            return refuse("a selection's name has 1 to 36 letters, digits, and - _ .");
        }
        if name == SIMPLE {
            return refuse("the selection of the select tags has that name");
        }
        Ok(name.to_owned())
    }

    fn tags(&self, key: &str, with_wildcards: bool) -> Result<Tags, Failure> {
        let mut tags = Tags::new();
        for (key, item) in self.pairs(key)? {
            let Some(value) = item.as_str() else {
                return Err(match item.as_array() {
                    Some(_) => {
                        self.at(item, "tags take one value each; any of several is any_tags")
                    }
                    None => wrong_kind(self.source, item, "a string"),
                });
            };
            let plain = if with_wildcards { value.replace('*', "") } else { value.to_owned() };
            self.check_tag(item, key, &plain)?;
            tags.insert(key.to_owned(), value.to_owned());
        }
        Ok(tags)
    }

    /// A value, or a list of values, for each key.
    fn tag_lists(&self, key: &str) -> Result<BTreeMap<String, BTreeSet<String>>, Failure> {
        let mut tags = BTreeMap::new();
        for (key, item) in self.pairs(key)? {
            let values = match item.as_str() {
                Some(value) => vec![value],
                None => texts(self.source, item)?.into_iter().map(|(value, _)| value).collect(),
            };
            if values.is_empty() {
                return Err(self.at(item, "name at least one value"));
            }
            for value in &values {
                self.check_tag(item, key, value)?;
            }
            tags.insert(key.to_owned(), values.into_iter().map(str::to_owned).collect());
        }
        Ok(tags)
    }

    fn pairs(&self, key: &str) -> Result<Vec<(&str, &Item)>, Failure> {
        let Some(item) = self.item(key) else { return Ok(Vec::new()) };
        let table = item.as_table_like();
        table
            .map(|table| table.iter().collect())
            .ok_or_else(|| wrong_kind(self.source, item, "a map"))
    }

    fn arns(&self, key: &str) -> Result<BTreeSet<String>, Failure> {
        let Some(item) = self.item(key) else { return Ok(BTreeSet::new()) };
        let mut arns = BTreeSet::new();
        for (arn, span) in texts(self.source, item)? {
            self.check_arn(arn).map_err(|why| self.source.at(&span, &why))?;
            arns.insert(arn.to_owned());
        }
        let wildcards = arns.iter().filter(|arn| is_wildcard(arn)).count();
        let most = if wildcards > 0 { ARNS_WITH_WILDCARD_MAX } else { ARNS_MAX };
        if arns.len() > most {
            return Err(self.at(item, "AWS Backup takes at most 500 ARNs in a selection, and 30 where one has an asterisk"));
        }
        Ok(arns)
    }

    fn check_arn(&self, arn: &str) -> Result<(), String> {
        if arn == "*" {
            return Ok(());
        }
        if let Some(why) = wildcard_fault(arn) {
            return Err(why.to_owned());
        }
        let fields: Vec<&str> = arn.splitn(6, ':').collect();
        let (partition, region, account) = (fields[1], fields[3], fields[4]);
        if partition != self.primary.partition().id() {
            return Err(format!(
                "it is of partition {partition}, and the primary region is of {}",
                self.primary.partition().id()
            ));
        }
        if !["", "*", self.primary.as_str()].contains(&region) {
            return Err(format!(
                "it is in {region}, and the plan selects in {} alone",
                self.primary
            ));
        }
        if let Some(own) = self.account.filter(|own| !["", "*", *own].contains(&account)) {
            return Err(format!("it is of account {account}, and the file is for {own}"));
        }
        Ok(())
    }

    fn types(&self) -> Result<BTreeSet<String>, Failure> {
        let Some(item) = self.item("types") else { return Ok(BTreeSet::new()) };
        let mut types = BTreeSet::new();
        let known = resource_types::selectable();
        for (name, span) in texts(self.source, item)? {
            if let Some(other) = resource_types::told_as(name) {
                let message = format!(
                    "{name} has ARNs like those of {other}: a selection of the type {other} takes both"
                );
                return Err(self.source.at(&span, &message));
            }
            if !known.contains(name) {
                let known = known.iter().copied().collect::<Vec<_>>().join(", ");
                return Err(self
                    .source
                    .at(&span, &format!("{name} is no type of resource: {known}")));
            }
            types.insert(name.to_owned());
        }
        Ok(types)
    }

    fn check_tag(&self, item: &Item, key: &str, value: &str) -> Result<(), Failure> {
        tag_fault(key, value).map_or(Ok(()), |why| Err(self.at(item, why)))
    }

    fn at(&self, item: &Item, why: &str) -> Failure {
        let span = item.span().or_else(|| item.as_value().and_then(Value::span));
        self.source.at(&span.unwrap_or_default(), why)
    }
}
