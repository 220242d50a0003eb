//! The table of the checks: an entry for each, in the order of their ids.

use crate::lint::catalog::entry::Check::{
    ColdStorage, CompletionWindow, ConditionsAlone, ContinuousCold, ContinuousTooLong,
    CopyAcrossPartitions, CopyInOwnRegion, CopyIntoOwnVault, DuplicateRule, EndlessCopy,
    InvalidName, InvalidSchedule, InvalidTimezone, KeyUnusable, LifecycleDays, LockedVault,
    LostCopies, NoColdStorage, NothingSelected, RateSchedule, ResourcesOrTags, RetentionGap,
    RetentionMargin, RoleMissing, ScheduleEnded, StartWindow, TagsAreAlternatives, TooFrequent,
    TooManyConditions, TooManyCopies, TooManyResources, TooManyRules, TooManySelections,
    UncopiedType, VaultMissing,
};
use crate::lint::catalog::entry::{Check, Entry, Page};
use crate::lint::severity::Severity::{self, Loses, Refused, Warning};

macro_rules! page {
    ($title:literal, $file:literal) => {
        Page {
            title: $title,
            url: concat!("https://docs.aws.amazon.com/aws-backup/latest/devguide/", $file, ".html"),
        }
    };
}

const LIFECYCLE: Page = page!("API reference, Lifecycle", "API_Lifecycle");
const RULE: Page = page!("API reference, BackupRuleInput", "API_BackupRuleInput");
const OPTIONS: Page =
    page!("Backup plan options and configuration", "plan-options-and-configuration");
const PITR: Page = page!("Continuous backups and point-in-time recovery", "point-in-time-recovery");
const SELECTION: Page = page!("API reference, BackupSelection", "API_BackupSelection");
const QUOTAS: Page = page!("AWS Backup quotas", "aws-backup-limits");
const COPY: Page = page!("Copy a backup", "recov-point-create-a-copy");
const CROSS_REGION: Page =
    page!("Creating backup copies across AWS Regions", "cross-region-backup");
const TYPES: Page = page!("Feature availability by resource", "backup-feature-availability");
const LOCK: Page = page!("AWS Backup Vault Lock", "vault-lock");
const VAULTS: Page = page!("Creating a backup vault", "create-a-vault");
const ACCESS: Page = page!("Access control", "access-control");
const ENCRYPTION: Page = page!("Encryption for backups in AWS Backup", "encryption");
const ASSIGNING: Page = page!("Assigning resources to a backup plan", "assigning-resources");
const EXPIRY: Page = page!("Deleting backups", "deleting-backups");

const fn of(
    check: Check,
    (id, name): (&'static str, &'static str),
    severity: Severity,
    what: &'static str,
    reason: &'static str,
    page: Page,
    fix: &'static str,
) -> Entry {
    Entry { check, id, name, severity, what, reason, page, fix }
}

