//! Where copies are sent: into the own vault, the own region, or out of the partition.

use crate::lint::catalog::Check;
use crate::lint::model::{Copy, Known};
use crate::lint::rules::{Found, Of};
use crate::lint::vault_arn::{RegionOf, VaultArn};
use crate::model::region::Region;

pub(super) fn check(of: &Of<'_>, found: &mut Found) {
    for copy in &of.rule.copies {
        let Some(arn) = copy.vault.value.get().and_then(|text| VaultArn::parse(text)) else {
            continue;
        };
        let line = copy.vault.line.or(copy.place.line);
        across_partitions(of, &arn, line, found);
        if arn.is_in_other_account(of.plan) {
            continue;
        }
        if let Some(region) = arn.own_region(of.plan) {
            in_own_region(of, &arn, region, line, found);
        }
        if let RegionOf::Is(region) = &arn.region
            && of.plan.regions.is_empty()
        {
            note(of, copy, region, found);
        }
    }
}

fn in_own_region(
    of: &Of<'_>,
    arn: &VaultArn,
    region: Option<&Region>,
    line: Option<usize>,
    found: &mut Found,
) {
    let region = region.map_or_else(|| "its own region".to_owned(), ToString::to_string);
    let own = match &of.rule.vault.value {
        Known::Is(vault) => arn.name.as_ref() == Some(vault),
        Known::Absent | Known::Unknown => false,
    };
    let is_own_account = arn.is_in_account_of(of.plan) || of.plan.account.is_none();
    if own && is_own_account {
        let vault = arn.name.as_deref().unwrap_or_default();
        let text =
            format!("it backs up into vault {vault} and copies into the same vault, in {region}");
        of.add(found, Check::CopyIntoOwnVault, line, text, None);
    } else {
        let vault =
            arn.name.as_ref().map_or_else(|| "a vault".to_owned(), |name| format!("vault {name}"));
        let text = format!(
            "it copies into {vault} in {region}, where its backups are: with the region both are lost"
        );
        of.add(found, Check::CopyInOwnRegion, line, text, None);
    }
}

fn across_partitions(of: &Of<'_>, arn: &VaultArn, line: Option<usize>, found: &mut Found) {
    let RegionOf::Is(to) = &arn.region else { return };
    let other = of.plan.regions.iter().find(|from| from.partition() != to.partition());
    if let Some(from) = other {
        let text = format!(
            "it copies from {from} (partition {}) to {to} (partition {})",
            from.partition(),
            to.partition()
        );
        of.add(found, Check::CopyAcrossPartitions, line, text, None);
        return;
    }
    let named = arn.partition.as_deref().filter(|named| *named != to.partition().id());
    if let Some(named) = named {
        let text = format!("its ARN is of partition {named}, and {to} is in {}", to.partition());
        of.add(found, Check::CopyAcrossPartitions, line, text, None);
    }
}

/// Where the plan is made is not in the document.
fn note(of: &Of<'_>, copy: &Copy, region: &Region, found: &mut Found) {
    let _ = (copy, region);
    let place = crate::lint::model::Place { line: None, pointer: None, ..of.plan.place.clone() };
    let text = "the region in which its plans are made is not in the document: whether a copy stays in it is checked with --region";
    found.note(&place, text.to_owned());
}
