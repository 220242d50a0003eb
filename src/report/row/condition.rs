//! What is said of a resource in one word, and how that word looks.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{BAD, CARE, GOOD};
use crate::terminal::printable::Style;

/// How a resource was found, or what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Condition {
    /// There, ours, and as recorded.
    Ok,
    /// There is nothing, and nothing is wanted.
    NoneWanted,
    Missing,
    Differs,
    InProgress,
    /// Waits for a person or another service.
    Pending,
    NotOurs,
    Unknown,
    /// A plan's words; the next three are what becomes of them.
    ToCreate,
    ToChange,
    ToDelete,
    Created,
    Updated,
    Removed,
    Kept,
    /// Belongs to an earlier setting, and is rightly still there.
    Retained,
    /// Belongs to an earlier setting, and is still there.
    LeftOver,
    Failed,
    Skipped,
    /// Not ours: a setting names it, and it is used as it is.
    Given,
    /// A setting names it, and it cannot be used.
    Unfit,
}

/// How a condition is judged and shown.
pub(super) struct Look {
    /// Nothing about it is wrong.
    pub(super) is_well: bool,
    pub(super) mark: &'static str,
    pub(super) style: Style,
    pub(super) words: &'static str,
}

impl Condition {
    pub(super) fn is_well(self) -> bool {
        self.look().is_well
    }

    pub(super) fn look(self) -> Look {
        let well = |mark, style, words| Look { is_well: true, mark, style, words };
        let bad = |mark, style, words| Look { is_well: false, mark, style, words };
        match self {
            Self::Ok => well("✔", GOOD, ""),
            Self::NoneWanted => well("!", CARE, "none"),
            Self::Missing => bad("✘", BAD, "missing"),
            Self::Differs => bad("✘", BAD, "differs"),
            Self::InProgress => bad("!", CARE, "still changing"),
            Self::Pending => bad("!", CARE, "pending"),
            Self::NotOurs => bad("!", CARE, "not ours, left alone"),
            Self::Unknown => bad("?", BAD, "unknown"),
            Self::ToCreate => bad("+", GOOD, "to create"),
            Self::ToChange => bad("~", CARE, "to change"),
            Self::ToDelete => bad("-", BAD, "to delete"),
            Self::Created => well("+", GOOD, "created"),
            Self::Updated => well("~", CARE, "updated"),
            Self::Removed => well("-", GOOD, "removed"),
            Self::Kept => bad("!", CARE, "kept"),
            Self::Retained => well("!", CARE, "kept"),
            Self::LeftOver => well("!", CARE, "left over"),
            Self::Failed => bad("✘", BAD, "failed"),
            Self::Skipped => bad("!", CARE, "not begun"),
            Self::Given => well("✔", GOOD, "given, used as it is"),
            Self::Unfit => bad("✘", BAD, "given, and cannot be used"),
        }
    }
}
