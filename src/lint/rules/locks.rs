//! Retention that the lock of a vault does not take, where the document or AWS shows the lock.

use crate::lint::catalog::Check;
use crate::lint::model::{Content, Known, Vault};
use crate::lint::rules::{Found, Of};
use crate::lint::vault_arn::{RegionOf, VaultArn};
use crate::model::vault_lock::VaultLock;
use crate::protection::lock_conflict::{CONTINUOUS_DAYS, refusal};

pub(super) fn check(of: &Of<'_>, content: &Content, found: &mut Found) {
    let rule = of.rule;
    let own = rule.vault.value.get().and_then(|name| {
        content.vaults.iter().find(|vault| vault.name == *name && is_of_plan(vault, of))
    });
    if let (Some(lock), Some(days)) =
        (own.and_then(|vault| vault.lock.as_ref()), rule.lifecycle.end())
    {
        let days = match rule.continuous.value {
            Known::Is(true) => Some(days.unwrap_or(CONTINUOUS_DAYS)),
            Known::Is(false) | Known::Absent | Known::Unknown => days,
        };
        let name = &rule.vault.value.get().cloned().unwrap_or_default();
        judge(
            of,
            lock,
            days,
            &format!("its backups in vault {name}"),
            rule.lifecycle.delete.line,
            found,
        );
    }
    for copy in &rule.copies {
        let Some(arn) = copy.vault.value.get().and_then(|text| VaultArn::parse(text)) else {
            continue;
        };
        let vault = content.vaults.iter().find(|vault| is_it(vault, &arn, of));
        let Some(lock) = vault.and_then(|vault| vault.lock.as_ref()) else { continue };
        let (Some(end), Some(source)) = (copy.lifecycle.end(), rule.lifecycle.end()) else {
            continue;
        };
        let name = arn.name.clone().unwrap_or_default();
        let line = copy.lifecycle.delete.line.or(copy.place.line);
        judge(of, lock, end.or(source), &format!("its copies in vault {name}"), line, found);
    }
}

fn judge(
    of: &Of<'_>,
    lock: &VaultLock,
    days: Option<i64>,
    what: &str,
    line: Option<usize>,
    found: &mut Found,
) {
    if !lock.takes(days) {
        let text = format!("{what}: {}, so each of them fails", refusal(lock, days));
        of.add(found, Check::LockedVault, line, text, None);
    }
}

fn is_of_plan(vault: &Vault, of: &Of<'_>) -> bool {
    vault
        .region
        .as_ref()
        .is_none_or(|region| of.plan.regions.is_empty() || of.plan.regions.contains(region))
}

fn is_it(vault: &Vault, arn: &VaultArn, of: &Of<'_>) -> bool {
    let is_in_region = match (&arn.region, &vault.region) {
        (RegionOf::Is(region), Some(own)) => region == own,
        // A vault of the document is where the plan is.
        (RegionOf::Is(region), None) => of.plan.regions.contains(region),
        (RegionOf::Own, _) => is_of_plan(vault, of),
        (RegionOf::Unknown, _) => false,
    };
    arn.name.as_ref() == Some(&vault.name) && is_in_region && !arn.is_in_other_account(of.plan)
}
