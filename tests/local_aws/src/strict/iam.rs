//! Roles: what the rest of AWS knows of them, and when.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use super::Case;
use crate::answer::{Answer, element};
use crate::proxied::{Lag, NewRole, StaleRole};
use crate::request::Origin;

/// The reads of a role that can be behind.
const READS: [&str; 4] =
    ["GetRole", "ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags"];

const WRITES: [&str; 8] = [
    "AttachRolePolicy",
    "CreateRole",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePolicy",
    "TagRole",
    "UntagRole",
    "UpdateAssumeRolePolicy",
];

/// AWS's own policies that may be attached; the emulator takes any name.
const MANAGED: [&str; 5] = [
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
    "service-role/AWSLambdaBasicExecutionRole",
];

pub(crate) async fn answer(case: Case<'_>) -> Answer {
    let operation = case.request.operation.as_str();
    if READS.contains(&operation)
        && let Some(answer) = stale(case)
    {
        return answer;
    }
    if operation == "AttachRolePolicy"
        && let Some(policy) = case.text("PolicyArn").strip_prefix("arn:aws:iam::aws:policy/")
        && !MANAGED.contains(&policy)
    {
        let message =
            format!("Policy {} does not exist or is not attachable.", case.text("PolicyArn"));
        return case.refuse(404, "NoSuchEntity", &message);
    }
    if operation == "CreateRole" && taken(case).await {
        let message = format!("Role with name {} already exists.", case.text("RoleName"));
        return case.refuse(409, "EntityAlreadyExists", &message);
    }
    if operation == "TagRole" && tags_after(case).await > 50 {
        let message = "The number of tags has reached the maximum limit.";
        return case.refuse(409, "LimitExceeded", message);
    }
    let before = if WRITES.contains(&operation) { remember(case).await } else { None };
    let answer = case.forward().await;
    if answer.is_success() {
        if let Some(before) = before {
            case.proxied
                .state()
                .stale_roles
                .entry(case.text("RoleName").to_owned())
                .or_insert(before);
        }
        if operation == "CreateRole" {
            let arn = element(&answer.text(), "Arn").unwrap_or_default().to_owned();
            let role = NewRole { created: Instant::now(), refused: HashMap::new() };
            case.proxied.state().roles.insert(arn, role);
        }
        if operation == "ListRoles" {
            let text = without_tags(&answer.text());
            return answer.with_body(text);
        }
    }
    answer
}

/// Whether there is a role of this name, in whatever case.
async fn taken(case: Case<'_>) -> bool {
    let roles =
        case.emulator.query(case.request, "iam", "ListRoles", ("MaxItems", "1000")).await.text();
    let mut names = roles.split("<RoleName>").filter_map(|part| part.split('<').next());
    names.any(|name| name.eq_ignore_ascii_case(case.text("RoleName")))
}

/// How many tags the role would have.
async fn tags_after(case: Case<'_>) -> usize {
    let name = ("RoleName", case.text("RoleName"));
    let tags = case.emulator.query(case.request, "iam", "ListRoleTags", name).await.text();
    let there = tags.split("<Key>").skip(1).filter_map(|part| part.split('<').next());
    let keys = (1..=50).map(|index| case.text(&format!("Tags.member.{index}.Key")));
    there.chain(keys.filter(|key| !key.is_empty())).collect::<HashSet<_>>().len()
}

/// Whether another service can assume the role by now: it is there, trusts that service, and the lag is over.
pub(crate) async fn assumable(case: Case<'_>, arn: &str, service: &str) -> bool {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let role = case.emulator.query(case.request, "iam", "GetRole", ("RoleName", name)).await.text();
    if element(&role, "Arn") != Some(arn) || !role.contains(service) {
        return false;
    }
    let mut state = case.proxied.state();
    let lag = state.lag;
    let Some(role) = state.roles.get_mut(arn).filter(|_| case.request.origin != Origin::Test)
    else {
        return true;
    };
    match lag {
        Lag::None => true,
        Lag::Time(lag) => role.created.elapsed() >= lag,
        Lag::Tries(tries) => {
            let refused = role.refused.entry(case.request.operation.clone()).or_default();
            *refused += 1;
            *refused > tries
        }
    }
}

/// Whether the role is there at all.
pub(crate) async fn exists(case: Case<'_>, arn: &str) -> bool {
    let name = arn.rsplit('/').next().unwrap_or_default();
    case.emulator.query(case.request, "iam", "GetRole", ("RoleName", name)).await.is_success()
}

/// How the role's reads are answered now, if they are to stay so for a while.
async fn remember(case: Case<'_>) -> Option<StaleRole> {
    let left = case.proxied.state().stale_reads;
    if left == 0 || case.request.origin == Origin::Test {
        return None;
    }
    let mut answers = HashMap::new();
    for operation in READS {
        let name = ("RoleName", case.text("RoleName"));
        answers.insert(operation, case.emulator.query(case.request, "iam", operation, name).await);
    }
    Some(StaleRole { left, answers })
}

fn stale(case: Case<'_>) -> Option<Answer> {
    if case.request.origin == Origin::Test {
        return None;
    }
    let mut state = case.proxied.state();
    let name = case.text("RoleName");
    let role = state.stale_roles.get_mut(name)?;
    if role.left == 0 {
        state.stale_roles.remove(name);
        return None;
    }
    role.left -= 1;
    role.answers.get(case.request.operation.as_str()).cloned()
}

/// `ListRoles` says nothing of tags: a resource-listing operation returns a subset.
fn without_tags(xml: &str) -> String {
    let mut rest = xml;
    let mut text = String::new();
    while let Some((before, tail)) = rest.split_once("<Tags>") {
        text.push_str(before);
        rest = tail.split_once("</Tags>").map_or("", |(_, after)| after);
    }
    text + rest
}
