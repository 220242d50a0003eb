//! The settings that the file has and `--set` takes, and what may be meant by a name that none of them has.

/// The form of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    /// Text that may be left out, which `none` says.
    OptionalText,
    Number,
    /// Days that may be left out, which `never` says.
    Days,
    Flag,
    List,
    /// A table whose keys a person chooses.
    Table,
}

/// Where a person chooses the name: of a rule, a region, a tag.
const ANY: &str = "*";

const KNOWN: &[(&str, Form)] = &[
    ("expected_account", Form::OptionalText),
    ("search_regions", Form::List),
    ("permissions_boundary", Form::OptionalText),
    ("regions.primary", Form::Text),
    ("regions.secondary", Form::Text),
    ("regions.tertiary", Form::OptionalText),
    ("regions.copy_to", Form::List),
    ("select_tags", Form::Table),
    ("select_tags.*", Form::Text),
    ("tags", Form::Table),
    ("tags.*", Form::Text),
    ("alerts.email", Form::List),
    ("alerts.notify", Form::List),
    ("alerts.required", Form::Flag),
    ("alerts.log_retention_days", Form::Number),
    ("alerts.watchdog_minutes", Form::Number),
    ("alerts.recovery_alarms", Form::List),
    ("alerts.kms_keys", Form::Table),
    ("alerts.kms_keys.*", Form::Text),
    ("freshness.allowance_hours", Form::Number),
    ("freshness.allowance_hours_by_type", Form::Table),
    ("freshness.allowance_hours_by_type.*", Form::Number),
    ("kms_keys", Form::Table),
    ("kms_keys.*", Form::Text),
    ("restore.*.subnet", Form::OptionalText),
    ("restore.*.security_groups", Form::List),
    ("restore.*.db_subnet_group", Form::OptionalText),
    ("restore.*.kms_key", Form::OptionalText),
    ("restore.*.zone", Form::OptionalText),
    ("restore.*.instance_types", Form::Table),
    ("restore.*.instance_types.*", Form::Text),
    ("restore.*.instance_classes", Form::Table),
    ("restore.*.instance_classes.*", Form::Text),
    ("restore.*.cluster_instance_class", Form::OptionalText),
    ("restore.*.buckets", Form::Table),
    ("restore.*.buckets.*", Form::Text),
    ("restore.*.name_prefix", Form::OptionalText),
    ("restore.*.overrides", Form::Table),
    ("restore.*.overrides.*.*", Form::Text),
    ("rules.*.name", Form::Text),
    ("rules.*.schedule", Form::Text),
    ("rules.*.timezone", Form::Text),
    ("rules.*.start_window_minutes", Form::Number),
    ("rules.*.completion_window_minutes", Form::Number),
    ("rules.*.cold_after_days", Form::Days),
    ("rules.*.delete_after_days", Form::Days),
    ("rules.*.continuous", Form::Flag),
    ("rules.*.archive", Form::Flag),
    ("rules.*.recovery_point_tags", Form::Table),
    ("rules.*.recovery_point_tags.*", Form::Text),
    ("rules.*.copies.*.region", Form::Text),
    ("rules.*.copies.*.cold_after_days", Form::Days),
    ("rules.*.copies.*.delete_after_days", Form::Days),
];

/// How alike two names are that may be one and a slip of the pen.
const ALIKE: f64 = 0.88;

fn parts(pattern: &str) -> Vec<&str> {
    pattern.split('.').collect()
}

fn fits(pattern: &[&str], path: &[String]) -> bool {
    pattern.iter().zip(path).all(|(part, name)| part == name || *part == ANY)
}

/// The form of a setting; `None` where there is no such one.
pub(super) fn form(path: &[String]) -> Option<Form> {
    let is_it = |pattern: &[&str]| pattern.len() == path.len() && fits(pattern, path);
    KNOWN.iter().find(|(pattern, _)| is_it(&parts(pattern))).map(|(_, form)| *form)
}

