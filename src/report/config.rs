//! The report of `config show`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::config::SettingSource;
use crate::report::{DIM, Exit, Report};

/// A setting, its value, and where that came from.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Setting {
    setting: String,
    value: String,
    origin: SettingSource,
}

impl Setting {
    pub(crate) fn new(setting: &str, value: String, origin: SettingSource) -> Self {
        Self { setting: setting.to_owned(), value, origin }
    }
}

/// Every setting.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ConfigReport {
    settings: Vec<Setting>,
}

impl ConfigReport {
    pub(crate) fn new(settings: Vec<Setting>) -> Self {
        Self { settings }
    }
}

impl Report for ConfigReport {
    fn schema(&self) -> &'static str {
        "mrbackup.config/1"
    }

    fn exit(&self) -> Exit {
        Exit::Success
    }
}

impl fmt::Display for ConfigReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.settings.iter().map(|row| row.setting.len()).max().unwrap_or_default();
        for Setting { setting, value, origin } in &self.settings {
            let origin = origin.as_str();
            writeln!(f, "{setting:width$}  {DIM}{origin:11}{DIM:#}  {value}")?;
        }
        Ok(())
    }
}
