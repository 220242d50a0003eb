//! `list`: every deployment of the account, also where not all can be read.

use local_aws::Fault;
use serde_json::json;

use crate::support::{SERVICE_ROLE, TERTIARY, UP, VAULT, account, deployed, point, volume};

#[test]
fn list_shows_every_deployment_with_its_state_and_points() {
    let aws = deployed();
    let staging = ["up", "--name", "staging", "--primary", "us-east-1", "--secondary", "us-west-2"];
    aws.mrbackup(staging).success();
    let resource = volume(&aws, "vol-1");
    point(&aws, "us-west-2", &resource, 1, &json!({"Lifecycle": {"DeleteAfterDays": 30}}));
    aws.mrbackup(["down", "--keep-backups"]).code(3);
    let list = aws.mrbackup(["list"]).success();
    for line in [
        "default  kept  us-east-1, us-west-2, eu-west-1",
        "us-west-2 mrbackup-default: about 1 recovery point",
        "staging  ready  us-east-1, us-west-2",
    ] {
        list.stdout_has(line);
    }
    // Without IAM the vaults of a region tell.
    let _iam = aws.fault(Fault::reset().service("iam"));
    let list = aws.mrbackup(["list", "--region", "us-west-2"]);
    list.stdout_has("staging  ready");
    account().mrbackup(["list"]).code(3);
}

#[test]
fn with_iam_and_a_region_away_list_tells_what_the_others_say() {
    let aws = deployed();
    let _iam = aws.fault(Fault::reset().service("iam"));
    let _region = aws.region_down("us-east-1");
    let list = aws.command().env("AWS_REGION", "eu-west-1");
    let list = list.args(["list", "--region", "us-west-2", "--region", "us-east-1"]).run().code(3);
    list.stdout_has("! not read (no answer): us-east-1");
    list.stdout_has("default  ready  us-east-1, us-west-2, eu-west-1");
    let bare = aws.command().env("AWS_REGION", "us-east-1").args(["list"]).run().code(3);
    bare.stdout_has("default  ready  us-east-1, us-west-2, eu-west-1");
}

/// A file is of one deployment and says nothing of the others; who names one is shown that one.
#[test]
fn a_name_shows_that_deployment_alone() {
    let aws = deployed();
    aws.mrbackup(UP.into_iter().chain(["--name", "staging"])).success();
    let names = |outcome: crate::support::Outcome| {
        let deployments = outcome.json()["deployments"].as_array().unwrap().clone();
        deployments.iter().map(|listed| listed["deployment"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(aws.mrbackup(["list", "-o", "json"]).success()), ["default", "staging"]);
    let staging = aws.mrbackup(["list", "--name", "staging", "-o", "json"]).success();
    assert_eq!(names(staging), ["staging"]);
    let named = aws.command().env("MRBACKUP_NAME", "default").args(["list", "-o", "json"]).run();
    assert_eq!(names(named), ["default"]);
    let none = aws.mrbackup(["list", "--name", "other"]).code(3);
    none.stdout_has(format!("No deployment other in account {} in the", aws.id()));
}

/// `ready` is what the record says, which is in the vaults too: without its role a deployment makes nothing.
#[test]
fn a_deployment_whose_role_or_vault_is_gone_is_not_said_to_be_well() {
    let aws = deployed();
    let list = aws.mrbackup(["list", "-o", "json"]).success().json();
    assert_eq!(list["deployments"][0]["service_role"], "ok");
    aws.fault(Fault::reset().service("iam"));
    let list = aws.mrbackup(["list"]).code(3);
    list.stdout_has("default  ready  us-east-1, us-west-2, eu-west-1\n  ? whether its service role is there is unknown");
    aws.clear_faults();
    let vault = json!({"BackupVaultName": VAULT});
    aws.call("backup", TERTIARY, "delete_backup_vault", vault);
    aws.mrbackup(["list"]).code(3).stdout_has("! eu-west-1 mrbackup-default: gone\n");
    aws.mrbackup(["up"]).success();
    aws.mrbackup(["list"]).success();
    aws.delete_role(SERVICE_ROLE);
    let list = aws.mrbackup(["list"]).code(3);
    list.stdout_has(
        "default  ready  us-east-1, us-west-2, eu-west-1\n  ✘ its service role is gone, or no longer tagged as its own: ",
    );
    let list = aws.mrbackup(["list", "-o", "json"]).code(3).json();
    assert_eq!(list["deployments"][0]["service_role"], "missing");
}

#[test]
fn deployments_that_back_up_the_same_are_named() {
    let aws = deployed();
    aws.mrbackup(["list"]).success().stdout_lacks("each back up");
    aws.mrbackup(UP.into_iter().chain(["--name", "staging"])).success();
    let said = "! default and staging each back up the resources in us-east-1 tagged BackupEnabled=true and Environment=Production: AWS bills both\n";
    for arguments in [&["list"][..], &["list", "--name", "staging"]] {
        aws.mrbackup(arguments).success().stdout_ends_with(said);
    }
    let document = aws.mrbackup(["list", "-o", "json"]).success().json();
    assert_eq!(document["selected_twice"][0]["deployments"], json!(["default", "staging"]));
}
