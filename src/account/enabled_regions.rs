//! The regions that the account has: those of the partition by default, and those it opted in to.

use aws_sdk_account::types::RegionOptStatus;

use crate::aws::{Caller, Clients};
use crate::failure::{CallSite, Failure};
use crate::model::region::Region;

/// The regions in which the account may have something.
///
/// `through` is the region whose partition is asked: account management has one endpoint in each.
///
/// # Errors
/// Where it may not be asked: the permission is `account:ListRegions`, which backups do not need.
pub(crate) async fn list(
    caller: &Caller,
    clients: &Clients,
    through: &Region,
) -> Result<Vec<Region>, Failure> {
    let account = clients.account(through);
    // What is being disabled still has what is in it (AWS account guide, "Enable or disable AWS Regions").
    let enabled =
        [RegionOptStatus::Enabled, RegionOptStatus::EnabledByDefault, RegionOptStatus::Disabling];
    let send = |token| {
        let enabled = Some(enabled.to_vec());
        account
            .list_regions()
            .max_results(50)
            .set_region_opt_status_contains(enabled)
            .set_next_token(token)
            .send()
    };
    let site = CallSite::global("account:ListRegions", "");
    let regions = caller
        .pages("regions", site, send, |page| (page.regions.unwrap_or_default(), page.next_token));
    let named = regions.await?.into_iter().filter_map(|region| region.region_name);
    Ok(named.filter_map(|name| Region::parse_lenient(&name).ok()).collect())
}
