//! Every backup plan of a region with its selections, as a linter reads them.

use aws_sdk_backup::types::{
    BackupPlan, BackupRule, BackupSelection, ConditionParameter, Conditions, CopyAction,
    Lifecycle as AwsLifecycle, MalwareScanner, ScanMode,
};
use futures_util::stream::{StreamExt as _, iter};

use crate::account::listings::Listings;
use crate::account::{plans, selections};
use crate::aws::{Caller, Clients};
use crate::failure::Failure;
use crate::lint::model::{
    AnyTag, Condition, Copy, Field, Lifecycle, Operator, Place, Plan, Rule, Selection,
};
use crate::model::region::Region;

/// How many plans of a region are read at once.
const AT_ONCE: usize = 16;

/// The plans of a region.
pub(crate) struct RegionPlans {
    pub(crate) plans: Vec<Plan>,
    /// What could not be read, by its words.
    pub(crate) unread: Vec<(String, Failure)>,
}

/// Reads all plans of a region. One that cannot be read does not keep the others from being read.
///
/// # Errors
/// Where the region cannot be listed, and Ctrl-C.
pub(crate) async fn read(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    region: &Region,
    account: &str,
) -> Result<RegionPlans, Failure> {
    let listed = plans::list_in(caller, clients, listings, region).await?;
    let there = listed.into_iter().filter(|plan| plan.deletion_date.is_none());
    let reads = there.filter_map(|plan| {
        let id = plan.backup_plan_id?;
        let name = plan.backup_plan_name.unwrap_or_else(|| id.clone());
        Some(async move {
            let read = one(caller, clients, region, account, &id).await;
            read.map_err(|failure| (format!("plan {name} ({id}) in {region}"), failure))
        })
    });
    let mut found = RegionPlans { plans: Vec::new(), unread: Vec::new() };
    let reads: Vec<_> = reads.collect();
    for read in iter(reads).buffered(AT_ONCE).collect::<Vec<_>>().await {
        match read {
            Ok(plan) => found.plans.extend(plan),
            Err((_, failure @ Failure::Interrupted)) => return Err(failure),
            Err(unread) => found.unread.push(unread),
        }
    }
    Ok(found)
}

/// A plan; `None` where it was deleted since it was listed.
///
/// # Errors
/// Where it or a selection of it cannot be read.
pub(crate) async fn one(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    account: &str,
    id: &str,
) -> Result<Option<Plan>, Failure> {
    let (document, selections) = tokio::join!(
        plans::document_of(caller, clients, region, id),
        selections_of(caller, clients, region, id)
    );
    let Some(document) = document?.and_then(|output| output.backup_plan) else { return Ok(None) };
    let place =
        Place { region: Some(region.clone()), pointer: Some(id.to_owned()), ..Place::default() };
    let selections = selections?.into_iter();
    let selections =
        selections.map(|(id, of)| Selection { id: Some(id), ..selection(&of, &place) }).collect();
    Ok(Some(Plan {
        id: Some(id.to_owned()),
        regions: vec![region.clone()],
        account: Some(account.to_owned()),
        selections,
        has_all_selections: true,
        ..plan(&document, &place)
    }))
}

