//! The report of `lint`.

mod explain;
mod sarif;
mod text;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::lint::finding::{Finding, LostCopies};
use crate::lint::model::{Note, Place, Plan};
use crate::lint::read::Format;
use crate::lint::rules::Found;
use crate::lint::severity::Severity;
use crate::model::region::Region;
use crate::report::{Exit, Problem, Report};

pub(crate) use explain::ExplainReport;

/// What is wrong with backup plans, the worst first.
#[derive(Debug, Default, JsonSchema, Serialize)]
pub(crate) struct LintReport {
    /// The account that was read; `null` where only documents were.
    pub(crate) account: Option<String>,
    documents: Vec<DocumentRow>,
    findings: Vec<FindingRow>,
    /// What could not be known from a document, and was not checked.
    notes: Vec<Note>,
    pub(crate) unread: Vec<Unread>,
    /// Over all findings: copies that are scheduled and not made, in a year.
    lost_copies_per_year: i64,
}

/// A document, or a region of the account, that was read.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct DocumentRow {
    file: Option<String>,
    region: Option<Region>,
    /// `null` of a region of the account.
    format: Option<Format>,
    plans: usize,
    rules: usize,
}

impl DocumentRow {
    pub(crate) fn new(file: Option<String>, format: Format, plans: &[Plan]) -> Self {
        Self { file, format: Some(format), ..Self::counted(plans) }
    }

    pub(crate) fn of_region(region: Region, plans: &[Plan]) -> Self {
        Self { region: Some(region), ..Self::counted(plans) }
    }

    fn counted(plans: &[Plan]) -> Self {
        // A template's cases are of one plan.
        let mut places: Vec<&Place> = plans.iter().map(|plan| &plan.place).collect();
        places.sort();
        places.dedup();
        let rules = plans.iter().map(|plan| plan.rules.len()).max().unwrap_or_default();
        let all = plans.iter().map(|plan| plan.rules.len()).sum();
        let rules = if places.len() == plans.len() { all } else { rules };
        Self { file: None, region: None, format: None, plans: places.len(), rules }
    }
}

/// A fault of a plan.
#[derive(Debug, JsonSchema, Serialize)]
struct FindingRow {
    /// Stable: `L007`.
    id: &'static str,
    /// The same in words: `lost-copies`.
    name: &'static str,
    severity: Severity,
    #[serde(flatten)]
    place: Place,
    plan: String,
    rule: Option<String>,
    selection: Option<String>,
    /// What is wrong, with its numbers.
    text: String,
    /// Under which conditions of a template it is so; `null` where always.
    given: Option<String>,
    /// Why it matters.
    reason: &'static str,
    fix: String,
    /// The page of AWS's documentation.
    page: &'static str,
    lost_copies: Option<LostCopies>,
    #[serde(skip)]
    lost_a_year: i64,
}

impl From<Finding> for FindingRow {
    fn from(finding: Finding) -> Self {
        let entry = finding.entry();
        let lost_a_year = finding.lost_a_year();
        Self {
            id: entry.id,
            name: entry.name,
            severity: finding.severity,
            place: finding.place,
            plan: finding.plan,
            rule: finding.rule,
            selection: finding.selection,
            text: finding.text,
            given: finding.given,
            reason: entry.reason,
            fix: finding.fix,
            page: entry.page.url,
            lost_copies: finding.lost,
            lost_a_year,
        }
    }
}

/// What could not be read, and why.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Unread {
    what: String,
    error: Problem,
    /// Whether it is a document, which someone has to repair.
    #[serde(skip)]
    is_document: bool,
}

impl Unread {
    pub(crate) fn new(what: &str, failure: &Failure) -> Self {
        Self { what: what.to_owned(), error: failure.into(), is_document: false }
    }

    pub(crate) fn of_document(file: &str, failure: &Failure) -> Self {
        Self { is_document: true, ..Self::new(file, failure) }
    }
}

impl LintReport {
    pub(crate) fn add(&mut self, document: DocumentRow, found: Found) {
        self.documents.push(document);
        self.findings.extend(found.findings.into_iter().map(FindingRow::from));
        self.notes.extend(found.notes);
    }

    /// The worst first, and what is equally bad by its place.
    pub(crate) fn in_order(mut self) -> Self {
        self.findings.sort_by(|one, other| {
            let rank = |row: &FindingRow| (row.severity, -row.lost_a_year);
            rank(one)
                .cmp(&rank(other))
                .then_with(|| one.place.cmp(&other.place))
                .then(one.id.cmp(other.id))
        });
        let certain = self.findings.iter().filter(|row| row.severity == Severity::Loses);
        self.lost_copies_per_year = certain.map(|row| row.lost_a_year).sum();
        self
    }
}

impl Report for LintReport {
    fn schema(&self) -> &'static str {
        "mrbackup.lint/1"
    }

    /// A document that cannot be read is the worst: nothing is known of it.
    fn exit(&self) -> Exit {
        if self.unread.iter().any(|unread| unread.is_document) {
            Exit::Usage
        } else if self.findings.is_empty() && self.unread.is_empty() {
            Exit::Success
        } else {
            Exit::NeedsAttention
        }
    }

    fn sarif(&self) -> Option<Value> {
        Some(self.to_sarif())
    }
}
