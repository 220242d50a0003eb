//! What `mrbackup help TOPIC` explains beside the commands.

use clap::ValueEnum;

use crate::model::settings::table::{Form, all};

/// How wide a terminal is at least.
const COLUMNS: usize = 80;
/// As long as the longest name of a setting.
const NAME: usize = 34;

/// A subject that concerns more than one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Topic {
    ExitCodes,
    Environment,
    Config,
    Json,
    Freshness,
    Safety,
}

impl Topic {
    /// Its text, in lines of 80 columns at most.
    pub(crate) fn text(self) -> String {
        let written = match self {
            Self::ExitCodes => include_str!("topics/exit-codes.txt"),
            Self::Environment => include_str!("topics/environment.txt"),
            Self::Config => include_str!("topics/config.txt"),
            Self::Json => include_str!("topics/json.txt"),
            Self::Freshness => include_str!("topics/freshness.txt"),
            Self::Safety => include_str!("topics/safety.txt"),
        };
        let listed = if self == Self::Config { settings() } else { String::new() };
        format!("{written}{listed}")
    }

    /// Its name as it is typed.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// A row for each setting: its name, what it is, and as far as there is room its limits and its default.
fn settings() -> String {
    // What stands in a plan stands at the top too.
    let named = all().filter(|entry| !entry.form.is_group() && entry.at_top().is_none());
    let rows = named.map(|entry| {
        let mark = if entry.is_recorded { ' ' } else { '-' };
        let mut row = format!("{mark} {:NAME$}  {}", entry.path, entry.about);
        let limits = match entry.form {
            Form::Number(limits) | Form::Numbers(limits) => format!(", {}", limits.words()),
            _ => String::new(),
        };
        let default = entry.default().filter(|default| !["{}", "[]"].contains(&default.as_str()));
        let default = default.map(|default| format!(" [{default}]")).unwrap_or_default();
        for more in [limits, default] {
            if row.chars().count() + more.chars().count() <= COLUMNS {
                row += &more;
            }
        }
        row + "\n"
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;
    use crate::config::cli::Cli;

    fn options(command: &clap::Command) -> BTreeSet<String> {
        let own = command.get_arguments().filter_map(clap::Arg::get_long).map(str::to_owned);
        own.chain(command.get_subcommands().flat_map(options)).collect()
    }

    #[test]
    fn every_topic_fits_a_terminal() {
        for topic in Topic::value_variants() {
            let text = topic.text();
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
            assert!(widest <= COLUMNS, "{topic:?} is {widest} columns wide");
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{topic:?}");
        }
    }

    /// An option that a topic names and that does not exist would be an advice that cannot be followed.
    #[test]
    fn every_option_of_a_topic_exists() {
        let known = options(&Cli::command());
        for topic in Topic::value_variants() {
            let text = topic.text();
            let words = text.split(|c: char| !(c.is_alphanumeric() || c == '-'));
            for option in words.filter_map(|word| word.strip_prefix("--")) {
                assert!(known.contains(option), "{topic:?} names --{option}");
            }
        }
    }

    #[test]
    fn a_variable_is_called_as_its_option() {
        let text = Topic::Environment.text();
        let rows = text.lines().map(|line| {
            let mut words = line.split_whitespace();
            (words.next().unwrap_or_default(), words.next().unwrap_or_default())
        });
        let stand_for = rows.filter_map(|(variable, option)| {
            Some((variable.strip_prefix("MRBACKUP_")?, option.strip_prefix("--")?))
        });
        let stand_for: Vec<_> = stand_for.collect();
        assert!(stand_for.len() > 10, "{stand_for:?}");
        for (variable, option) in stand_for {
            assert_eq!(variable, option.to_uppercase().replace('-', "_"));
        }
    }

    #[test]
    fn every_variable_of_a_setting_is_listed_with_its_option() {
        let text = Topic::Environment.text();
        for entry in all().filter(|entry| !entry.variable.is_empty()) {
            let row =
                text.lines().find(|line| line.split_whitespace().next() == Some(entry.variable));
            let row = row.unwrap_or_else(|| panic!("{} is not listed", entry.variable));
            assert!(row.contains(entry.flag), "{row}");
        }
    }

    #[test]
    fn every_option_of_a_setting_exists() {
        let known = options(&Cli::command());
        let flags = all().flat_map(|entry| entry.more_flags.iter().chain([&entry.flag]));
        for flag in flags.filter(|flag| !flag.is_empty()) {
            assert!(known.contains(flag.trim_start_matches("--")), "{flag}");
        }
    }
}
