//! `drill restore`: restores a copy to prove that it can be, has it judged, and deletes what it made.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::context::Context;
use crate::aws::Caller;
use crate::commands::recovery::restore_settings;
use crate::commands::{context, deployed, record_tags};
use crate::config::Config;
use crate::deployment::regional::RegionalSession;
use crate::deployment::session::Session;
use crate::failure::Failure;
use crate::model::names;
use crate::model::region::Region;
use crate::model::selection::Selection;
use crate::model::tags::Tags;
use crate::recovery::landing::Typed;
use crate::recovery::source::Choice;
use crate::report::{Deployment, DrillRestoreReport};
use crate::restores::drill::{self, Cleaned, Drilled, Way};
use crate::restores::{Item, RecoveryPlan, Scope};
use crate::steps;

/// Restores of one type under way at once.
const PARALLEL: usize = 5;

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) enum DrillRestoreOptions {
    Drill {
        region: Region,
        /// ARN of the resource; `None` for one of each type.
        resource: Option<String>,
        /// Leaves what was restored.
        keeps: bool,
    },
    /// Deletes what drills have left, in these regions or in all of the deployment's.
    CleanUp { only: Vec<Region> },
}

/// Runs the drill to its end, however long AWS takes.
///
/// # Errors
/// Where the region cannot be read, its vault is not of this deployment, and where nothing is found of what was asked for.
/// What ends badly is in the report.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &DrillRestoreOptions,
) -> Result<DrillRestoreReport, Failure> {
    match options {
        DrillRestoreOptions::Drill { region, resource, keeps } => {
            Box::pin(one_region(config, caller, region, resource.as_ref(), *keeps)).await
        }
        DrillRestoreOptions::CleanUp { only } => clean_up(config, caller, only).await,
    }
}

async fn one_region(
    config: &Config,
    caller: Caller,
    region: &Region,
    resource: Option<&String>,
    keeps: bool,
) -> Result<DrillRestoreReport, Failure> {
    let settings = restore_settings(config, region)?;
    let session = RegionalSession::open(config, caller, region).await?;
    session.introduce("drill restore");
    let context = session.context();
    let scope = Scope {
        region: region.clone(),
        only_types: BTreeSet::new(),
        resources: resource.into_iter().cloned().collect(),
        first: Vec::new(),
        choice: Choice::default(),
        typed: Typed::default(),
        settings,
        is_drill: true,
        now: jiff::Timestamp::now().as_second(),
    };
    drilled(&context, &scope, keeps).await
}

/// The command that deletes what drills have left in a region.
fn clean_up_command(context: &Context, region: &Region) -> String {
    let command = format!("drill restore --clean-up --region {region}");
    names::command(context.names.deployment.as_str(), &command)
}

async fn drilled(
    context: &Context,
    scope: &Scope,
    keeps: bool,
) -> Result<DrillRestoreReport, Failure> {
    let region = &scope.region;
    let is_all = scope.resources.is_empty();
    let choose = |plan: &mut RecoveryPlan| {
        if is_all {
            one_of_each_type(&mut plan.items);
            plan.left_out.clear();
        }
    };
    let plan = drill::prepare(context, scope, choose).await?;
    if plan.items.is_empty() && plan.left_out.is_empty() {
        return Err(Failure::Usage(match scope.resources.first() {
            Some(resource) => format!(
                "the vault of this deployment in {region} holds no recovery point of {resource}: check the ARN, or name the region of another vault with --region"
            ),
            None => format!("the vault of this deployment in {region} holds no recovery point"),
        }));
    }
    check_selections(context, region, &plan)?;
    let ended = prove_and_clean(context, &plan, region, keeps).await;
    if ended.is_err() {
        let clean_up = clean_up_command(context, region);
        context.caller.progress.close();
        context.caller.progress.note(&format!(
            "What the drill has made stays, and costs, until it is deleted: `{clean_up}`"
        ));
    }
    let (proved, cleaned) = ended?;
    let deployment = Deployment::new(&context.names, Some(&context.settings));
    let mut report = DrillRestoreReport::new(deployment);
    report.drilled(region, &plan, proved, scope.now);
    match cleaned {
        Some(cleaned) => report.cleaned(region, cleaned),
        None => report.kept(region, drill::find(context, region).await?),
    }
    Ok(report)
}

