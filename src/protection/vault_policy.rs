//! What the access policy of a vault, which mrbackup never sets, denies to AWS Backup: pure.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::model::policy_document::{
    covers, is_about_plain_http, is_on, normal, one_or_many, sid, statements,
};

/// What is set on a vault beside mrbackup (AWS Backup developer guide, "Vault access policies").
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct VaultPolicy {
    pub(crate) statements: usize,
    pub(crate) denials: Vec<Denial>,
}

/// A statement that denies something which the service role does in the vault.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct Denial {
    pub(crate) statement: String,
    pub(crate) action: &'static str,
    pub(crate) extent: Extent,
}

/// When a denial holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Extent {
    Always,
    /// Whether the condition is true of AWS Backup is not judged.
    UnderCondition,
    /// For recovery points that it names, and not for the vault.
    SomeResources,
}

/// Whom and what a policy is asked about.
pub(crate) struct VaultUse<'a> {
    pub(crate) vault_arn: &'a str,
    pub(crate) role_arn: &'a str,
    pub(crate) account: &'a str,
    /// Whether backups are made in the vault, and copied from it; else copies come to it.
    pub(crate) is_source: bool,
}

const START: &str = "backup:StartBackupJob";
const FROM: &str = "backup:CopyFromBackupVault";
const INTO: &str = "backup:CopyIntoBackupVault";
const DELETE: &str = "backup:DeleteRecoveryPoint";

/// What the policy denies of what is done in the vault.
pub(crate) fn judged(policy: &Value, of: &VaultUse<'_>) -> VaultPolicy {
    let policy = normal(policy);
    let actions: &[&'static str] =
        if of.is_source { &[START, FROM, DELETE] } else { &[INTO, DELETE] };
    let denials = statements(&policy).iter().filter(|statement| {
        statement["Effect"] == "Deny" && !is_about_plain_http(statement) && is_about(statement, of)
    });
    let denials = denials.flat_map(|statement| {
        let denied = actions.iter().filter(|action| covers(statement, action));
        denied.map(|action| Denial {
            statement: sid(statement),
            action,
            extent: extent(statement, of),
        })
    });
    VaultPolicy { statements: statements(&policy).len(), denials: denials.collect() }
}

impl VaultPolicy {
    /// What fails each time, and by which statement.
    pub(crate) fn failures(&self) -> Vec<String> {
        let failing = self.denials.iter().filter_map(|denial| {
            let (Denial { statement, action, .. }, what) = (denial, denial.failing()?);
            Some(format!(
                "statement {statement} of the vault's access policy denies {action} to the service role: each {what} fails. \
                 Change that policy: mrbackup does not"
            ))
        });
        failing.collect()
    }
}

impl Denial {
    /// What fails by it each time; `None` where that is not certain, or only deletions do.
    pub(crate) fn failing(&self) -> Option<&'static str> {
        let always = self.extent == Extent::Always;
        let what = match self.action {
            START => "backup to it",
            FROM => "copy from it",
            INTO => "copy to it",
            _ => return None,
        };
        always.then_some(what)
    }
}

fn extent(statement: &Value, of: &VaultUse<'_>) -> Extent {
    if !statement["Condition"].is_null() {
        Extent::UnderCondition
    } else if is_on(statement, of.vault_arn) {
        Extent::Always
    } else {
        Extent::SomeResources
    }
}

/// Whether a statement is about the service role, or everybody of the account.
fn is_about(statement: &Value, of: &VaultUse<'_>) -> bool {
    let is_ours = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        let root = format!(":iam::{}:root", of.account);
        name == "*" || name == of.account || name == of.role_arn || name.ends_with(&root)
    };
    let names_us = |principals: &Value| match principals {
        Value::Object(kinds) => kinds.values().any(|names| one_or_many(names).iter().any(is_ours)),
        name => is_ours(name),
    };
    // Whom it leaves out it does not deny anything.
    match &statement["NotPrincipal"] {
        Value::Null => names_us(&statement["Principal"]),
        left_out => !names_us(left_out),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ACCOUNT: &str = "111122223333";
    const ROLE: &str = "arn:aws:iam::111122223333:role/mrbackup/mrbackup-default-service";
    const VAULT: &str = "arn:aws:backup:us-west-2:111122223333:backup-vault:mrbackup-default";

    fn of(is_source: bool, statement: &Value) -> Vec<(&'static str, Extent)> {
        let asked = VaultUse { vault_arn: VAULT, role_arn: ROLE, account: ACCOUNT, is_source };
        let found = judged(&json!({"Statement": statement}), &asked);
        found.denials.iter().map(|denial| (denial.action, denial.extent)).collect()
    }

    fn deny(principal: Value, more: &[(&str, Value)]) -> Value {
        let mut statement = json!({"Effect": "Deny", "Action": INTO, "Resource": "*"});
        statement["Principal"] = principal;
        for (member, value) in more {
            statement[*member] = value.clone();
        }
        statement
    }

    #[test]
    fn who_is_meant_decides() {
        let denied = |principal: Value| !of(false, &deny(principal, &[])).is_empty();
        for ours in
            [json!("*"), json!({"AWS": "*"}), json!({"AWS": [ROLE]}), json!({"AWS": ACCOUNT})]
        {
            assert!(denied(ours.clone()), "{ours}");
        }
        let root = format!("arn:aws:iam::{ACCOUNT}:root");
        assert!(denied(json!({ "AWS": root })));
        for other in
            ["arn:aws:iam::111122223333:user/bob", "444455556666", "arn:aws:iam::444455556666:root"]
        {
            assert!(!denied(json!({ "AWS": other })), "{other}");
        }
        let mut all_but = deny(Value::Null, &[("NotPrincipal", json!({"AWS": [ROLE]}))]);
        assert_eq!(of(false, &all_but), []);
        all_but["NotPrincipal"] = json!({"AWS": ["arn:aws:iam::111122223333:user/admin"]});
        assert_eq!(of(false, &all_but), [(INTO, Extent::Always)]);
    }

    #[test]
    fn what_and_when_decide_too() {
        let everybody = || json!("*");
        let all = deny(everybody(), &[("Action", json!("backup:*"))]);
        assert_eq!(of(false, &all), [(INTO, Extent::Always), (DELETE, Extent::Always)]);
        assert_eq!(of(true, &deny(everybody(), &[])), [], "nothing is copied to the source");
        let of_primary: Vec<&str> = of(true, &all).iter().map(|(action, _)| *action).collect();
        assert_eq!(of_primary, [START, FROM, DELETE]);
        let snapshots = json!("arn:aws:ec2:*::snapshot/*");
        let some = deny(everybody(), &[("Resource", snapshots)]);
        assert_eq!(of(false, &some), [(INTO, Extent::SomeResources)]);
        let org = json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}});
        let at_times = deny(everybody(), &[("Condition", org)]);
        assert_eq!(of(false, &at_times), [(INTO, Extent::UnderCondition)]);
        let tls = json!({"Bool": {"aws:SecureTransport": "false"}});
        assert_eq!(of(false, &deny(everybody(), &[("Condition", tls)])), []);
        let allow = deny(everybody(), &[("Effect", json!("Allow"))]);
        assert_eq!(of(false, &allow), []);
    }

    #[test]
    fn a_denial_of_deletions_fails_no_backup() {
        let failing =
            |action, extent| Denial { statement: String::new(), action, extent }.failing();
        assert_eq!(failing(INTO, Extent::Always), Some("copy to it"));
        assert_eq!(failing(INTO, Extent::UnderCondition), None);
        assert_eq!(failing(DELETE, Extent::Always), None);
    }
}
