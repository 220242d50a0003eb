//! `config show`: every setting with where it came from.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::Caller;
use crate::commands::settings_read::SettingsRead;
use crate::config::document::written;
use crate::config::file::ConfigFile;
use crate::config::subscriber::Protocol;
use crate::config::{Config, Options, SettingSource};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::selection::{SIMPLE, Selection};
use crate::model::settings::table::{Entry, Field, all};
use crate::model::settings::{Classes, CopyTo, Plan, RegionRole, Rule, Settings};
use crate::report::{ConfigReport, Setting};

const NONE: &str = "none";
/// What days are where nothing is moved or deleted.
const NEVER: &str = "never";

/// The settings that `up` with the same options would use, each with where it came from.
///
/// # Errors
/// Settings that cannot be meant, and an account that cannot be read.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &Options,
) -> Result<ConfigReport, Failure> {
    let read = SettingsRead::new("config show", config, caller, options, false).await?;
    let below =
        if read.recorded.is_some() { SettingSource::Recorded } else { SettingSource::Default };
    Ok(ConfigReport::new(rows(config, options, &read.settings, below)))
}

/// Where settings come from; `below` is where from when nobody said anything.
struct Origins<'a> {
    options: &'a Options,
    file: Option<&'a ConfigFile>,
    below: SettingSource,
}

impl Origins<'_> {
    /// A row; what `--set` says comes from it, whatever else says it too.
    fn row(&self, path: &[&str], value: String, origin: SettingSource) -> Setting {
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        let origin = if self.options.sets.has(&path) { SettingSource::Flag } else { origin };
        Setting::new(&written(&path), value, origin)
    }

    fn in_file(&self, setting: &str) -> SettingSource {
        let said = self.file.is_some_and(|file| file.has(setting));
        if said { SettingSource::File } else { self.below }
    }

    /// Where a setting came from that is said as a whole.
    fn of(&self, setting: &str) -> SettingSource {
        self.options.origin(setting).unwrap_or_else(|| self.in_file(setting))
    }

    /// Where a region of a setting came from; `said` is what the file says it in.
    fn region(&self, setting: &str, region: &Region, said: &str) -> SettingSource {
        let origin = self.options.origin_of_region(setting, region);
        origin.unwrap_or_else(|| self.in_file(said))
    }

    fn key(&self, table: &str, region: &Region) -> SettingSource {
        self.options.origin_of_key(table, region).unwrap_or_else(|| self.in_file(table))
    }

    /// Where a field of one of a list of tables came from.
    fn member(&self, path: &[&str]) -> SettingSource {
        match self.file {
            Some(file) if file.has_path(path) => SettingSource::File,
            // The table is the file's, and what it leaves out is the default.
            Some(file) if file.has(path[0]) => SettingSource::Default,
            _ => self.below,
        }
    }
}

/// What is shown.
struct Shown<'a> {
    config: &'a Config,
    settings: &'a Settings,
    /// The subscribers whose addresses are known.
    addresses: BTreeSet<String>,
    from: Origins<'a>,
}

/// One row a setting, in the order of the table, also for what is not set.
fn rows(
    config: &Config,
    options: &Options,
    settings: &Settings,
    below: SettingSource,
) -> Vec<Setting> {
    let file = config.file.as_ref();
    // What `--set` says is none of what the file says.
    let unset = file.and_then(ConfigFile::original).or(file);
    let from = Origins { options, file: unset, below };
    let shown = Shown { config, settings, addresses: options.wanted_addresses(file), from };
    let rows = all().flat_map(|entry| match entry.field {
        Some(field) => shown.by_form(entry, field),
        None => shown.rows(entry),
    });
    rows.chain([Setting::new("runtime", settings.runtime.clone(), below)]).collect()
}

