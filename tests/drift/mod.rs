//! What was changed by hand. What its tests share: an edit, and how it is to be reported and undone.

use crate::support::{Aws, Report, deployed, for_each_case};

mod additions;
mod altered;
mod corners;
mod dashboards;
mod dead_letters;
mod delivery_logs;
mod edits;
mod recovery_alarms;
mod restore_tests;
mod second_region;
mod third_region;

/// An edit by hand, the resource that it is found on, and the field; none where it is missing.
#[derive(Clone, Copy)]
pub(crate) struct Drift {
    pub(crate) what: &'static str,
    pub(crate) edit: fn(&Aws),
    region: Option<&'static str>,
    pub(crate) kind: &'static str,
    pub(crate) field: Option<&'static str>,
}

impl Drift {
    /// Makes the edit, and asserts that both reports name the resource as missing or with the field.
    #[track_caller]
    fn assert_named(&self, aws: &Aws) {
        (self.edit)(aws);
        for command in [&["status"][..], &["plan", "--exit-code"]] {
            let outcome = aws.command().args(command).args(["-o", "json"]).run().code(3);
            assert!(self.is_named(&outcome.report()), "{}: {outcome:?}", self.what);
        }
    }

    fn is_named(&self, report: &Report) -> bool {
        let rows = report.rows().into_iter().filter(|row| row.is(self.kind, self.region));
        rows.into_iter().any(|row| match self.field {
            None => ["missing", "to-create"].contains(&row.condition()),
            Some(field) => row.changes().contains(&field),
        })
    }

    #[track_caller]
    fn assert_mended(&self, aws: &Aws) {
        for command in [&["up"][..], &["plan", "--exit-code"]] {
            let outcome = aws.mrbackup(command);
            assert_eq!(outcome.exit_code(), Some(0), "{}: {outcome:?}", self.what);
        }
        aws.mrbackup(["status"]).all_as_recorded();
    }
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Drift> {
    let regions = second_region::DRIFTS.iter().chain(third_region::DRIFTS);
    let regions = regions.chain(recovery_alarms::DRIFTS).chain(dead_letters::DRIFTS);
    let regions = regions.chain(dashboards::DRIFTS).chain(delivery_logs::DRIFTS);
    let regions = regions.chain(restore_tests::DRIFTS);
    edits::DRIFTS.iter().chain(regions).chain(corners::DRIFTS)
}

/// Each in an account of its own, in two threads.
fn assert_each_named_and_mended(drifts: &'static [Drift]) {
    assert_each_named_and_mended_in(deployed, drifts);
}

/// The same with a deployment that has more.
fn assert_each_named_and_mended_in(deployed: fn() -> Aws, drifts: &'static [Drift]) {
    std::thread::scope(|scope| {
        for half in drifts.chunks(drifts.len().div_ceil(2)) {
            scope.spawn(move || {
                for_each_case(half, |drift| assert_named_and_mended(&deployed(), drift));
            });
        }
    });
}

fn assert_named_and_mended(aws: &Aws, drift: &Drift) {
    drift.assert_named(aws);
    drift.assert_mended(aws);
    let down = aws.mrbackup(["down"]).success();
    if down.stdout.contains("only what was given is left") {
        aws.assert_given_is_left();
    }
}
