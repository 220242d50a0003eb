//! The beginning of a command that works in one region alone, as if all others were away: nothing is asked of the primary, and
//! nothing of IAM.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::account::context::Context;
use crate::account::listings::Listings;
use crate::account::vaults;
use crate::aws::{Caller, Clients, Connect, connect};
use crate::config::Config;
use crate::deployment::introduction::Introduction;
use crate::deployment::places::newest;
use crate::deployment::record::{Reader, Record};
use crate::deployment::search::SearchArea;
use crate::deployment::session::{check_file, identity_in};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Reading};
use crate::model::names::{self, Names};
use crate::model::region::Region;
use crate::model::tags::Tags;

/// A command's connection to what one region knows of a deployment.
pub(crate) struct RegionalSession {
    caller: Caller,
    clients: Clients,
    names: Names,
    region: Region,
    /// The record, as the region's vault has it.
    pub(crate) manifest: Manifest,
    config_file: Option<PathBuf>,
}

impl RegionalSession {
    /// Connects to the region, and reads the record from its vaults.
    ///
    /// # Errors
    /// Without usable credentials, without an answer from the region, and where none of its vaults is of this deployment.
    pub(crate) async fn open(
        config: &Config,
        caller: Caller,
        region: &Region,
    ) -> Result<Self, Failure> {
        let here = Connect { sts_region: Some(region.clone()), ..config.connect.clone() };
        let clients = connect(&here).await?;
        let caller = caller.within_attempts_of(&clients);
        let (account, partition) = identity_in(&caller, &clients, region).await?;
        check_file(config, &caller, &account)?;
        let names = Names { deployment: config.deployment.clone(), account, partition };
        let listings = Listings::default();
        let tags = vaults::read_all_tags(&caller, &clients, &listings, &names, region).await?;
        let readings = tags.iter().map(|tags| Manifest::read(&names.deployment, tags));
        let manifest = match newest(readings.collect()) {
            Reading::Valid(manifest) => manifest,
            Reading::NotOurs => {
                let found = of_given_vault(&caller, &clients, &listings, &names, region);
                let found = Box::pin(found).await;
                caller.interrupt.check()?;
                found.ok_or_else(|| without_record(&names, region, &Reading::NotOurs))?
            }
            reading => return Err(without_record(&names, region, &reading)),
        };
        let config_file = config.file.as_ref().map(|file| file.path().to_owned());
        Ok(Self { caller, clients, names, region: region.clone(), manifest, config_file })
    }

    /// The first line of the command.
    pub(crate) fn introduce(&self, command: &str) {
        let introduction = Introduction {
            command,
            deployment: Some(self.names.deployment.as_str()),
            caller: self.caller.identity().cloned(),
            regions: vec![self.region.clone()],
            file: self.config_file.as_deref(),
            endpoint: self.clients.endpoint(),
        };
        self.caller.progress.note(&introduction.to_string());
    }

    /// What calls in the region are made with.
    pub(crate) fn context(&self) -> Context {
        let Self { caller, clients, names, manifest, .. } = self;
        let (caller, clients, names) = (caller.clone(), clients.clone(), names.clone());
        let none = BTreeSet::new();
        Context::new(caller, clients, names, manifest, Tags::new(), &none, Listings::default())
    }
}

/// The record of a deployment whose vault in the region is given, and so has none: it stands on the service role, and on
/// vaults of the deployment's own elsewhere.
async fn of_given_vault(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    names: &Names,
    region: &Region,
) -> Option<Manifest> {
    let deployment = &names.deployment;
    let reader =
        Reader { caller, clients, listings, deployment, iam_region: region, plans_ahead: false };
    let area = SearchArea::new(names.partition, &[], None, region);
    let role = reader.role().await.or(Ok(Reading::NotOurs));
    match reader.read(names, role, &area).await {
        Ok(Record::Found { manifest, .. }) => {
            Some(manifest).filter(|one| one.settings.given_vaults.contains_key(region))
        }
        _ => None,
    }
}

fn without_record(names: &Names, region: &Region, reading: &Reading) -> Failure {
    let name = names.deployment.as_str();
    match reading {
        Reading::Newer { writer } => Failure::refused(
            format!(
                "the record of deployment {name} was written by mrbackup {writer}, which is newer"
            ),
            "use that version",
        ),
        Reading::Torn { why, .. } => Failure::refused(
            format!("the record of deployment {name} in {region} cannot be read: {why}"),
            format!(
                "name the region of another vault, or look with `{}`",
                names::command(name, "status")
            ),
        ),
        Reading::NotOurs | Reading::Valid(_) => Failure::Usage(format!(
            "{region} has no vault of deployment {name}: name a region that `{}` shows, or another deployment with --name",
            names::command(name, "status")
        )),
    }
}
