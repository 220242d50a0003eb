//! The settings nearest to a plan, with each loss: pure.

use jiff::Timestamp;

use crate::commands::from_plan::choice::Choice;
use crate::commands::from_plan::losses::Losses;
use crate::commands::from_plan::{held, regions, rules, selections};
use crate::config::file::written::notes::Spot;
use crate::failure::Failure;
use crate::lint::model::{Plan, Vault};
use crate::model::region::Region;
use crate::model::settings::{Regions, Settings};

/// Settings that stand for a plan.
#[derive(Debug)]
pub(super) struct Nearest {
    pub(super) settings: Settings,
    pub(super) losses: Vec<(Spot, String)>,
    /// What of the plan is not used: `vault main in us-east-1`.
    pub(super) replaced: Vec<String>,
    /// The plan's own account, as far as it is known.
    pub(super) account: Option<String>,
}

/// Makes the settings; `vaults` are those that the document or the account has.
///
/// # Errors
/// [`Failure::Usage`] where a person has to name a region, and a refusal where nothing is left.
pub(super) fn nearest(
    plan: &Plan,
    vaults: &[Vault],
    choice: &Choice,
    now: Timestamp,
) -> Result<Nearest, Failure> {
    let mut losses = Losses::default();
    losses.at(Spot::Top).lose_all(&plan.others);
    let placed = regions::place(plan, choice, &mut losses)?;
    let mut settings = Settings::defaults(placed.regions.clone());
    settings.rules = rules::rules(plan, &placed, now, &mut losses);
    if settings.rules.is_empty() {
        return Err(Failure::refused(
            format!("plan {} has no rule that runs again", plan.label),
            "name a plan that has one",
        ));
    }
    drop_unreached(&mut settings);
    selections::settle(plan, placed.account.as_deref(), &mut settings, &mut losses);
    if let Some(region) = &placed.added {
        let text = format!(
            "the plan does not copy to {region}: each rule does here, and keeps its copies as long as its backups"
        );
        losses.add(Spot::Regions, text);
    }
    if let Some(given) = &plan.given {
        let text = format!(
            "the template has this form of the plan where {given}, and another where it is not"
        );
        losses.add(Spot::Top, text);
    }
    let replaced = held::settle(plan, &placed, vaults, choice, &mut settings, &mut losses);
    Ok(Nearest { settings, losses: losses.list, replaced, account: placed.account })
}

/// Leaves out the regions that only rules copied to which are left out.
fn drop_unreached(settings: &mut Settings) {
    let Settings { rules, regions, .. } = settings;
    let is_reached = |region: &Region| {
        rules.iter().flat_map(|rule| &rule.copies).any(|copy| copy.region == *region)
    };
    let Regions { tertiary, copy_to, .. } = regions;
    copy_to.retain(is_reached);
    if !tertiary.as_ref().is_some_and(is_reached) {
        *tertiary = (!copy_to.is_empty()).then(|| copy_to.remove(0));
    }
}
