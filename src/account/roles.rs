//! What both IAM roles have in common: reading them, their documents and tags, and removing them.

use std::collections::BTreeSet;

use aws_sdk_iam::operation::create_role::CreateRoleOutput;
use aws_sdk_iam::types::Role;
use serde_json::Value;

use crate::account::context::Context;
use crate::account::ownership::require_ours;
use crate::account::tagging::{Tagging, from_iam, to_iam};
use crate::aws::{Caller, Clients, RegionClients, SendingOnce};
use crate::engine::Removal;
use crate::failure::{CallSite, Failure, if_found};
use crate::model::names::{Names, ROLE_PATH};
use crate::model::policy_document;
use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::model::tags::Tags;

/// Clients that lead to IAM, as those of every region of the partition do: IAM is global.
pub(crate) fn clients(context: &Context) -> RegionClients {
    context.region(&context.settings.regions.primary)
}

fn client(context: &Context) -> aws_sdk_iam::Client {
    clients(context).iam
}

/// Reads a role with its tags; `None` where there is none.
pub(crate) async fn get(context: &Context, name: &str) -> Result<Option<Role>, Failure> {
    let iam = client(context);
    let answer = context
        .caller
        .call(CallSite::global("iam:GetRole", name), || iam.get_role().role_name(name).send());
    Ok(if_found(answer.await)?.and_then(|output| output.role))
}

/// Reads a role that may just have been made: `None` where there is none.
///
/// # Errors
/// Where it is not ours.
pub(crate) async fn get_ours(context: &Context, name: &str) -> Result<Option<Role>, Failure> {
    let Some(role) = get(context, name).await? else { return Ok(None) };
    require_ours(context, &from_iam(role.tags()), "role", name)?;
    Ok(Some(role))
}

/// A role that is to be made.
pub(crate) struct NewRole<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: String,
    /// The service that assumes it.
    pub(crate) principal: &'a str,
    pub(crate) tags: &'a Tags,
}

/// Makes a role on our path, within the settings' boundary, and gives its `RoleId`. `look` finds one
/// that is there already.
///
/// # Errors
/// As [`Caller::create`](crate::aws::Caller::create).
pub(crate) async fn create<L>(
    context: &Context,
    role: NewRole<'_>,
    look: impl Fn() -> L,
) -> Result<String, Failure>
where
    L: Future<Output = Result<Option<String>, Failure>>,
{
    let send = |once: &SendingOnce| {
        once.iam()
            .create_role()
            .role_name(role.name)
            .path(ROLE_PATH)
            .description(&role.description)
            .assume_role_policy_document(trust(role.principal).to_string())
            .set_tags(Some(to_iam(role.tags)))
            .set_permissions_boundary(context.settings.permissions_boundary.clone())
            .send()
    };
    let site = CallSite::global("iam:CreateRole", role.name);
    let id = |answer: CreateRoleOutput| answer.role.map(|role| role.role_id);
    context.caller.create(&clients(context), site, send, id, look).await
}

/// A policy document as it is compared. IAM returns it URL-encoded.
pub(crate) fn document(encoded: Option<&str>) -> Value {
    let decoded =
        percent_encoding::percent_decode_str(encoded.unwrap_or_default()).decode_utf8_lossy();
    let document = serde_json::from_str(&decoded);
    policy_document::normal(&document.unwrap_or_else(|_| Value::String(decoded.into_owned())))
}

/// The trust policy that AWS documents for a service: the principal alone.
///
/// A condition key that the service does not send would make the role unusable.
pub(crate) fn trust(service: &str) -> Value {
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
        }],
    })
}

/// The boundary of a role as it is compared, and a note where others have set one.
///
/// One that nobody recorded may be what somebody's security rests on: it is noted and left.
pub(crate) fn boundary(context: &Context, role: &Role) -> (Option<String>, Option<String>) {
    let live = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    let Settings { permissions_boundary: wanted, former, .. } = context.settings.as_ref();
    match live {
        Some(arn) if wanted.is_none() && former.permissions_boundary.as_deref() != Some(arn) => {
            (None, Some(format!("also has the permissions boundary {arn}")))
        }
        live => (live.map(str::to_owned), None),
    }
}

/// What is said of policies that others have put on a role.
pub(crate) fn additions(attached: &[String], inline: &[String]) -> Vec<String> {
    let attached = attached.iter().map(|arn| format!("also has the policy {arn}"));
    let inline = inline.iter().map(|name| format!("also has the inline policy {name}"));
    attached.chain(inline).collect()
}

/// Sets the permissions boundary, or takes it off.
pub(crate) async fn put_boundary(
    context: &Context,
    name: &str,
    boundary: Option<&str>,
) -> Result<(), Failure> {
    let iam = client(context);
    let Some(arn) = boundary else {
        let send = || iam.delete_role_permissions_boundary().role_name(name).send();
        let site = CallSite::global("iam:DeleteRolePermissionsBoundary", name);
        if_found(context.caller.call(site, send).await)?;
        return Ok(());
    };
    let send =
        || iam.put_role_permissions_boundary().role_name(name).permissions_boundary(arn).send();
    let site = CallSite::global("iam:PutRolePermissionsBoundary", name);
    context.caller.call(site, send).await?;
    Ok(())
}

pub(crate) async fn put_trust(context: &Context, name: &str, trust: &Value) -> Result<(), Failure> {
    let iam = client(context);
    let send = || {
        iam.update_assume_role_policy().role_name(name).policy_document(trust.to_string()).send()
    };
    context.caller.call(CallSite::global("iam:UpdateAssumeRolePolicy", name), send).await?;
    Ok(())
}

