//! AWS Backup's own restore tests.

use std::collections::BTreeSet;

use crate::model::settings::restore_test::TYPES;
use crate::model::settings::table::{Entry, Field, Form, Lens, Less, Limits, Names};

/// To a year, which is what a plan takes (API reference, `RestoreTestingRecoveryPointSelection`).
const WINDOW_DAYS: Limits = Limits::Range { least: 0, most: 365, words: "a year" };
/// API reference, `RestoreTestingPlanForCreate`.
const START_WINDOW_HOURS: Limits = Limits::Range { least: 1, most: 168, words: "a week" };
/// From what the function that judges may take (API reference, `RestoreTestingSelectionForCreate`).
const VALIDATION_HOURS: Limits = Limits::Range { least: 2, most: 168, words: "a week" };

fn types() -> BTreeSet<&'static str> {
    TYPES.into_iter().collect()
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        above: "AWS Backup's own restore tests of these regions' vaults. AWS bills 1.50 USD for each recovery\n\
                point that is tested, and what is restored while it is there (docs/restore-tests.md).",
        ..Entry::new("restore_test", Form::Group, "AWS Backup's own restore tests")
    },
    Entry {
        behind: "such as [\"us-west-2\"]; [] is off",
        less: Less::Judged,
        field: Some(Field::Regions(
            Lens {
                get: |settings| settings.restore_test.regions.clone(),
                put: |settings, regions| settings.restore_test.regions = regions,
            },
            |settings, region| settings.regions.check_restore_test(region),
        )),
        switches_on_in: Some(|settings| settings.restore_test.regions.clone()),
        ..Entry::new("restore_test.regions", Form::List, "regions whose vaults are tested")
    },
    Entry {
        behind: "in UTC: minutes hours day month weekday year",
        field: Some(Field::Text(Lens {
            get: |settings| settings.restore_test.schedule.clone(),
            put: |settings, schedule| settings.restore_test.schedule = schedule,
        })),
        ..Entry::new("restore_test.schedule", Form::Text, "AWS cron of six fields, in UTC")
    },
    Entry {
        behind: "Aurora, DocumentDB, EC2, Neptune and RDS too",
        less: Less::Judged,
        field: Some(Field::Names(
            Lens {
                get: |settings| settings.restore_test.types.clone(),
                put: |settings, types| settings.restore_test.types = types,
            },
            Names { what: "type that mrbackup has tested", known: types },
        )),
        ..Entry::new("restore_test.types", Form::List, "types of resources that are tested")
    },
    Entry {
        behind: "how old a point may be that is tested; 0: as the rules need, at least 30",
        ..Entry::number(
            "restore_test.window_days",
            WINDOW_DAYS,
            Lens {
                get: |settings| settings.restore_test.window_days,
                put: |settings, days| settings.restore_test.window_days = days,
            },
            "days of age of a tested point, or 0",
        )
    },
    Entry {
        behind: "within which a test starts, 1 to 168",
        ..Entry::number(
            "restore_test.start_window_hours",
            START_WINDOW_HOURS,
            Lens {
                get: |settings| settings.restore_test.start_window_hours,
                put: |settings, hours| settings.restore_test.start_window_hours = hours,
            },
            "hours within which a test starts",
        )
    },
    Entry {
        behind: "until what was restored is deleted without a verdict, 2 to 168",
        ..Entry::number(
            "restore_test.validation_hours",
            VALIDATION_HOURS,
            Lens {
                get: |settings| settings.restore_test.validation_hours,
                put: |settings, hours| settings.restore_test.validation_hours = hours,
            },
            "hours until deletion without a verdict",
        )
    },
];
