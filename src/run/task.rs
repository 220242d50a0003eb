//! What was typed as a task with everything checked, and the command that it runs.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::Instant;

use crate::aws::Caller;
use crate::commands::{
    config_init, config_show, down, drill_alarm, drill_backup, drill_restore, from_plan, lint,
    list, plan, recovery, repair, status, tag, up,
};
use crate::config::cli::{self, Command, ConfigCommand, DrillCommand};
use crate::config::file::ConfigFile;
use crate::config::{self, Config, Options, env};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::protection::deletion::DeletionChoice;
use crate::report::{Document, Exit, Problem, Report};
use crate::run::errors::print_error;
use crate::run::recovery_options;
use crate::terminal::output::{self, Detail, Output};
use crate::terminal::watch;

/// A command with all that was typed checked.
pub(super) enum Task {
    Up(Options),
    Plan(plan::PlanOptions),
    Status(status::StatusOptions, Option<Duration>),
    ConfigShow(Options),
    ConfigInit(config_init::ConfigInitOptions),
    FromPlan(Box<from_plan::FromPlanOptions>),
    DrillAlarm(drill_alarm::DrillAlarmOptions),
    DrillBackup(drill_backup::DrillBackupOptions),
    DrillRestore(drill_restore::DrillRestoreOptions),
    List(Vec<Region>),
    Lint(lint::LintOptions),
    Repair(repair::RepairOptions),
    Recovery(Box<recovery::RecoveryOptions>),
    Runbook(Box<recovery::RecoveryOptions>),
    Tag(tag::TagOptions),
    Down(down::DownOptions),
}

impl Task {
    pub(super) fn new(command: &Command, config: &mut Config) -> Result<Self, Failure> {
        let plan = |typed, offline, exit_code, config: &mut Config| {
            Ok::<_, Failure>(plan::PlanOptions { up: options(typed, config)?, offline, exit_code })
        };
        Ok(match command {
            Command::Up(typed) if !typed.dry_run => Self::Up(options(&typed.up, config)?),
            Command::Up(typed) => Self::Plan(plan(&typed.up, false, typed.exit_code, config)?),
            Command::Plan(typed) => {
                Self::Plan(plan(&typed.up, typed.offline, typed.exit_code, config)?)
            }
            Command::Config(ConfigCommand::Show(typed)) => {
                Self::ConfigShow(options(typed, config)?)
            }
            Command::Config(ConfigCommand::Init(typed)) => {
                Self::ConfigInit(config_init(typed, options(&typed.up, config)?))
            }
            Command::Config(ConfigCommand::FromPlan(typed)) => {
                Self::FromPlan(Box::new(from_plan(typed)?))
            }
            Command::Drill(DrillCommand::Alarm(typed)) => {
                let only = config::only(&typed.region)?;
                let without_alarms = typed.no_alarms;
                Self::DrillAlarm(drill_alarm::DrillAlarmOptions { only, without_alarms })
            }
            Command::Drill(DrillCommand::Backup(typed)) => Self::DrillBackup(drill_backup(typed)),
            Command::Drill(DrillCommand::Restore(typed)) => {
                Self::DrillRestore(recovery_options::drill(typed)?)
            }
            Command::List(typed) => Self::List(config::named(&typed.region, &env)?),
            Command::Lint(typed) => Self::Lint(lint(typed, config)?),
            Command::Repair(typed) => Self::Repair(repair(typed)?),
            Command::Restore(typed) => Self::Recovery(Box::new(recovery_options::restore(typed)?)),
            Command::Recover(typed) if typed.readiness.runbook => {
                Self::Runbook(Box::new(recovery_options::recover(typed)?))
            }
            Command::Recover(typed) => Self::Recovery(Box::new(recovery_options::recover(typed)?)),
            Command::Tag(typed) => Self::Tag(tag(&typed.arns, &typed.overwrite, false)?),
            Command::Untag(typed) => Self::Tag(tag(&typed.arns, &[], true)?),
            Command::Status(typed) => {
                Self::Status(status(typed)?, typed.watch.map(Duration::from_secs))
            }
            Command::Down(typed) => Self::Down(down(typed)?),
            Command::Completions(_) | Command::Man(_) | Command::Schema(_) | Command::Help(_) => {
                unreachable!("it asks nothing of AWS, and has run")
            }
        })
    }

    /// Whether it changes nothing, whatever it finds.
    fn only_reads(&self) -> bool {
        match self {
            Self::Plan(_)
            | Self::Status(..)
            | Self::ConfigShow(_)
            | Self::ConfigInit(_)
            | Self::FromPlan(_)
            | Self::List(_)
            | Self::Lint(_)
            | Self::Runbook(_) => true,
            Self::Repair(options) => options.dry_run,
            Self::Recovery(options) => options.dry_run && !options.publish,
            Self::Tag(options) => options.dry_run,
            Self::Down(options) => options.dry_run,
            Self::Up(_) | Self::DrillAlarm(_) | Self::DrillBackup(_) | Self::DrillRestore(_) => {
                false
            }
        }
    }

