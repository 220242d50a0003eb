//! The entries of the table, in the order in which `config show` has them.

use std::collections::BTreeSet;

use crate::model::resource_types;
use crate::model::settings::table::field::narrow;
use crate::model::settings::table::{
    Entry, Field, Form, Lens, Less, Limits, Names, START_WINDOW_MIN, WINDOW_MAX,
};

/// Retentions that CloudWatch Logs takes, in days (API reference, `PutRetentionPolicy`).
const LOG_RETENTIONS: Limits = Limits::OneOf(&[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]);
/// CloudWatch watches a day of periods below an hour, and a week of longer ones (`PutMetricAlarm`).
const WATCHDOG_MINUTES: Limits = Limits::Range { least: 5, most: 1440, words: "a day" };
/// To a week, which is what AWS Backup gives a job to complete where nothing else is set (API
/// reference, `BackupRule`, `CompletionWindowMinutes`).
const ALLOWANCE_HOURS: Limits = Limits::Range { least: 1, most: 168, words: "a week" };
const START_WINDOW: Limits =
    Limits::Range { least: START_WINDOW_MIN, most: WINDOW_MAX, words: "100 years" };
const COMPLETION_WINDOW: Limits =
    Limits::Range { least: START_WINDOW_MIN + 60, most: WINDOW_MAX, words: "100 years" };

/// Names of types that the table of allowances takes: those that share their ARNs with another count as that one, and have
/// no resources here.
fn resource_types() -> BTreeSet<&'static str> {
    resource_types::by_tagging_filter().into_values().collect()
}

