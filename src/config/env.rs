//! The environment, and where a setting came from.

use std::ffi::OsString;

use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;

/// The process's environment, as a function so that tests need not change it.
pub(crate) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Variables that are read by mrbackup or by what it is made of, besides those that begin as below.
const READ: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "HOME",
    "TERM",
    "CI",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "BOTO_CONFIG",
];
const READ_FROM: &[&str] = &["AWS_", "MRBACKUP_"];

/// Refuses a variable whose value would be dropped in silence.
///
/// # Errors
/// [`Failure::Usage`] with its name.
pub(crate) fn check_unicode(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<(), Failure> {
    for (name, value) in variables {
        let (Some(name), None) = (name.to_str(), value.to_str()) else { continue };
        let upper = name.to_uppercase();
        let begins = READ_FROM.iter().any(|begin| upper.starts_with(begin));
        if begins || READ.contains(&upper.as_str()) {
            return Err(Failure::Usage(format!(
                "{name} is no UTF-8 text: set it anew, or unset it"
            )));
        }
    }
    Ok(())
}

/// The environment. A value that is not Unicode has been refused before, if anybody reads it.
pub(crate) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where a setting came from, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
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

/// The value of `MRBACKUP_NAME`, which is one of a few words.
///
/// # Errors
/// [`Failure::Usage`] with what is allowed.
pub(crate) fn value<T: clap::ValueEnum>(
    env: Env<'_>,
    name: &str,
    allowed: &str,
) -> Result<Option<T>, Failure> {
    let parse = |typed: String| {
        T::from_str(&typed, true).map_err(|_| {
            Failure::Usage(format!("MRBACKUP_{name} is {typed:?}: it can be {allowed}"))
        })
    };
    twin(env, name).map(parse).transpose()
}
