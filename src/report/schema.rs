//! The report of `schema`: the form of a document, or the names of all documents.

use std::fmt;

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use crate::report::{Exit, Report};

/// The JSON Schema of a document, or the names of all schemas.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct SchemaReport {
    /// The names that `mrbackup schema` takes.
    pub(crate) names: Vec<&'static str>,
    /// `null` where no name was given.
    pub(crate) json_schema: Option<Schema>,
}

impl Report for SchemaReport {
    fn schema(&self) -> &'static str {
        "mrbackup.schema/1"
    }

    fn exit(&self) -> Exit {
        Exit::Success
    }
}

impl fmt::Display for SchemaReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.json_schema {
            Some(schema) => writeln!(f, "{:#}", schema.as_value()),
            None => self.names.iter().try_for_each(|name| writeln!(f, "{name}")),
        }
    }
}
