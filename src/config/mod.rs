//! What is meant by what was typed: checked values, decided before anything is called. Nothing is
//! called here.

mod arns;
pub(crate) mod cli;
pub(crate) mod document;
mod env;
pub(crate) mod file;
mod given;
mod options;
pub(crate) mod set;
pub(crate) mod subscriber;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use crate::aws::{CALL_TIMEOUT, Connect};
use crate::config::cli::Global;
use crate::config::env::{twin, value};
use crate::config::file::ConfigFile;
use crate::failure::Failure;
use crate::model::endpoint::is_endpoint;
use crate::model::names::DeploymentName;
use crate::model::region::Region;
use crate::terminal::output::{Color, Output};

pub(crate) use arns::{arns, resources};
pub(crate) use env::{Env, SettingSource, check_unicode, env};
pub(crate) use options::{Options, Resolved};
pub(crate) use values::{
    check_boundary, check_role, check_topics, parse_key, parse_past, parse_role, parse_vault,
};

/// How to talk, and to whom.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) deployment: DeploymentName,
    pub(crate) deployment_origin: SettingSource,
    /// The configuration file of this deployment.
    pub(crate) file: Option<ConfigFile>,
    /// What `--set` says of the account and of the regions to search, where there is no file.
    guard: Option<ConfigFile>,
    /// A configuration file that was found, and is of another deployment.
    pub(crate) other_file: Option<PathBuf>,
    pub(crate) connect: Connect,
    /// How long a call that fails is tried again, from its first failure on.
    pub(crate) call_timeout: Duration,
    /// The only regions where a deployment may be, where that was said: nowhere else is one searched.
    pub(crate) search_regions: Option<Vec<Region>>,
    pub(crate) color: Color,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
}

impl Config {
    /// # Errors
    /// [`Failure::Usage`] for what cannot be meant.
    pub(crate) fn new(global: &Global, env: Env<'_>) -> Result<Self, Failure> {
        let setting = |flag: &Option<String>, name: &str| flag.clone().or_else(|| twin(env, name));
        let file = file::find(global.config.as_deref(), global.no_config, env)?;
        let named = setting(&global.name, "NAME")
            .map(|name| DeploymentName::parse(&name).map_err(Failure::Usage))
            .transpose()?;
        let of_file = file.as_ref().map(|file| file.deployment.clone().unwrap_or_default());
        let deployment = named.or(of_file.clone()).unwrap_or_default();
        // The file is the truth of the deployment that it names, and of no other.
        let (file, other_file) = match file {
            Some(file) if of_file.as_ref() == Some(&deployment) => (Some(file), None),
            file => (None, file.map(|file| file.path().to_owned())),
        };
        let endpoint_url = setting(&global.endpoint_url, "ENDPOINT_URL");
        if let Some(url) = &endpoint_url {
            check_endpoint(url)?;
        }
        let search_regions = match (search_regions(env)?, &file) {
            (None, Some(file)) => file.search_regions()?,
            (said, _) => said,
        };
        let in_file = file.as_ref().is_some_and(|file| file.has("name"));
        let below = if in_file { SettingSource::File } else { SettingSource::Default };
        Ok(Self {
            deployment,
            deployment_origin: SettingSource::from_input(global.name.is_some(), env, "NAME")
                .unwrap_or(below),
            file,
            guard: None,
            other_file,
            search_regions,
            connect: Connect {
                profile: setting(&global.profile, "PROFILE"),
                endpoint_url,
                sts_region: None,
            },
            call_timeout: call_timeout(global.call_timeout, env)?,
            color: match global.color {
                Some(color) => color,
                None => value(env, "COLOR", "auto, always or never")?.unwrap_or_default(),
            },
            quiet: global.quiet,
            verbose: global.verbose,
        })
    }

    /// Puts what `--set` says in place of what the file says.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the option that cannot be meant.
    pub(crate) fn set(&mut self, options: &Options) -> Result<(), Failure> {
        match self.file.take() {
            Some(file) => self.file = Some(options.set_in(file)?),
            None => self.guard = options.guard()?,
        }
        if let Some(file) = self.guard_file().filter(|_| options.sets.has(&["search_regions"])) {
            self.search_regions = file.search_regions()?;
        }
        Ok(())
    }

    /// The account in which alone it works, with where that was said.
    pub(crate) fn guard_file(&self) -> Option<&ConfigFile> {
        self.file.as_ref().or(self.guard.as_ref())
    }
}

/// The flag, else its twin, which has the same limits.
fn call_timeout(flag: Option<u64>, env: Env<'_>) -> Result<Duration, Failure> {
    let of_twin = |typed: String| {
        let seconds = typed.parse().ok().filter(|seconds| (1..=86_400).contains(seconds));
        seconds.ok_or_else(|| {
            Failure::Usage(format!(
                "MRBACKUP_CALL_TIMEOUT is {typed:?}: it can be whole seconds from 1 to 86400"
            ))
        })
    };
    let seconds = match flag {
        Some(seconds) => Some(seconds),
        None => twin(env, "CALL_TIMEOUT").map(of_twin).transpose()?,
    };
    Ok(seconds.map_or(CALL_TIMEOUT, Duration::from_secs))
}

/// The regions of `MRBACKUP_SEARCH_REGIONS`, with commas between them.
fn search_regions(env: Env<'_>) -> Result<Option<Vec<Region>>, Failure> {
    let parse = |name: &str| {
        let usage = |why| Failure::Usage(format!("MRBACKUP_SEARCH_REGIONS: {why}"));
        Region::parse_lenient(name).map_err(usage)
    };
    let listed = twin(env, "SEARCH_REGIONS");
    listed.map(|listed| listed.split(',').map(parse).collect()).transpose()
}

/// The wanted form of the result, which must be known before anything else can fail.
///
/// # Errors
/// [`Failure::Usage`] for an unknown form in the environment.
pub(crate) fn output(flag: Option<Output>, env: Env<'_>) -> Result<Output, Failure> {
    match flag {
        Some(output) => Ok(output),
        None => Ok(value(env, "OUTPUT", "text or json")?.unwrap_or_default()),
    }
}

fn check_endpoint(url: &str) -> Result<(), Failure> {
    if is_endpoint(url) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{url:?} is not an endpoint: it begins with http:// or https://, as http://localhost:4566"
    )))
}

/// Regions that were named, and no others.
///
/// # Errors
/// [`Failure::Usage`] for what is no region.
pub(crate) fn only(typed: &[String]) -> Result<Vec<Region>, Failure> {
    typed.iter().map(|typed| Region::parse_lenient(typed).map_err(Failure::Usage)).collect()
}

/// Regions to search besides the usual ones when no record says where the deployment is.
///
/// # Errors
/// [`Failure::Usage`] for what is no region.
pub(crate) fn named(typed: &[String], env: Env<'_>) -> Result<Vec<Region>, Failure> {
    let mut named = Vec::new();
    for typed in typed {
        named.push(Region::parse_lenient(typed).map_err(Failure::Usage)?);
    }
    if named.is_empty() {
        for name in ["REGION", "PRIMARY", "SECONDARY", "TERTIARY"] {
            if let Some(typed) = twin(env, name) {
                named.push(Region::parse_lenient(&typed).map_err(Failure::Usage)?);
            }
        }
    }
    Ok(named)
}
