//! Settings as a commented file, which reads back as the same settings.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{InlineTable, Key, Value};

use crate::config::subscriber::Protocol;
use crate::model::region::Region;
use crate::model::settings::{CopyTo, Lifecycle, Regions, Rule, Settings};

/// Where comments behind a value begin.
const COMMENT: usize = 34;

/// What is written.
pub(crate) struct Written<'a> {
    pub(crate) name: &'a str,
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
        let settings = self.settings;
        [
            self.head(),
            regions(&settings.regions),
            self.tags(),
            self.alerts(),
            self.freshness(),
            self.keys(),
            self.restores(),
            rules(&settings.rules),
        ]
        .join("\n")
    }

    fn restores(&self) -> String {
        let about =
            "# What restores into a region take in place of AWS's defaults (docs/recovery.md).\n";
        if let Some(tables) = &self.restore {
            return format!("{about}{tables}");
        }
        let region = &self.settings.regions.secondary;
        format!("{about}# [restore.{region}]\n# cluster_instance_class = \"db.r6g.large\"\n")
    }

    fn head(&self) -> String {
        let mut lines = vec![
            format!("# The settings of deployment {}, as `mrbackup config init` found them.", self.name),
            "#".to_owned(),
            "# mrbackup reads this file as mrbackup.toml in the working directory or above it, up to".to_owned(),
            "# the root of the repository, or by --config. What it leaves out is the default; options".to_owned(),
            "# and MRBACKUP_* variables override it. `mrbackup plan` shows what a change would do.".to_owned(),
            String::new(),
            line("name", self.name, "the file is ignored for any other --name"),
            String::new(),
            "# Refuse to work in any other account:".to_owned(),
        ];
        let example = self.account.unwrap_or("111122223333");
        lines.push(optional("expected_account", self.expected_account, example));
        lines.push("\n# The only regions to search where the service role is lost; left out: all of the account.".to_owned());
        let listed = |regions: &[Region]| list(regions.iter().map(Region::as_str));
        let here = self.settings.regions.names();
        lines.push(match self.search_regions {
            Some(regions) => entry("search_regions", listed(regions)),
            None => format!("# {}", entry("search_regions", listed(&here))),
        });
        lines.push("\n# The managed policy that bounds the permissions of both roles:".to_owned());
        let boundary = format!("arn:aws:iam::{example}:policy/boundary");
        let own = self.settings.permissions_boundary.as_deref();
        lines.push(optional("permissions_boundary", own, &boundary));
        lines.join("\n") + "\n"
    }

    fn tags(&self) -> String {
        let Settings { select_tags, tags, .. } = self.settings;
        let tags =
            if tags.is_empty() { "# CostCenter = \"1234\"\n".to_owned() } else { table(tags) };
        format!(
            "# A resource is backed up when it has all of these tags.\n[select_tags]\n{}\n\
             # Your own tags, for everything that is made.\n[tags]\n{tags}",
            table(select_tags)
        )
    }

    fn alerts(&self) -> String {
        let Settings { without_alerts, log_retention_days, watchdog_minutes, .. } = self.settings;
        let is_email = |address: &&String| Protocol::from_endpoint(address) == Protocol::Email;
        let (email, notify): (Vec<&String>, Vec<&String>) =
            self.addresses.iter().partition(is_email);
        let strings = |addresses: Vec<&String>| list(addresses.iter().map(|one| one.as_str()));
        let mut lines = vec!["[alerts]".to_owned()];
        if self.unknown_addresses > 0 {
            lines.push(format!(
                "# Recorded are {} subscribers more, by hashes of their addresses only. Add each address: with\n\
                 # this file `mrbackup up` removes those that it does not name.",
                self.unknown_addresses
            ));
        }
        lines.extend([
            line("email", strings(email), "such as [\"ops@example.com\"]"),
            line(
                "notify",
                strings(notify),
                "\"https://...\", the ARN of an SQS queue or a function, \"+49...\"",
            ),
            line("required", !*without_alerts, "false: no subscriber is needed"),
            line(
                "log_retention_days",
                i64::from(*log_retention_days),
                "of the functions' log groups",
            ),
            line(
                "watchdog_minutes",
                i64::from(*watchdog_minutes),
                "how often the watchdog checks, 5 to 1440",
            ),
        ]);
        lines.join("\n") + "\n"
    }

    fn freshness(&self) -> String {
        let Settings { allowance_hours, allowance_hours_by_type, .. } = self.settings;
        let by_type = if allowance_hours_by_type.is_empty() {
            "# S3 = 48\n".to_owned()
        } else {
            table(allowance_hours_by_type)
        };
        format!(
            "# A backup or a copy is late when it is older than the longest gap of the schedule, the start\n\
             # window, and this.\n[freshness]\n{}\n[freshness.allowance_hours_by_type]\n{by_type}",
            line("allowance_hours", *allowance_hours, "1 to 168")
        )
    }

    fn keys(&self) -> String {
        let Settings { kms_keys, topic_keys, regions, .. } = self.settings;
        let keys = |keys: &BTreeMap<Region, String>| {
            let named: BTreeMap<_, _> =
                keys.iter().map(|(region, key)| (region.as_str(), key)).collect();
            let region = &regions.secondary;
            let example = format!(
                "arn:aws:kms:{region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
            );
            if keys.is_empty() {
                return format!("# {}\n", entry(region.as_str(), example));
            }
            table(&named)
        };
        format!(
            "# KMS keys of the alert topics, in the primary and the secondary region.\n[alerts.kms_keys]\n{}\n\
             # KMS keys of the vaults. Another key makes another vault; the old one stays while it holds\n\
             # recovery points.\n[kms_keys]\n{}",
            keys(topic_keys),
            keys(kms_keys)
        )
    }
}

