//! What a company has already and gives to a deployment: a role, a vault and a topic.

use serde_json::json;

use super::deployment::{HOOK, PRIMARY, SECONDARY, with_choices};
use super::run::{Aws, account};

pub(crate) const GIVEN_ROLE: &str = "CompanyBackup";
pub(crate) const GIVEN_VAULT: &str = "company-vault";
pub(crate) const GIVEN_TOPIC: &str = "company-alerts";
const MANAGED: [&str; 4] = [
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
];

/// Beside the select tags; each of them is one selection of the plan.
pub(crate) const FOUR_SELECTIONS: &str = r#"
[select_tags]
Environment = "Production"
BackupEnabled = "true"

[[selections]]
name = "gold"
tags = { Tier = "gold" }
not_tags = { Stage = ["test"] }

[[selections]]
name = "tables"
types = ["DynamoDB"]

[[selections]]
name = "single"
resources = ["arn:aws:s3:::acme-*"]
not_resources = ["arn:aws:s3:::acme-logs"]

[[selections]]
name = "alike"
like = { Name = "prod-*" }
"#;

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

    /// An `up` with all that can be chosen, four selections beside the select tags, and a role, a vault and a topic that were
    /// there before it.
    #[track_caller]
    pub(crate) fn with_given(&self) -> Vec<String> {
        with_choices().into_iter().map(str::to_owned).chain(self.give()).collect()
    }

    /// Makes what is given, and returns what names it, with four selections.
    #[track_caller]
    pub(crate) fn give(&self) -> Vec<String> {
        self.make_given_role("backup.amazonaws.com", MANAGED.len());
        self.make_given_vault(SECONDARY);
        let topic = format!("topic.{SECONDARY}={}", self.make_given_topic(SECONDARY));
        let vault = format!("vault.{SECONDARY}={GIVEN_VAULT}");
        let sets = [vault, topic].into_iter().flat_map(|set| ["--set".to_owned(), set]);
        let file = self.file("given.toml", FOUR_SELECTIONS);
        let named =
            ["--service-role".to_owned(), self.given_role_arn(), "--config".to_owned(), file];
        named.into_iter().chain(sets).collect()
    }

    /// What was given is there, as it was before the deployment.
    #[track_caller]
    pub(crate) fn assert_given_is_left(&self) {
        let role = self.call("iam", PRIMARY, "get_role", json!({"RoleName": GIVEN_ROLE}));
        assert_eq!(role["Role"]["Tags"], json!([{"Key": "Team", "Value": "storage"}]));
        assert_eq!(self.attached_policies(GIVEN_ROLE).len(), MANAGED.len());
        let arn = self.arn("backup", SECONDARY, &format!("backup-vault:{GIVEN_VAULT}"));
        let tags = self.call("backup", SECONDARY, "list_tags", json!({"ResourceArn": arn}));
        assert_eq!(tags["Tags"], json!({"Team": "storage"}));
        let topic = json!({"TopicArn": self.arn("sns", SECONDARY, GIVEN_TOPIC)});
        let listed = self.call("sns", SECONDARY, "list_subscriptions_by_topic", topic);
        assert_eq!(listed["Subscriptions"].as_array().unwrap().len(), 1);
    }
}

/// The deployment with all of that, whose subscriber has confirmed.
#[track_caller]
pub(crate) fn deployed_with_given() -> Aws {
    let aws = account();
    let up = aws.with_given();
    aws.mrbackup(up).success();
    aws.confirm(HOOK);
    aws
}
