//! Who calls AWS: account, ARN, and where the credentials are from.

use schemars::JsonSchema;
use serde::Serialize;

/// The caller as `sts:GetCallerIdentity` names it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct CallerIdentity {
    pub(crate) account: String,
    pub(crate) arn: String,
    /// Such as `profile dev` or `environment`.
    pub(crate) credentials: String,
}

impl CallerIdentity {
    /// The part of the ARN that a person knows: `user/NAME`, `assumed-role/NAME`, `root`.
    pub(crate) fn name(&self) -> String {
        let resource = self.arn.splitn(6, ':').nth(5).unwrap_or(&self.arn);
        let parts: Vec<&str> = resource.split('/').collect();
        match parts[..] {
            // The third is the name of a session; what stands between in other ones is a path.
            [kind @ "assumed-role", name, _] | [kind, .., name] => format!("{kind}/{name}"),
            _ => resource.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_what_a_person_knows() {
        for (arn, name) in [
            ("arn:aws:iam::111122223333:root", "root"),
            ("arn:aws:iam::111122223333:user/ops", "user/ops"),
            ("arn:aws:iam::111122223333:user/team/ops", "user/ops"),
            ("arn:aws:sts::111122223333:assumed-role/admin/session-1", "assumed-role/admin"),
            ("arn:aws-cn:sts::111122223333:federated-user/ops", "federated-user/ops"),
            ("", ""),
        ] {
            let (account, credentials) = (String::new(), String::new());
            let identity = CallerIdentity { account, arn: arn.to_owned(), credentials };
            assert_eq!(identity.name(), name);
        }
    }
}
