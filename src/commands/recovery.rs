//! `restore` and `recover`: what the vault of a region holds is brought back there, one resource or all of them. No other
//! region is asked, and not IAM.

use std::collections::BTreeSet;

use crate::account::readiness;
use crate::aws::Caller;
use crate::config::Config;
use crate::deployment::regional::RegionalSession;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::restore_settings::RestoreSettings;
use crate::recovery::landing::Typed;
use crate::recovery::source::Choice;
use crate::report::{Deployment, RecoveryReport, RunbookReport, RunbookScope};
use crate::restores::{self, Pace, RecoveryPlan, Scope};

/// What is to be brought back, and how.
pub(crate) struct RecoveryOptions {
    /// `restore` or `recover`.
    pub(crate) command: &'static str,
    pub(crate) region: Region,
    pub(crate) only_types: BTreeSet<String>,
    pub(crate) resources: BTreeSet<String>,
    pub(crate) first: Vec<String>,
    pub(crate) choice: Choice,
    pub(crate) typed: Typed,
    pub(crate) pace: Pace,
    pub(crate) dry_run: bool,
    /// Whether the outcome of a dry run is put on record as metrics.
    pub(crate) publish: bool,
    /// Whether Terraform import blocks are wanted.
    pub(crate) imports: bool,
}

/// Brings back what is asked for, or says in a dry run whether that could be.
///
/// # Errors
/// Where the region cannot be read, its vault is not of this deployment, and where nothing is found of what was asked for.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &RecoveryOptions,
) -> Result<RecoveryReport, Failure> {
    let (session, plan, scope) = plan(config, caller, options).await?;
    let context = session.context();
    let outcomes = if options.dry_run {
        None
    } else {
        Some(restores::run(&context, &options.region, &plan.items, options.pace).await?)
    };
    let deployment = Deployment::new(&context.names, Some(&session.manifest.settings));
    let report = RecoveryReport::new(
        deployment,
        options.command,
        &options.region,
        &plan,
        outcomes,
        scope.now,
    );
    if options.publish {
        readiness::publish(&context, &options.region, report.readiness()).await?;
    }
    Ok(if options.imports { report.with_import_blocks() } else { report })
}

/// The same plan as commands for AWS CLI.
///
/// # Errors
/// As [`run`].
pub(crate) async fn runbook(
    config: &Config,
    caller: Caller,
    options: &RecoveryOptions,
) -> Result<RunbookReport, Failure> {
    let (session, plan, scope) = plan(config, caller, options).await?;
    let context = session.context();
    let runbook = RunbookScope {
        names: &context.names,
        settings: &session.manifest.settings,
        region: &options.region,
        protects: options.pace.protects,
        parallel: options.pace.parallel,
    };
    Ok(RunbookReport::new(&runbook, &plan, scope.now))
}

async fn plan(
    config: &Config,
    caller: Caller,
    options: &RecoveryOptions,
) -> Result<(RegionalSession, RecoveryPlan, Scope), Failure> {
    let settings = restore_settings(config, &options.region)?;
    let session = RegionalSession::open(config, caller, &options.region).await?;
    session.introduce(options.command);
    let scope = Scope {
        region: options.region.clone(),
        only_types: options.only_types.clone(),
        resources: options.resources.clone(),
        first: options.first.clone(),
        choice: options.choice.clone(),
        typed: options.typed.clone(),
        settings,
        is_drill: false,
        now: jiff::Timestamp::now().as_second(),
    };
    let mut plan = restores::read(&session.context(), &scope).await?;
    if !options.pace.protects {
        plan.lose_source_tags();
    }
    let found = |arn: &&String| {
        plan.items.iter().any(|item| item.source.resource == **arn)
            || plan.left_out.iter().any(|left| left.resource == **arn)
    };
    let wanted = options.resources.iter().chain(&options.first);
    if let Some(missing) = wanted.clone().find(|arn| !found(arn)) {
        return Err(Failure::Usage(format!(
            "the vault of this deployment in {} holds no recovery point of {missing}: check the ARN, or name the region of another vault with --region",
            options.region
        )));
    }
    Ok((session, plan, scope))
}

pub(super) fn restore_settings(
    config: &Config,
    region: &Region,
) -> Result<RestoreSettings, Failure> {
    config.file.as_ref().map_or_else(|| Ok(RestoreSettings::default()), |file| file.restore(region))
}