    pub(super) async fn run(
        self,
        config: &Config,
        caller: Caller,
        (form, detail): (Output, Detail),
    ) -> anyhow::Result<Exit> {
        let caller = if self.only_reads() { caller.only_reading() } else { caller };
        let end = End { form, detail, config, caller: caller.clone() };
        match self {
            Self::Up(options) => end.with(&Box::pin(up::run(config, caller, &options)).await?),
            Self::Plan(options) => end.with(&plan::run(config, caller, &options).await?),
            Self::Status(options, None) => end.with(&status::run(config, caller, &options).await?),
            Self::Status(options, Some(every)) => {
                watch(config, &caller, &options, every, &end).await
            }
            Self::ConfigShow(options) => {
                end.with(&config_show::run(config, caller, &options).await?)
            }
            Self::ConfigInit(options) => {
                end.with(&config_init::run(config, caller, &options).await?)
            }
            Self::FromPlan(options) => {
                end.with(&Box::pin(from_plan::run(config, caller, &options)).await?)
            }
            Self::DrillAlarm(drill) => end.with(&drill_alarm::run(config, caller, &drill).await?),
            Self::DrillBackup(drill) => {
                end.with(&Box::pin(drill_backup::run(config, caller, &drill)).await?)
            }
            Self::DrillRestore(drill) => {
                end.with(&Box::pin(drill_restore::run(config, caller, &drill)).await?)
            }
            Self::List(named) => end.with(&list::run(config, caller, named).await?),
            Self::Lint(options) => end.with(&lint::run(config, caller, &options).await?),
            Self::Repair(options) => {
                let repaired = Box::pin(repair::run(config, caller, &options));
                end.with(&repaired.await?)
            }
            Self::Recovery(options) => {
                end.with(&Box::pin(recovery::run(config, caller, &options)).await?)
            }
            Self::Runbook(options) => {
                end.with(&Box::pin(recovery::runbook(config, caller, &options)).await?)
            }
            Self::Tag(options) => end.with(&tag::run(config, caller, &options).await?),
            Self::Down(options) => end.with(&Box::pin(down::run(config, caller, &options)).await?),
        }
    }
}

fn options(typed: &cli::Up, config: &mut Config) -> Result<Options, Failure> {
    let options = Options::new(typed, &env)?;
    config.set(&options)?;
    options.check(config.file.as_ref())?;
    Ok(options)
}

fn config_init(typed: &cli::ConfigInit, up: Options) -> config_init::ConfigInitOptions {
    let cli::ConfigInit { file, stdout, force, offline, .. } = typed;
    let to_stdout = *stdout || file.as_os_str() == "-";
    let path = (!to_stdout).then(|| file.clone());
    config_init::ConfigInitOptions { up, path, force: *force, offline: *offline }
}

fn from_plan(typed: &cli::FromPlan) -> Result<from_plan::FromPlanOptions, Failure> {
    let cli::FromPlan { source, file, stdout, force, plan, .. } = typed;
    let to_stdout = *stdout || file.as_os_str() == "-";
    let region = |typed: &Option<String>| {
        typed.as_deref().map(|name| Region::parse(name).map_err(Failure::Usage)).transpose()
    };
    Ok(from_plan::FromPlanOptions {
        source: source.clone(),
        plan: plan.clone(),
        choice: from_plan::Choice {
            region: region(&typed.region)?,
            secondary: region(&typed.secondary)?,
            keep_vaults: typed.keep.keep_vaults,
            keep_role: typed.keep.keep_role,
        },
        path: (!to_stdout).then(|| file.clone()),
        force: *force,
    })
}

fn status(typed: &cli::Status) -> Result<status::StatusOptions, Failure> {
    Ok(status::StatusOptions {
        named: config::named(&typed.region, &env)?,
        only: config::only(&typed.region)?,
        resources: config::resources(&typed.resource)?,
        all: typed.all,
    })
}

fn lint(typed: &cli::Lint, config: &Config) -> Result<lint::LintOptions, Failure> {
    if typed.files.is_empty() && !typed.account && config.file.is_none() {
        return Err(Failure::Usage(
            "name a FILE, or check the account with --account: mrbackup lint --help".to_owned(),
        ));
    }
    Ok(lint::LintOptions {
        files: typed.files.clone(),
        account: typed.account,
        regions: config::only(&typed.region)?,
        named: config::named(&typed.region, &env)?,
    })
}

