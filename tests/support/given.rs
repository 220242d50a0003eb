//! What a company has already and gives to a deployment: a role, a vault and a topic.

use serde_json::json;

use super::deployment::{HOOK, PRIMARY, SECONDARY, with_choices};
use super::run::Aws;

pub(crate) const GIVEN_ROLE: &str = "CompanyBackup";
pub(crate) const GIVEN_VAULT: &str = "company-vault";
pub(crate) const GIVEN_TOPIC: &str = "company-alerts";
const MANAGED: [&str; 4] = [
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
];

/// The trust policy of a role that a service assumes.
pub(crate) fn trust(service: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"},
    ]})
    .to_string()
}

impl Aws {
    pub(crate) fn given_role_arn(&self) -> String {
        format!("arn:aws:iam::{}:role/company/{GIVEN_ROLE}", self.id())
    }

    /// A role with the first of AWS's policies.
    #[track_caller]
    pub(crate) fn make_given_role(&self, service: &str, policies: usize) {
        let role = json!({
            "RoleName": GIVEN_ROLE, "Path": "/company/", "AssumeRolePolicyDocument": trust(service),
            "Tags": [{"Key": "Team", "Value": "storage"}],
        });
        self.call("iam", PRIMARY, "create_role", role);
        for policy in &MANAGED[..policies] {
            let policy = format!("arn:aws:iam::aws:policy/{policy}");
            let attach = json!({"RoleName": GIVEN_ROLE, "PolicyArn": policy});
            self.call("iam", PRIMARY, "attach_role_policy", attach);
        }
    }

    /// A vault under a key of its own.
    #[track_caller]
    pub(crate) fn make_given_vault(&self, region: &str) {
        let key = self.call("kms", region, "create_key", json!({}));
        let vault = json!({
            "BackupVaultName": GIVEN_VAULT, "EncryptionKeyArn": key["KeyMetadata"]["Arn"],
            "BackupVaultTags": {"Team": "storage"},
        });
        self.call("backup", region, "create_backup_vault", vault);
    }

    /// A topic with a subscriber who has confirmed: its ARN.
    #[track_caller]
    pub(crate) fn make_given_topic(&self, region: &str) -> String {
        let arn = self.arn("sns", region, GIVEN_TOPIC);
        let tags = json!([{"Key": "Team", "Value": "storage"}]);
        self.call("sns", region, "create_topic", json!({"Name": GIVEN_TOPIC, "Tags": tags}));
        let subscriber = json!({"TopicArn": arn, "Protocol": "https", "Endpoint": HOOK});
        self.call("sns", region, "subscribe", subscriber);
        self.confirm_email(region, HOOK);
        arn
    }

    /// An `up` with all that can be chosen, with a role, a vault and a topic that were there before it.
    #[track_caller]
    pub(crate) fn with_given(&self) -> Vec<String> {
        self.make_given_role("backup.amazonaws.com", MANAGED.len());
        self.make_given_vault(SECONDARY);
        let topic = format!("topic.{SECONDARY}={}", self.make_given_topic(SECONDARY));
        let vault = format!("vault.{SECONDARY}={GIVEN_VAULT}");
        let sets = [vault, topic].into_iter().flat_map(|set| ["--set".to_owned(), set]);
        let role = ["--service-role".to_owned(), self.given_role_arn()];
        with_choices().into_iter().map(str::to_owned).chain(role).chain(sets).collect()
    }
}
