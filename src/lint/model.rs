//! What a plan is to the linter, whatever document it was read from: each value known, absent, or unknown.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::region::Region;
use crate::model::vault_lock::VaultLock;

/// A value of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Known<T> {
    Is(T),
    #[default]
    Absent,
    /// It depends on what the document does not have; a note names it.
    Unknown,
}

impl<T: Clone> Known<T> {
    pub(crate) fn get(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Unknown => None,
        }
    }

    /// The value, or AWS's default where it is left out; `None` where it is unknown.
    pub(crate) fn or(&self, default: T) -> Option<T> {
        match self {
            Self::Is(value) => Some(value.clone()),
            Self::Absent => Some(default),
            Self::Unknown => None,
        }
    }

    /// `None` where it is unknown, and `Some(None)` where it is left out.
    #[expect(clippy::option_option, reason = "unknown, none and some are three things")]
    pub(crate) fn if_known(&self) -> Option<Option<T>> {
        match self {
            Self::Is(value) => Some(Some(value.clone())),
            Self::Absent => Some(None),
            Self::Unknown => None,
        }
    }
}

/// Where something stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub(crate) struct Place {
    /// The file as it was named; `null` of what was read from AWS.
    pub(crate) file: Option<String>,
    /// The line, from 1; `null` where the document has none worth naming.
    pub(crate) line: Option<usize>,
    /// The way to it in the document: JSON pointer, logical id, or Terraform's address.
    pub(crate) pointer: Option<String>,
    /// The region that it was read from; `null` of a file.
    pub(crate) region: Option<Region>,
}

impl Place {
    /// The same place, at this line where one is known.
    pub(crate) fn at(&self, line: Option<usize>) -> Self {
        Self { line: line.or(self.line), ..self.clone() }
    }
}

/// A value with its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field<T> {
    pub(crate) value: Known<T>,
    pub(crate) line: Option<usize>,
}

impl<T> Field<T> {
    pub(crate) fn is(value: T) -> Self {
        Self { value: Known::Is(value), line: None }
    }

    /// The value where there is one.
    pub(crate) fn from_option(value: Option<T>) -> Self {
        Self { value: value.map_or(Known::Absent, Known::Is), line: None }
    }
}

/// A backup plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// What it is called here: its name, or what stands for it.
    pub(crate) label: String,
    pub(crate) name: Field<String>,
    /// The regions in which it is made; empty where the document does not name them.
    pub(crate) regions: Vec<Region>,
    pub(crate) account: Option<String>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) selections: Vec<Selection>,
    /// Whether these are all of its selections.
    pub(crate) has_all_selections: bool,
    pub(crate) place: Place,
    /// AWS's id, where the document has it.
    pub(crate) id: Option<String>,
    /// Under which conditions of the template it is so.
    pub(crate) given: Option<String>,
    /// What else it has: members that no check reads, each with its value.
    pub(crate) others: Vec<String>,
}

/// A backup rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rule {
    pub(crate) name: Field<String>,
    /// Name of the vault that it backs up into.
    pub(crate) vault: Field<String>,
    pub(crate) schedule: Field<String>,
    pub(crate) timezone: Field<String>,
    pub(crate) start_window: Field<i64>,
    pub(crate) completion_window: Field<i64>,
    pub(crate) continuous: Field<bool>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) copies: Vec<Copy>,
    /// Tags of the recovery points; `None` where a value is not known.
    pub(crate) point_tags: Vec<(String, Option<String>)>,
    pub(crate) place: Place,
    /// What else it has: members that no check reads, each with its value.
    pub(crate) others: Vec<String>,
}

impl Rule {
    /// Its name, or its number in the plan.
    pub(crate) fn label(&self, at: usize) -> String {
        self.name.value.get().cloned().unwrap_or_else(|| format!("number {}", at + 1))
    }
}

/// When a recovery point moves to cold storage and is deleted, in days.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lifecycle {
    /// Whether the document has one at all.
    pub(crate) is_there: bool,
    pub(crate) cold: Field<i64>,
    pub(crate) delete: Field<i64>,
    pub(crate) archive: Field<bool>,
    /// What else it has, each with its value.
    pub(crate) others: Vec<String>,
}

impl Lifecycle {
    /// The day of its end: `Some(None)` never, `None` unknown. -1 is AWS's word for never.
    #[expect(clippy::option_option, reason = "unknown, none and some are three things")]
    pub(crate) fn end(&self) -> Option<Option<i64>> {
        self.delete.value.if_known().map(|days| days.filter(|days| *days != -1))
    }
}

/// A copy action.
#[derive(Clone, Debug, Default)]
pub(crate) struct Copy {
    /// ARN of the vault, or what stands for it.
    pub(crate) vault: Field<String>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) place: Place,
    /// What else it has, each with its value.
    pub(crate) others: Vec<String>,
}

/// A tag of which any one selects; policies of AWS Organizations have several values in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AnyTag {
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

impl AnyTag {
    /// As AWS prints it: `key=value`.
    pub(crate) fn words(&self) -> String {
        format!("{}={}", self.key, self.values.join("|"))
    }
}

/// What the operator of a condition is called (API reference, `Conditions`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equals,
    NotEquals,
    Like,
    NotLike,
}

impl Operator {
    pub(crate) const ALL: [Self; 4] = [Self::Equals, Self::NotEquals, Self::Like, Self::NotLike];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Equals => "StringEquals",
            Self::NotEquals => "StringNotEquals",
            Self::Like => "StringLike",
            Self::NotLike => "StringNotLike",
        }
    }

    /// The operator of a name, as the API or Terraform and policies write it.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let plain = name.replace('_', "").to_ascii_lowercase();
        Self::ALL.into_iter().find(|one| one.as_str().to_ascii_lowercase() == plain)
    }
}

/// A condition; all of a selection have to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// `None` of an operator that AWS does not have.
    pub(crate) operator: Option<Operator>,
    /// As it is written: `aws:ResourceTag/KEY`.
    pub(crate) key: String,
    pub(crate) value: String,
}

/// A backup selection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    pub(crate) label: String,
    pub(crate) name: Field<String>,
    pub(crate) role: Field<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) not_resources: Vec<String>,
    /// The tags of which any one selects.
    pub(crate) any_tags: Vec<AnyTag>,
    pub(crate) conditions: Vec<Condition>,
    /// AWS's id, where the document has it.
    pub(crate) id: Option<String>,
    /// Whether all of its lists are known.
    pub(crate) is_known: bool,
    pub(crate) place: Place,
    /// What else it has, each with its value.
    pub(crate) others: Vec<String>,
}

/// A vault that the document makes, or that was read.
#[derive(Clone, Debug)]
pub(crate) struct Vault {
    pub(crate) name: String,
    /// `None` where the document does not name it.
    pub(crate) region: Option<Region>,
    pub(crate) lock: Option<VaultLock>,
    /// ARN of its key, if that is a customer's and known.
    pub(crate) key: Option<String>,
    pub(crate) is_air_gapped: bool,
}

/// What could not be known, and therefore was not checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub(crate) struct Note {
    #[serde(flatten)]
    pub(crate) place: Place,
    pub(crate) text: String,
}

/// All that was read of one document, or of one region of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) plans: Vec<Plan>,
    pub(crate) vaults: Vec<Vault>,
    pub(crate) notes: Vec<Note>,
}
