//! How long restores may take.

use std::collections::BTreeSet;

use crate::model::settings::restore_test::TYPES;
use crate::model::settings::table::{Entry, Field, Form, Lens, Limits, Names};

/// To 30 days: a restore of many TiB from cold storage takes days.
const RTO_MINUTES: Limits = Limits::Range { least: 0, most: 43_200, words: "30 days" };

fn types() -> BTreeSet<&'static str> {
    TYPES.into_iter().collect()
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        above: "How long a restore may take. `status` compares what drills and restore tests took, and\n\
                `recover --dry-run` what they let expect.",
        ..Entry::new("recovery", Form::Group, "how long a restore may take")
    },
    Entry {
        behind: "0 to 43200 (30 days); 0: nothing is compared",
        ..Entry::number(
            "recovery.rto_minutes",
            RTO_MINUTES,
            Lens {
                get: |settings| settings.rto_minutes,
                put: |settings, minutes| settings.rto_minutes = minutes,
            },
            "minutes that a restore may take, or 0",
        )
    },
    Entry {
        example: "S3 = 240",
        field: Some(Field::Numbers(
            Lens {
                get: |settings| settings.rto_minutes_by_type.clone(),
                put: |settings, minutes| settings.rto_minutes_by_type = minutes,
            },
            Names { what: "type that mrbackup has tested", known: types },
        )),
        ..Entry::new(
            "recovery.rto_minutes_by_type",
            Form::Numbers(RTO_MINUTES),
            "the same for single types of resources",
        )
    },
];
