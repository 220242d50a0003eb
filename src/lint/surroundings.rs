//! What plans name and do not hold: vaults, roles and keys, and whether they are there.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::catalog::Check;
use crate::lint::finding::Finding;
use crate::lint::model::{Plan, Vault};
use crate::lint::rules::missing;
use crate::lint::vault_arn::{RegionOf, VaultArn};
use crate::model::region::Region;
use crate::model::vault_lock::VaultLock;

/// A vault as AWS lists it.
#[derive(Clone, Debug)]
pub(crate) struct SeenVault {
    pub(crate) name: String,
    pub(crate) lock: Option<VaultLock>,
    /// ARN of its key.
    pub(crate) key: Option<String>,
    pub(crate) is_air_gapped: bool,
}

/// What AWS answered; what could not be read is not in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    pub(crate) vaults: BTreeMap<Region, Vec<SeenVault>>,
    /// Whether a role is there, by ARN.
    pub(crate) roles: BTreeMap<String, bool>,
    /// The state of a key, by ARN; `None` where there is none.
    pub(crate) keys: BTreeMap<String, Option<String>>,
}

/// A vault that a plan names: the rule, the region, the name, and whether it is a copy's.
type Named<'a> = (&'a Plan, String, Region, String, bool);

/// The vaults that plans name in their own account.
fn named_vaults<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> Vec<Named<'a>> {
    let mut named = Vec::new();
    for plan in plans {
        for (at, rule) in plan.rules.iter().enumerate() {
            for region in &plan.regions {
                if let Some(name) = rule.vault.value.get() {
                    named.push((plan, rule.label(at), region.clone(), name.clone(), false));
                }
            }
            for copy in &rule.copies {
                let arn = copy.vault.value.get().and_then(|text| VaultArn::parse(text));
                let Some(arn) = arn.filter(|arn| arn.is_in_account_of(plan)) else { continue };
                if let (RegionOf::Is(region), Some(name)) = (arn.region, arn.name) {
                    named.push((plan, rule.label(at), region, name, true));
                }
            }
        }
    }
    named
}

/// The regions whose vaults are named.
pub(crate) fn regions<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> BTreeSet<Region> {
    named_vaults(plans).into_iter().map(|(_, _, region, _, _)| region).collect()
}

/// The roles of the selections that are in the plans' own account.
pub(crate) fn roles<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> BTreeSet<String> {
    let mut roles = BTreeSet::new();
    for plan in plans {
        for role in plan.selections.iter().filter_map(|selection| selection.role.value.get()) {
            if role.split(':').nth(4) == plan.account.as_deref() {
                roles.insert(role.clone());
            }
        }
    }
    roles
}

/// The keys of the vaults that are named, each with its region.
pub(crate) fn keys<'a>(
    plans: impl IntoIterator<Item = &'a Plan>,
    vaults: &BTreeMap<Region, Vec<SeenVault>>,
) -> BTreeSet<(Region, String)> {
    let mut keys = BTreeSet::new();
    for (plan, _, region, name, _) in named_vaults(plans) {
        let seen = vaults.get(&region).and_then(|of| of.iter().find(|vault| vault.name == name));
        let key = seen.and_then(|vault| vault.key.clone());
        let is_own = |key: &String| key.split(':').nth(4) == plan.account.as_deref();
        keys.extend(key.filter(is_own).map(|key| (region, key)));
    }
    keys
}

impl Surroundings {
    /// The vaults with their locks, as the checks of a document have them.
    pub(crate) fn vaults(&self) -> Vec<Vault> {
        let of = |(region, vaults): (&Region, &Vec<SeenVault>)| {
            let region = region.clone();
            let vault = move |vault: &SeenVault| Vault {
                name: vault.name.clone(),
                region: Some(region.clone()),
                lock: vault.lock.clone(),
                key: vault.key.clone(),
                is_air_gapped: vault.is_air_gapped,
            };
            vaults.iter().map(vault).collect::<Vec<_>>()
        };
        self.vaults.iter().flat_map(of).collect()
    }

    /// What plans name that is not there or cannot be used.
    pub(crate) fn check(&self, plans: &[Plan]) -> Vec<Finding> {
        let mut findings = self.check_vaults(plans);
        for plan in plans {
            for selection in &plan.selections {
                let Some(role) = selection.role.value.get() else { continue };
                if self.roles.get(role) == Some(&false) {
                    let text =
                        format!("role {role} is not there: every job of the selection fails");
                    let mut finding = missing(Check::RoleMissing, plan, None, text, None);
                    finding.selection = Some(selection.label.clone());
                    findings.push(finding);
                }
            }
        }
        findings
    }

    fn check_vaults(&self, plans: &[Plan]) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for (plan, rule, region, name, is_copy) in named_vaults(plans) {
            let Some(vaults) = self.vaults.get(&region) else { continue };
            let what = if is_copy { "copy to it" } else { "backup into it" };
            let found = match vaults.iter().find(|vault| vault.name == name) {
                None => {
                    let text = format!("vault {name} is not in {region}: each {what} fails");
                    let fix = format!(
                        "create the vault (aws backup create-backup-vault --region {region} --backup-vault-name {name}), or name one that is there"
                    );
                    Some(missing(Check::VaultMissing, plan, Some(&rule), text, Some(fix)))
                }
                Some(vault) => self.unusable_key(vault).map(|state| {
                    let key = vault.key.as_deref().unwrap_or_default();
                    let text = format!(
                        "the key of vault {name} in {region}, {key}, {state}: each {what} fails"
                    );
                    missing(Check::KeyUnusable, plan, Some(&rule), text, None)
                }),
            };
            findings.extend(found.filter(|found| !findings.contains(found)));
        }
        findings
    }

    fn unusable_key(&self, vault: &SeenVault) -> Option<String> {
        match self.keys.get(vault.key.as_ref()?)? {
            None => Some("is gone".to_owned()),
            Some(state) if state == "Enabled" || state.is_empty() => None,
            Some(state) => Some(format!("is in state {state}")),
        }
    }
}
