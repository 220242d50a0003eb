use super::*;
use crate::config::set::{Sets, edited};
use crate::model::settings::table::{ANY, Form, all, nearest};

const SAMPLE: &str = include_str!("../../../examples/mrbackup.toml");
/// Lists of which the sample has no member.
const MORE: &str = r#"
[[selections]]
name = "databases"

[[plans]]
name = "gold"

[[plans.selections]]
name = "databases"

[[plans.rules]]
name = "daily"

[[plans.rules.copies]]
region = "us-west-2"
"#;
/// What stands where a value of another kind is put.
const ANYTHING: &str = "ANYTHING";

/// The names of all settings, each entry of a table among them, with names that the sample has in place of `*`.
fn names() -> Vec<(String, Form)> {
    let settings = all().filter(|entry| !entry.form.is_group() && entry.path != "name");
    let named = settings.flat_map(|entry| {
        let name = entry.path.replacen("plans.*", "plans.gold", 1);
        let name = name.replacen("rules.*", "rules.daily", 1);
        let name = name.replacen("selections.*", "selections.databases", 1);
        let name = name.replace("copies.*", "copies.us-west-2").replace(ANY, "us-west-2");
        let below = match entry.form {
            Form::Numbers(limits) => Some((format!("{name}.S3"), Form::Number(limits))),
            Form::Texts | Form::Keys => Some((format!("{name}.us-west-2"), Form::Text)),
            Form::TextLists => Some((format!("{name}.us-west-2"), Form::List)),
            Form::TextTables => Some((format!("{name}.x.y"), Form::Text)),
            _ => None,
        };
        [(name, entry.form)].into_iter().chain(below)
    });
    named.collect()
}

/// What is said of the sample with a setting at a value, which may then be replaced in the text.
fn said(set: &str, replace: (&str, &str)) -> String {
    let sets = Sets::parse(&[set.to_owned()]).unwrap();
    let sample = format!("{SAMPLE}{MORE}");
    let text = edited(&sample, &sets).unwrap().text.replace(replace.0, replace.1);
    ConfigFile::from_text(text).err().map(|failure| failure.to_string()).unwrap_or_default()
}

#[test]
fn every_setting_is_set_and_read_by_its_form() {
    for (name, form) in names() {
        let value = match form {
            Form::Group | Form::Groups | Form::Text | Form::OptionalText => "x",
            Form::Number(_) | Form::Days => "7",
            Form::Flag => "true",
            Form::List => "[]",
            Form::Texts | Form::Keys | Form::Numbers(_) | Form::TextLists | Form::TextTables => {
                "{}"
            }
        };
        // What is no region or no account is refused later than what is no setting.
        let right = said(&format!("{name}={value}"), ("", ""));
        assert!(!right.contains("invalid type"), "{name}: {right}");
        // And somebody reads it: another kind is refused.
        let anything =
            if form == Form::List { format!("[\"{ANYTHING}\"]") } else { ANYTHING.to_owned() };
        let wrong = said(&format!("{name}={anything}"), (&format!("\"{ANYTHING}\""), "[[1]]"));
        assert!(wrong.contains("invalid type"), "{name}: {wrong}");
    }
}

#[test]
fn the_sample_has_every_setting_and_each_at_its_default() {
    for entry in all().filter(|entry| !entry.form.is_group()) {
        let key = entry.key();
        let is_there = |line: &str| {
            let line = line.trim_start_matches("# ");
            let begins = line.strip_prefix(key).is_some_and(|rest| rest.starts_with(" = "));
            begins || line.split([']', ' ']).next().is_some_and(|head| head.ends_with(key))
        };
        assert!(SAMPLE.lines().any(is_there), "{} is not in the sample", entry.path);
        let Some(default) = entry.default().filter(|_| !entry.form.is_table()) else { continue };
        let said = format!("{key} = {default}");
        let rest = |line: &'static str| line.strip_prefix(&said);
        let is_default = SAMPLE
            .lines()
            .filter_map(rest)
            .any(|rest| rest.trim().is_empty() || rest.starts_with(' '));
        assert!(is_default, "{} is not at its default in the sample", entry.path);
    }
}

#[test]
fn a_name_in_the_file_that_differs_in_a_letter_is_refused_with_what_is_meant() {
    for (name, _) in names().iter().filter(|(name, _)| !name.contains("us-west-2")) {
        let (table, key) = name.rsplit_once('.').unwrap_or(("", name));
        let slip = format!("{key}q");
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        let text = match table {
            "" => format!("{slip} = 1"),
            "rules.daily" => format!("[[rules]]\nname = \"daily\"\n{slip} = 1"),
            "selections.databases" => {
                format!("[[selections]]\nname = \"databases\"\n{slip} = 1")
            }
            "plans.gold" => format!("[[plans]]\nname = \"gold\"\n{slip} = 1"),
            "plans.gold.rules.daily" => {
                format!("[[plans]]\nname = \"gold\"\n[[plans.rules]]\nname = \"daily\"\n{slip} = 1")
            }
            "plans.gold.selections.databases" => {
                format!(
                    "[[plans]]\nname = \"gold\"\n[[plans.selections]]\nname = \"databases\"\n{slip} = 1"
                )
            }
            table => format!("[{table}]\n{slip} = 1"),
        };
        // The keys of some tables are a person's own.
        if key == "S3" {
            continue;
        }
        let failure = ConfigFile::from_text(text).unwrap_err().to_string();
        let meant = nearest(&[&path[..path.len() - 1], &[slip]].concat()).unwrap();
        assert_eq!(meant.join("."), *name);
        assert!(failure.contains(&format!("no such setting; did you mean {name}?")), "{failure}");
    }
}
