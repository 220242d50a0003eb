//! The beginning of every command: who is calling, in which account, and what it records of the deployment.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::account::listings::Listings;
use crate::aws::{Caller, Clients, connect};
use crate::config::Config;
use crate::config::file::ConfigFile;
use crate::deployment::introduction::Introduction;
use crate::deployment::record::{Reader, Record};
use crate::deployment::search::SearchArea;
use crate::failure::{AwsError, CallSite, ErrorKind, Failure};
use crate::model::caller_identity::CallerIdentity;
use crate::model::names::Names;
use crate::model::region::{Partition, Region};
use crate::model::settings::{Regions, Settings};

/// A command's connection to one deployment in one account.
pub(crate) struct Session {
    pub(crate) caller: Caller,
    pub(crate) clients: Clients,
    /// What has been listed since: for the command too.
    pub(crate) listings: Listings,
    pub(crate) names: Names,
    /// The region through which IAM is called.
    pub(crate) iam_region: Region,
    pub(crate) record: Record,
    /// The configuration file in use, if any.
    config_file: Option<PathBuf>,
}

impl Session {
    /// Connects, and reads the record. `named` are the regions in which a lost one is searched
    /// besides the usual ones.
    ///
    /// # Errors
    /// Without usable credentials, without a connection, and where the record cannot be read.
    pub(crate) async fn open(
        config: &Config,
        caller: Caller,
        named: Vec<Region>,
    ) -> Result<Self, Failure> {
        Self::begin(config, caller, named, false).await
    }

    /// The same for a command that then observes all steps: the backup plans are listed beside the record.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub(crate) async fn open_to_observe(
        config: &Config,
        caller: Caller,
        named: Vec<Region>,
    ) -> Result<Self, Failure> {
        Self::begin(config, caller, named, true).await
    }

    async fn begin(
        config: &Config,
        caller: Caller,
        named: Vec<Region>,
        plans_ahead: bool,
    ) -> Result<Self, Failure> {
        let clients = connect(&config.connect).await?;
        let caller = caller.within_attempts_of(&clients);
        let listings = Listings::default();
        let (named, iam_region) = with_home(config, &clients, named);
        let reader = Reader {
            caller: &caller,
            clients: &clients,
            listings: &listings,
            deployment: &config.deployment,
            iam_region: &iam_region,
            plans_ahead,
        };
        let (identity, role) =
            tokio::join!(identify(&caller, &clients, &named, &iam_region), reader.role());
        let (account, partition) = identity?;
        check_file(config, &caller, &account)?;
        let names = Names { deployment: config.deployment.clone(), account, partition };
        let only = config.search_regions.as_deref();
        let area = SearchArea::new(partition, &named, only, &iam_region);
        let record = reader.read(&names, role, &area).await?;
        let config_file = config.file.as_ref().map(|file| file.path().to_owned());
        Ok(Self { caller, clients, listings, names, iam_region, record, config_file })
    }

    /// The first line of every command: what is meant, as whom, and where it is.
    pub(crate) fn introduce(&self, command: &str, settings: Option<&Settings>) {
        let introduction = Introduction {
            command,
            deployment: Some(self.names.deployment.as_str()),
            caller: self.caller.identity().cloned(),
            regions: settings.map(|settings| settings.regions.names()).unwrap_or_default(),
            file: self.config_file.as_deref(),
            endpoint: self.clients.endpoint(),
        };
        self.caller.progress.note(&introduction.to_string());
    }

    /// Says where no record was looked for, as what is there is not known.
    pub(crate) fn note_unread_regions(&self) {
        let unread = self.record.searched().filter(|looked| !looked.is_conclusive());
        if let Some(looked) = unread {
            let name = &self.names.deployment;
            self.caller.progress.note(&format!("No deployment {name} {}.", looked.extent()));
        }
    }
}

/// Refuses an account that the configuration file does not expect, and names a file that is of another deployment.
pub(super) fn check_file(config: &Config, caller: &Caller, account: &str) -> Result<(), Failure> {
    if let Some(file) = config.guard_file() {
        file.check_account(account)?;
    }
    if let Some(path) = &config.other_file {
        let note = format!("{} is of another deployment, and is not used", path.display());
        caller.progress.note(&note);
    }
    Ok(())
}

