//! What a user adds of their own: tags, a permissions boundary, addresses in a file; made, watched, mended, taken off.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::support::{
    Aws, FORWARD_ROLE, Outcome, PRIMARY, SERVICE_ROLE, UP, account, canonical, difference,
};

const ROLES: [&str; 5] = [
    SERVICE_ROLE,
    FORWARD_ROLE,
    "mrbackup-default-validator-us-east-1",
    "mrbackup-default-validator-us-west-2",
    "mrbackup-default-watchdog-us-west-2",
];
const REGIONS: &str =
    "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\ntertiary = \"eu-west-1\"\n";

/// An account with a configuration file of its own.
struct Own {
    aws: Aws,
    file: String,
}

impl Own {
    fn new() -> Self {
        let aws = account();
        let file = aws.file("mrbackup.toml", "");
        Self { aws, file }
    }

    fn write(&self, head: &str, tail: &str) {
        fs::write(&self.file, format!("{head}\n{REGIONS}{tail}\n")).unwrap();
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Outcome {
        let config = ["--config", &self.file];
        self.aws.mrbackup(arguments.iter().chain(&config))
    }

    fn boundary(&self) -> String {
        format!("arn:aws:iam::{}:policy/boundary", self.aws.id())
    }

    /// A deployment with a tag and a boundary.
    #[track_caller]
    fn deployed() -> Self {
        let own = Self::new();
        let boundary = format!("permissions_boundary = \"{}\"", own.boundary());
        own.write(&boundary, "[tags]\nTeam = \"storage\"");
        own.run(&["up"]).success();
        own
    }

    /// The edit is named by `status` and `plan` with its field and mended by one `up`.
    #[track_caller]
    fn assert_mended(&self, field: &str) {
        for command in [&["status"][..], &["plan", "--exit-code"]] {
            let report = self.run(command).code(3);
            let shown =
                |line: &str| line.starts_with("    ") && line.trim_start().starts_with(field);
            assert!(report.stdout.lines().any(shown), "{report:?}");
        }
        self.run(&["up"]).success();
        self.run(&["plan", "--exit-code"]).success();
        self.run(&["status"]).all_as_recorded();
    }
}

/// Everything that has tags, with what it has for `Team`.
fn teams(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let here = format!("{path}/{key}");
                if key.eq_ignore_ascii_case("tags") {
                    found.push((here, member["Team"].as_str().unwrap_or("none").to_owned()));
                } else {
                    teams(member, &here, found);
                }
            }
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(n, item)| teams(item, &format!("{path}/{n}"), found));
        }
        _ => (),
    }
}

#[test]
fn own_tags_and_the_boundary_are_on_everything_and_are_taken_off() {
    let own = Own::deployed();
    let mut found = Vec::new();
    teams(&own.aws.inventory(), "", &mut found);
    assert_eq!(
        found.len(),
        27,
        "five roles, three vaults, plan, two topics, of three each: log group, function, rule; two alarms; the rule that forwards; four queues"
    );
    let without: Vec<&String> =
        found.iter().filter(|(_, team)| team != "storage").map(|(path, _)| path).collect();
    assert_eq!(without, [""; 0]);
    for role in ROLES {
        assert_eq!(boundary_of(&own.aws, role), json!(own.boundary()));
    }
    let show = own.run(&["config", "show"]).success();
    show.stdout_has_row("tags.Team file storage");

    let boundary = format!("permissions_boundary = \"{}\"", own.boundary());
    own.write(&boundary, "[tags]\nTeam = \"tape\"");
    let plan = own.run(&["plan"]).success();
    plan.stdout_has("      tags.Team: storage → tape\n");
    own.run(&["up"]).success();
    // A file that does not mention the boundary takes it off, which is not done in passing.
    own.write("", "");
    let refused = own.run(&["up"]).code(1);
    refused.stderr_has(format!("the roles lose their permissions boundary {}", own.boundary()));
    own.run(&["up", "--allow-less-protection"]).success();
    own.run(&["plan", "--exit-code"]).success();
    let plain = account();
    plain.mrbackup(UP).success();
    assert_eq!(difference(&canonical(&own.aws), &canonical(&plain)), "");
}

fn boundary_of(aws: &Aws, role: &str) -> Value {
    let role = aws.call("iam", PRIMARY, "get_role", json!({"RoleName": role}))["Role"].clone();
    role["PermissionsBoundary"]["PermissionsBoundaryArn"].clone()
}