/// The table of the regions.
pub(crate) fn regions(regions: &Regions) -> String {
    let Regions { primary, secondary, tertiary, copy_to } = regions;
    let mut lines = vec![
        "[regions]".to_owned(),
        line("primary", primary.as_str(), "its tagged resources are backed up"),
        line("secondary", secondary.as_str(), "gets the daily copies"),
    ];
    let weekly = "gets the weekly copies; may be left out";
    lines.extend(tertiary.iter().map(|region| line("tertiary", region.as_str(), weekly)));
    let further = list(copy_to.iter().map(Region::as_str));
    lines.push(line("copy_to", further, "further regions"));
    lines.join("\n") + "\n"
}

/// The rules, the first with comments.
pub(crate) fn rules(rules: &[Rule]) -> String {
    let mut text = "# At most ten rules, with at most five copies each.\n".to_owned();
    for (at, one) in rules.iter().enumerate() {
        let blank = if at == 0 { "" } else { "\n" };
        text = format!("{text}{blank}{}", rule(one, at == 0));
    }
    text
}

fn rule(rule: &Rule, explained: bool) -> String {
    let say = |comment: &'static str| if explained { comment } else { "" };
    let mut lines = vec![
        "[[rules]]".to_owned(),
        line("name", rule.name.as_str(), ""),
        line("schedule", rule.schedule.as_str(), say("minutes hours day month weekday year")),
        line("timezone", rule.timezone.as_str(), say("an IANA name")),
        line("start_window_minutes", rule.start_window_minutes, say("at least 60")),
        line("completion_window_minutes", rule.completion_window_minutes, say("at least 60 more")),
    ];
    lines.extend(lifecycle(rule.lifecycle, explained));
    lines.push(line("continuous", rule.continuous, say("point-in-time recovery, at most 35 days")));
    lines.push(line(
        "archive",
        rule.archive,
        say("EBS snapshots to the archive tier, at most monthly"),
    ));
    let tags: InlineTable = rule.recovery_point_tags.iter().collect();
    lines.push(line("recovery_point_tags", tags, ""));
    for CopyTo { region, lifecycle: days } in &rule.copies {
        lines.push("\n[[rules.copies]]".to_owned());
        lines.push(line("region", region.as_str(), ""));
        lines.extend(lifecycle(*days, false));
    }
    lines.join("\n") + "\n"
}

fn lifecycle(Lifecycle { cold_days, delete_days }: Lifecycle, explained: bool) -> Vec<String> {
    let say = |comment: &'static str| if explained { comment } else { "" };
    let cold = cold_days
        .map(|days| line("cold_after_days", days, say("to cold storage; left out: never")));
    let delete = delete_days.map(|days| {
        line(
            "delete_after_days",
            days,
            say("at least cold_after_days + 90; left out: never expires"),
        )
    });
    cold.into_iter().chain(delete).collect()
}

fn entry(key: &str, value: impl Into<Value>) -> String {
    format!("{} = {}", Key::new(key), value.into())
}

fn line(key: &str, value: impl Into<Value>, comment: &str) -> String {
    let entry = entry(key, value);
    if comment.is_empty() { entry } else { format!("{entry:COMMENT$}  # {comment}") }
}

/// A setting that may be left out, as a comment where it is.
fn optional(key: &str, value: Option<&str>, example: &str) -> String {
    match value {
        Some(value) => entry(key, value),
        None => format!("# {}", entry(key, example)),
    }
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> Value {
    items.collect()
}

fn table<K: AsRef<str>, V: Clone + Into<Value>>(entries: &BTreeMap<K, V>) -> String {
    entries.iter().map(|(key, value)| entry(key.as_ref(), value.clone()) + "\n").collect()
}
