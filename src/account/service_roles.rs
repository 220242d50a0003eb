//! The service roles of all deployments in the account: IAM lists them, and their tags name the deployment.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::account::roles;
use crate::aws::{Caller, Clients};
use crate::failure::Failure;
use crate::model::names::DEPLOYMENT_TAG;
use crate::model::region::Region;

/// Tags of every service role of ours, by the deployment that they name.
///
/// # Errors
/// Where IAM cannot be read.
pub(crate) async fn list(
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