/// A setting below `path`, where that is the name of some and not of one.
pub(super) fn one_below(path: &[String]) -> Option<String> {
    let below = |pattern: &[&str]| pattern.len() > path.len() && fits(pattern, path);
    KNOWN.iter().map(|(pattern, _)| parts(pattern)).find(|pattern| below(pattern)).map(|pattern| {
        let rest = pattern[path.len()..].iter().map(|part| (*part).to_owned());
        written(&path.iter().cloned().chain(rest).collect::<Vec<_>>())
    })
}

/// The setting that is likely meant.
pub(super) fn nearest(path: &[String]) -> Option<String> {
    // Of equals the first in the table.
    let scored = KNOWN.iter().rev().map(|(pattern, _)| {
        let pattern = parts(pattern);
        let same_depth = pattern.len() == path.len();
        let name = |(at, part): (usize, &&str)| match *part {
            ANY if same_depth => path[at].clone(),
            ANY => "NAME".to_owned(),
            part => part.to_owned(),
        };
        let meant: Vec<String> = pattern.iter().enumerate().map(name).collect();
        let last = pattern.last().copied().unwrap_or_default();
        // Who leaves out where it stands has its own name right.
        let by_last = strsim::jaro_winkler(path.last().map_or("", String::as_str), last);
        // Each part by itself: what is right at the beginning says nothing of the end.
        let alike = path.iter().zip(&meant).map(|(own, name)| strsim::jaro_winkler(own, name));
        let whole = if same_depth { alike.fold(1.0, f64::min) } else { 0.0 };
        (whole.max(by_last - 0.05), meant)
    });
    let near = scored.filter(|(score, _)| *score >= ALIKE);
    near.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, meant)| written(&meant))
}

/// A path as the file and `--set` take it: `tags."cost.center"`.
pub(crate) fn written(path: &[String]) -> String {
    let key = |name: &String| toml_edit::Key::new(name).to_string();
    path.iter().map(key).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::file::ConfigFile;
    use crate::config::set::{Sets, edited};

    fn path(typed: &str) -> Vec<String> {
        typed.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn a_slip_of_the_pen_is_answered_with_what_is_meant() {
        for (typed, meant) in [
            ("rules.daily.delete_after_day", "rules.daily.delete_after_days"),
            ("rules.daily.retention_days", ""),
            ("delete_after_days", "rules.NAME.delete_after_days"),
            ("alert.watchdog_minutes", "alerts.watchdog_minutes"),
            ("watchdog_minutes", "alerts.watchdog_minutes"),
            ("select.Environment", "select_tags.Environment"),
            (
                "rules.daily.copies.us-west-2.cold_after",
                "rules.daily.copies.us-west-2.cold_after_days",
            ),
            ("zzz", ""),
        ] {
            assert_eq!(nearest(&path(typed)).unwrap_or_default(), meant, "{typed}");
        }
    }

    /// The file has each of them, and nothing that is not among them.
    #[test]
    fn the_file_has_the_same_settings() {
        let sample = include_str!("../../../examples/mrbackup.toml");
        for (pattern, form) in KNOWN {
            let key = pattern
                .replacen("rules.*", "rules.daily", 1)
                .replace("copies.*", "copies.us-west-2");
            let value = match form {
                Form::Text | Form::OptionalText => "x",
                Form::Number | Form::Days => "7",
                Form::Flag => "true",
                Form::List => "[]",
                Form::Table => "{}",
            };
            let sets = Sets::parse(&[format!("{}={value}", key.replace('*', "x"))]).unwrap();
            let text = edited(sample, &sets).unwrap().text;
            // What is no region or no account is refused later than what is no setting.
            let file = ConfigFile::from_text(text);
            let why = file.err().map(|failure| failure.to_string()).unwrap_or_default();
            assert!(
                !why.contains("unknown field") && !why.contains("invalid type"),
                "{pattern}: {why}"
            );
        }
    }

    #[test]
    fn a_name_is_quoted_only_where_toml_wants_it() {
        let tags = |key: &str| written(&["tags".to_owned(), key.to_owned()]);
        assert_eq!(tags("CostCenter"), "tags.CostCenter");
        assert_eq!(tags("cost.center"), "tags.\"cost.center\"");
        assert_eq!(tags("app:backup"), "tags.\"app:backup\"");
    }
}
