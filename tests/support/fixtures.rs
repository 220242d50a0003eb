//! What a person at the console would look up or do.

use std::fs;
use std::path::PathBuf;

use local_aws::Call;
use serde_json::{Value, json};

use super::deployment::{ALERT_REGIONS, PRIMARY, TOPIC, VAULT};
use super::run::Aws;

/// The account's only backup plan, and its selections.
impl Aws {
    #[track_caller]
    pub(crate) fn plan_id(&self) -> Value {
        let plans = self.call("backup", PRIMARY, "list_backup_plans", json!({}));
        plans["BackupPlansList"][0]["BackupPlanId"].clone()
    }

    /// Its document, without the ids that AWS gives to rules.
    #[track_caller]
    pub(crate) fn plan(&self) -> Value {
        let id = json!({"BackupPlanId": self.plan_id()});
        let plan = self.call("backup", PRIMARY, "get_backup_plan", id);
        let mut document = plan["BackupPlan"].clone();
        for rule in document["Rules"].as_array_mut().unwrap() {
            assert!(rule.as_object_mut().unwrap().remove("RuleId").is_some());
        }
        document
    }

    #[track_caller]
    pub(crate) fn edit_plan(&self, edit: impl FnOnce(&mut Value)) {
        let mut document = self.plan();
        edit(&mut document);
        let update = json!({"BackupPlanId": self.plan_id(), "BackupPlan": document});
        self.call("backup", PRIMARY, "update_backup_plan", update);
    }

    /// As they are listed.
    #[track_caller]
    pub(crate) fn selections(&self) -> Vec<Value> {
        let plan = json!({"BackupPlanId": self.plan_id()});
        let list = self.call("backup", PRIMARY, "list_backup_selections", plan);
        list["BackupSelectionsList"].as_array().unwrap().clone()
    }

    /// Deletes the only selection.
    #[track_caller]
    pub(crate) fn delete_selection(&self) {
        self.call("backup", PRIMARY, "delete_backup_selection", self.selection_id());
    }

    /// Deletes the plan, with its only selection.
    #[track_caller]
    pub(crate) fn delete_plan(&self) {
        self.delete_selection();
        let id = json!({"BackupPlanId": self.plan_id()});
        self.call("backup", PRIMARY, "delete_backup_plan", id);
    }

    /// What names the only selection in a call.
    #[track_caller]
    pub(crate) fn selection_id(&self) -> Value {
        let [listed] = &self.selections()[..] else { panic!("not one selection") };
        json!({"BackupPlanId": self.plan_id(), "SelectionId": listed["SelectionId"]})
    }
}

