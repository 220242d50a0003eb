//! `list`: every deployment of the account, found by its service role, or by its vaults where IAM is away.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::account::listings::Listings;
use crate::account::{roles, vaults};
use crate::aws::{Caller, Clients, connect};
use crate::config::{Config, SettingSource};
use crate::deployment::introduction::Introduction;
use crate::deployment::session::{identify, with_home};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Reading};
use crate::model::names::{DEPLOYMENT_TAG, DeploymentName, Names};
use crate::model::region::{Partition, Region};
use crate::report::{ListReport, Listed, Problem, VaultCount};

/// Lists the deployments.
///
/// # Errors
/// Where neither IAM nor any region can be read.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    hints: Vec<Region>,
) -> Result<ListReport, Failure> {
    let caller = caller.with_circuit_breaker();
    let clients = connect(&config.connect).await?;
    let listings = Listings::default();
    let (mut hints, iam_region) = with_home(&clients, hints);
    let (account, partition) = identify(&caller, &clients, &hints, &iam_region).await?;
    let introduction = Introduction {
        command: "list",
        deployment: only(config),
        caller: caller.identity().cloned(),
        endpoint: clients.endpoint(),
        ..Introduction::default()
    };
    caller.progress.note(&introduction.to_string());
    let mut found: BTreeMap<String, Reading> = BTreeMap::new();
    let roles = roles(&caller, &clients, &iam_region).await;
    let iam_away = roles.as_ref().err().cloned();
    if let Some(failure) = &iam_away {
        caller.progress.note(&format!("IAM cannot be read, so vaults are asked: {failure}"));
        // Any region may hold what only IAM would have told of.
        hints.extend(partition.default_regions());
    }
    for (name, tags) in roles.unwrap_or_default() {
        read(&mut found, &name, &tags);
    }
    // What has lost its role is still in its vaults.
    let regions: BTreeSet<Region> = hints.into_iter().collect();
    let vaults = regions.iter().map(|region| {
        let vaults = vaults::all_tags(&caller, &clients, &listings, region, &account, partition);
        async move { (region, vaults.await) }
    });
    let mut unread = BTreeMap::new();
    for (region, vaults) in join_all(vaults).await {
        match vaults {
            Ok(vaults) => vaults.iter().for_each(|tags| read_vault(&mut found, tags)),
            Err(Failure::Interrupted) => return Err(Failure::Interrupted),
            Err(failure) => {
                unread.insert(region.clone(), Problem::from(&failure));
            }
        }
    }
    if let Some(failure) = iam_away.filter(|_| unread.len() == regions.len()) {
        return Err(failure);
    }
    let only = only(config);
    found.retain(|name, _| only.is_none_or(|only| only == name));
    let listed = found.into_iter().map(|(name, reading)| {
        let (caller, clients, listings, account) = (&caller, &clients, &listings, &account);
        async move { listed(caller, clients, listings, account, partition, name, reading).await }
    });
    let listed = join_all(listed).await;
    Ok(ListReport::new(account.clone(), only.map(str::to_owned), listed, unread))
}

/// The deployment that was named, with `--name` or `MRBACKUP_NAME`. A file is of one, and says nothing of the others.
fn only(config: &Config) -> Option<&str> {
    let named =
        matches!(config.deployment_origin, SettingSource::Flag | SettingSource::Environment);
    named.then(|| config.deployment.as_str())
}

fn read(found: &mut BTreeMap<String, Reading>, name: &str, tags: &BTreeMap<String, String>) {
    if let Ok(deployment) = DeploymentName::parse(name) {
        found.insert(name.to_owned(), Manifest::read(&deployment, tags));
    }
}

fn read_vault(found: &mut BTreeMap<String, Reading>, tags: &BTreeMap<String, String>) {
    let Some(name) = tags.get(DEPLOYMENT_TAG) else { return };
    if !matches!(found.get(name), Some(Reading::Valid(_))) {
        read(found, name, tags);
    }
}

/// Tags of every service role of ours, by the deployment that they name.
async fn roles(
    caller: &Caller,
    clients: &Clients,
    iam_region: &Region,
) -> Result<Vec<(String, BTreeMap<String, String>)>, Failure> {
    let roles = roles::list_names(caller, clients, iam_region).await?;
    let service = roles.into_iter().filter(|name| name.ends_with("-AWSBackupServiceRole"));
    let read = service.map(|name| async move {
        let tags = roles::service_role_tags(caller, clients, iam_region, &name).await?;
        let tags = tags.unwrap_or_default();
        Ok::<_, Failure>(tags.get(DEPLOYMENT_TAG).cloned().map(|name| (name, tags)))
    });
    let read: Result<Vec<_>, Failure> = join_all(read).await.into_iter().collect();
    Ok(read?.into_iter().flatten().collect())
}

async fn listed(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    account: &str,
    partition: Partition,
    name: String,
    reading: Reading,
) -> Listed {
    let manifest = match reading {
        Reading::Valid(manifest) => manifest,
        Reading::Torn { regions, why, .. } => return Listed::unreadable(name, regions, why),
        Reading::Newer { writer } => {
            return Listed::unreadable(name, Vec::new(), format!("written by mrbackup {writer}"));
        }
        Reading::NotOurs => return Listed::unreadable(name, Vec::new(), "no record".to_owned()),
    };
    let deployment = manifest.deployment.clone();
    let names = Names { deployment, account: account.to_owned(), partition };
    let settings = &manifest.settings;
    let vaults = settings.vaults().into_iter().chain(settings.former.vaults.iter().cloned());
    let counts = vaults.map(|vault| {
        let names = &names;
        async move {
            let count = vaults::points(caller, clients, listings, names, &vault).await;
            VaultCount::new(vault.region.clone(), names.vault(&vault), count)
        }
    });
    Listed::from_manifest(&manifest, join_all(counts).await)
}
