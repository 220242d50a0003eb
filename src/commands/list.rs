//! `list`: every deployment of the account, found by its service role, or by its vaults where IAM is away.

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;

use futures_util::future::join_all;

use crate::account::listings::Listings;
use crate::account::{service_roles, vaults};
use crate::aws::{Caller, Clients, connect};
use crate::config::{Config, SettingSource};
use crate::deployment::introduction::Introduction;
use crate::deployment::search::SearchArea;
use crate::deployment::session::{identify, with_home};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Reading, State};
use crate::model::names::{DEPLOYMENT_TAG, DeploymentName, Names};
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::protection::selected_twice::{SelectedTwice, Selecting, selected_twice};
use crate::report::{ListReport, Listed, RoleSeen, VaultCount};
use crate::restores::drill;

/// Lists the deployments.
///
/// # Errors
/// Where neither IAM nor any region can be read.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    named: Vec<Region>,
) -> Result<ListReport, Failure> {
    let clients = connect(&config.connect).await?;
    let caller = caller.within_attempts_of(&clients);
    let listings = Listings::default();
    let (named, iam_region) = with_home(config, &clients, named);
    let (account, partition) = identify(&caller, &clients, &named, &iam_region).await?;
    let introduction = Introduction {
        command: "list",
        deployment: only(config),
        caller: caller.identity().cloned(),
        endpoint: clients.endpoint(),
        ..Introduction::default()
    };
    caller.progress.note(&introduction.to_string());
    let names = Names { deployment: config.deployment.clone(), account, partition };
    let area = SearchArea::new(partition, &named, config.search_regions.as_deref(), &iam_region);
    // What has lost its role is still in its vaults.
    let (roles, vaults) = tokio::join!(
        service_roles::list(&caller, &clients, &iam_region),
        vaults(&caller, &clients, &listings, &names, &area)
    );
    caller.interrupt.check()?;
    let looked = area.looked(&vaults);
    let mut found: BTreeMap<String, Reading> = BTreeMap::new();
    let mut with_role = None;
    match roles {
        Ok(roles) => {
            for (name, tags) in &roles {
                read(&mut found, name, tags);
            }
            with_role = Some(roles.into_iter().map(|(name, _)| name).collect::<BTreeSet<String>>());
        }
        Err(failure) if looked.regions.is_empty() => return Err(failure),
        Err(failure) => {
            let note = format!("IAM cannot be read, so only vaults tell of deployments: {failure}");
            caller.progress.note(&note);
        }
    }
    vaults.into_values().flatten().flatten().for_each(|tags| read_vault(&mut found, &tags));
    let only = only(config);
    let twice = twice(&found, only);
    found.retain(|name, _| only.is_none_or(|only| only == name));
    let is_given = |reading: &Reading| matches!(reading, Reading::Valid(manifest) if manifest.settings.service_role.is_some());
    let role = |name: &String, reading: &Reading| match &with_role {
        Some(with_role) if with_role.contains(name) => RoleSeen::Ok,
        _ if is_given(reading) => RoleSeen::Given,
        Some(_) => RoleSeen::Missing,
        None => RoleSeen::Unknown,
    };
    let listed = found.into_iter().map(|(name, reading)| {
        let (caller, clients, listings, names) = (&caller, &clients, &listings, &names);
        let role = role(&name, &reading);
        async move { listed(caller, clients, listings, names, name, reading).await.with_role(role) }
    });
    let only = only.map(str::to_owned);
    let report = ListReport::new(names.account.clone(), only, join_all(listed).await, &looked);
    Ok(report.with_twice(twice))
}

/// The deployments at work that back up the same; with `only` those that do it beside that one.
fn twice(found: &BTreeMap<String, Reading>, only: Option<&str>) -> Vec<SelectedTwice> {
    let at_work = found.values().filter_map(|reading| match reading {
        Reading::Valid(manifest) if manifest.state != State::Kept => Some(Selecting {
            deployment: manifest.deployment.as_str(),
            primary: &manifest.settings.regions.primary,
            selections: manifest.settings.selected(),
        }),
        _ => None,
    });
    let mut twice = selected_twice(&at_work.collect::<Vec<_>>());
    twice.retain(|twice| only.is_none_or(|only| twice.deployments.iter().any(|one| one == only)));
    twice
}

/// The deployment that was named, with `--name` or `MRBACKUP_NAME`. A file is of one, and says nothing of the others.
fn only(config: &Config) -> Option<&str> {
    let named =
        matches!(config.deployment_origin, SettingSource::Flag | SettingSource::Environment);
    named.then(|| config.deployment.as_str())
}

/// Tags of the vaults that may be some deployment's, by region.
async fn vaults(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    names: &Names,
    area: &SearchArea,
) -> BTreeMap<Region, Result<Vec<Tags>, Failure>> {
    let is_some_deployments = |name: &str| name.starts_with("mrbackup-");
    let read = |caller: Caller, region: Region| async move {
        vaults::listed_tags(&caller, clients, listings, names, &region, is_some_deployments).await
    };
    area.read(caller, clients, ready(Vec::new()), read, |_| false).await
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

async fn listed(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    names: &Names,
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
    let names = Names { deployment: manifest.deployment.clone(), ..names.clone() };
    let settings = &manifest.settings;
    let present = settings.vaults().into_iter().map(|vault| (vault, true));
    let former = settings.former.vaults.iter().cloned().map(|vault| (vault, false));
    let counts = present.chain(former).map(|(vault, is_present)| {
        let names = &names;
        // What is being made or removed may lack vaults, and what has moved away may have lost its own.
        let is_wanted = is_present && manifest.state == State::Ready;
        async move {
            let count = vaults::points(caller, clients, listings, names, &vault).await;
            VaultCount::new(vault.region.clone(), names.vault(&vault), count, is_wanted)
        }
    });
    let regions = settings.everywhere();
    let drills =
        regions.iter().map(|region| drill::tagged(caller, clients, &names.deployment, region));
    let (counts, drills) = tokio::join!(join_all(counts), join_all(drills));
    let drills: Result<Vec<_>, _> = drills.into_iter().collect();
    let drills = drills.ok().map(|drills| drills.concat().len());
    Listed::from_manifest(&manifest, counts, drills)
}
