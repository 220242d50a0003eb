//! The rules of the file, checked against what AWS Backup takes.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::config::file::tables::check_tag;
use crate::config::file::{Source, is_region, located};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::table::{
    COLD_DAYS, COMPLETION_WINDOW_MINUTES, DAYS_MAX, RULES_MAX, SCHEDULE, START_WINDOW_MIN,
    START_WINDOW_MINUTES, TIMEZONE, WINDOW_MAX,
};
use crate::model::settings::{COPIES_MAX, CopyTo, Lifecycle, Regions, Rule};
use crate::protection::lock_conflict::CONTINUOUS_DAYS;
use crate::protection::schedule;

/// Quotas of AWS Backup ("Quotas", developer guide); none of them can be raised.
const RECOVERY_POINT_TAGS_MAX: usize = 10;

#[derive(Debug, Deserialize)]
pub(super) struct RuleTable {
    name: Spanned<String>,
    schedule: Option<Spanned<String>>,
    timezone: Option<Spanned<String>>,
    start_window_minutes: Option<Spanned<i64>>,
    completion_window_minutes: Option<Spanned<i64>>,
    cold_after_days: Option<Spanned<i64>>,
    delete_after_days: Option<Spanned<i64>>,
    continuous: Option<bool>,
    archive: Option<bool>,
    #[serde(default)]
    recovery_point_tags: BTreeMap<Spanned<String>, String>,
    #[serde(default)]
    copies: Vec<Spanned<CopyTable>>,
}

impl RuleTable {
    pub(super) fn name(&self) -> &str {
        self.name.get_ref()
    }
}

#[derive(Debug, Deserialize)]
struct CopyTable {
    region: Spanned<String>,
    cold_after_days: Option<Spanned<i64>>,
    delete_after_days: Option<Spanned<i64>>,
}