/// Every check, by id.
pub(crate) const CATALOG: &[Entry] = &[
    of(
        ColdStorage,
        ("L001", "cold-storage-too-short"),
        Refused,
        "A backup or copy is deleted less than 90 days after it moves to cold storage.",
        "What moves to cold storage is kept there for at least 90 days. AWS refuses the plan.",
        LIFECYCLE,
        "Delete at least 90 days after the move, or do not move to cold storage.",
    ),
    of(
        ContinuousTooLong,
        ("L002", "continuous-too-long"),
        Refused,
        "A continuous rule keeps its backups longer than 35 days.",
        "A continuous backup reaches back at most 35 days. AWS refuses a longer retention.",
        PITR,
        "Keep continuous backups 35 days at most, and add a rule of snapshots for what is kept longer.",
    ),
    of(
        ContinuousCold,
        ("L003", "continuous-cold"),
        Refused,
        "A continuous rule moves its backups to cold storage.",
        "Continuous backups stay warm: 35 days at most are fewer than the 90 that cold storage asks for. AWS refuses the plan.",
        PITR,
        "Leave out the days until cold storage of a continuous rule.",
    ),
    of(
        StartWindow,
        ("L004", "start-window"),
        Refused,
        "A start window is shorter than 60 minutes or longer than 100 years.",
        "AWS Backup takes start windows from 60 minutes to 52,560,000 minutes.",
        RULE,
        "Set a start window of at least 60 minutes, or leave it out: the default is 480.",
    ),
    of(
        CompletionWindow,
        ("L005", "completion-window"),
        Refused,
        "A completion window is not at least 60 minutes longer than the start window.",
        "AWS Backup refuses a rule whose completion window does not leave an hour after the start window.",
        RULE,
        "Raise the completion window, or leave it out: the default is 10,080 minutes.",
    ),
    of(
        TooFrequent,
        ("L006", "more-than-hourly"),
        Refused,
        "A rule runs more often than once an hour.",
        "AWS Backup runs a rule at most once an hour.",
        OPTIONS,
        "Name one minute of the hour; for less data loss use continuous backups.",
    ),
    of(
        LostCopies,
        ("L007", "lost-copies"),
        Loses,
        "Start windows of two rules overlap, and the backup that AWS Backup keeps is not copied where the other would have been.",
        "Where the start windows of two rules of a plan overlap, AWS Backup makes one backup, for the rule with the longer retention, with the copies of that rule alone. No job fails, and no event is sent. Counted are the runs of two years.",
        OPTIONS,
        "Give the rule that wins the copy action that is missing, or move the schedules so far apart that the start windows do not overlap.",
    ),
    of(
        InvalidSchedule,
        ("L008", "invalid-schedule"),
        Refused,
        "A schedule is not one that AWS takes, or has no run at all.",
        "AWS cron has six fields, of which exactly one of day-of-month and day-of-week is ?.",
        OPTIONS,
        "Write the schedule as in cron(0 5 ? * * *).",
    ),
    of(
        RateSchedule,
        ("L009", "rate-schedule"),
        Refused,
        "A schedule is rate(...) or at(...).",
        "A backup rule takes cron expressions.",
        RULE,
        "Write it as a cron expression.",
    ),
    of(
        InvalidTimezone,
        ("L010", "invalid-timezone"),
        Refused,
        "The time zone of a schedule is not an IANA name.",
        "The zone of a schedule is an IANA name, such as Europe/Berlin.",
        RULE,
        "Name a zone of the IANA list, or leave it out for UTC.",
    ),
    of(
        RetentionGap,
        ("L011", "retention-shorter-than-gap"),
        Loses,
        "Everything that was kept expires before the next backup or copy comes.",
        "Between the expiry of the last recovery point and the next run there is none to restore from. The gap is the worst one of the calendar.",
        EXPIRY,
        "Keep longer than the worst gap, or run the rule more often.",
    ),
    of(
        RetentionMargin,
        ("L012", "retention-without-margin"),
        Warning,
        "Everything that was kept may expire before the next backup or copy comes, if that starts late in its window.",
        "A job may start at any time of its start window. A retention that is no longer than gap and window leaves hours without a recovery point.",
        EXPIRY,
        "Keep at least one start window longer than the worst gap.",
    ),
    of(
        CopyIntoOwnVault,
        ("L013", "copy-into-own-vault"),
        Loses,
        "A rule copies into the vault that it backs up into.",
        "A copy is for another vault. In its own it protects from nothing, whatever AWS Backup makes of it.",
        COPY,
        "Copy into another vault, in another region if the copy is for disasters.",
    ),
    of(
        CopyInOwnRegion,
        ("L014", "copy-in-own-region"),
        Warning,
        "A copy stays in the region of its backup.",
        "A copy in the same region does not survive the loss of the region. It is of use where its vault has a lock, another key or another account.",
        CROSS_REGION,
        "Copy into a vault of another region too.",
    ),
    of(
        EndlessCopy,
        ("L015", "copy-without-end"),
        Warning,
        "A copy has no end, or is to have none and ends with its source.",
        "A copy that is to be kept permanently ends with its source where that has an end. Where the source has none either, copies are kept and paid for permanently.",
        COPY,
        "Give the copy DeleteAfterDays: 36500 are 100 years.",
    ),
    of(
        TagsAreAlternatives,
        ("L016", "tags-are-alternatives"),
        Warning,
        "A selection has several ListOfTags conditions, of which any one selects.",
        "Conditions in ListOfTags (selection_tag in Terraform) are ORed. A resource with one of the tags is backed up.",
        SELECTION,
        "Where all tags are needed use Conditions with Resources *; else split the selection, so that it reads as it works.",
    ),
    of(
        ResourcesOrTags,
        ("L017", "resources-or-tags"),
        Warning,
        "A selection has Resources and ListOfTags, and selects what either names.",
        "Resources and ListOfTags are ORed: the tags do not narrow the resources. With the resource * everything is backed up.",
        ASSIGNING,
        "Use Conditions in place of ListOfTags, or leave one of the two out.",
    ),
    of(
        DuplicateRule,
        ("L018", "duplicate-rule-name"),
        Warning,
        "Two rules of a plan have the same name.",
        "Jobs and recovery points name their rule: two of one name cannot be distinguished.",
        RULE,
        "Give each rule a name of its own.",
    ),
    of(
        TooManyRules,
        ("L019", "too-many-rules"),
        Refused,
        "A plan has no rule, or more than 10.",
        "A plan has at least one rule, and at most 10: a quota that cannot be raised.",
        QUOTAS,
        "Split the plan.",
    ),
    of(
        TooManyCopies,
        ("L020", "too-many-copies"),
        Refused,
        "A rule has more than 5 copy actions.",
        "A rule has at most 5 copy actions: a quota that cannot be raised.",
        QUOTAS,
        "Copy to 5 vaults at most.",
    ),
    of(
        TooManySelections,
        ("L021", "too-many-selections"),
        Refused,
        "A plan has more than 100 selections.",
        "A plan has at most 100 resource assignments: a quota that cannot be raised.",
        QUOTAS,
        "Select by tags, or split the plan.",
    ),
    of(
        TooManyResources,
        ("L022", "too-many-resources"),
        Refused,
        "A selection names more than 500 ARNs, or more than 30 with wildcards.",
        "Resources and NotResources take 500 ARNs without wildcards, or 30 where one has a wildcard.",
        SELECTION,
        "Select by tags, or split the selection.",
    ),
    of(
        TooManyConditions,
        ("L023", "too-many-conditions"),
        Refused,
        "A selection has more than 30 tags or conditions.",
        "A selection has at most 30 tags and 30 conditions: quotas that cannot be raised.",
        QUOTAS,
        "Split the selection.",
    ),
    of(
        ConditionsAlone,
        ("L024", "conditions-alone"),
        Refused,
        "A selection has neither Resources nor ListOfTags.",
        "AWS refuses it: either ListOfTags or Resources must be non-empty.",
        ASSIGNING,
        "Add Resources with *: conditions then narrow it.",
    ),
    of(
        InvalidName,
        ("L025", "invalid-name"),
        Refused,
        "A name has characters or a length that AWS does not take.",
        "Names of plans, rules and selections are 1 to 50 letters, digits, -, _ and .; names of vaults 2 to 50 without the period.",
        RULE,
        "Rename it.",
    ),
    of(
        LifecycleDays,
        ("L026", "lifecycle-days"),
        Refused,
        "The days of a lifecycle are not 1 to 36,500.",
        "AWS refuses a lifecycle of less than 1 or more than 36,500 days.",
        LIFECYCLE,
        "Set 1 to 36500 days, or leave the member out.",
    ),
    of(
        CopyAcrossPartitions,
        ("L027", "copy-across-partitions"),
        Refused,
        "A copy is to leave its partition.",
        "A copy stays in its partition: aws, aws-cn, aws-us-gov and the others.",
        CROSS_REGION,
        "Copy to a region of the same partition.",
    ),
    of(
        ScheduleEnded,
        ("L028", "schedule-ended"),
        Loses,
        "A schedule has no run in the future.",
        "The years of the schedule are past. The rule makes no backup and no copy.",
        OPTIONS,
        "Put * in the place of the year.",
    ),
    of(
        LockedVault,
        ("L029", "retention-against-lock"),
        Refused,
        "A retention is outside of what the lock of its vault takes.",
        "Vault Lock fails every backup and copy job whose retention is shorter than its minimum or longer than its maximum.",
        LOCK,
        "Set a retention within the lock's range.",
    ),
    of(
        UncopiedType,
        ("L030", "type-without-copies"),
        Loses,
        "A rule copies, and a resource that the plan selects is of a type that AWS Backup does not copy.",
        "For some resource types AWS Backup makes no copies, or not between these regions. The copy job fails or is never made.",
        TYPES,
        "Protect the resource in the other region by the means of its own service.",
    ),
    of(
        NoColdStorage,
        ("L031", "type-without-cold-storage"),
        Warning,
        "A rule moves to cold storage, and all that the plan selects is of types without cold storage.",
        "AWS Backup ignores the days until cold storage for these types: all stays warm, at the price of warm storage.",
        TYPES,
        "Leave out the days until cold storage, or expect the price of warm storage.",
    ),
    of(
        VaultMissing,
        ("L032", "vault-missing"),
        Loses,
        "A vault that the plan names is not there.",
        "Every backup or copy job for a vault that is not there fails.",
        VAULTS,
        "Create the vault, or name one that is there.",
    ),
    of(
        RoleMissing,
        ("L033", "role-missing"),
        Loses,
        "The role of a selection is not there.",
        "AWS Backup assumes the role of the selection for each job. Without it every job fails, and nothing expires.",
        ACCESS,
        "Create the role, or make the selection anew with one that is there.",
    ),
    of(
        KeyUnusable,
        ("L034", "key-unusable"),
        Loses,
        "The key of a vault that the plan names is gone, disabled, or about to be deleted.",
        "Without its key nothing can be written to a vault, and nothing in it can be restored.",
        ENCRYPTION,
        "Enable the key, or cancel its deletion.",
    ),
    of(
        NothingSelected,
        ("L035", "nothing-selected"),
        Loses,
        "A plan has no selection.",
        "A plan without a selection backs nothing up.",
        ASSIGNING,
        "Add a selection, or delete the plan.",
    ),
];
