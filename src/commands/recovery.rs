//! `restore` and `recover`: what the vault of a region holds is brought back there, one resource or all of them. No other
//! region is asked, and not IAM.

use std::collections::BTreeSet;

use crate::account::context::Context;
use crate::account::{readiness, restore_metrics};
use crate::aws::Caller;
use crate::config::Config;
use crate::deployment::regional::RegionalSession;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::restore_settings::RestoreSettings;
use crate::protection::restores_proved::TypeProved;
use crate::recovery::landing::Typed;
use crate::recovery::source::Choice;
use crate::report::{
    Deployment, KnownRestores, Problem, RecoveryReport, RunbookReport, RunbookScope,
};
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
    let session = open(config, caller, options).await?;
    let context = session.context();
    let (planned, proved) = tokio::join!(plan(config, &session, options), async {
        if options.dry_run { Some(proved(&context, &options.region).await) } else { None }
    });
    let (plan, scope) = planned?;
    let outcomes = if options.dry_run {
        None
    } else {
        Some(restores::run(&context, &options.region, &plan.items, options.pace).await?)
    };
    let deployment = Deployment::new(&context.names, Some(&session.manifest.settings));
    let mut report = RecoveryReport::new(
        deployment,
        options.command,
        &options.region,
        &plan,
        outcomes,
        scope.now,
    );
    if let Some(proved) = proved {
        let settings = &session.manifest.settings;
        let parallel = options.pace.parallel;
        report = report.with_estimate(KnownRestores { proved: proved?, settings, parallel });
    }
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
    let session = open(config, caller, options).await?;
    let (plan, scope) = plan(config, &session, options).await?;
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

async fn open(
    config: &Config,
    caller: Caller,
    options: &RecoveryOptions,
) -> Result<RegionalSession, Failure> {
    // What is wrong with the file is refused before anything is asked.
    restore_settings(config, &options.region)?;
    let session = RegionalSession::open(config, caller, &options.region).await?;
    session.introduce(options.command);
    Ok(session)
}

/// What drills and restore tests have proved in the region, or why that is unknown: without it there is an answer all the same.
async fn proved(
    context: &Context,
    region: &Region,
) -> Result<Result<Vec<TypeProved>, Problem>, Failure> {
    let now = jiff::Timestamp::now().as_second();
    match restore_metrics::read(context, region, false, now).await {
        Ok(remembered) => Ok(Ok(remembered.types)),
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        Err(failure) => Ok(Err((&failure).into())),
    }
}

async fn plan(
    config: &Config,
    session: &RegionalSession,
    options: &RecoveryOptions,
) -> Result<(RecoveryPlan, Scope), Failure> {
    let settings = restore_settings(config, &options.region)?;
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
    Ok((plan, scope))
}

pub(super) fn restore_settings(
    config: &Config,
    region: &Region,
) -> Result<RestoreSettings, Failure> {
    config.file.as_ref().map_or_else(|| Ok(RestoreSettings::default()), |file| file.restore(region))
}