/// Refuses what a selection without tags would take, so that the plan would back up what the drill restores. The plan
/// selects in the primary alone.
fn check_selections(
    context: &Context,
    region: &Region,
    plan: &RecoveryPlan,
) -> Result<(), Failure> {
    let settings = &context.settings;
    if *region != settings.regions.primary {
        return Ok(());
    }
    for item in &plan.items {
        let Some(taking) =
            taking(&settings.selections, &item.source.resource, item.translation.target.as_deref())
        else {
            continue;
        };
        let (name, resource) = (&taking.name, &item.source.resource);
        return Err(Failure::refused(
            format!(
                "selection {name} would take what is restored from {resource}: the plan would back it up"
            ),
            "drill in a copy region, or leave out what a drill makes with not_resources or tags of the selection",
        ));
    }
    Ok(())
}

/// The selection that takes a restored resource without tags: one like the source, under the name of the drill.
fn taking<'a>(
    selections: &'a [Selection],
    source: &str,
    name: Option<&str>,
) -> Option<&'a Selection> {
    let (before, _) = source.rsplit_once(['/', ':']).unwrap_or_default();
    let between = source[before.len()..].chars().next().unwrap_or('/');
    let restored = format!("{before}{between}{}", name.unwrap_or("mrb-drill"));
    selections.iter().find(|one| one.takes(&restored, &Tags::new()))
}

/// Restores, has it judged, and deletes what was made, unless it is to stay.
async fn prove_and_clean(
    context: &Context,
    plan: &RecoveryPlan,
    region: &Region,
    keeps: bool,
) -> Result<(Vec<Drilled>, Option<Cleaned>), Failure> {
    let validator = steps::validator_code();
    let way = Way { parallel: PARALLEL, validator: &validator };
    let proved = drill::prove(context, region, &plan.items, way).await?;
    if keeps {
        return Ok((proved, None));
    }
    let drilled = plan.items.iter().map(|item| item.source.resource.clone()).collect();
    Ok((proved, Some(drill::clean(context, region, Some(&drilled)).await?)))
}

/// Keeps one resource of each type: the smallest of those that nothing stands in the way of.
fn one_of_each_type(items: &mut Vec<Item>) {
    items.sort_by_key(|item| {
        let stands = item.obstacles().iter().any(|obstacle| !obstacle.is_of_group());
        (stands, item.source.point.bytes.unwrap_or(i64::MAX), item.source.resource.clone())
    });
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert(item.source.kind.clone()));
}

async fn clean_up(
    config: &Config,
    caller: Caller,
    only: &[Region],
) -> Result<DrillRestoreReport, Failure> {
    let mut cleaned: BTreeMap<Region, Cleaned> = BTreeMap::new();
    let mut deployment = None;
    if only.is_empty() {
        let session = Session::open(config, caller, Vec::new()).await?;
        let manifest = deployed(&session, "drill restore --clean-up").await?;
        let context = context(&session, manifest, record_tags(manifest)?, &BTreeSet::new());
        deployment = Some(Deployment::new(&context.names, Some(&context.settings)));
        for region in context.settings.everywhere() {
            let done = drill::clean(&context, &region, None).await?;
            cleaned.insert(region, done);
        }
    } else {
        for region in only {
            let session = RegionalSession::open(config, caller.clone(), region).await?;
            session.introduce("drill restore --clean-up");
            let context = session.context();
            deployment.get_or_insert(Deployment::new(&context.names, Some(&context.settings)));
            cleaned.insert(region.clone(), drill::clean(&context, region, None).await?);
        }
    }
    let Some(deployment) = deployment else { unreachable!("there is a region or all of them") };
    let mut report = DrillRestoreReport::new(deployment);
    for (region, cleaned) in cleaned {
        report.cleaned(&region, cleaned);
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_by_type_takes_what_a_drill_restores_and_one_by_tags_does_not() {
        let selection = |text: &str| -> Selection { serde_json::from_str(text).unwrap() };
        let table = "arn:aws:dynamodb:us-east-1:111122223333:table/orders";
        for (text, takes) in [
            (r#"{"name": "s", "types": ["DynamoDB"]}"#, true),
            (r#"{"name": "s", "types": ["DynamoDB"], "not_tags": {"Stage": ["test"]}}"#, true),
            (r#"{"name": "s", "types": ["DynamoDB"], "tags": {"Backup": "yes"}}"#, false),
            (r#"{"name": "s", "types": ["S3"]}"#, false),
            (
                r#"{"name": "s", "types": ["DynamoDB"], "not_resources": ["arn:aws:dynamodb:*:*:table/mrb-drill-*"]}"#,
                false,
            ),
            (
                r#"{"name": "s", "resources": ["arn:aws:dynamodb:us-east-1:111122223333:table/orders"]}"#,
                false,
            ),
        ] {
            let taken = taking(&[selection(text)], table, Some("mrb-drill-orders-1")).is_some();
            assert_eq!(taken, takes, "{text}");
        }
    }
}
