//! Reads of AWS Backup's restore testing that more than one part makes: the plan of a region, and what is in it.

use aws_sdk_backup::types::RestoreTestingPlanForGet;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;
use crate::model::settings::restore_test::TYPES;

/// The region's plan of our name; `None` where there is none.
///
/// # Errors
/// Where it cannot be read.
pub(crate) async fn plan(
    context: &Context,
    region: &Region,
) -> Result<Option<RestoreTestingPlanForGet>, Failure> {
    let backup = context.region(region).backup;
    let name = context.names.restore_testing_plan();
    let send = || backup.get_restore_testing_plan().restore_testing_plan_name(&name).send();
    let site = CallSite::new("backup:GetRestoreTestingPlan", region, &name);
    let found = if_found(context.caller.call(site, send).await)?;
    Ok(found.and_then(|found| found.restore_testing_plan))
}

/// The names of the selections in the region's plan, ours and those of others; none where there is no plan. They have no
/// tags: in our plan those are ours that are called as we call them, by their types.
///
/// # Errors
/// Where they cannot be read.
pub(crate) async fn selections(
    context: &Context,
    region: &Region,
) -> Result<(Vec<String>, Vec<String>), Failure> {
    let backup = context.region(region).backup;
    let name = context.names.restore_testing_plan();
    let send = |token| {
        let list = backup.list_restore_testing_selections().restore_testing_plan_name(&name);
        list.max_results(1000).set_next_token(token).send()
    };
    let site = CallSite::new("backup:ListRestoreTestingSelections", region, &name);
    let read = context.caller.pages("restore testing selections", site, send, |page| {
        let names = page.restore_testing_selections.into_iter();
        (names.map(|one| one.restore_testing_selection_name).collect(), page.next_token)
    });
    let names: Vec<String> = if_found(read.await)?.unwrap_or_default();
    Ok(names.into_iter().partition(|name| TYPES.contains(&name.as_str())))
}
