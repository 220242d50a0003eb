//! The two Lambda functions: their names and their code, embedded and packed the same way everywhere.

mod zip;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

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

    fn source(self) -> &'static [u8] {
        match self {
            Self::Validator => include_bytes!("validator/validator.py"),
            Self::Watchdog => include_bytes!("watchdog/watchdog.py"),
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

    /// The deployment package.
    pub(crate) fn package(self) -> Vec<u8> {
        zip::zip(&format!("{self}.py"), self.source())
    }
}

impl fmt::Display for Lambda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Lambda's `CodeSha256` of a package.
pub(crate) fn code_sha256(package: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(package))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_holds_its_source_as_it_is() {
        for lambda in [Lambda::Validator, Lambda::Watchdog] {
            let (package, source) = (lambda.package(), lambda.source());
            assert!(package.windows(source.len()).any(|window| window == source), "{lambda}");
        }
        assert_eq!(code_sha256(b"").len(), 44);
    }
}