/// ARNs of the managed policies that are attached.
pub(crate) async fn attached(context: &Context, name: &str) -> Result<Vec<String>, Failure> {
    let iam = client(context);
    let site = CallSite::global("iam:ListAttachedRolePolicies", name);
    let send = |marker| iam.list_attached_role_policies().role_name(name).set_marker(marker).send();
    let read = context.caller.iam_pages("attached policies", site, send, |page| {
        (page.attached_policies.unwrap_or_default(), page.is_truncated, page.marker)
    });
    Ok(read.await?.into_iter().filter_map(|policy| policy.policy_arn).collect())
}

/// Names of the inline policies.
pub(crate) async fn inline(context: &Context, name: &str) -> Result<Vec<String>, Failure> {
    let iam = client(context);
    let site = CallSite::global("iam:ListRolePolicies", name);
    let send = |marker| iam.list_role_policies().role_name(name).set_marker(marker).send();
    let read = context.caller.iam_pages("inline policies", site, send, |page| {
        (page.policy_names, page.is_truncated, page.marker)
    });
    read.await
}

pub(crate) async fn detach(context: &Context, name: &str, policy: &str) -> Result<(), Failure> {
    let iam = client(context);
    let send = || iam.detach_role_policy().role_name(name).policy_arn(policy).send();
    if_found(context.caller.call(CallSite::global("iam:DetachRolePolicy", name), send).await)?;
    Ok(())
}

pub(crate) async fn delete_inline(
    context: &Context,
    name: &str,
    policy: &str,
) -> Result<(), Failure> {
    let iam = client(context);
    let send = || iam.delete_role_policy().role_name(name).policy_name(policy).send();
    if_found(context.caller.call(CallSite::global("iam:DeleteRolePolicy", name), send).await)?;
    Ok(())
}

/// What others put on a role and so keep it; `ours` are the policies that go before it.
pub(crate) async fn removal_blocker(
    context: &Context,
    name: &str,
    ours: &BTreeSet<String>,
) -> Result<Option<String>, Failure> {
    let (attached, inline) = tokio::join!(attached(context, name), inline(context, name));
    let mut foreign = if_found(attached)?.unwrap_or_default();
    foreign.extend(if_found(inline)?.unwrap_or_default());
    foreign.retain(|policy| !ours.contains(policy));
    let foreign = foreign.join(", ");
    Ok((!foreign.is_empty()).then(|| format!("it has policies that are not ours: {foreign}")))
}

/// Deletes a role from which everything of ours is gone; what others put there keeps it.
pub(crate) async fn delete(context: &Context, name: &str) -> Result<Removal, Failure> {
    let iam = client(context);
    let send = || iam.delete_role().role_name(name).send();
    match context.caller.call(CallSite::global("iam:DeleteRole", name), send).await {
        // IAM deletes no role that has a policy, and does not say which. Else it is an instance profile, most likely.
        Err(Failure::Aws(error)) if error.code.as_deref() == Some("DeleteConflict") => {
            let policies = removal_blocker(context, name, &BTreeSet::new()).await?;
            Ok(Removal::Kept(policies.unwrap_or(error.message)))
        }
        answer => if_found(answer).map(|_| Removal::Gone),
    }
}

/// The service role's tags, before account and settings are known; `None` where there is no role.
///
/// # Errors
/// Where the role cannot be read.
pub(crate) async fn service_role_tags(
    caller: &Caller,
    clients: &Clients,
    iam_region: &Region,
    name: &str,
) -> Result<Option<Tags>, Failure> {
    let iam = clients.region(iam_region).iam;
    let send = || iam.get_role().role_name(name).send();
    let answer = if_found(caller.call(CallSite::global("iam:GetRole", name), send).await)?;
    Ok(answer.and_then(|output| output.role).map(|found| from_iam(found.tags())))
}

/// Writes the record's tags to the service role and removes those of an older, longer record.
///
/// # Errors
/// Where the role cannot be tagged.
pub(crate) async fn write_service_role_tags(
    context: &Context,
    tags: &Tags,
    old: &[String],
) -> Result<(), Failure> {
    let name = context.names.service_role();
    let tagging = Tagging::new_of_role(context, &name);
    tagging.put(tags).await?;
    tagging.take_off(old).await
}

/// The regions that the names of this deployment's roles have in them, those of functions and those
/// that forward events: IAM is global, so that they are found from any region.
///
/// # Errors
/// Where the roles cannot be listed.
pub(crate) async fn role_regions(
    caller: &Caller,
    clients: &Clients,
    iam_region: &Region,
    names: &Names,
) -> Result<Vec<Region>, Failure> {
    let roles = list_names(caller, clients, iam_region).await?;
    Ok(roles.iter().filter_map(|role| names.region_of_role(role)).collect())
}

/// Names of all roles on our path, of whatever deployment.
///
/// # Errors
/// Where the roles cannot be listed.
pub(crate) async fn list_names(
    caller: &Caller,
    clients: &Clients,
    iam_region: &Region,
) -> Result<Vec<String>, Failure> {
    let iam = clients.region(iam_region).iam;
    let site = CallSite::global("iam:ListRoles", ROLE_PATH);
    let send = |marker| iam.list_roles().path_prefix(ROLE_PATH).set_marker(marker).send();
    let read =
        caller.iam_pages("roles", site, send, |page| (page.roles, page.is_truncated, page.marker));
    Ok(read.await?.into_iter().map(|role| role.role_name).collect())
}
