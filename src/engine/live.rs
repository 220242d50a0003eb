//! What an observation finds.

use serde::Serialize;
use serde_json::Value;

use crate::engine::Change;
use crate::failure::Failure;

/// A resource of ours as it was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed<S = Value> {
    /// Of the same type as what is wanted, so that both compare field by field.
    pub(crate) spec: S,
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

impl<S> Observed<S> {
    pub(crate) fn new(spec: S) -> Self {
        Self {
            spec,
            notes: Vec::new(),
            warnings: Vec::new(),
            attention: Vec::new(),
            manual_changes: Vec::new(),
            is_empty: false,
            keep_reason: None,
        }
    }

    /// The same with its specification as the tree of fields that is compared, and the specification.
    fn split(self) -> (Observed, S)
    where
        S: Serialize,
    {
        let Self { spec, notes, warnings, attention, manual_changes, is_empty, keep_reason } = self;
        let fields = to_value(&spec);
        let observed = Observed {
            spec: fields,
            notes,
            warnings,
            attention,
            manual_changes,
            is_empty,
            keep_reason,
        };
        (observed, spec)
    }
}

/// A specification as the tree of fields that is compared.
pub(crate) fn to_value(spec: &impl Serialize) -> Value {
    serde_json::to_value(spec).expect("specifications have only string keys")
}

/// What an observation found.
#[derive(Clone, Debug)]
pub(crate) enum Live<S = Value> {
    Absent,
    Ours(Observed<S>),
    /// Ours, and still changing by itself.
    InProgress(Observed<S>, String),
    /// There, but without our tag.
    NotOurs(String),
    /// Not ours: a setting names it, and it is used as it is. Its specification is neither compared nor changed.
    Given(Observed<S>),
    /// Named by a setting, and it cannot be used: why, and what to do.
    Unfit(String),
    /// Could not be read: neither there nor absent.
    Unknown(Failure),
}

impl<S> Live<S> {
    /// What was found of ours.
    pub(crate) fn observed(&self) -> Option<&Observed<S>> {
        match self {
            Self::Ours(observed) | Self::InProgress(observed, _) => Some(observed),
            Self::Absent
            | Self::NotOurs(_)
            | Self::Given(_)
            | Self::Unfit(_)
            | Self::Unknown(_) => None,
        }
    }

    /// What was found, be it ours or only used.
    pub(crate) fn seen(&self) -> Option<&Observed<S>> {
        match self {
            Self::Given(observed) => Some(observed),
            _ => self.observed(),
        }
    }

    /// The same for the engine, which knows no type of a specification, and the specification.
    pub(super) fn split(self) -> (Live, Option<S>)
    where
        S: Serialize,
    {
        match self {
            Self::Absent => (Live::Absent, None),
            Self::NotOurs(why) => (Live::NotOurs(why), None),
            Self::Unfit(why) => (Live::Unfit(why), None),
            Self::Given(observed) => (Live::Given(observed.split().0), None),
            Self::Unknown(failure) => (Live::Unknown(failure), None),
            Self::Ours(observed) => {
                let (observed, spec) = observed.split();
                (Live::Ours(observed), Some(spec))
            }
            Self::InProgress(observed, why) => {
                let (observed, spec) = observed.split();
                (Live::InProgress(observed, why), Some(spec))
            }
        }
    }
}