fn drill_backup(typed: &cli::DrillBackup) -> drill_backup::DrillBackupOptions {
    let cli::DrillBackup { arn, keep_days } = typed;
    drill_backup::DrillBackupOptions { resource: arn.clone(), keep_days: *keep_days }
}

fn repair(typed: &cli::Repair) -> Result<repair::RepairOptions, Failure> {
    Ok(repair::RepairOptions {
        since: typed.since.as_deref().map(config::parse_past).transpose()?,
        dry_run: typed.dry_run,
        confirm: typed.confirm.clone(),
    })
}

fn tag(typed: &cli::Arns, overwrite: &[String], untag: bool) -> Result<tag::TagOptions, Failure> {
    Ok(tag::TagOptions {
        arns: config::arns(typed)?,
        untag,
        dry_run: typed.dry_run,
        any_region: typed.any_region,
        overwrite: overwrite.iter().cloned().collect(),
        selection: typed.selection.clone(),
    })
}

fn down(typed: &cli::Down) -> Result<down::DownOptions, Failure> {
    let without = config::only(&typed.without_region)?;
    Ok(down::DownOptions {
        named: config::named(&typed.elsewhere.region, &env)?,
        dry_run: typed.dry_run,
        exit_code: typed.exit_code,
        backups: backups(typed, &without),
        without,
    })
}

/// What the flags of `down` say of the backups; clap has refused what does not go together.
fn backups(typed: &cli::Down, without: &[Region]) -> down::Backups {
    match (&typed.confirm, typed.delete_backups, typed.keep_backups) {
        (Some(confirm), true, _) => down::Backups::Delete {
            confirm: confirm.clone(),
            choice: DeletionChoice {
                foreign: typed.include_foreign_points,
                plans: typed.points_of_plan.iter().cloned().collect(),
                stop_pitr: typed.stop_pitr,
                without: without.to_vec(),
            },
        },
        (_, _, true) => down::Backups::Keep,
        _ => down::Backups::Refuse,
    }
}

/// Looks again and again until Ctrl-C, and ends as the last look did.
async fn watch(
    config: &Config,
    caller: &Caller,
    options: &status::StatusOptions,
    every: Duration,
    end: &End<'_>,
) -> anyhow::Result<Exit> {
    let has_screen = end.form == Output::Text && watch::has_screen();
    let mut last = Exit::NeedsAttention;
    let mut looks = 0;
    loop {
        // What did not answer the last time may have come back.
        let mut caller = caller.afresh();
        if has_screen && looks > 0 {
            // Its lines would push the picture away.
            caller = caller.in_silence();
        }
        match status::run(config, caller.clone(), options).await {
            Ok(report) => last = end.again(&report, has_screen, looks)?,
            Err(Failure::Interrupted) => return Ok(last),
            Err(failure @ Failure::Usage(_)) => return Err(failure.into()),
            // Who watches an outage wants to see its end.
            Err(failure) => {
                print_error(&Problem::from(&failure));
                last = Exit::Failed;
            }
        }
        looks += 1;
        let next = Instant::now() + every;
        while let Some(left) =
            next.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
        {
            if has_screen {
                watch::count_down(left);
            }
            tokio::select! {
                () = caller.interrupt.happened() => return Ok(last),
                () = tokio::time::sleep(left.min(Duration::from_secs(1))) => (),
            }
        }
    }
}

/// The one end of every command.
struct End<'a> {
    form: Output,
    detail: Detail,
    config: &'a Config,
    caller: Caller,
}

impl End<'_> {
    /// Prints the report of a look: over the one before where there is a screen, else with when it was.
    fn again(&self, report: &impl Report, has_screen: bool, looks: u32) -> anyhow::Result<Exit> {
        self.caller.progress.close();
        if !has_screen {
            if self.form == Output::Text {
                let now = format!("{}\n", watch::now());
                output::report(self.form, self.detail, &now).context("cannot write to stdout")?;
            }
            return self.with(report);
        }
        if looks == 0 {
            watch::clear();
        }
        watch::redraw(self.detail, report);
        Ok(report.exit())
    }

    /// Prints a report and ends as it says.
    fn with(&self, report: &impl Report) -> anyhow::Result<Exit> {
        self.caller.progress.close();
        let file = self.config.file.as_ref().map(ConfigFile::path);
        if let (Output::Sarif, Some(document)) = (self.form, report.sarif()) {
            output::report(self.form, self.detail, &document).context("cannot write to stdout")?;
            return Ok(report.exit());
        }
        let document = Document::new(report, self.caller.identity(), file);
        output::report(self.form, self.detail, &document).context("cannot write to stdout")?;
        Ok(report.exit())
    }
}