impl Shown<'_> {
    /// The rows of a setting that the table alone knows of.
    fn by_form(&self, entry: &Entry, field: Field) -> Vec<Setting> {
        let Self { settings, from, .. } = self;
        let row = |value: String| vec![from.row(&entry.parts(), value, from.of(entry.path))];
        match field {
            Field::Number(field) => row((field.get)(settings).to_string()),
            Field::Flag(field) => row((field.get)(settings).to_string()),
            Field::Numbers(field, _) => {
                self.table(entry, &(field.get)(settings), |_| from.of(entry.path))
            }
            Field::Text(field) => row((field.get)(settings)),
            // As `--set` takes them.
            Field::Names(..) => row(field.toml(settings)),
            Field::Regions(field, _) => {
                let regions = (field.get)(settings);
                if regions.is_empty() {
                    let origin = from.in_file(entry.path);
                    return vec![from.row(&entry.parts(), NONE.to_owned(), origin)];
                }
                let row = |region: &Region| {
                    let origin = from.region(entry.path, region, entry.path);
                    from.row(&entry.parts(), region.to_string(), origin)
                };
                regions.iter().map(row).collect()
            }
        }
    }

    /// The rows of a setting, or of all settings of a table that has code of its own.
    fn rows(&self, entry: &Entry) -> Vec<Setting> {
        let Self { config, settings, from, .. } = self;
        let one = |value: String, origin| vec![from.row(&entry.parts(), value, origin)];
        match entry.path {
            "name" => one(config.deployment.to_string(), config.deployment_origin),
            "expected_account" => {
                let expected = config.guard_file().and_then(ConfigFile::expected_account);
                let origin =
                    if expected.is_some() { SettingSource::File } else { SettingSource::Default };
                one(or_none(expected), origin)
            }
            "search_regions" => {
                let named = config.search_regions.iter().flatten();
                let origin = from.of(entry.path);
                named.map(|region| from.row(&[entry.path], region.to_string(), origin)).collect()
            }
            "permissions_boundary" => {
                one(or_none(settings.permissions_boundary.as_deref()), from.of(entry.path))
            }
            "service_role" => one(or_none(settings.service_role.as_deref()), from.of(entry.path)),
            "select_tags" => self.table(entry, &settings.select_tags, |_| from.of(entry.path)),
            "tags" => self.table(entry, &settings.tags, |_| from.of(entry.path)),
            "alerts.email" | "alerts.notify" => self.subscribers(entry),
            "alerts.kms_keys" => {
                self.table(entry, &settings.topic_keys, |region| from.key(entry.path, region))
            }
            "kms_keys" => {
                self.table(entry, &settings.kms_keys, |region| from.key(entry.path, region))
            }
            "topic" => self.table(entry, &settings.given_topics, |_| from.of(entry.path)),
            "vault" => self.table(entry, &settings.given_vaults, |_| from.of(entry.path)),
            "restore" => self.restores(),
            "selections" => {
                settings.selections.iter().flat_map(|one| self.selection(&[], one)).collect()
            }
            "rules" => settings.rules.iter().flat_map(|rule| self.rule(&[], rule)).collect(),
            "plans" => settings.plans.iter().flat_map(|plan| self.plan(plan)).collect(),
            "classes" => settings.classes.iter().flat_map(|one| self.classes(one)).collect(),
            _ => self.regions(entry),
        }
    }

    /// The regions of a role; none of what is no role.
    fn regions(&self, entry: &Entry) -> Vec<Setting> {
        let all = self.settings.regions.all().into_iter();
        let of_role =
            all.filter(|(_, role)| entry.table() == "regions" && role.key() == entry.key());
        let row = |(region, _): (Region, RegionRole)| {
            let origin = self.from.region(entry.path, &region, "regions");
            self.from.row(&entry.parts(), region.to_string(), origin)
        };
        of_role.map(row).collect()
    }

    /// A row for each entry of a table whose keys a person chooses, and one where it is empty.
    fn table<K: ToString, V: ToString>(
        &self,
        table: &Entry,
        entries: &BTreeMap<K, V>,
        origin: impl Fn(&K) -> SettingSource,
    ) -> Vec<Setting> {
        let (from, parts) = (&self.from, table.parts());
        if entries.is_empty() {
            return vec![from.row(&parts, NONE.to_owned(), from.in_file(table.path))];
        }
        let row = |(key, value): (&K, &V)| {
            from.row(&[&*parts, &[&key.to_string()]].concat(), value.to_string(), origin(key))
        };
        entries.iter().map(row).collect()
    }

    /// The subscribers of the list of the file that takes them. The record has no address; only the topic knows it, and
    /// `alerts.notify` takes every kind.
    fn subscribers(&self, list: &Entry) -> Vec<Setting> {
        let Self { settings, addresses, from, .. } = self;
        let recorded = settings.subscribers.len().saturating_sub(addresses.len());
        let row = |value, origin| from.row(&list.parts(), value, origin);
        let of_email = list.path == "alerts.email";
        let is_of_list =
            |address: &&String| (Protocol::from_endpoint(address) == Protocol::Email) == of_email;
        let known = addresses.iter().filter(is_of_list).map(|address| {
            let origin = from.options.origin_of_subscriber(address).unwrap_or(SettingSource::File);
            row(address.clone(), origin)
        });
        let mut rows: Vec<Setting> = known.collect();
        if recorded > 0 && !of_email {
            rows.push(row(format!("{recorded} whose address only the topic knows"), from.below));
        }
        if rows.is_empty() {
            rows.push(row(NONE.to_owned(), from.in_file(list.path)));
        }
        rows
    }

    /// What the file says of restores: nothing else does.
    fn restores(&self) -> Vec<Setting> {
        let said = self.config.file.iter().flat_map(ConfigFile::restores);
        let row = |(path, value): (Vec<String>, String)| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            self.from.row(&path, value, SettingSource::File)
        };
        said.map(row).collect()
    }

    /// A row for each value of a plan.
    fn plan(&self, plan: &Plan) -> Vec<Setting> {
        let above = ["plans", plan.name.as_str()];
        let (simple, others): (Vec<_>, Vec<_>) =
            plan.selections.iter().partition(|one| one.name == SIMPLE);
        let tags = simple.into_iter().flat_map(|one| &one.tags).map(|(key, value)| {
            let path = ["plans", plan.name.as_str(), "select_tags", key.as_str()];
            self.from.row(&path, value.clone(), self.from.member(&path))
        });
        let selections = others.into_iter().flat_map(|one| self.selection(&above, one));
        let rules = plan.rules.iter().flat_map(|rule| self.rule(&above, rule));
        tags.chain(selections).chain(rules).collect()
    }

    fn classes(&self, classes: &Classes) -> Vec<Setting> {
        let from = &self.from;
        let row =
            |path: &[&str], value: &String| from.row(path, value.clone(), from.in_file("classes"));
        let mut rows = vec![row(&["classes", "tag"], &classes.tag)];
        let values = classes.values.iter();
        rows.extend(values.map(|(value, plan)| row(&["classes", "values", value], plan)));
        rows.extend(classes.otherwise.iter().map(|plan| row(&["classes", "otherwise"], plan)));
        rows
    }

    /// A row for each value that decides what a selection takes; `above` is the plan in which it stands.
    fn selection(&self, above: &[&str], selection: &Selection) -> Vec<Setting> {
        let from = &self.from;
        let row = |member: &str, key: Option<&String>, value: &String| {
            let own = ["selections", selection.name.as_str(), member].into_iter();
            let member: Vec<&str> = above.iter().copied().chain(own).collect();
            let path: Vec<&str> = member.iter().copied().chain(key.map(String::as_str)).collect();
            from.row(&path, value.clone(), from.member(&member))
        };
        let mut rows = Vec::new();
        for (member, tags) in [("tags", &selection.tags), ("like", &selection.like)] {
            rows.extend(tags.iter().map(|(key, value)| row(member, Some(key), value)));
        }
        for (member, tags) in [("any_tags", &selection.any_tags), ("not_tags", &selection.not_tags)]
        {
            let pairs = tags.iter().flat_map(|(key, values)| values.iter().map(move |v| (key, v)));
            rows.extend(pairs.map(|(key, value)| row(member, Some(key), value)));
        }
        let lists = [
            ("resources", &selection.resources),
            ("not_resources", &selection.not_resources),
            ("types", &selection.types),
        ];
        for (member, texts) in lists {
            rows.extend(texts.iter().map(|text| row(member, None, text)));
        }
        rows
    }

    /// A row for each value of a rule; `above` is the plan in which it stands.
    fn rule(&self, above: &[&str], rule: &Rule) -> Vec<Setting> {
        let from = &self.from;
        let days =
            |days: Option<i64>| days.map_or_else(|| NEVER.to_owned(), |days| days.to_string());
        let row = |field: &[&str], value: String| {
            let path = [above, &["rules", rule.name.as_str()], field].concat();
            from.row(&path, value, from.member(&path))
        };
        let mut rows = vec![
            row(&["schedule"], rule.schedule.clone()),
            row(&["timezone"], rule.timezone.clone()),
            row(&["start_window_minutes"], rule.start_window_minutes.to_string()),
            row(&["completion_window_minutes"], rule.completion_window_minutes.to_string()),
            row(&["cold_after_days"], days(rule.lifecycle.cold_days)),
            row(&["delete_after_days"], days(rule.lifecycle.delete_days)),
            row(&["continuous"], rule.continuous.to_string()),
            row(&["archive"], rule.archive.to_string()),
        ];
        let tags = "recovery_point_tags";
        if rule.recovery_point_tags.is_empty() {
            rows.push(row(&[tags], NONE.to_owned()));
        }
        let pairs = rule.recovery_point_tags.iter();
        rows.extend(pairs.map(|(key, value)| {
            let path = [above, &["rules", rule.name.as_str(), tags, key.as_str()]].concat();
            from.row(&path, value.clone(), from.member(&path[..path.len() - 1]))
        }));
        for CopyTo { region, lifecycle } in &rule.copies {
            let field = |name| ["copies", region.as_str(), name];
            rows.push(row(&field("cold_after_days"), days(lifecycle.cold_days)));
            rows.push(row(&field("delete_after_days"), days(lifecycle.delete_days)));
        }
        rows
    }
}

fn or_none(value: Option<&str>) -> String {
    value.unwrap_or(NONE).to_owned()
}
