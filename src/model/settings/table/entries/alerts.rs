//! Who is notified of failures, and when backups and copies are late.

use std::collections::BTreeSet;

use crate::model::region::Region;
use crate::model::resource_types;
use crate::model::settings::Settings;
use crate::model::settings::table::entries::KEY_EXAMPLE;
use crate::model::settings::table::field::narrow;
use crate::model::settings::table::{Entry, Field, Form, Lens, Less, Limits, Names};

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

/// Names of types that the table of allowances takes: those that share their ARNs with another count as that one, and have
/// no resources here.
fn resource_types() -> BTreeSet<&'static str> {
    resource_types::by_tagging_filter().into_values().collect()
}

/// The regions with alarms, if a switch is on that has no regions of its own.
fn with_alarms_if(on: bool, settings: &Settings) -> BTreeSet<Region> {
    settings.regions.with_alarms().map(Region::clone).into_iter().filter(|_| on).collect()
}

pub(super) const ENTRIES: &[Entry] = &[
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
        switches_on_in: Some(|settings| settings.recovery_alarms.clone()),
        ..Entry::new("alerts.recovery_alarms", Form::List, "regions with alarms on recoveries")
    },
    Entry {
        behind: "true: a CloudWatch dashboard in each region with alarms",
        switches_on_in: Some(|settings| with_alarms_if(settings.dashboard, settings)),
        ..Entry::flag(
            "alerts.dashboard",
            Lens {
                get: |settings| settings.dashboard,
                put: |settings, dashboard| settings.dashboard = dashboard,
            },
            "a CloudWatch dashboard in both regions",
        )
    },
    Entry {
        behind: "true: SNS logs its deliveries to queues, functions and URLs",
        // A given topic's settings are not changed.
        switches_on_in: Some(|settings| {
            let mut regions = with_alarms_if(settings.delivery_log, settings);
            regions.retain(|region| !settings.given_topics.contains_key(region));
            regions
        }),
        ..Entry::flag(
            "alerts.delivery_log",
            Lens {
                get: |settings| settings.delivery_log,
                put: |settings, delivery_log| settings.delivery_log = delivery_log,
            },
            "a log of what SNS delivers",
        )
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
        above: "Alert topics that are there already, of the regions with alarms: checked, used\n\
                as they are, and never changed or removed, nor is who subscribes to them.",
        example: "{primary} = \"arn:aws:sns:{primary}:111122223333:company-alerts\"",
        default: "{}",
        less: Less::Judged,
        ..Entry::new("topic", Form::Keys, "alert topics of your own, by region")
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
];