/// The regions that flags, variables and the file name, with the caller's own, and the one through
/// which IAM is called.
pub(crate) fn with_home(
    config: &Config,
    clients: &Clients,
    mut named: Vec<Region>,
) -> (Vec<Region>, Region) {
    let of_file = config.file.as_ref().and_then(ConfigFile::regions);
    named.extend(of_file.into_iter().flat_map(Regions::names));
    let home = clients.home_region();
    let usual = || Partition::Aws.default_regions()[0].clone();
    let iam_region = named.first().or(home.as_ref()).cloned().unwrap_or_else(usual);
    // Who says where anything may be has not forgotten the own region.
    if config.search_regions.is_none() {
        named.extend(home);
    }
    let mut seen = BTreeSet::new();
    named.retain(|region| seen.insert(region.clone()));
    (named, iam_region)
}

/// Regions that are asked who is calling where those that were named do not answer.
const OTHERS: usize = 2;

/// Account and partition of the caller, asked in the first region that answers. Which one is no
/// matter: the region that commands are typed for is the one that may be down.
pub(crate) async fn identify(
    caller: &Caller,
    clients: &Clients,
    hints: &[Region],
    iam_region: &Region,
) -> Result<(String, Partition), Failure> {
    let mut first = None;
    for region in candidates(hints, iam_region) {
        match identity_in(caller, clients, &region).await {
            Ok(identity) => return Ok(identity),
            Err(Failure::Aws(error)) if error.class == ErrorKind::NotSent => {
                // One endpoint stands for all regions.
                if let Some(endpoint) = clients.endpoint().filter(|_| !error.is_explained()) {
                    return Err(unreachable(endpoint, &error));
                }
                first.get_or_insert(error);
            }
            // A region that is not enabled does not know the caller.
            Err(Failure::Aws(error))
                if error.class == ErrorKind::Unknown || error.is_unknown_caller() =>
            {
                first.get_or_insert(error);
            }
            Err(failure) => return Err(failure),
        }
    }
    Err(first.map_or(Failure::Interrupted, Failure::Aws))
}

/// Account and partition of the caller, as this region knows them.
///
/// # Errors
/// AWS's answer, and one without an account.
pub(super) async fn identity_in(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
) -> Result<(String, Partition), Failure> {
    let sts = clients.region(region).sts;
    let site = CallSite::new("sts:GetCallerIdentity", region, "");
    let identity = caller.call(site, || sts.get_caller_identity().send()).await?;
    let arn = identity.arn.unwrap_or_default();
    let partition = partition_of(&arn).unwrap_or_else(|| region.partition());
    let Some(account) = identity.account else {
        return Err(Failure::failed("AWS did not name the account", "run the same command again"));
    };
    caller.is_known_as(CallerIdentity {
        account: account.clone(),
        arn,
        credentials: clients.credentials().to_owned(),
    });
    Ok((account, partition))
}

/// The regions to ask who is calling, in their order. `through` is the first of those that were
/// named, or stands for them where there is none.
fn candidates(named: &[Region], iam_region: &Region) -> Vec<Region> {
    let named = if named.is_empty() { std::slice::from_ref(iam_region) } else { named };
    let others = iam_region.partition().default_regions().into_iter();
    let others = others.filter(|other| !named.contains(other)).take(OTHERS);
    named.iter().cloned().chain(others).collect()
}

/// An endpoint that was chosen is the likeliest cause when nobody answers there.
fn unreachable(endpoint: &str, error: &AwsError) -> Failure {
    Failure::failed(
        format!(
            "the endpoint {endpoint} cannot be reached: {}",
            error.message.trim_start_matches("AWS cannot be reached: ")
        ),
        "check --endpoint-url, MRBACKUP_ENDPOINT_URL and AWS_ENDPOINT_URL, or unset them to call AWS itself",
    )
}

fn partition_of(arn: &str) -> Option<Partition> {
    let id = arn.split(':').nth(1)?;
    [
        Partition::Aws,
        Partition::China,
        Partition::GovCloud,
        Partition::EuSovereign,
        Partition::Iso,
        Partition::IsoB,
        Partition::IsoE,
        Partition::IsoF,
    ]
    .into_iter()
    .find(|partition| partition.id() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_is_the_callers() {
        assert_eq!(partition_of("arn:aws-us-gov:iam::1:user/u"), Some(Partition::GovCloud));
        assert_eq!(partition_of("arn:aws:sts::1:assumed-role/r/s"), Some(Partition::Aws));
        assert_eq!(partition_of(""), None);
    }
}