#[test]
fn an_own_tag_that_was_changed_or_taken_off_is_put_back() {
    let own = Own::deployed();
    let id = own.aws.id();
    let untag = json!({
        "resourceArn": format!("arn:aws:logs:us-east-1:{id}:log-group:/aws/lambda/mrbackup-default-validator"),
        "tagKeys": ["Team"],
    });
    own.aws.call("logs", PRIMARY, "untag_resource", untag);
    own.assert_mended("tags.Team");
    let tag = json!({
        "ResourceArn": format!("arn:aws:sns:us-east-1:{id}:mrbackup-default-alerts"),
        "Tags": [{"Key": "Team", "Value": "other"}],
    });
    own.aws.call("sns", PRIMARY, "tag_resource", tag);
    own.assert_mended("tags.Team");
    // Somebody else's tag is nobody's business.
    let tag = json!({
        "ResourceArn": format!("arn:aws:backup:us-west-2:{id}:backup-vault:mrbackup-default"),
        "Tags": {"Owner": "audit"},
    });
    own.aws.call("backup", "us-west-2", "tag_resource", tag);
    own.run(&["plan", "--exit-code"]).success();
}

#[test]
fn a_boundary_that_was_taken_off_is_put_back() {
    let own = Own::deployed();
    for role in ROLES {
        let name = json!({"RoleName": role});
        own.aws.call("iam", PRIMARY, "delete_role_permissions_boundary", name);
        own.assert_mended("permissions_boundary");
        assert_eq!(boundary_of(&own.aws, role), json!(own.boundary()));
    }
}

/// It may be what somebody's security rests on.
#[test]
fn a_boundary_of_others_is_a_note_and_stays() {
    let aws = account();
    aws.mrbackup(UP).success();
    let theirs = format!("arn:aws:iam::{}:policy/theirs", aws.id());
    let put = json!({"RoleName": SERVICE_ROLE, "PermissionsBoundary": theirs});
    aws.call("iam", PRIMARY, "put_role_permissions_boundary", put);
    let status = aws.mrbackup(["status", "--all"]).all_as_recorded();
    let note = format!("note: also has the permissions boundary {theirs}");
    status.stdout_has(&note);
    aws.mrbackup(["up"]).success();
    assert_eq!(boundary_of(&aws, SERVICE_ROLE), json!(theirs));
    aws.mrbackup(["down"]).success();
}

/// The file knows the addresses, which the record does not: a lost subscription is made again.
#[test]
fn a_deleted_subscription_is_named_and_made_again() {
    let own = Own::new();
    own.write("", "[alerts]\nemail = [\"a@example.com\", \"b@example.com\"]");
    own.run(&["up"]).success();
    for region in [PRIMARY, "us-west-2"] {
        own.aws.confirm_email(region, "a@example.com");
        own.aws.confirm_email(region, "b@example.com");
    }
    own.run(&["status"]).all_as_recorded();
    let topic = own.aws.topic_arn(PRIMARY);
    let list = json!({"TopicArn": topic});
    let list = own.aws.call("sns", PRIMARY, "list_subscriptions_by_topic", list);
    let subscriptions = list["Subscriptions"].as_array().unwrap();
    let b = subscriptions.iter().find(|each| each["Endpoint"] == "b@example.com").unwrap();
    own.aws.call("sns", PRIMARY, "unsubscribe", json!({"SubscriptionArn": b["SubscriptionArn"]}));
    own.assert_mended("subscribers");
}

/// Seven services, one rule: a tag that is as it should be is not sent with one that is not.
#[test]
fn only_tags_that_differ_are_put_on_and_taken_off() {
    let own = Own::new();
    own.write("", "[tags]\nTeam = \"storage\"\nCost = \"7\"");
    own.run(&["up"]).success();
    let boundary = format!("permissions_boundary = \"{}\"", own.boundary());
    own.write(&boundary, "[tags]\nTeam = \"tape\"");
    own.aws.clear_log();
    own.run(&["up"]).success();
    let (mut put, mut taken_off) = (BTreeSet::new(), BTreeSet::new());
    for call in own.aws.writes() {
        let input = call.input().to_string();
        match call.request.operation.as_str() {
            // The record is written as a whole, by a rule of its own.
            "TagResource" | "TagRole" if input.contains("mrbackup:spec") => (),
            "TagResource" | "TagRole" => {
                assert!(input.contains("tape") && !input.contains("mrbackup:"), "{input}");
                put.insert(call.request.service.clone());
            }
            "UntagResource" | "UntagRole" => {
                assert!(input.contains("Cost") && !input.contains("Team"), "{input}");
                taken_off.insert(call.request.service.clone());
            }
            _ => (),
        }
    }
    let services = ["backup", "events", "iam", "lambda", "logs", "monitoring", "sns"];
    assert_eq!(put, BTreeSet::from(services.map(str::to_owned)));
    assert_eq!(taken_off, put);
}
