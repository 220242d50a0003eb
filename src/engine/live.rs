//! What an observation finds.

use serde::Serialize;
use serde_json::Value;

use crate::engine::Change;
use crate::failure::Failure;

/// A resource of ours as it was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed {
    /// Of the same type as what is wanted, so that both compare field by field.
    pub(crate) spec: Value,
    /// What others have added: said, and left alone.
    pub(crate) notes: Vec<String>,
    /// What a person should know of, although nothing is broken.
    pub(crate) warnings: Vec<String>,
    /// What is broken and only a person can put right.
    pub(crate) attention: Vec<String>,
    /// What differs from the record and only a person can put right: named, and never acted upon.
    pub(crate) manual_changes: Vec<Change>,
    /// Nothing is in it, so that nothing of it is there for one who wants it gone.
    pub(crate) is_empty: bool,
    /// Why it has to stay although it is not wanted any more.
    pub(crate) keep_reason: Option<String>,
}

impl Observed {
    pub(crate) fn new(spec: &impl Serialize) -> Self {
        Self { spec: to_value(spec), ..Self::default() }
    }
}

/// A specification as the tree of fields that is compared.
pub(crate) fn to_value(spec: &impl Serialize) -> Value {
    serde_json::to_value(spec).expect("specifications have only string keys")
}

/// What an observation found.
#[derive(Clone, Debug)]
pub(crate) enum Live {
    Absent,
    Ours(Observed),
    /// Ours, and still changing by itself.
    InProgress(Observed, String),
    /// There, but without our tag.
    NotOurs(String),
    /// Could not be read: neither there nor absent.
    Unknown(Failure),
}

impl Live {
    pub(crate) fn observed(&self) -> Option<&Observed> {
        match self {
            Self::Ours(observed) | Self::InProgress(observed, _) => Some(observed),
            Self::Absent | Self::NotOurs(_) | Self::Unknown(_) => None,
        }
    }
}

/// An observation that failed is an answer too.
impl From<Result<Self, Failure>> for Live {
    fn from(result: Result<Self, Failure>) -> Self {
        result.unwrap_or_else(Self::Unknown)
    }
}
