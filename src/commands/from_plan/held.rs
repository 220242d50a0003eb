//! The vaults, keys and role that a plan works with: kept where that is asked for, else named as made anew.

use crate::commands::from_plan::choice::Choice;
use crate::commands::from_plan::losses::Losses;
use crate::commands::from_plan::regions::Placed;
use crate::commands::from_plan::selections::is_open;
use crate::config::file::written::notes::Spot;
use crate::config::{check_role, parse_key, parse_role, parse_vault};
use crate::lint::model::{Plan, Vault};
use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::model::vault_lock::VaultLock;

/// Puts what is kept into the settings, and names what is not used: `vault main in us-east-1`.
pub(super) fn settle(
    plan: &Plan,
    placed: &Placed<'_>,
    vaults: &[Vault],
    choice: &Choice,
    settings: &mut Settings,
    losses: &mut Losses,
) -> Vec<String> {
    let mut replaced = Vec::new();
    for region in settings.regions.names() {
        let named = names(plan, placed, &region, &settings.regions.primary);
        let known: Vec<&String> = named.iter().flatten().collect();
        if let [first, second, ..] = known[..] {
            let kept = if choice.keep_vaults { format!(", {first}") } else { String::new() };
            let text = format!(
                "the plan writes to the vaults {first} and {second} in {region}: a deployment writes to one a region{kept}"
            );
            losses.add(Spot::Vaults, text);
        }
        if named.contains(&None) && choice.keep_vaults {
            let text = format!(
                "the name of a vault in {region} is not known from the document: it cannot be kept"
            );
            losses.add(Spot::Vaults, text);
        }
        let found = |name: &String| {
            let is_here = |vault: &&Vault| vault.region.as_ref().is_none_or(|of| *of == region);
            vaults.iter().filter(is_here).find(|vault| vault.name == *name)
        };
        for (at, name) in known.into_iter().enumerate() {
            let is_kept = at == 0 && choice.keep_vaults && keep(name, &region, settings, losses);
            let vault = found(name);
            if is_kept {
                check_lock(name, &region, vault, settings, losses);
            } else {
                replaced.push(format!("vault {name} in {region}"));
                if let Some(vault) = vault {
                    replace(vault, &region, settings, losses);
                }
            }
        }
    }
    replaced.extend(role(plan, placed, choice, settings, losses));
    let all_are_given = settings.given_vaults.len() == settings.regions.names().len();
    if let Some(role) = settings.service_role.take_if(|_| all_are_given) {
        let text = format!(
            "mrbackup keeps its record on its own role or on a vault of its own, and every vault is kept: the role is mrbackup's own, in place of {role}; to keep it, leave out one of the vaults"
        );
        losses.add(Spot::Vaults, text);
        replaced.push(format!("role {role}"));
    }
    replaced
}

/// The names of the vaults in a region, each once; `None` of one that is not known.
fn names(
    plan: &Plan,
    placed: &Placed<'_>,
    region: &Region,
    primary: &Region,
) -> Vec<Option<String>> {
    let of_rules = plan.rules.iter().filter(|_| region == primary);
    let of_rules =
        of_rules.map(|rule| rule.vault.value.get().filter(|name| !is_open(name)).cloned());
    let copies = placed.copies.iter().flatten().filter(|copy| copy.region == *region);
    let mut names: Vec<Option<String>> = Vec::new();
    for name in of_rules.chain(copies.map(|copy| copy.vault.clone())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn keep(name: &str, region: &Region, settings: &mut Settings, losses: &mut Losses) -> bool {
    match parse_vault(name) {
        Ok(name) => {
            settings.given_vaults.insert(region.clone(), name);
            true
        }
        Err(why) => {
            losses.add(Spot::Vaults, format!("vault {name} in {region} cannot be kept: {why}"));
            false
        }
    }
}

/// Names each rule whose retention the lock of a kept vault does not take.
fn check_lock(
    name: &str,
    region: &Region,
    vault: Option<&Vault>,
    settings: &Settings,
    losses: &mut Losses,
) {
    let Some(lock) = vault.and_then(|vault| vault.lock.as_ref()) else { return };
    let primary = &settings.regions.primary;
    for rule in &settings.rules {
        let is_here = region == primary || rule.copies.iter().any(|copy| copy.region == *region);
        let days = rule.days_in(region, primary);
        if is_here && !lock.takes(days) {
            let days = days.map_or("permanently".to_owned(), |days| format!("{days} days"));
            let text = format!(
                "it keeps {days} in {region}, and the lock of vault {name} takes {}: AWS fails each of its jobs there until one of the two is changed",
                range(lock)
            );
            losses.add(Spot::Rule(rule.name.clone()), text);
        }
    }
}

fn range(lock: &VaultLock) -> String {
    let most = lock.max_days.map_or("no end".to_owned(), |days| format!("{days} days"));
    format!("{} to {most}", lock.min_days.unwrap_or(1))
}

/// What the vault had that one of mrbackup's has not; a customer's key is used again.
fn replace(vault: &Vault, region: &Region, settings: &mut Settings, losses: &mut Losses) {
    let Vault { name, lock, key, is_air_gapped, .. } = vault;
    if let Some(lock) = lock {
        let text = format!(
            "vault {name} in {region} is locked ({}): the vault that mrbackup makes is not",
            range(lock)
        );
        losses.add(Spot::Vaults, text);
    }
    if *is_air_gapped {
        let text = format!(
            "vault {name} in {region} is logically air-gapped: the vault that mrbackup makes is not"
        );
        losses.add(Spot::Vaults, text);
    }
    let Some(key) = key else { return };
    match parse_key(key) {
        Ok((of, key)) if of == *region => {
            settings.kms_keys.entry(region.clone()).or_insert(key);
        }
        _ => {
            let text = format!(
                "vault {name} in {region} has the key {key}, which is no ARN of a key there: name one under [kms_keys], or AWS's own key is used"
            );
            losses.add(Spot::Vaults, text);
        }
    }
}

/// The role that is not used; what is kept is in the settings.
fn role(
    plan: &Plan,
    placed: &Placed<'_>,
    choice: &Choice,
    settings: &mut Settings,
    losses: &mut Losses,
) -> Vec<String> {
    let mut roles: Vec<&String> = Vec::new();
    for role in plan.selections.iter().filter_map(|selection| selection.role.value.get()) {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    let words = |role: &&String| format!("role {role}");
    let [first, others @ ..] = &roles[..] else { return Vec::new() };
    if !choice.keep_role {
        return roles.iter().map(words).collect();
    }
    let partition = settings.regions.primary.partition();
    let checked = parse_role(first)
        .and_then(|arn| check_role(&arn, partition, placed.account.as_deref()).map(|()| arn));
    match checked {
        Ok(arn) => {
            settings.service_role = Some(arn);
            for other in others {
                let text = format!(
                    "the selections have several roles: AWS Backup works with {first} for all, and not with {other}"
                );
                losses.add(Spot::Top, text);
            }
            others.iter().map(words).collect()
        }
        Err(why) => {
            losses.add(Spot::Top, format!("role {first} cannot be kept: {why}"));
            roles.iter().map(words).collect()
        }
    }
}
