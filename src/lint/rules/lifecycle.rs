//! Days until cold storage and until deletion, of backups and of copies.

use crate::lint::catalog::Check;
use crate::lint::model::{Known, Lifecycle};
use crate::lint::rules::{Found, Of};
use crate::lint::vault_arn;
use crate::model::settings::table::{COLD_DAYS, DAYS_MAX};
use crate::protection::lock_conflict::CONTINUOUS_DAYS;

pub(super) fn check(of: &Of<'_>, found: &mut Found) {
    let rule = of.rule;
    of_one(of, &rule.lifecycle, "its backups", found);
    for copy in &rule.copies {
        let vault = copy.vault.value.get().map(|vault| vault_arn::words(vault));
        let what =
            format!("its copies in {}", vault.as_deref().unwrap_or("a vault that is not known"));
        of_one(of, &copy.lifecycle, &what, found);
        endless(of, copy, &what, found);
    }
    if rule.continuous.value == Known::Is(true) {
        continuous(of, found);
    }
}

fn of_one(of: &Of<'_>, lifecycle: &Lifecycle, what: &str, found: &mut Found) {
    let (cold, delete) = (&lifecycle.cold, &lifecycle.delete);
    for (days, word) in [(cold, "cold storage"), (delete, "their deletion")] {
        // -1 is AWS's word for never.
        let wrong = days.value.get().filter(|days| **days != -1 && !(1..=DAYS_MAX).contains(*days));
        if let Some(wrong) = wrong {
            let text = format!(
                "the days until {word} of {what} are {wrong}, and AWS takes 1 to {DAYS_MAX}"
            );
            of.add(found, Check::LifecycleDays, days.line, text, None);
        }
    }
    let (Some(cold_days), Some(delete_days)) = (cold.value.get(), delete.value.get()) else {
        return;
    };
    let least = cold_days.saturating_add(COLD_DAYS);
    if *cold_days > 0 && (1..least).contains(delete_days) {
        let text = format!(
            "{what} move to cold storage after {cold_days} days and are deleted after {delete_days}: they stay there {} days, and AWS asks for {COLD_DAYS}",
            delete_days - cold_days
        );
        let fix = format!("delete after at least {least} days, or do not move to cold storage");
        of.add(found, Check::ColdStorage, delete.line.or(cold.line), text, Some(fix));
    }
}

fn continuous(of: &Of<'_>, found: &mut Found) {
    let lifecycle = &of.rule.lifecycle;
    let delete = lifecycle.delete.value.get();
    if let Some(days) = delete.filter(|days| **days > CONTINUOUS_DAYS || **days == -1) {
        let kept = if *days == -1 { "permanently".to_owned() } else { format!("{days} days") };
        let text = format!(
            "it makes continuous backups and keeps them {kept}: AWS keeps them {CONTINUOUS_DAYS} days at most"
        );
        of.add(found, Check::ContinuousTooLong, lifecycle.delete.line, text, None);
    }
    if let Some(days) = lifecycle.cold.value.get().filter(|days| **days > 0) {
        let text = format!(
            "it makes continuous backups and moves them to cold storage after {days} days: they have none"
        );
        of.add(found, Check::ContinuousCold, lifecycle.cold.line, text, None);
    }
}

/// A copy that has a lifecycle of its own without an end, or nothing that would give it one.
fn endless(of: &Of<'_>, copy: &crate::lint::model::Copy, what: &str, found: &mut Found) {
    let (Some(None), Some(source)) = (copy.lifecycle.end(), of.rule.lifecycle.end()) else {
        return;
    };
    let text = match source {
        None => format!(
            "neither its backups nor {what} have an end: all of them are kept, and paid for, permanently"
        ),
        Some(days) if copy.lifecycle.is_there => {
            format!(
                "{what} have no end of their own: they are deleted with their source, after {days} days"
            )
        }
        // Without a lifecycle a copy is to have its source's.
        Some(_) => return,
    };
    let line = copy.lifecycle.delete.line.or(copy.place.line);
    of.add(found, Check::EndlessCopy, line, text, None);
}
