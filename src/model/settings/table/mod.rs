//! The one table of settings: what the file, `--set`, `config show`, `config init`, the schema and the help know of each.

mod entries;
mod field;
mod form;
mod names;
mod switch;

pub(crate) use entries::all;
pub(crate) use field::{Field, Lens, Names};
pub(crate) use form::{Form, Limits};
pub(crate) use names::{is_begun, nearest, one_below};
pub(crate) use switch::{Switch, switches};

use std::collections::BTreeSet;

use crate::model::region::{Partition, Region};
use crate::model::settings::{Regions, Settings};

/// Where a person chooses the name: of a rule, a region, a tag.
pub(crate) const ANY: &str = "*";

/// Rules that a plan takes ("Quotas", AWS Backup developer guide).
pub(crate) const RULES_MAX: usize = 10;
/// Selections that a plan takes ("Quotas", AWS Backup developer guide).
pub(crate) const SELECTIONS_MAX: usize = 100;
/// Days that a recovery point can be kept ("Quotas", AWS Backup developer guide).
pub(crate) const DAYS_MAX: i64 = 36_500;
/// Minutes that a window to start in has at least (AWS Backup API reference, `StartWindowMinutes`).
pub(crate) const START_WINDOW_MIN: i64 = 60;
/// 100 years (`StartWindowMinutes`, AWS Backup API reference).
pub(crate) const WINDOW_MAX: i64 = 52_560_000;
pub(crate) const START_WINDOW_MINUTES: i64 = 480;
pub(crate) const COMPLETION_WINDOW_MINUTES: i64 = 10_080;
/// When AWS Backup runs a rule without a schedule (AWS Backup API reference, `ScheduleExpression`).
pub(crate) const SCHEDULE: &str = "cron(0 5 ? * * *)";
pub(crate) const TIMEZONE: &str = "Etc/UTC";
/// ARNs that a selection takes, and where one of them has an asterisk (AWS Backup API reference, `BackupSelection`).
pub(crate) const ARNS_MAX: usize = 500;
pub(crate) const ARNS_WITH_WILDCARD_MAX: usize = 30;
/// Days that a recovery point stays in cold storage at least (AWS Backup API reference, `Lifecycle`).
pub(crate) const COLD_DAYS: i64 = 90;
/// Conditions that a selection takes ("Quotas", AWS Backup developer guide).
pub(crate) const SELECT_TAGS_MAX: usize = 30;

/// A setting of the file, or a table of settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Its name in the file, such as `alerts.watchdog_minutes`; `*` stands for a name that a person chooses.
    pub(crate) path: &'static str,
    pub(crate) form: Form,
    /// What it is: a phrase for the schema and for `help config`.
    pub(crate) about: &'static str,
    /// What `config init` writes above it.
    pub(crate) above: &'static str,
    /// What `config init` writes behind it.
    pub(crate) behind: &'static str,
    /// What `config init` writes as a comment where it is not set: a value, of a table a line. `{account}`, `{regions}`,
    /// `{primary}` and `{secondary}` stand for those of the deployment.
    pub(crate) example: &'static str,
    /// The default, as the file has it; empty where there is none, and where [`Settings::defaults`] has it.
    default: &'static str,
    /// The option that says it.
    pub(crate) flag: &'static str,
    /// Options that say something of it beside that one.
    pub(crate) more_flags: &'static [&'static str],
    /// The variable that says it.
    pub(crate) variable: &'static str,
    /// Whether it stands in the record.
    pub(crate) is_recorded: bool,
    pub(crate) less: Less,
    /// Where it stands among the settings, if this table alone reads and writes it.
    pub(crate) field: Option<Field>,
    /// Where it has kinds of resources that are nowhere without it.
    pub(crate) switches_on_in: Option<fn(&Settings) -> BTreeSet<Region>>,
}

/// Whether a change of a setting can protect less.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Less {
    Never,
    /// `protection/lost.rs` judges it.
    Judged,
    /// A larger number does; the sentence is of the number after and the number before.
    Larger(fn(i64, i64) -> String),
}

impl Entry {
    const fn new(path: &'static str, form: Form, about: &'static str) -> Self {
        Self {
            path,
            form,
            about,
            above: "",
            behind: "",
            example: "",
            default: "",
            flag: "",
            more_flags: &[],
            variable: "",
            is_recorded: true,
            less: Less::Never,
            field: None,
            switches_on_in: None,
        }
    }

    /// A whole number that this table alone knows of.
    const fn number(
        path: &'static str,
        limits: Limits,
        field: Lens<i64>,
        about: &'static str,
    ) -> Self {
        let entry = Self::new(path, Form::Number(limits), about);
        Self { field: Some(Field::Number(field)), ..entry }
    }

    /// A switch that this table alone knows of.
    const fn flag(path: &'static str, field: Lens<bool>, about: &'static str) -> Self {
        Self { field: Some(Field::Flag(field)), ..Self::new(path, Form::Flag, about) }
    }

    /// Whether an option says something of it.
    pub(crate) fn has_flag(&self, option: &str) -> bool {
        self.flag == option || self.more_flags.contains(&option)
    }

    /// The parts of its name.
    pub(crate) fn parts(&self) -> Vec<&'static str> {
        self.path.split('.').collect()
    }

    /// The last part of its name that nobody chooses.
    pub(crate) fn key(&self) -> &'static str {
        self.parts().into_iter().rfind(|part| *part != ANY).unwrap_or_default()
    }

    /// The name of the table that it stands in; empty at the top.
    pub(crate) fn table(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(table, _)| table)
    }

    /// Its default as the file has it; `None` where it may be left out and means nothing then.
    pub(crate) fn default(&self) -> Option<String> {
        match self.field {
            Some(field) => Some(field.toml(&usual())),
            None => Some(self.default.to_owned()).filter(|default| !default.is_empty()),
        }
    }
}

/// Settings that nobody has changed, of whichever regions.
fn usual() -> Settings {
    let regions = Partition::Aws.default_regions();
    let (primary, secondary) = (regions[0].clone(), regions[1].clone());
    Settings::defaults(Regions { primary, secondary, tertiary: None, copy_to: Vec::new() })
}

/// The entry of this name.
pub(crate) fn entry(path: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.path == path)
}

/// The form of what a path names, an entry of a table whose keys a person chooses among it; `None` where there is no such
/// setting.
pub(crate) fn form(path: &[String]) -> Option<Form> {
    names::patterns().find(|(pattern, _)| names::is_it(pattern, path)).map(|(_, form)| form)
}

/// The form of what a path names that holds settings or entries; `None` of a single value, and of what is none.
pub(crate) fn table_form(path: &[String]) -> Option<Form> {
    let is_it = |entry: &&Entry| names::is_it(&entry.parts(), path);
    all().find(is_it).map(|entry| entry.form).filter(|form| form.is_group())
}

/// One sentence for each setting of which less protects less, and which nobody else judges.
pub(crate) fn lessened(old: &Settings, new: &Settings) -> Vec<String> {
    let sentence = |entry: &Entry| {
        let (Less::Larger(sentence), Some(Field::Number(field))) = (entry.less, entry.field) else {
            return None;
        };
        let (before, after) = ((field.get)(old), (field.get)(new));
        (after > before).then(|| sentence(after, before))
    };
    all().filter_map(sentence).collect()
}

#[cfg(test)]
mod tests;
