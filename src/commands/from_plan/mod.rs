//! `config from-plan`: the file that is nearest to a backup plan, and the way to take over from it.

mod choice;
mod held;
mod losses;
mod names;
mod nearest;
mod regions;
mod rules;
mod selections;
mod source;
mod takeover;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::aws::Caller;
use crate::commands::config_init::{check_writable, write};
use crate::config::file::ConfigFile;
use crate::config::file::written::Written;
use crate::config::file::written::notes::{Spot, with_notes};
use crate::config::{Config, Options};
use crate::failure::Failure;
use crate::lint::finding::Finding;
use crate::lint::model::{Content, Place, Plan};
use crate::lint::{own_file, rules as checks};
use crate::model::names::Names;
use crate::model::settings::Settings;
use crate::protection::schedule::prove;
use crate::report::{FromPlanReport, LossRow, LostOfBoth};
pub(crate) use choice::Choice;
use nearest::{Nearest, nearest};
use source::{Named, Source};

/// Which plan, and where the file is written.
#[derive(Debug)]
pub(crate) struct FromPlanOptions {
    pub(crate) source: String,
    /// The plan's name, where a document has several.
    pub(crate) plan: Option<String>,
    pub(crate) choice: Choice,
    /// `None` is stdout.
    pub(crate) path: Option<PathBuf>,
    pub(crate) force: bool,
}

/// Writes the settings that are nearest to a plan. Nothing in the account is changed.
///
/// # Errors
/// A plan that is not there or cannot be read, a region that a person has to name, a file that is there already.
pub(crate) async fn run(
    config: &Config,
    mut caller: Caller,
    options: &FromPlanOptions,
) -> Result<FromPlanReport, Failure> {
    let FromPlanOptions { source, plan, choice, path, force } = options;
    check_writable(path.as_deref(), *force)?;
    let source = match Named::parse(source)? {
        Named::File(file) => source::document(file, plan.as_deref())?,
        Named::Plan { id, region } => {
            let region = choice.region.clone().or(region);
            source::account(config, &mut caller, id, region).await?
        }
    };
    let now = Timestamp::now();
    let nearest = nearest(&source.plan, &source.vaults, choice, now)?;
    let deployment = config.deployment.as_str();
    let text = text(deployment, &source, &nearest);
    check(&source.plan, &text)?;
    if let Some(path) = path {
        write(path, &text, *force)?;
    }
    let report = report(config, &source, nearest, (path.as_deref(), text), now);
    if path.is_none() {
        report.about().lines().for_each(|line| caller.progress.note(line));
    }
    Ok(report)
}

fn text(deployment: &str, source: &Source, nearest: &Nearest) -> String {
    let origin = format!(
        "settings nearest to backup plan {}, as `mrbackup config from-plan` found it",
        source.plan.label
    );
    let is_of_account = source.format.is_none();
    let account = nearest.account.as_deref();
    let written = Written {
        name: deployment,
        origin: Some(&origin),
        settings: &nearest.settings,
        expected_account: account.filter(|_| is_of_account),
        account,
        search_regions: None,
        addresses: &BTreeSet::new(),
        unknown_addresses: 0,
        restore: None,
    };
    let mut notes = nearest.losses.clone();
    notes.extend(source.unknown.iter().map(|text| (Spot::Top, text.clone())));
    with_notes(&written.text(), &notes)
}

/// Refuses to write what mrbackup itself would refuse.
fn check(plan: &Plan, text: &str) -> Result<(), Failure> {
    let read = || {
        let file = ConfigFile::from_document(Path::new("mrbackup.toml"), text.to_owned())?;
        let options = Options::default();
        options.check(Some(&file))?;
        let settings = options.resolve(Some(&file), None)?.settings;
        file.check_size(&settings)
    };
    read().map_err(|failure| {
        Failure::refused(
            format!(
                "what is nearest to plan {} is no file that mrbackup takes: {failure}",
                plan.label
            ),
            "change the plan's document there, and name that with FILE",
        )
    })
}

fn report(
    config: &Config,
    source: &Source,
    nearest: Nearest,
    (path, text): (Option<&Path>, String),
    now: Timestamp,
) -> FromPlanReport {
    let Nearest { settings, losses, replaced, account: _ } = nearest;
    let regions = settings.regions.names();
    let proof = prove(&settings.rules, &settings.regions.primary, &regions[1..], now);
    let gaps: Vec<String> = proof
        .map(|proof| proof.holes.iter().map(ToString::to_string).collect())
        .unwrap_or_default();
    let old = Content { plans: vec![source.plan.clone()], ..Content::default() };
    let lost = LostOfBoth { plan: lost(&old, now), file: lost(&own(config, &settings), now) };
    let shown = path.map_or("mrbackup.toml".to_owned(), |path| path.display().to_string());
    let steps = takeover::steps(source, &settings, &shown, !gaps.is_empty());
    let row = |(spot, text): (Spot, String)| {
        let place = Some(spot.words()).filter(|words| !words.is_empty());
        LossRow { place, text }
    };
    let unknown = source.unknown.iter().map(|text| (Spot::Top, text.clone()));
    FromPlanReport {
        path: path.map(|path| path.display().to_string()),
        plan: source.plan.label.clone(),
        losses: losses.into_iter().chain(unknown).map(row).collect(),
        replaced,
        lost_copies_per_year: lost,
        gaps,
        steps,
        text,
    }
}

/// The plan that `up` would make.
fn own(config: &Config, settings: &Settings) -> Content {
    let partition = settings.regions.primary.partition();
    let deployment = config.deployment.clone();
    let names = Names { deployment, account: String::new(), partition };
    own_file::read(settings, &names, &BTreeMap::new(), &Place::default())
}

/// Copies that are scheduled and not made, in a year, because rules overlap.
fn lost(content: &Content, now: Timestamp) -> i64 {
    let found = checks::check(content, &[], now);
    found.findings.iter().filter(|one| one.lost.is_some()).map(Finding::lost_a_year).sum()
}