/// The rules as they are meant.
///
/// # Errors
/// [`Failure::Usage`] with the line of what AWS would refuse, or never run.
pub(super) fn rules(
    source: &Source,
    tables: &Spanned<Vec<Spanned<RuleTable>>>,
    regions: &Regions,
) -> Result<Vec<Rule>, Failure> {
    let (begin, tables) = (tables.span(), tables.get_ref());
    if tables.is_empty() {
        return Err(source.at(&begin, "a plan needs at least one rule"));
    }
    if let Some(eleventh) = tables.get(RULES_MAX) {
        return Err(source.at(&eleventh.span(), "AWS Backup takes at most 10 rules in a plan"));
    }
    let mut rules: Vec<Rule> = Vec::new();
    for table in tables {
        let rule = rule(source, table.get_ref(), regions)?;
        if rules.iter().any(|other| other.name == rule.name) {
            let message = format!("two rules have the name {}", rule.name);
            return Err(source.at(&table.get_ref().name.span(), &message));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn rule(source: &Source, table: &RuleTable, regions: &Regions) -> Result<Rule, Failure> {
    let name = located(source, &table.name, check_name)?;
    let typed = Spanned::new(table.name.span(), SCHEDULE.to_owned());
    let schedule = table.schedule.as_ref().unwrap_or(&typed);
    let cron =
        located(source, schedule, |typed| schedule::Cron::parse(typed).map_err(Failure::Usage))?;
    let timezone = table.timezone.as_ref();
    let zone = match timezone {
        Some(zone) => {
            located(source, zone, |typed| schedule::time_zone(typed).map_err(Failure::Usage))?
        }
        None => jiff::tz::TimeZone::UTC,
    };
    located(source, schedule, |_| {
        cron.next_run(jiff::Timestamp::now(), &zone).map_err(Failure::Usage)
    })?;
    let (start, completion) = windows(source, table)?;
    let cold = table.cold_after_days.as_ref();
    let lifecycle =
        lifecycle(source, cold, table.delete_after_days.as_ref(), &format!("rule {name}"))?;
    let (continuous, archive) = (table.continuous == Some(true), table.archive == Some(true));
    if continuous {
        check_continuous(source, table, lifecycle)?;
    }
    if archive && !is_at_most_monthly(&cron) {
        return Err(source.at(
            &schedule.span(),
            "archive needs a schedule that runs at most once a month (EBS snapshots archive)",
        ));
    }
    Ok(Rule {
        copies: copies(source, table, regions, &name, lifecycle)?,
        recovery_point_tags: recovery_point_tags(source, &table.recovery_point_tags)?,
        name,
        schedule: schedule.get_ref().clone(),
        timezone: timezone.map_or_else(|| TIMEZONE.to_owned(), |zone| zone.get_ref().clone()),
        start_window_minutes: start,
        completion_window_minutes: completion,
        lifecycle,
        continuous,
        archive,
    })
}

/// Whether no month of the coming years has two runs.
pub(crate) fn is_at_most_monthly(cron: &schedule::Cron) -> bool {
    let begin = jiff::Timestamp::UNIX_EPOCH;
    let runs = cron.runs_after(begin, &jiff::tz::TimeZone::UTC).take(48);
    let months: Vec<_> = runs.map(|run| (run.year(), run.month())).collect();
    months.windows(2).all(|pair| pair[0] != pair[1])
}

fn check_name(name: &str) -> Result<String, Failure> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if (1..=50).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(name.to_owned());
    }
    Err(Failure::Usage("a rule's name is 1 to 50 of A-Z, a-z, 0-9, -, _ and .".to_owned()))
}

fn windows(source: &Source, table: &RuleTable) -> Result<(i64, i64), Failure> {
    let start =
        table.start_window_minutes.as_ref().map_or(START_WINDOW_MINUTES, |start| *start.get_ref());
    let completion = table
        .completion_window_minutes
        .as_ref()
        .map_or(COMPLETION_WINDOW_MINUTES, |c| *c.get_ref());
    let typed = [&table.start_window_minutes, &table.completion_window_minutes];
    if let Some(long) = typed.into_iter().flatten().find(|typed| *typed.get_ref() > WINDOW_MAX) {
        let message = format!("a window is at most {WINDOW_MAX} minutes (100 years)");
        return Err(source.at(&long.span(), &message));
    }
    if let Some(typed) = table.start_window_minutes.as_ref().filter(|_| start < START_WINDOW_MIN) {
        let message =
            format!("the start window is at least {START_WINDOW_MIN} minutes, not {start}");
        return Err(source.at(&typed.span(), &message));
    }
    if completion < start + 60 {
        let typed =
            table.completion_window_minutes.as_ref().or(table.start_window_minutes.as_ref());
        let message = format!(
            "the completion window ({completion} minutes) is at least an hour longer than the start window ({start})"
        );
        return Err(source.at(&typed.map_or(0..0, Spanned::span), &message));
    }
    Ok((start, completion))
}

fn lifecycle(
    source: &Source,
    cold: Option<&Spanned<i64>>,
    delete: Option<&Spanned<i64>>,
    of: &str,
) -> Result<Lifecycle, Failure> {
    // AWS's own documents write zero days for "never".
    let cold = cold.filter(|days| *days.get_ref() != 0);
    for (days, without) in [(cold, "it never gets cold"), (delete, "it is kept permanently")] {
        let Some(days) = days else { continue };
        if !(1..=DAYS_MAX).contains(days.get_ref()) {
            let message = format!("days are 1 to {DAYS_MAX}; left out, {without}");
            return Err(source.at(&days.span(), &message));
        }
    }
    let days = |days: Option<&Spanned<i64>>| days.map(|days| *days.get_ref());
    let lifecycle = Lifecycle { cold_days: days(cold), delete_days: days(delete) };
    if let (Some(delete), Some(least)) = (delete, too_short(lifecycle)) {
        let message =
            format!("delete_after_days must be at least cold_after_days + 90 = {least} ({of})");
        return Err(source.at(&delete.span(), &message));
    }
    Ok(lifecycle)
}

/// How long what gets cold has to be kept at least, where it is not.
fn too_short(lifecycle: Lifecycle) -> Option<i64> {
    let least = lifecycle.cold_days? + COLD_DAYS;
    lifecycle.delete_days.filter(|delete| *delete < least).map(|_| least)
}

fn check_continuous(
    source: &Source,
    table: &RuleTable,
    lifecycle: Lifecycle,
) -> Result<(), Failure> {
    let span = table.name.span();
    if lifecycle.delete_days.is_none() && lifecycle.cold_days.is_none() {
        let message = "a continuous rule needs delete_after_days, at most 35: AWS Backup keeps continuous backups no longer";
        return Err(source.at(&span, message));
    }
    let message = "continuous backups are kept at most 35 days and never in cold storage";
    let long = lifecycle.delete_days.is_none_or(|days| days > CONTINUOUS_DAYS);
    if long || lifecycle.cold_days.is_some() {
        let place = table.cold_after_days.as_ref().or(table.delete_after_days.as_ref());
        return Err(source.at(&place.map_or(span, Spanned::span), message));
    }
    Ok(())
}

fn copies(
    source: &Source,
    table: &RuleTable,
    regions: &Regions,
    rule: &str,
    of_rule: Lifecycle,
) -> Result<Vec<CopyTo>, Failure> {
    if let Some(sixth) = table.copies.get(COPIES_MAX) {
        return Err(source.at(&sixth.span(), "AWS Backup takes at most 5 copies in a rule"));
    }
    let mut copies: Vec<CopyTo> = Vec::new();
    for copy in &table.copies {
        let CopyTable { region, cold_after_days, delete_after_days } = copy.get_ref();
        if let Some(account) = vault_account(region.get_ref()) {
            let message = format!(
                "that is a vault of account {account}: a copy names a region and is made in the deployment's vault there; copies into other accounts are not supported yet"
            );
            return Err(source.at(&region.span(), &message));
        }
        let name = located(source, region, |typed| {
            let ours = regions.names().into_iter().find(|ours| is_region(typed, ours));
            ours.map_or_else(|| Region::parse(typed).map_err(Failure::Usage), Ok)
        })?;
        let refuse = |why: &str| Err(source.at(&region.span(), why));
        if name == regions.primary {
            return refuse("a copy must go to another region than the primary");
        }
        if !regions.names().contains(&name) {
            return refuse("this deployment has no vault in that region");
        }
        if copies.iter().any(|other| other.region == name) {
            return refuse("the rule copies there already");
        }
        let of = format!("rule {rule}, copy to {name}");
        let lifecycle =
            lifecycle(source, cold_after_days.as_ref(), delete_after_days.as_ref(), &of)?;
        let as_kept =
            Lifecycle { delete_days: lifecycle.delete_days.or(of_rule.delete_days), ..lifecycle };
        if let (Some(cold), Some(least)) = (cold_after_days, too_short(as_kept)) {
            let kept = of_rule.delete_days.unwrap_or_default();
            let message = format!(
                "without delete_after_days the copy ends with its source, after {kept} days; what gets cold after {} is kept at least {least} ({of})",
                cold.get_ref()
            );
            return Err(source.at(&cold.span(), &message));
        }
        copies.push(CopyTo { region: name, lifecycle });
    }
    Ok(copies)
}

/// The account of a vault whose ARN stands in place of a region.
fn vault_account(typed: &str) -> Option<&str> {
    let mut fields = typed.splitn(7, ':');
    let is_vault = fields.next() == Some("arn") && fields.nth(1) == Some("backup");
    let account = fields.nth(1).filter(|_| is_vault)?;
    (fields.next() == Some("backup-vault")).then_some(account)
}

fn recovery_point_tags(
    source: &Source,
    tags: &BTreeMap<Spanned<String>, String>,
) -> Result<BTreeMap<String, String>, Failure> {
    if let Some((eleventh, _)) = tags.iter().nth(RECOVERY_POINT_TAGS_MAX) {
        return Err(
            source.at(&eleventh.span(), "AWS Backup adds at most 10 tags to a recovery point")
        );
    }
    for (key, value) in tags {
        check_tag(source, key, value)?;
    }
    Ok(tags.iter().map(|(key, value)| (key.get_ref().clone(), value.clone())).collect())
}
