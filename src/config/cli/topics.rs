//! What `mrbackup help TOPIC` explains beside the commands.

use clap::ValueEnum;

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
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::ExitCodes => include_str!("topics/exit-codes.txt"),
            Self::Environment => include_str!("topics/environment.txt"),
            Self::Config => include_str!("topics/config.txt"),
            Self::Json => include_str!("topics/json.txt"),
            Self::Freshness => include_str!("topics/freshness.txt"),
            Self::Safety => include_str!("topics/safety.txt"),
        }
    }

    /// Its name as it is typed.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
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
            assert!(widest <= 80, "{topic:?} is {widest} columns wide");
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{topic:?}");
        }
    }

    /// An option that a topic names and that does not exist would be an advice that cannot be followed.
    #[test]
    fn every_option_of_a_topic_exists() {
        let known = options(&Cli::command());
        for topic in Topic::value_variants() {
            let words = topic.text().split(|c: char| !(c.is_alphanumeric() || c == '-'));
            for option in words.filter_map(|word| word.strip_prefix("--")) {
                assert!(known.contains(option), "{topic:?} names --{option}");
            }
        }
    }

    #[test]
    fn a_variable_is_called_as_its_option() {
        let rows = Topic::Environment.text().lines().map(|line| {
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
}
