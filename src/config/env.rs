//! The environment, and where a setting came from.

use serde::Serialize;

/// The process's environment, as a function so that tests need not change it.
pub(crate) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The environment; a value that is not Unicode counts as unset.
pub(crate) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where a setting came from, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SettingSource {
    Flag,
    Environment,
    File,
    Recorded,
    Default,
}

impl SettingSource {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::File => "file",
            Self::Recorded => "recorded",
            Self::Default => "default",
        }
    }

    /// Of what was typed or is in the environment; `None` where it is neither.
    pub(crate) fn from_input(typed: bool, env: Env<'_>, name: &str) -> Option<Self> {
        if typed {
            return Some(Self::Flag);
        }
        twin(env, name).map(|_| Self::Environment)
    }
}

/// The value of `MRBACKUP_NAME`; one that is empty counts as unset.
pub(crate) fn twin(env: Env<'_>, name: &str) -> Option<String> {
    env(&format!("MRBACKUP_{name}")).filter(|value| !value.is_empty())
}