async fn selections_of(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    id: &str,
) -> Result<Vec<(String, BackupSelection)>, Failure> {
    let listed = selections::list_in(caller, clients, region, id, id.to_owned()).await?;
    let ids = listed.into_iter().filter_map(|member| member.selection_id);
    let reads = ids.map(|selection| async move {
        let read = selections::get_in(caller, clients, region, id, &selection).await;
        read.map(|found| found.map(|of| (selection, of)))
    });
    let reads: Vec<_> = reads.collect();
    let read: Vec<_> = iter(reads).buffered(AT_ONCE).collect().await;
    Ok(read.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn plan(document: &BackupPlan, place: &Place) -> Plan {
    let name = document.backup_plan_name.clone();
    let rules = document.rules.iter().map(|of| rule(of, place)).collect();
    Plan {
        label: name.clone(),
        name: Field::is(name),
        rules,
        place: place.clone(),
        others: others_of_plan(document),
        ..Plan::default()
    }
}

fn rule(rule: &BackupRule, place: &Place) -> Rule {
    Rule {
        name: Field::is(rule.rule_name.clone()),
        vault: Field::is(rule.target_backup_vault_name.clone()),
        schedule: Field::from_option(rule.schedule_expression.clone()),
        timezone: Field::from_option(rule.schedule_expression_timezone.clone()),
        start_window: Field::from_option(rule.start_window_minutes),
        completion_window: Field::from_option(rule.completion_window_minutes),
        continuous: Field::from_option(rule.enable_continuous_backup),
        lifecycle: lifecycle(rule.lifecycle.as_ref()),
        copies: rule.copy_actions().iter().map(|of| copy(of, place)).collect(),
        point_tags: point_tags(rule),
        place: place.clone(),
        others: others_of_rule(rule),
    }
}

fn copy(copy: &CopyAction, place: &Place) -> Copy {
    Copy {
        vault: Field::is(copy.destination_backup_vault_arn.clone()),
        lifecycle: lifecycle(copy.lifecycle.as_ref()),
        place: place.clone(),
        others: Vec::new(),
    }
}

fn point_tags(rule: &BackupRule) -> Vec<(String, Option<String>)> {
    let tags = rule.recovery_point_tags.iter().flatten();
    let mut tags: Vec<_> = tags.map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    tags.sort();
    tags
}

/// What of a plan no check reads.
fn others_of_plan(plan: &BackupPlan) -> Vec<String> {
    let advanced = plan.advanced_backup_settings().iter().map(|of| {
        let mut options: Vec<_> = of.backup_options.iter().flatten().collect();
        options.sort();
        let options: Vec<_> = options.into_iter().map(|(key, on)| format!("{key} {on}")).collect();
        let kind = of.resource_type().unwrap_or_default();
        format!("AdvancedBackupSettings = {kind} {}", options.join(", "))
    });
    let scans = plan.scan_settings().iter().map(|of| {
        let scanner = of.malware_scanner().map(MalwareScanner::as_str).unwrap_or_default();
        format!("ScanSettings = {scanner} {}", of.resource_types().join(", "))
    });
    advanced.chain(scans).collect()
}

/// What of a rule no check reads.
fn others_of_rule(rule: &BackupRule) -> Vec<String> {
    let air_gapped = rule.target_logically_air_gapped_backup_vault_arn.iter();
    let air_gapped =
        air_gapped.map(|arn| format!("TargetLogicallyAirGappedBackupVaultArn = {arn}"));
    let indexes = rule.index_actions().iter();
    let indexes = indexes.map(|of| format!("IndexActions = {}", of.resource_types().join(", ")));
    let scans = rule.scan_actions().iter().map(|of| {
        let scanner = of.malware_scanner().map(MalwareScanner::as_str).unwrap_or_default();
        let mode = of.scan_mode().map(ScanMode::as_str).unwrap_or_default();
        format!("ScanActions = {scanner} {mode}")
    });
    air_gapped.chain(indexes).chain(scans).collect()
}

/// The conditions, by operator.
fn conditions(of: &Conditions) -> Vec<Condition> {
    let list = |operator, list: &[ConditionParameter]| {
        let one = move |of: &ConditionParameter| Condition {
            operator: Some(operator),
            key: of.condition_key().unwrap_or_default().to_owned(),
            value: of.condition_value().unwrap_or_default().to_owned(),
        };
        list.iter().map(one).collect::<Vec<_>>()
    };
    [
        list(Operator::Equals, of.string_equals()),
        list(Operator::NotEquals, of.string_not_equals()),
        list(Operator::Like, of.string_like()),
        list(Operator::NotLike, of.string_not_like()),
    ]
    .concat()
}

fn lifecycle(lifecycle: Option<&AwsLifecycle>) -> Lifecycle {
    let Some(of) = lifecycle else { return Lifecycle::default() };
    let after_event = of.delete_after_event.iter();
    Lifecycle {
        is_there: true,
        cold: Field::from_option(of.move_to_cold_storage_after_days),
        delete: Field::from_option(of.delete_after_days),
        archive: Field::from_option(of.opt_in_to_archive_for_supported_resources),
        others: after_event.map(|of| format!("DeleteAfterEvent = {}", of.as_str())).collect(),
    }
}

fn selection(selection: &BackupSelection, place: &Place) -> Selection {
    let tag = |tag: &aws_sdk_backup::types::Condition| AnyTag {
        key: tag.condition_key.clone(),
        values: vec![tag.condition_value.clone()],
    };
    Selection {
        label: selection.selection_name.clone(),
        name: Field::is(selection.selection_name.clone()),
        role: Field::is(selection.iam_role_arn.clone()),
        resources: selection.resources().to_vec(),
        not_resources: selection.not_resources().to_vec(),
        any_tags: selection.list_of_tags().iter().map(tag).collect(),
        conditions: selection.conditions().map(conditions).unwrap_or_default(),
        id: None,
        is_known: true,
        place: place.clone(),
        others: Vec::new(),
    }
}