/// Roles.
impl Aws {
    #[track_caller]
    pub(crate) fn attached_policies(&self, role: &str) -> Vec<String> {
        let role = json!({"RoleName": role});
        let attached = self.call("iam", PRIMARY, "list_attached_role_policies", role);
        let policies = attached["AttachedPolicies"].as_array().unwrap().iter();
        policies.map(|policy| policy["PolicyArn"].as_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    pub(crate) fn detach_policy(&self, role: &str, policy: &str) {
        let detach = json!({"RoleName": role, "PolicyArn": policy});
        self.call("iam", PRIMARY, "detach_role_policy", detach);
    }

    #[track_caller]
    pub(crate) fn put_inline_policy(&self, role: &str, name: &str, document: &str) {
        let policy = json!({"RoleName": role, "PolicyName": name, "PolicyDocument": document});
        self.call("iam", PRIMARY, "put_role_policy", policy);
    }

    /// With all that keeps it from being deleted.
    #[track_caller]
    pub(crate) fn delete_role(&self, role: &str) {
        for policy in self.attached_policies(role) {
            self.detach_policy(role, &policy);
        }
        for (policy, _) in self.inline_policies(role) {
            let id = json!({"RoleName": role, "PolicyName": policy});
            self.call("iam", PRIMARY, "delete_role_policy", id);
        }
        self.call("iam", PRIMARY, "delete_role", json!({"RoleName": role}));
    }

    /// The same role under the same name and ARN, with another id.
    #[track_caller]
    pub(crate) fn make_role_again(&self, role: &str) {
        let found =
            self.call("iam", PRIMARY, "get_role", json!({"RoleName": role}))["Role"].clone();
        let (attached, inline) = (self.attached_policies(role), self.inline_policies(role));
        self.delete_role(role);
        let again = json!({
            "RoleName": role,
            "Path": "/mrbackup/",
            "AssumeRolePolicyDocument": found["AssumeRolePolicyDocument"].to_string(),
            "Tags": found["Tags"],
        });
        self.call("iam", PRIMARY, "create_role", again);
        for policy in attached {
            let attach = json!({"RoleName": role, "PolicyArn": policy});
            self.call("iam", PRIMARY, "attach_role_policy", attach);
        }
        for (name, document) in inline {
            self.put_inline_policy(role, &name, &document);
        }
    }

    /// Name and document of each.
    fn inline_policies(&self, role: &str) -> Vec<(String, String)> {
        let list = self.call("iam", PRIMARY, "list_role_policies", json!({"RoleName": role}));
        let names = list["PolicyNames"].as_array().into_iter().flatten();
        let document = |name: &str| {
            let id = json!({"RoleName": role, "PolicyName": name});
            self.call("iam", PRIMARY, "get_role_policy", id)["PolicyDocument"].to_string()
        };
        names
            .map(|name| name.as_str().unwrap())
            .map(|name| (name.to_owned(), document(name)))
            .collect()
    }
}

/// Vaults, topics, calls and files.
impl Aws {
    pub(crate) fn vault_arn(&self, region: &str) -> String {
        self.arn("backup", region, &format!("backup-vault:{VAULT}"))
    }

    #[track_caller]
    pub(crate) fn delete_vault(&self, region: &str) {
        let vault = json!({"BackupVaultName": VAULT});
        self.call("backup", region, "delete_backup_vault", vault);
    }

    pub(crate) fn topic_arn(&self, region: &str) -> String {
        self.arn("sns", region, TOPIC)
    }

    /// Of the topic in the region.
    #[track_caller]
    pub(crate) fn subscriptions(&self, region: &str) -> Vec<Value> {
        let topic = json!({"TopicArn": self.topic_arn(region)});
        let list = self.call("sns", region, "list_subscriptions_by_topic", topic);
        list["Subscriptions"].as_array().unwrap().clone()
    }

    /// Takes all subscribers off the topic.
    #[track_caller]
    pub(crate) fn unsubscribe_all(&self, region: &str) {
        for subscription in self.subscriptions(region) {
            let arn = json!({"SubscriptionArn": subscription["SubscriptionArn"]});
            self.call("sns", region, "unsubscribe", arn);
        }
    }

    /// The address's owner follows the links of both topics.
    #[track_caller]
    pub(crate) fn confirm(&self, address: &str) {
        for region in ALERT_REGIONS {
            self.confirm_email(region, address);
        }
    }

    /// The program's calls that change something, each with its region.
    pub(crate) fn write_names(&self) -> Vec<String> {
        self.writes().iter().map(Call::name).collect()
    }

    #[track_caller]
    pub(crate) fn assert_nothing_written(&self) {
        assert_eq!(self.write_names(), [""; 0]);
    }

    /// All is as the last `up` wanted it.
    #[track_caller]
    pub(crate) fn assert_at_rest(&self) {
        self.mrbackup(["plan", "--exit-code"]).success();
        self.mrbackup(["status"]).all_as_recorded();
    }

    /// The path of a file of settings in the three regions of most tests.
    pub(crate) fn file_in_three_regions(&self, settings: &str) -> String {
        let regions = "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\ntertiary = \"eu-west-1\"\n";
        self.file("mrbackup.toml", &format!("{settings}\n{regions}"))
    }

    /// A file of this account's own, by a name that may have folders in it. Its path is UTF-8.
    #[track_caller]
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("files").join(self.id()).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}
