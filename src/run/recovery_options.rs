//! What `restore` and `recover` were asked for, with everything checked.

use std::collections::BTreeSet;

use crate::commands::drill_restore::DrillRestoreOptions;
use crate::commands::recovery::RecoveryOptions;
use crate::config::{self, cli};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::resource_types::{self, RESOURCE_TYPES};
use crate::recovery::landing::Typed;
use crate::recovery::source::{Choice, Metadata};
use crate::restores::Pace;

/// # Errors
/// [`Failure::Usage`] for what cannot be meant.
pub(super) fn restore(typed: &cli::Restore) -> Result<RecoveryOptions, Failure> {
    let time = |typed: &Option<String>| typed.as_deref().map(config::parse_past).transpose();
    let at = time(&typed.at)?;
    Ok(RecoveryOptions {
        command: "restore",
        region: region_of(&typed.arn, typed.region.as_deref())?,
        only_types: BTreeSet::new(),
        resources: BTreeSet::from([typed.arn.clone()]),
        first: Vec::new(),
        choice: Choice {
            before: time(&typed.before)?,
            point: typed.point.clone(),
            cold_too: typed.cold_too,
            at,
        },
        typed: Typed { name: typed.name.clone(), set: metadata(&typed.set)?, at },
        pace: Pace { parallel: 1, protects: typed.protect, waits: !typed.extent.no_wait },
        dry_run: typed.extent.dry_run,
        imports: typed.extent.import_blocks,
        publish: false,
    })
}

/// # Errors
/// [`Failure::Usage`] for what cannot be meant.
pub(super) fn recover(typed: &cli::Recover) -> Result<RecoveryOptions, Failure> {
    let before = typed.before.as_deref().map(config::parse_past).transpose()?;
    Ok(RecoveryOptions {
        command: "recover",
        region: Region::parse_lenient(&typed.region).map_err(Failure::Usage)?,
        only_types: typed.only_type.iter().map(|name| kind(name)).collect::<Result<_, _>>()?,
        resources: config::resources(&typed.resource)?,
        first: typed.first.clone(),
        choice: Choice { before, cold_too: typed.cold_too, ..Choice::default() },
        typed: Typed::default(),
        pace: Pace {
            parallel: usize::from(typed.parallel),
            protects: !typed.no_protect,
            waits: !typed.extent.no_wait,
        },
        dry_run: typed.extent.dry_run,
        imports: typed.extent.import_blocks,
        publish: typed.readiness.publish,
    })
}

/// # Errors
/// [`Failure::Usage`] for what cannot be meant.
pub(super) fn drill(typed: &cli::DrillRestore) -> Result<DrillRestoreOptions, Failure> {
    if typed.clean_up {
        return Ok(DrillRestoreOptions::CleanUp { only: config::only(&typed.region)? });
    }
    let named = match &typed.region[..] {
        [] => None,
        [named] => Some(named.as_str()),
        _ => {
            return Err(Failure::Usage(
                "--region: a drill is of one region; --clean-up takes several".to_owned(),
            ));
        }
    };
    let region = match (&typed.arn, named) {
        (Some(arn), named) => region_of(arn, named)?,
        (None, Some(named)) => Region::parse_lenient(named).map_err(Failure::Usage)?,
        (None, None) => {
            return Err(Failure::Usage(
                "--all: name the region of the vault with --region".to_owned(),
            ));
        }
    };
    Ok(DrillRestoreOptions::Drill { region, resource: typed.arn.clone(), keeps: typed.keep })
}

/// The region that is named, or the resource's own.
fn region_of(arn: &str, named: Option<&str>) -> Result<Region, Failure> {
    if !arn.starts_with("arn:") || arn.splitn(6, ':').count() < 6 {
        return Err(Failure::Usage(format!("{arn:?} is no ARN")));
    }
    let own = arn.split(':').nth(3).filter(|region| !region.is_empty());
    match named.or(own) {
        Some(region) => Region::parse_lenient(region).map_err(Failure::Usage),
        None => Err(Failure::Usage(format!(
            "{arn} does not tell its region: name that of the vault with --region"
        ))),
    }
}

fn metadata(typed: &[String]) -> Result<Metadata, Failure> {
    let pair = |typed: &String| {
        let (key, value) = typed
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Failure::Usage(format!("--set {typed:?}: it looks like KEY=VALUE")))?;
        Ok((key.to_owned(), value.to_owned()))
    };
    typed.iter().map(pair).collect()
}

/// A type by AWS Backup's name, in any case; also as an ARN's service calls it.
fn kind(typed: &str) -> Result<String, Failure> {
    let known = RESOURCE_TYPES.iter().map(|kind| kind.name);
    let found = known.clone().find(|name| name.eq_ignore_ascii_case(typed));
    found.or_else(|| resource_types::of_opt_in_key(typed)).map(str::to_owned).ok_or_else(|| {
        let known: Vec<&str> = known.collect();
        Failure::Usage(format!("--only-type {typed}: the types are {}", known.join(", ")))
    })
}
