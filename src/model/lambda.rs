//! The two Lambda functions of a deployment.

use std::fmt;

/// A function of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lambda {
    /// Is told of every job that ended, and says what failed.
    Validator,
    /// Looks every hour whether the copies are there, and says what is not.
    Watchdog,
}

impl Lambda {
    /// Its name in the names of all that belongs to it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Validator => "validator",
            Self::Watchdog => "watchdog",
        }
    }

    /// `module.function`, as Lambda's Python runtime loads it.
    pub(crate) fn handler(self) -> String {
        format!("{self}.handler")
    }

    /// What AWS's console shows beside its name.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Validator => "Checks AWS Backup jobs and sends alarms (mrbackup)",
            Self::Watchdog => "Looks whether backups and their copies are fresh (mrbackup)",
        }
    }
}

impl fmt::Display for Lambda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
