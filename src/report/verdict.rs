//! What `status` finds in one word, and the members that go with it in a document.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::Searched;
use crate::report::or_null::{self, OrNull};

/// What `status` says in one word.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(into = "VerdictMembers")]
pub(crate) enum Verdict {
    /// Everything is there, ours, and as recorded.
    Healthy,
    NeedsAttention,
    /// There are resources of ours, but nothing that says what they should be.
    RecordLost {
        reason: String,
    },
    /// Nothing of the deployment was found.
    Nothing {
        searched: Searched,
    },
}

/// The word itself.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    /// Every resource is there, ours, and as recorded, and what is tagged is backed up.
    Healthy,
    NeedsAttention,
    /// There are resources of the deployment, and no record of what they should be.
    RecordLost,
    /// Nothing of the deployment was found.
    Nothing,
}

/// The verdict, with why the record is lost, or where nothing was found.
#[derive(Debug, JsonSchema, Serialize)]
struct VerdictMembers {
    verdict: Word,
    /// Why the record is lost; `null` where it is not.
    reason: Option<String>,
    /// Where the deployment was searched; each is `null` where it was found.
    #[serde(flatten, serialize_with = "or_null::members")]
    #[schemars(with = "OrNull<Searched>")]
    searched: Option<Searched>,
}

impl From<Verdict> for VerdictMembers {
    fn from(verdict: Verdict) -> Self {
        let (verdict, reason, searched) = match verdict {
            Verdict::Healthy => (Word::Healthy, None, None),
            Verdict::NeedsAttention => (Word::NeedsAttention, None, None),
            Verdict::RecordLost { reason } => (Word::RecordLost, Some(reason), None),
            Verdict::Nothing { searched } => (Word::Nothing, None, Some(searched)),
        };
        Self { verdict, reason, searched }
    }
}
