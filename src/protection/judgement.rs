//! How well a resource is backed up: the judgement, and its members in a document.

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::instant::instant;
use crate::model::time::Time;

/// How well a resource is backed up in a region.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(into = "FreshnessMembers")]
pub(crate) enum Freshness {
    /// A good point within the promised age.
    Fresh { newest: Time },
    /// A good point, and an older one.
    Late {
        newest: Time,
        /// What is wrong with a newer point, or with its continuous backup.
        flaw: Option<String>,
    },
    /// No good point, because its continuous backup was stopped, for AWS's reason.
    Stopped { reason: String },
    /// No good point though one was due.
    Never { reason: Cow<'static, str> },
    /// No good point, and none that AWS Backup could make: it does not copy the type there.
    Uncopyable { reason: String },
    /// No good point, and none was due yet, as far as is known.
    Pending {
        /// The oldest sign that it was to be backed up.
        since: Option<Time>,
        /// Where there is none: since when AWS Backup has run for others alone, as is right for what
        /// was tagged since.
        passed_over_since: Option<Time>,
    },
}

impl Freshness {
    pub(crate) fn is_fresh(&self) -> bool {
        matches!(self, Self::Fresh { .. })
    }
}

/// The judgement in one word.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    /// A good recovery point within the RPO.
    Fresh,
    /// Its newest good recovery point is older than the RPO.
    Late,
    /// No good recovery point, because its continuous backup was stopped.
    Stopped,
    /// No good recovery point, though one was due.
    Never,
    /// No good recovery point: AWS Backup does not copy the type there.
    CannotBeCopied,
    /// No good recovery point, and none was due yet.
    Pending,
}

/// The word, and what is known beside it. What does not go with a word is `null`.
#[derive(Debug, JsonSchema, Serialize)]
struct FreshnessMembers {
    freshness: Word,
    /// How far its newest good recovery point reaches: for a continuous backup, to the time of the read.
    newest_at: Option<Timestamp>,
    /// Of a late one: what is wrong with a newer recovery point, or with its continuous backup.
    flaw: Option<String>,
    /// Why there is none, of `stopped`, `never` and `cannot-be-copied`.
    reason: Option<Cow<'static, str>>,
    /// Of a pending one: the oldest sign that it was to be backed up.
    first_seen_at: Option<Timestamp>,
    /// Of a pending one without such a sign: since when AWS Backup has run for others alone.
    passed_over_at: Option<Timestamp>,
}

impl FreshnessMembers {
    fn new(freshness: Word) -> Self {
        Self {
            freshness,
            newest_at: None,
            flaw: None,
            reason: None,
            first_seen_at: None,
            passed_over_at: None,
        }
    }
}

impl From<Freshness> for FreshnessMembers {
    fn from(freshness: Freshness) -> Self {
        match freshness {
            Freshness::Fresh { newest } => {
                Self { newest_at: instant(newest), ..Self::new(Word::Fresh) }
            }
            Freshness::Late { newest, flaw } => {
                Self { newest_at: instant(newest), flaw, ..Self::new(Word::Late) }
            }
            Freshness::Stopped { reason } => {
                Self { reason: Some(reason.into()), ..Self::new(Word::Stopped) }
            }
            Freshness::Never { reason } => Self { reason: Some(reason), ..Self::new(Word::Never) },
            Freshness::Uncopyable { reason } => {
                Self { reason: Some(reason.into()), ..Self::new(Word::CannotBeCopied) }
            }
            Freshness::Pending { since, passed_over_since } => Self {
                first_seen_at: since.and_then(instant),
                passed_over_at: passed_over_since.and_then(instant),
                ..Self::new(Word::Pending)
            },
        }
    }
}
