//! The report of `config init`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{CARE, Exit, GOOD, Report, plural};
use crate::terminal::wrap::wrapped;

/// The file that was written, or printed.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ConfigInitReport {
    /// `null` where it was printed.
    pub(crate) path: Option<String>,
    /// Recorded subscribers that are not in it, as no topic has their addresses.
    pub(crate) unknown_subscribers: usize,
    /// The file's content.
    pub(crate) text: String,
}

impl Report for ConfigInitReport {
    fn schema(&self) -> &'static str {
        "mrbackup.config-init/1"
    }

    fn exit(&self) -> Exit {
        Exit::Success
    }
}

impl fmt::Display for ConfigInitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(path) = &self.path else { return f.write_str(&self.text) };
        writeln!(f, "{GOOD}✔{GOOD:#} Wrote the settings in force to {path}.")?;
        if self.unknown_subscribers > 0 {
            let missing = plural(self.unknown_subscribers, "recorded subscriber");
            let advice = format!(
                "{missing} not in it: no topic has the address. Add it under [alerts], or `mrbackup up` removes the subscriber."
            );
            wrapped(f, &format!("{CARE}!{CARE:#} "), "  ", &advice)?;
        }
        writeln!(f, "  Edit it, then: mrbackup plan --config {path}")
    }
}
