//! Questions to a JSON report.

use std::ops::Deref;

use serde_json::Value;

/// The document of a command that reports on resources.
#[derive(Debug)]
pub(crate) struct Report(Value);

impl Report {
    pub(crate) fn new(document: Value) -> Self {
        Self(document)
    }

    /// The rows of all resources, in their order.
    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<Row<'_>> {
        let rows = self.0["resources"].as_array();
        rows.unwrap_or_else(|| panic!("no resources in {:#}", self.0)).iter().map(Row).collect()
    }

    /// The row of the one resource of the kind in the region; roles for all regions have none.
    #[track_caller]
    pub(crate) fn row<'a>(&self, kind: &str, region: impl Into<Option<&'a str>>) -> Row<'_> {
        let region = region.into();
        let rows: Vec<_> = self.rows().into_iter().filter(|row| row.is(kind, region)).collect();
        let [row] = rows[..] else {
            panic!("{} rows of the {kind} in {region:?}:\n{:#}", rows.len(), self.0)
        };
        row
    }

    /// How backups are in the region.
    #[track_caller]
    pub(crate) fn backups_in(&self, region: &str) -> &Value {
        self.of_region("regions", region)
    }

    /// What the region's vault holds.
    #[track_caller]
    pub(crate) fn vault_in(&self, region: &str) -> &Value {
        self.of_region("vaults", region)
    }

    #[track_caller]
    fn of_region(&self, list: &str, region: &str) -> &Value {
        let found = self.0["backups"][list].as_array().into_iter().flatten();
        let mut found = found.filter(|each| each["region"] == region);
        found.next().unwrap_or_else(|| panic!("{region} is not among {list} of {:#}", self.0))
    }

    /// All that is noted on any resource.
    #[track_caller]
    pub(crate) fn notes(&self) -> Vec<&str> {
        let notes = self.rows().into_iter().filter_map(|row| row.0["notes"].as_array()).flatten();
        notes.map(|note| note.as_str().unwrap()).collect()
    }
}

impl Deref for Report {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

/// One resource of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a>(&'a Value);

impl<'a> Row<'a> {
    pub(crate) fn is(self, kind: &str, region: Option<&str>) -> bool {
        self.kind() == kind && self.region() == region
    }

    pub(crate) fn kind(self) -> &'a str {
        self.0["kind"].as_str().unwrap()
    }

    pub(crate) fn region(self) -> Option<&'a str> {
        self.0["region"].as_str()
    }

    pub(crate) fn condition(self) -> &'a str {
        self.0["condition"].as_str().unwrap()
    }

    /// The fields that differ.
    pub(crate) fn changes(self) -> Vec<&'a str> {
        let changes = self.0["changes"].as_array().map_or(&[][..], Vec::as_slice);
        changes.iter().map(|change| change["field"].as_str().unwrap()).collect()
    }
}

impl Deref for Row<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.0
    }
}