/// Every setting, and every table of settings before what stands in it.
pub(crate) const TABLE: &[Entry] = &[
    Entry {
        behind: "the file is ignored for any other --name",
        default: "\"default\"",
        flag: "--name",
        variable: "MRBACKUP_NAME",
        is_recorded: false,
        ..Entry::new("name", Form::Text, "deployment that the file is of")
    },
    Entry {
        above: "Refuse to work in any other account:",
        example: "\"{account}\"",
        is_recorded: false,
        ..Entry::new("expected_account", Form::OptionalText, "the only account to work in")
    },
    Entry {
        above: "The only regions to search where the service role is lost; left out: all of the account.",
        example: "{regions}",
        variable: "MRBACKUP_SEARCH_REGIONS",
        is_recorded: false,
        ..Entry::new("search_regions", Form::List, "the only regions to search for the record")
    },
    Entry::new("regions", Form::Group, "the regions of the deployment"),
    Entry {
        behind: "its tagged resources are backed up",
        flag: "--primary",
        variable: "MRBACKUP_PRIMARY",
        less: Less::Judged,
        ..Entry::new("regions.primary", Form::Text, "whose tagged resources are backed up")
    },
    Entry {
        behind: "gets the daily copies",
        flag: "--secondary",
        variable: "MRBACKUP_SECONDARY",
        less: Less::Judged,
        ..Entry::new("regions.secondary", Form::Text, "region of the daily copies")
    },
    Entry {
        behind: "gets the weekly copies; may be left out",
        flag: "--tertiary",
        more_flags: &["--drop-region"],
        variable: "MRBACKUP_TERTIARY",
        less: Less::Judged,
        ..Entry::new("regions.tertiary", Form::OptionalText, "region of the weekly copies")
    },
    Entry {
        behind: "further regions",
        default: "[]",
        flag: "--copy-to",
        more_flags: &["--drop-region"],
        variable: "MRBACKUP_COPY_TO",
        less: Less::Judged,
        ..Entry::new("regions.copy_to", Form::List, "further regions of copies")
    },
    Entry {
        above: "The managed policy that bounds the permissions of both roles:",
        example: "\"arn:aws:iam::{account}:policy/boundary\"",
        flag: "--permissions-boundary",
        variable: "MRBACKUP_PERMISSIONS_BOUNDARY",
        less: Less::Judged,
        ..Entry::new("permissions_boundary", Form::OptionalText, "policy that bounds both roles")
    },
    Entry {
        above: "A resource is backed up when it has all of these tags.",
        default: "{ BackupEnabled = \"true\", Environment = \"Production\" }",
        less: Less::Judged,
        ..Entry::new("select_tags", Form::Texts, "tags that a resource to back up has")
    },
    Entry {
        above: "Your own tags, for everything that is made.",
        example: "CostCenter = \"1234\"",
        default: "{}",
        ..Entry::new("tags", Form::Texts, "your own tags, for everything that is made")
    },
    Entry::new("alerts", Form::Group, "who is notified of failures"),
    Entry {
        behind: "such as [\"ops@example.com\"]",
        default: "[]",
        flag: "--email",
        more_flags: &["--remove-email"],
        variable: "MRBACKUP_EMAIL",
        less: Less::Judged,
        ..Entry::new("alerts.email", Form::List, "e-mail subscribers")
    },
    Entry {
        behind: "\"https://...\", the ARN of an SQS queue or a function, \"+49...\"",
        default: "[]",
        flag: "--notify",
        more_flags: &["--remove-notify"],
        variable: "MRBACKUP_NOTIFY",
        less: Less::Judged,
        ..Entry::new("alerts.notify", Form::List, "other subscribers: https, ARN, telephone")
    },
    Entry {
        behind: "false: no subscriber is needed",
        flag: "--alerts",
        variable: "MRBACKUP_ALERTS",
        ..Entry::flag(
            "alerts.required",
            Lens {
                get: |settings| !settings.without_alerts,
                put: |settings, required| settings.without_alerts = !required,
            },
            "whether alarms need a subscriber",
        )
    },
    Entry {
        behind: "of the functions' log groups",
        ..Entry::number(
            "alerts.log_retention_days",
            LOG_RETENTIONS,
            Lens {
                get: |settings| settings.log_retention_days.into(),
                put: |settings, days| settings.log_retention_days = narrow(days),
            },
            "of the functions' log groups",
        )
    },
    Entry {
        behind: "how often the watchdog checks, 5 to 1440",
        less: Less::Larger(|after, before| {
            format!("the watchdog looks every {after} minutes, every {before} before")
        }),
        ..Entry::number(
            "alerts.watchdog_minutes",
            WATCHDOG_MINUTES,
            Lens {
                get: |settings| settings.watchdog_minutes.into(),
                put: |settings, minutes| settings.watchdog_minutes = narrow(minutes),
            },
            "how often the watchdog checks",
        )
    },
    Entry {
        behind: "regions with alarms on `recover --dry-run --publish`",
        flag: "--recovery-alarms",
        variable: "MRBACKUP_RECOVERY_ALARMS",
        less: Less::Judged,
        field: Some(Field::Regions(
            Lens {
                get: |settings| settings.recovery_alarms.clone(),
                put: |settings, regions| settings.recovery_alarms = regions,
            },
            |settings, region| settings.regions.check_recovery_alarms(region),
        )),
        ..Entry::new("alerts.recovery_alarms", Form::List, "regions with alarms on recoveries")
    },
    Entry {
        above: "KMS keys of the alert topics, in the primary and the secondary region.",
        example: KEY_EXAMPLE,
        default: "{}",
        flag: "--topic-key-arn",
        less: Less::Judged,
        ..Entry::new("alerts.kms_keys", Form::Keys, "KMS keys of the alert topics, by region")
    },
    Entry {
        above: "A backup or a copy is late when it is older than the longest gap of the schedule, the start\n\
                window, and this.",
        ..Entry::new("freshness", Form::Group, "when backups and copies are late")
    },
    Entry {
        behind: "1 to 168",
        less: Less::Larger(|after, before| {
            format!(
                "backups and copies may take {after} h beyond their start window before they are late, {before} h so far"
            )
        }),
        ..Entry::number(
            "freshness.allowance_hours",
            ALLOWANCE_HOURS,
            Lens {
                get: |settings| settings.allowance_hours,
                put: |settings, hours| settings.allowance_hours = hours,
            },
            "hours beyond the start window until late",
        )
    },
    Entry {
        example: "S3 = 48",
        less: Less::Judged,
        field: Some(Field::Numbers(
            Lens {
                get: |settings| settings.allowance_hours_by_type.clone(),
                put: |settings, hours| settings.allowance_hours_by_type = hours,
            },
            Names { what: "type of resource", known: resource_types },
        )),
        ..Entry::new(
            "freshness.allowance_hours_by_type",
            Form::Numbers(ALLOWANCE_HOURS),
            "the same for single types of resources",
        )
    },
    Entry {
        above: "KMS keys of the vaults. Another key makes another vault; the old one stays while it holds\n\
                recovery points.",
        example: KEY_EXAMPLE,
        default: "{}",
        flag: "--kms-key-arn",
        less: Less::Judged,
        ..Entry::new("kms_keys", Form::Keys, "KMS keys of the vaults, by region")
    },
    Entry {
        above: "What restores into a region take in place of AWS's defaults (docs/recovery.md).",
        is_recorded: false,
        ..Entry::new("restore", Form::Group, "what restores take in place of AWS's defaults")
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*", Form::Group, "what restores into this region take")
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.subnet", Form::OptionalText, "subnet of instances and file systems")
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.security_groups",
            Form::List,
            "of instances, databases and mount targets",
        )
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.db_subnet_group", Form::OptionalText, "subnet group of databases")
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.kms_key",
            Form::OptionalText,
            "KMS key of what can be encrypted anew",
        )
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.zone", Form::OptionalText, "zone of volumes")
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.instance_types", Form::Texts, "instance types by the source's")
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.instance_classes",
            Form::Texts,
            "DB instance classes by the source's",
        )
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.cluster_instance_class",
            Form::OptionalText,
            "of a restored cluster's writer",
        )
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.buckets", Form::Texts, "existing buckets by the source's name")
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.name_prefix", Form::OptionalText, "what restored names begin with")
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.overrides",
            Form::TextTables,
            "restore metadata by the source's ARN",
        )
    },
    Entry {
        above: "At most ten rules, with at most five copies each.",
        less: Less::Judged,
        ..Entry::new("rules", Form::Groups, "the rules of the backup plan")
    },
    Entry::new("rules.*.name", Form::Text, "name of the rule"),
    Entry {
        behind: "minutes hours day month weekday year",
        less: Less::Judged,
        ..Entry::new("rules.*.schedule", Form::Text, "AWS cron of six fields")
    },
    Entry {
        behind: "an IANA name",
        default: "\"Etc/UTC\"",
        ..Entry::new("rules.*.timezone", Form::Text, "zone of the schedule, an IANA name")
    },
    Entry {
        behind: "at least 60",
        default: "480",
        less: Less::Judged,
        ..Entry::new("rules.*.start_window_minutes", Form::Number(START_WINDOW), "time to start in")
    },
    Entry {
        behind: "at least 60 more",
        default: "10080",
        ..Entry::new(
            "rules.*.completion_window_minutes",
            Form::Number(COMPLETION_WINDOW),
            "time to complete in, an hour more",
        )
    },
    Entry {
        behind: "to cold storage; left out: never",
        ..Entry::new("rules.*.cold_after_days", Form::Days, "days until cold storage")
    },
    Entry {
        behind: "at least cold_after_days + 90; left out: never expires",
        less: Less::Judged,
        ..Entry::new("rules.*.delete_after_days", Form::Days, "retention")
    },
    Entry {
        behind: "point-in-time recovery, at most 35 days",
        default: "false",
        less: Less::Judged,
        ..Entry::new("rules.*.continuous", Form::Flag, "point-in-time recovery")
    },
    Entry {
        behind: "EBS snapshots to the archive tier, at most monthly",
        default: "false",
        ..Entry::new("rules.*.archive", Form::Flag, "EBS snapshots to the archive tier")
    },
    Entry {
        default: "{}",
        ..Entry::new("rules.*.recovery_point_tags", Form::Texts, "tags of recovery points")
    },
    Entry {
        less: Less::Judged,
        ..Entry::new("rules.*.copies", Form::Groups, "the copies of the rule")
    },
    Entry::new("rules.*.copies.*.region", Form::Text, "region of the copy"),
    Entry::new("rules.*.copies.*.cold_after_days", Form::Days, "days until cold storage"),
    Entry {
        less: Less::Judged,
        ..Entry::new("rules.*.copies.*.delete_after_days", Form::Days, "retention of the copy")
    },
];

const KEY_EXAMPLE: &str = "{secondary} = \"arn:aws:kms:{secondary}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"";
