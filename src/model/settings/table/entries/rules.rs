//! The rules of the backup plan.

use crate::model::settings::table::{Entry, Form, Less, Limits, START_WINDOW_MIN, WINDOW_MAX};

const START_WINDOW: Limits =
    Limits::Range { least: START_WINDOW_MIN, most: WINDOW_MAX, words: "100 years" };
const COMPLETION_WINDOW: Limits =
    Limits::Range { least: START_WINDOW_MIN + 60, most: WINDOW_MAX, words: "100 years" };

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        above: "At most ten rules, with at most five copies each.",
        less: Less::Judged,
        ..Entry::new("rules", Form::Groups, "the rules of the backup plan")
    },
    Entry::new("rules.*.name", Form::Text, "name of the rule"),
    Entry {
        behind: "minutes hours day month weekday year",
        less: Less::Judged,
        ..Entry::new(
            "rules.*.schedule",
            Form::OptionalText,
            "AWS cron of six fields; without: 05:00",
        )
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
        ..Entry::new("rules.*.cold_after_days", Form::Days, "days until cold storage, 0 for never")
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
