//! What an entry of the catalog is.

use crate::lint::severity::Severity;

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Check {
    ColdStorage,
    ContinuousTooLong,
    ContinuousCold,
    StartWindow,
    CompletionWindow,
    TooFrequent,
    LostCopies,
    InvalidSchedule,
    RateSchedule,
    InvalidTimezone,
    RetentionGap,
    RetentionMargin,
    CopyIntoOwnVault,
    CopyInOwnRegion,
    EndlessCopy,
    TagsAreAlternatives,
    ResourcesOrTags,
    DuplicateRule,
    TooManyRules,
    TooManyCopies,
    TooManySelections,
    TooManyResources,
    TooManyConditions,
    ConditionsAlone,
    InvalidName,
    LifecycleDays,
    CopyAcrossPartitions,
    ScheduleEnded,
    LockedVault,
    UncopiedType,
    NoColdStorage,
    VaultMissing,
    RoleMissing,
    KeyUnusable,
    NothingSelected,
}

/// A check as it is explained.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) check: Check,
    /// Never given to another check.
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    /// Of the usual case; a finding may be milder.
    pub(crate) severity: Severity,
    pub(crate) what: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) page: Page,
    pub(crate) fix: &'static str,
}

/// A page of AWS's documentation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    pub(crate) title: &'static str,
    pub(crate) url: &'static str,
}
