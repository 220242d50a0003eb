//! Settings as a commented file, which reads back as the same settings.

mod lines;
pub(crate) mod notes;
mod plans;
mod rules;
mod selections;

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::Value;

use crate::config::subscriber::Protocol;
use crate::model::region::Region;
use crate::model::settings::table::{Entry, Field, Form, all, entry};
use crate::model::settings::{Regions, Settings, TestOverrides};

use lines::{comment, line, list};
pub(crate) use rules::rules;

/// What is written.
pub(crate) struct Written<'a> {
    pub(crate) name: &'a str,
    /// Where the settings are from, in place of `config init`.
    pub(crate) origin: Option<&'a str>,
    pub(crate) settings: &'a Settings,
    pub(crate) expected_account: Option<&'a str>,
    /// The account that is there, where it is known and not expected.
    pub(crate) account: Option<&'a str>,
    pub(crate) search_regions: Option<&'a [Region]>,
    /// The subscribers whose addresses are known.
    pub(crate) addresses: &'a BTreeSet<String>,
    /// How many are recorded beside them.
    pub(crate) unknown_addresses: usize,
    /// The tables of restores of the file in use: no record has them.
    pub(crate) restore: Option<String>,
}

impl Written<'_> {
    /// The whole file.
    pub(crate) fn text(&self) -> String {
        let tables = all().filter(|entry| is_written_by_form(entry));
        // Keys stand together, below what most people set.
        let (keys, others): (Vec<&Entry>, Vec<&Entry>) =
            tables.partition(|entry| matches!(entry.form, Form::Keys));
        let mut text = self.head();
        let mut before: Option<&Entry> = None;
        for table in others.into_iter().chain(keys) {
            let goes_on = before.is_some_and(|before| before.path == table.table());
            if !goes_on || !table.above.is_empty() {
                text.push('\n');
            }
            text += &self.table(table);
            before = Some(table);
        }
        let selections = selections::selections(&self.settings.selections);
        let parts = [
            text,
            self.restores(),
            selections,
            rules(&self.settings.rules),
            plans::plans(&self.settings.plans, self.settings.classes.as_ref()),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// What stands above all tables.
    fn head(&self) -> String {
        let found =
            format!("settings of deployment {}, as `mrbackup config init` found them", self.name);
        let mut text = format!(
            "# The {}.\n\
             #\n\
             # mrbackup reads this file as mrbackup.toml in the working directory or above it, up to\n\
             # the root of the repository, or by --config. What it leaves out is the default; options\n\
             # and MRBACKUP_* variables override it. `mrbackup plan` shows what a change would do.\n",
            self.origin.unwrap_or(&found)
        );
        for entry in values_of("") {
            text = format!("{text}\n{}", self.value_line(entry));
        }
        text
    }

    fn table(&self, table: &Entry) -> String {
        let mut text = format!("{}[{}]\n", comment(table.above), table.path);
        if table.form == Form::Group {
            if table.path == "alerts" {
                text += &self.unknown_subscribers();
            }
            return text
                + &values_of(table.path).map(|entry| self.value_line(entry)).collect::<String>();
        }
        let pairs = self.pairs(table);
        if pairs.is_empty() {
            return text + &comment(&self.example(table));
        }
        let lines = pairs.into_iter().map(|(key, value)| line(&key, value, "") + "\n");
        text + &lines.collect::<String>()
    }

    /// A value with its comment, or as a comment where it is not set; nothing where that needs no example.
    fn value_line(&self, entry: &Entry) -> String {
        let above = comment(entry.above);
        match self.value(entry) {
            Some(value) => format!("{above}{}\n", line(entry.key(), value, entry.behind)),
            None if entry.example.is_empty() => String::new(),
            None => format!("{above}# {} = {}\n", entry.key(), self.example(entry)),
        }
    }

    fn value(&self, entry: &Entry) -> Option<Value> {
        let Self { settings, .. } = self;
        match entry.field {
            Some(Field::Number(field)) => return Some((field.get)(settings).into()),
            Some(Field::Flag(field)) => return Some((field.get)(settings).into()),
            Some(Field::Regions(field, _)) => {
                return Some(list((field.get)(settings).iter().map(Region::as_str)));
            }
            Some(Field::Text(field)) => return Some((field.get)(settings).into()),
            Some(Field::Names(field, _)) => {
                return Some(list((field.get)(settings).iter().map(String::as_str)));
            }
            Some(Field::Numbers(..)) | None => (),
        }
        let is_email = |address: &&String| Protocol::from_endpoint(address) == Protocol::Email;
        let addresses = |email: bool| {
            let of_list = self.addresses.iter().filter(move |one| is_email(one) == email);
            Some(list(of_list.map(String::as_str)))
        };
        match entry.path {
            "name" => Some(self.name.into()),
            "expected_account" => self.expected_account.map(Value::from),
            "search_regions" => {
                self.search_regions.map(|named| list(named.iter().map(Region::as_str)))
            }
            "permissions_boundary" => settings.permissions_boundary.as_deref().map(Value::from),
            "service_role" => settings.service_role.as_deref().map(Value::from),
            "alerts.email" => addresses(true),
            "alerts.notify" => addresses(false),
            path => region(path, &settings.regions),
        }
    }

    /// The entries of a table whose keys a person chooses.
    fn pairs(&self, table: &Entry) -> Vec<(String, Value)> {
        let Settings {
            select_tags, tags, kms_keys, topic_keys, given_vaults, given_topics, ..
        } = self.settings;
        let texts = |texts: &BTreeMap<String, String>| {
            texts.iter().map(|(key, text)| (key.clone(), text.into())).collect()
        };
        let keys = |keys: &BTreeMap<Region, String>| {
            keys.iter().map(|(region, key)| (region.to_string(), key.into())).collect()
        };
        match (table.field, table.path) {
            (Some(Field::Numbers(field, _)), _) => {
                let numbers = (field.get)(self.settings).into_iter();
                numbers.map(|(key, number)| (key, number.into())).collect()
            }
            (_, "select_tags") => texts(select_tags),
            (_, "tags") => texts(tags),
            (_, "kms_keys") => keys(kms_keys),
            (_, "vault") => keys(given_vaults),
            (_, "topic") => keys(given_topics),
            (_, "alerts.kms_keys") => keys(topic_keys),
            _ => Vec::new(),
        }
    }

    fn example(&self, entry: &Entry) -> String {
        let regions = &self.settings.regions;
        let named = list(regions.names().iter().map(Region::as_str)).to_string();
        let example = entry.example.replace("{account}", self.account.unwrap_or("111122223333"));
        let example = example.replace("{regions}", &named);
        let example = example.replace("{primary}", regions.primary.as_str());
        example.replace("{secondary}", regions.secondary.as_str())
    }

    fn unknown_subscribers(&self) -> String {
        if self.unknown_addresses == 0 {
            return String::new();
        }
        format!(
            "# Recorded are {} subscribers more, by hashes of their addresses only. Add each address: with\n\
             # this file `mrbackup up` removes those that it does not name.\n",
            self.unknown_addresses
        )
    }

    fn restores(&self) -> String {
        let about = comment(entry("restore").map_or("", |restore| restore.above));
        if let Some(tables) = &self.restore {
            return format!("{about}{tables}");
        }
        let overrides = &self.settings.restore_test.overrides;
        if !overrides.is_empty() {
            // Of what tables of restores say the record has only what tests take.
            return format!("{about}{}", overrides.iter().map(restore_table).collect::<String>());
        }
        let region = &self.settings.regions.secondary;
        format!("{about}# [restore.{region}]\n# cluster_instance_class = \"db.r6g.large\"\n")
    }
}

/// What tests in a region take, as its table of restores.
fn restore_table((region, said): (&Region, &TestOverrides)) -> String {
    let TestOverrides { subnet, security_groups, db_subnet_group, kms_key } = said;
    let text = |key: &str, value: &Option<String>| {
        value.as_deref().map(|value| line(key, Value::from(value), "") + "\n")
    };
    let groups = list(security_groups.iter().map(String::as_str));
    let groups = (!security_groups.is_empty()).then(|| line("security_groups", groups, "") + "\n");
    let lines = [
        text("subnet", subnet),
        groups,
        text("db_subnet_group", db_subnet_group),
        text("kms_key", kms_key),
    ];
    let lines: String = lines.into_iter().flatten().collect();
    format!("[restore.{region}]\n{lines}")
}

/// Whether a table is written by its form alone. Restores stand as the file has them, and rules have code of their own.
fn is_written_by_form(entry: &Entry) -> bool {
    let is_table = entry.form == Form::Group || entry.form.is_table();
    let is_classes = entry.path.starts_with("classes");
    is_table && !entry.path.contains('*') && entry.path != "restore" && !is_classes
}

/// The single values of a table, or of the top.
fn values_of(table: &str) -> impl Iterator<Item = &'static Entry> {
    let is_value = |entry: &Entry| !entry.form.is_table() && !entry.form.is_group();
    all().filter(move |entry| entry.table() == table && is_value(entry))
}

fn region(path: &str, regions: &Regions) -> Option<Value> {
    match path {
        "regions.primary" => Some(regions.primary.as_str().into()),
        "regions.secondary" => Some(regions.secondary.as_str().into()),
        "regions.tertiary" => regions.tertiary.as_ref().map(|region| region.as_str().into()),
        "regions.copy_to" => Some(list(regions.copy_to.iter().map(Region::as_str))),
        _ => None,
    }
}

/// The table of the regions.
pub(crate) fn regions(regions: &Regions) -> String {
    let lines = values_of("regions").filter_map(|entry| {
        Some(line(entry.key(), region(entry.path, regions)?, entry.behind) + "\n")
    });
    format!("[regions]\n{}", lines.collect::<String>())
}
