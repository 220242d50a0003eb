//! Which regions a plan is in and copies to, as those of a deployment.

use std::collections::BTreeSet;

use crate::commands::from_plan::choice::Choice;
use crate::commands::from_plan::losses::Losses;
use crate::config::file::written::notes::Spot;
use crate::failure::Failure;
use crate::lint::model::{Copy, Known, Plan};
use crate::lint::vault_arn::{self, RegionOf, VaultArn};
use crate::model::region::Region;
use crate::model::settings::{COPIES_MAX, Regions};

/// The regions of a plan.
pub(super) struct Placed<'a> {
    pub(super) regions: Regions,
    /// The plan's own account, as far as it is known.
    pub(super) account: Option<String>,
    /// By rule, the copies that a deployment can make.
    pub(super) copies: Vec<Vec<PlacedCopy<'a>>>,
    /// The secondary region, where no copy of the plan is sent there: each rule gets one.
    pub(super) added: Option<Region>,
}

/// A copy into a region of the deployment.
pub(super) struct PlacedCopy<'a> {
    pub(super) region: Region,
    /// `None` where the name is not known.
    pub(super) vault: Option<String>,
    pub(super) copy: &'a Copy,
}

/// Places a plan and its copies.
///
/// # Errors
/// [`Failure::Usage`] where a person has to name a region.
pub(super) fn place<'a>(
    plan: &'a Plan,
    choice: &Choice,
    losses: &mut Losses,
) -> Result<Placed<'a>, Failure> {
    let primary = primary(plan, choice, losses)?;
    let account = account(plan);
    let mut copies = Vec::new();
    for (at, rule) in plan.rules.iter().enumerate() {
        let mut losses = losses.at(Spot::Rule(rule.label(at)));
        let mut placed: Vec<PlacedCopy<'a>> = Vec::new();
        for copy in &rule.copies {
            match destination(plan, copy, &primary, account.as_deref()) {
                Ok((region, vault)) => placed.push(PlacedCopy { region, vault, copy }),
                Err(why) => losses.lose(why),
            }
        }
        copies.push(placed);
    }
    let mut reached: Vec<Region> = Vec::new();
    for copy in copies.iter().flatten() {
        if !reached.contains(&copy.region) {
            reached.push(copy.region.clone());
        }
    }
    let added = choice.secondary.clone().filter(|region| !reached.contains(region));
    if let Some(secondary) = &choice.secondary {
        reached.retain(|region| region != secondary);
        reached.insert(0, secondary.clone());
    }
    let mut names = reached.into_iter();
    let Some(secondary) = names.next() else { return Err(no_secondary(plan)) };
    let tertiary = names.next();
    let mut copy_to: Vec<Region> = names.collect();
    let most = COPIES_MAX - 1 - usize::from(tertiary.is_some());
    for left_out in copy_to.drain(most.min(copy_to.len())..).collect::<Vec<_>>() {
        let text = format!(
            "the plan's rules copy to more than {COPIES_MAX} regions, of which a deployment takes {COPIES_MAX}: nothing is copied to {left_out}"
        );
        losses.add(Spot::Regions, text);
    }
    let regions = Regions { primary, secondary, tertiary, copy_to };
    let regions = regions.checked().map_err(Failure::Usage)?;
    let names = regions.names();
    for of_rule in &mut copies {
        of_rule.retain(|copy| names.contains(&copy.region));
    }
    Ok(Placed { regions, account, copies, added })
}

fn no_secondary(plan: &Plan) -> Failure {
    Failure::Usage(format!(
        "plan {} has no copy to another region that can be kept, and a deployment needs a second region: name it with --secondary REGION, and each rule copies there",
        plan.label
    ))
}

fn primary(plan: &Plan, choice: &Choice, losses: &mut Losses) -> Result<Region, Failure> {
    let names: Vec<&str> = plan.regions.iter().map(Region::as_str).collect();
    match (&choice.region, plan.regions.as_slice()) {
        (Some(region), all) if all.is_empty() || all.contains(region) => Ok(region.clone()),
        (Some(region), _) => Err(Failure::Usage(format!(
            "plan {} is in {}, not in {region}",
            plan.label,
            names.join(", ")
        ))),
        (None, []) => Err(Failure::Usage(format!(
            "the document does not name the region of plan {}: name it with --region REGION",
            plan.label
        ))),
        (None, [first, others @ ..]) => {
            for other in others {
                let text = format!(
                    "the plan is made in {other} too, and a deployment has one primary region: write another file with --region {other} and a --name of its own"
                );
                losses.add(Spot::Regions, text);
            }
            Ok(first.clone())
        }
    }
}

/// The account of the plan: its own, or that of the roles of its selections.
fn account(plan: &Plan) -> Option<String> {
    let is_number = |text: &&str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    let roles = plan.selections.iter().filter_map(|selection| selection.role.value.get());
    let owners: BTreeSet<&str> =
        roles.filter_map(|role| role.split(':').nth(4)).filter(is_number).collect();
    let of_roles = owners.first().filter(|_| owners.len() == 1).map(|owner| (*owner).to_owned());
    plan.account.clone().filter(|own| is_number(&own.as_str())).or(of_roles)
}

/// Region and vault of a copy.
///
/// # Errors
/// One sentence where no copy of a deployment is like it.
fn destination(
    plan: &Plan,
    copy: &Copy,
    primary: &Region,
    account: Option<&str>,
) -> Result<(Region, Option<String>), String> {
    let text = match &copy.vault.value {
        Known::Is(text) => text,
        Known::Absent => return Err("a copy action names no vault: no copy is made".to_owned()),
        Known::Unknown => {
            return Err(
                "where a copy is sent is not known from the document: no copy is made".to_owned()
            );
        }
    };
    let words = vault_arn::words(text);
    let unknown =
        || format!("the region of {words} is not known from the document: no copy is made there");
    let arn = VaultArn::parse(text).ok_or_else(unknown)?;
    let own = Plan { account: account.map(str::to_owned), ..plan_without_content(plan) };
    if arn.is_in_other_account(&own) {
        let owner = arn.account.as_deref().unwrap_or_default();
        return Err(format!(
            "{words} is of account {owner}, and mrbackup copies within its own account: no copy is made there"
        ));
    }
    let region = match &arn.region {
        RegionOf::Is(region) => region.clone(),
        RegionOf::Own => primary.clone(),
        RegionOf::Unknown => return Err(unknown()),
    };
    if region == *primary {
        return Err(format!(
            "the copy to {words} stays in the region of its backup, and mrbackup copies to other regions: no copy is made there"
        ));
    }
    if region.partition() != primary.partition() {
        return Err(format!(
            "{words} is in another partition, which AWS refuses: no copy is made there"
        ));
    }
    Ok((region, arn.name))
}

fn plan_without_content(plan: &Plan) -> Plan {
    Plan { regions: plan.regions.clone(), ..Plan::default() }
}
