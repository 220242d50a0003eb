//! What AWS says of a denied action: which one, on what, and which policy has to change.
//!
//! The wording is that of the IAM user guide, "Access denied error messages".

use crate::failure::call_site::CallSite;

/// Policies that an organization's administrator keeps.
const OF_THE_ORGANIZATION: &[&str] = &["service control policy", "resource control policy"];
/// Calls that make roles or give them permissions: where roles must have a boundary, these are denied without.
const NEED_BOUNDARY: &[&str] = &["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"];

/// What to do about a denied call.
pub(super) fn advice(site: &CallSite, message: &str) -> String {
    let action = word_after(message, "perform: ").unwrap_or(site.action);
    let advice = if let Some(policy) = policy_after(message, "explicit deny in ") {
        match organization(policy) {
            Some(policy) => format!(
                "a {policy} of the organization denies {action}: only who administers it can lift that"
            ),
            None => format!(
                "lift the deny of {action} in the {policy}: no other policy can allow what one denies"
            ),
        }
    } else if let Some(policy) = limiting_policy(message) {
        match organization(policy) {
            Some(policy) => format!(
                "no {policy} of the organization allows {action}: only who administers it can change that"
            ),
            None => {
                format!("allow {action} in the {policy} too: {}", statement(site, message, action))
            }
        }
    } else if message.contains("service control policy") {
        format!("a policy of the organization denies {action}; ask who administers it")
    } else {
        format!("allow it: {}", statement(site, message, action))
    };
    if NEED_BOUNDARY.contains(&action) {
        format!(
            "{advice}; where roles must have a permissions boundary, name it with --permissions-boundary ARN"
        )
    } else {
        advice
    }
}

fn statement(site: &CallSite, message: &str, action: &str) -> String {
    let named = word_after(message, "on resource: ").filter(|arn| arn.starts_with("arn:"));
    let called = Some(site.resource.as_str()).filter(|arn| arn.starts_with("arn:"));
    // Another action takes other resources than the call that was made.
    let called = called.filter(|_| action == site.action);
    let resource = named.or(called).unwrap_or("*");
    format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
}

fn organization(policy: &str) -> Option<&'static str> {
    OF_THE_ORGANIZATION.iter().find(|kind| policy.starts_with(**kind)).copied()
}

/// The kind of policy that must allow an action beside the caller's own, and does not.
fn limiting_policy(message: &str) -> Option<&str> {
    let policy = policy_after(message, "because no ")?;
    let policy = policy.split(" allows").next()?;
    (!["identity-based policy", "resource-based policy"].contains(&policy)).then_some(policy)
}

/// The policy that is named behind this text, such as `permissions boundary: arn:...`.
fn policy_after<'a>(message: &'a str, text: &str) -> Option<&'a str> {
    let rest = message.split_once(text)?.1;
    let rest =
        ["a ", "an ", "the "].iter().find_map(|article| rest.strip_prefix(article)).unwrap_or(rest);
    let rest = rest.split([';', '\n']).next().unwrap_or_default();
    Some(rest.trim_end_matches('.'))
}

fn word_after<'a>(message: &'a str, text: &str) -> Option<&'a str> {
    let rest = message.split_once(text)?.1;
    let word = rest.split([' ', ',', ';']).next().unwrap_or_default().trim_end_matches('.');
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::region::Region;

    const USER: &str = "User: arn:aws:iam::111122223333:user/u is not authorized to perform: ";

    fn advice_on(action: &'static str, said: &str) -> String {
        let site = CallSite::new(action, &Region::parse("us-west-2").unwrap(), "arn:aws:logs:x");
        advice(&site, &format!("{USER}{said}"))
    }

    #[test]
    fn the_action_is_the_one_that_aws_named() {
        let said = "logs:TagResource on resource: arn:aws:logs:y because no identity-based policy allows the logs:TagResource action";
        assert_eq!(
            advice_on("logs:CreateLogGroup", said),
            r#"allow it: {"Effect":"Allow","Action":"logs:TagResource","Resource":"arn:aws:logs:y"}"#
        );
        assert_eq!(
            advice_on("lambda:CreateFunction", "iam:PassRole"),
            r#"allow it: {"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}"#
        );
        assert_eq!(
            advice_on("logs:CreateLogGroup", "logs:CreateLogGroup."),
            r#"allow it: {"Effect":"Allow","Action":"logs:CreateLogGroup","Resource":"arn:aws:logs:x"}"#
        );
    }

    #[test]
    fn an_explicit_deny_is_to_be_lifted_where_it_is() {
        for (policy, advice) in [
            (
                "a service control policy",
                "a service control policy of the organization denies sns:Publish: only who administers it can lift that",
            ),
            (
                "a resource control policy: arn:aws:organizations::1:policy/p",
                "a resource control policy of the organization denies sns:Publish: only who administers it can lift that",
            ),
            (
                "a permissions boundary",
                "lift the deny of sns:Publish in the permissions boundary: no other policy can allow what one denies",
            ),
            (
                "an identity-based policy: arn:aws:iam::1:policy/p",
                "lift the deny of sns:Publish in the identity-based policy: arn:aws:iam::1:policy/p: no other policy can allow what one denies",
            ),
        ] {
            let said = format!("sns:Publish on resource: x with an explicit deny in {policy}");
            assert_eq!(advice_on("sns:Publish", &said), advice);
        }
    }

    #[test]
    fn a_policy_that_limits_has_to_allow_too() {
        let said = "sns:Publish on resource: arn:x because no permissions boundary allows the sns:Publish action";
        assert_eq!(
            advice_on("sns:Publish", said),
            r#"allow sns:Publish in the permissions boundary too: {"Effect":"Allow","Action":"sns:Publish","Resource":"arn:x"}"#
        );
        let said = "sns:Publish because no service control policy allows the sns:Publish action";
        assert!(
            advice_on("sns:Publish", said)
                .starts_with("no service control policy of the organization allows")
        );
    }

    #[test]
    fn where_roles_may_need_a_boundary_the_flag_is_said() {
        for said in [
            "iam:CreateRole on resource: x",
            "iam:CreateRole with an explicit deny in a service control policy",
        ] {
            assert!(
                advice_on("iam:CreateRole", said)
                    .ends_with("name it with --permissions-boundary ARN")
            );
        }
    }
}
