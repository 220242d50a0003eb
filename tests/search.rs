//! Where a deployment is looked for: what exists does not depend on the regions that anybody names.

use std::thread;

use local_aws::Fault;
use serde_json::{Value, json};

use crate::support::{
    Aws, DELETE, Outcome, PRIMARY, REGIONS, SERVICE_ROLE, TERTIARY, UP, VAULT, account, deployed,
    point_of_plan,
};

/// Regions of the partition that every account has, but for the deployment's own.
const OTHERS: [&str; 14] = [
    "us-east-2",
    "us-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-north-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "sa-east-1",
];

/// As an organization's policy refuses whole regions; one other is left.
fn deny_thirteen(aws: &Aws) {
    for region in &OTHERS[1..] {
        aws.fault(denied().region(region));
    }
    deny_list_regions(aws);
}

fn deny_list_regions(aws: &Aws) {
    aws.fault(denied().on("account", "ListRegions"));
}

fn denied() -> Fault {
    Fault::error(
        403,
        "AccessDeniedException",
        "User is not authorized with an explicit deny in a service control policy",
    )
}

/// The deployment with three points in the tertiary region alone, its service role deleted by hand.
fn without_role() -> Aws {
    let aws = deployed();
    for _ in 0..3 {
        point_of_plan(&aws, TERTIARY, &json!({"Lifecycle": {"DeleteAfterDays": 30}}));
    }
    aws.delete_role(SERVICE_ROLE);
    aws
}

/// Each command from each region, beside all others: each waits for IAM to show a role that is gone.
fn at_once(
    aws: &Aws,
    regions: &[&str],
    commands: &[&[&str]],
    check: impl Fn(&[&str], Outcome) + Sync,
) {
    thread::scope(|scope| {
        for (region, command) in
            regions.iter().flat_map(|region| commands.iter().map(move |command| (region, command)))
        {
            let check = &check;
            scope.spawn(move || {
                check(command, aws.command().env("AWS_REGION", region).args(*command).run());
            });
        }
    });
}

#[test]
fn with_the_role_gone_every_command_finds_the_rest_from_every_region() {
    let aws = without_role();
    let before = aws.inventory();
    let regions = [
        "us-east-1",
        "us-west-2",
        "eu-west-1",
        "ap-southeast-2",
        "sa-east-1",
        "eu-north-1",
        "ap-east-1",
        "mx-central-1",
    ];
    let commands: [&[&str]; 6] = [
        &["status"],
        &["list"],
        &["plan", "--exit-code"],
        &["up", "--dry-run", "--exit-code"],
        &["down"],
        &["down", "--dry-run"],
    ];
    at_once(&aws, &regions, &commands, |_, run| {
        let run = run.code(3);
        run.stdout_has("default");
        for untrue in ["No deployment", "nothing to remove", "nothing is left"] {
            run.stdout_lacks(untrue);
        }
    });
    assert_eq!(aws.inventory(), before);
    let up = aws.command().env("AWS_REGION", "ap-southeast-2").args(["up"]).run().success();
    up.stdout_has("created 1, ");
    aws.mrbackup(["status"]).all_as_recorded();
}

#[test]
fn with_thirteen_regions_denied_down_still_works() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP).success();
    aws.delete_role(SERVICE_ROLE);
    deny_thirteen(&aws);
    let down = aws.command().env("AWS_REGION", "sa-east-1").args(["down"]).run().success();
    down.stdout_has("; nothing is left.\n");
    aws.clear_faults();
    assert_eq!(aws.inventory(), before);
}

#[test]
fn nothing_is_said_of_the_regions_that_were_read_alone() {
    let aws = account();
    deny_thirteen(&aws);
    let before = aws.inventory();
    let extent = "in the 4 regions read; not read: 13 (denied)";
    for (arguments, said) in [
        (&["status"][..], format!("No deployment default {extent}.")),
        (&["list"], format!("No deployment in account {} {extent}.", aws.id())),
        (&["down"], format!("! No deployment default {extent}: nothing to remove.")),
        (&["down", "--dry-run"], format!("! No deployment default {extent}: nothing to remove.")),
    ] {
        let run = aws.mrbackup(arguments).code(3);
        run.stdout_starts_with(said);
        run.stdout_has("explicit deny in a service control policy");
    }
    let plan = ["plan", "--primary", "us-east-1", "--secondary", "us-west-2"];
    aws.mrbackup(plan).code(3).stdout_has(format!("! No record of deployment default {extent}."));
    aws.mrbackup(["repair"]).code(1).stderr_has(format!("no deployment default {extent}"));
    assert_eq!(aws.inventory(), before);
    let up = aws.mrbackup(UP).success();
    up.stderr_has(format!("No deployment default {extent}."));
}

#[test]
fn up_does_not_begin_where_neither_iam_nor_all_regions_can_be_read() {
    let aws = account();
    deny_thirteen(&aws);
    aws.fault(denied().service("iam"));
    aws.mrbackup(UP).code(1).stderr_has("iam:GetRole");
    assert!(aws.writes().is_empty());
}

#[test]
fn all_regions_read_are_an_answer() {
    let aws = account();
    let down = aws.mrbackup(["down"]).success();
    // What account management of the local AWS tells: 17 by default, 14 by choice.
    assert_eq!(down.stdout, "✔ No deployment default in the 31 regions read: nothing to remove.\n");
    deny_list_regions(&aws);
    let down = aws.mrbackup(["down"]).success();
    assert_eq!(down.stdout, "✔ No deployment default in the 17 regions read: nothing to remove.\n");
}

/// Who says where anything may be need not be allowed to look anywhere else.
#[test]
fn search_regions_bound_the_search() {
    let aws = account();
    deny_thirteen(&aws);
    let command = || aws.command().env("AWS_REGION", "sa-east-1");
    let only = "us-east-1,us-west-2,eu-west-1,us-east-2";
    let down = command().env("MRBACKUP_SEARCH_REGIONS", only).args(["down"]).run().success();
    let said = "✔ No deployment default in the 4 regions read: nothing to remove.\n";
    assert_eq!(down.stdout, said);

    let listed: Vec<&str> = only.split(',').collect();
    let with_file = |text: &str| {
        let file = aws.file("bounded/mrbackup.toml", text);
        command().args(["--config", &file, "down"]).run()
    };
    let down = with_file(&format!("search_regions = {}\n", json!(listed))).success();
    assert_eq!(down.stdout, said);
    let only = "us-east-1,sa-east-1";
    let down = command().env("MRBACKUP_SEARCH_REGIONS", only).args(["down"]).run().code(3);
    down.stdout_has("in us-east-1, the only region read; not read: 1 (denied)");

    let wrong = command().env("MRBACKUP_SEARCH_REGIONS", "us-east-1,mars").args(["down"]).run();
    wrong.code(2).stderr_has("MRBACKUP_SEARCH_REGIONS: \"mars\" is not a region");
    let empty = with_file("search_regions = []\n").code(2);
    empty.stderr_has("name a region, or leave search_regions out");
}

#[test]
fn a_region_that_hangs_holds_up_no_search() {
    let aws = account();
    let hangs = aws.fault(Fault::hold_before().region("sa-east-1"));
    let down = aws.mrbackup(["down"]).code(3);
    down.stdout_has("not read: 1 (no answer)");
    down.stdout_has("no answer for 5 s");
    assert!(hangs.fired() > 0);
}

#[test]
fn a_recorded_region_that_cannot_be_read_is_refused_or_left_out_by_name() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP).success();
    let deployed = aws.inventory();
    let away = aws.fault(denied().region(TERTIARY));
    aws.clear_log();
    let flag = format!("mrbackup down --without-region {TERTIARY}");
    for arguments in [&["down"][..], &["down", "--keep-backups"], &DELETE, &["down", "--dry-run"]] {
        let refused = aws.mrbackup(arguments).code(1);
        refused.stderr_has("nothing was removed: the record names what cannot be read");
        refused.stderr_has("explicit deny in a service control policy");
        refused.stderr_has(&flag);
    }
    assert!(aws.writes().is_empty());

    let without = ["down", "--without-region", TERTIARY];
    let planned = aws.mrbackup([&without[..], &["--dry-run"]].concat()).code(3);
    planned.stdout_has(format!("it keeps the record of what is left in {TERTIARY}"));
    assert!(aws.writes().is_empty());
    for _ in 0..2 {
        let down = aws.mrbackup(without).code(3);
        down.stdout_has(format!("{TERTIARY} was left out"));
        down.stdout_lacks("nothing is left");
    }
    drop(away);
    aws.clear_faults();
    let left = aws.inventory();
    assert_eq!(vaults(&left), [TERTIARY]);
    assert_eq!(left["regions"][TERTIARY], deployed["regions"][TERTIARY]);
    let down = aws.mrbackup(["down"]).success();
    down.stdout_has("; nothing is left.\n");
    assert_eq!(aws.inventory(), before);
}

/// Without a role the record is on the vaults alone: they stay until the last region can be read.
#[test]
fn what_is_left_out_is_found_again_without_the_role() {
    for region in ["us-west-2", "us-east-1"] {
        let aws = account();
        let before = aws.inventory();
        aws.mrbackup(UP).success();
        aws.delete_role(SERVICE_ROLE);
        aws.fault(denied().region(region));
        aws.mrbackup(["down", "--without-region", region]).code(3);
        aws.clear_faults();
        aws.mrbackup(["down"]).success();
        assert_eq!(aws.inventory(), before);
    }
}

/// With the primary away nobody tells whose points are in the others: they stay.
#[test]
fn with_the_primary_left_out_the_points_of_the_others_stay_or_go_by_what_is_known() {
    let aws = deployed();
    let point = point_of_plan(&aws, TERTIARY, &json!({"Lifecycle": {"DeleteAfterDays": 30}}));
    let away = aws.fault(denied().region("us-east-1"));
    let without = ["--without-region", "us-east-1"];
    let refused = aws.mrbackup(["down"].into_iter().chain(without)).code(3);
    refused.stdout_has("Nothing was removed");
    let delete = aws.mrbackup(DELETE.into_iter().chain(without)).code(3);
    delete.stdout_lacks("nothing is left");
    assert_eq!(aws.recovery_points(TERTIARY, VAULT).len(), 1, "{point}");
    drop(away);
    aws.clear_faults();
    aws.mrbackup(DELETE).success();
    assert!(aws.recovery_points(TERTIARY, VAULT).is_empty());
}

#[test]
fn a_region_that_is_not_recorded_cannot_be_left_out() {
    let aws = deployed();
    let down = aws.mrbackup(["down", "--without-region", "sa-east-1"]).code(1);
    down.stderr_has("sa-east-1 is no region of deployment default");
    let nothing = account();
    nothing.mrbackup(["down", "--without-region", "sa-east-1"]).code(1);
}

/// A former vault is known by its region and its key: a torn record has lost the key.
#[test]
fn a_torn_record_forgets_no_vault_with_a_key() {
    let aws = account();
    let key = format!("arn:aws:kms:us-west-2:{}:key/1234abcd", aws.id());
    aws.mrbackup(UP.into_iter().chain(["--kms-key-arn", &key])).success();
    let inventory = aws.inventory();
    let keyed = names_of_vaults(&inventory, "us-west-2");
    assert!(keyed[0].starts_with("mrbackup-default_"), "{keyed:?}");
    let resource = aws.arn("ec2", "us-east-1", "volume/vol-1");
    aws.put_recovery_point("us-west-2", &keyed[0], json!({ "ResourceArn": resource }));
    tear(&aws, &keyed[0]);
    aws.mrbackup(UP).success();
    assert_eq!(names_of_vaults(&aws.inventory(), "us-west-2").len(), 2);
    let down = aws.mrbackup(["down"]).code(3);
    down.stdout_has(&keyed[0]);
    down.stdout_has("Nothing was removed");
}

fn tear(aws: &Aws, keyed: &str) {
    let torn = json!({"Key": "mrbackup:spec:0", "Value": "1/0.1.0/9-ffff/999/00000000/AAAA"});
    let tags = json!({"RoleName": SERVICE_ROLE, "Tags": [torn]});
    aws.call("iam", "us-east-1", "tag_role", tags);
    for region in REGIONS {
        let vault = if region == "us-west-2" { keyed } else { VAULT };
        let arn = aws.arn("backup", region, &format!("backup-vault:{vault}"));
        let untag = json!({"ResourceArn": arn, "TagKeyList": ["mrbackup:spec:0"]});
        aws.call("backup", region, "untag_resource", untag);
    }
}

fn names_of_vaults(inventory: &Value, region: &str) -> Vec<String> {
    let vaults = inventory["regions"][region]["backup"]["vaults"].as_array();
    let name = |vault: &Value| vault["BackupVaultName"].as_str().unwrap().to_owned();
    vaults.into_iter().flatten().map(name).collect()
}

fn vaults(inventory: &Value) -> Vec<&str> {
    let regions = inventory["regions"].as_object().unwrap();
    let with = regions.keys().filter(|region| !names_of_vaults(inventory, region).is_empty());
    with.map(String::as_str).collect()
}

/// A slip of the pen is no new deployment.
#[test]
fn a_name_of_no_deployment_gets_the_names_that_there_are() {
    let aws = deployed();
    aws.mrbackup(UP.into_iter().chain(["--name", "staging"])).success();
    let there_are = "There are: default, staging.\n";
    let status = aws.mrbackup(["status", "--name", "stagin"]).code(3);
    assert_eq!(
        status.stdout,
        format!(
            "No deployment stagin in the 31 regions read.\n{there_are}Name one of these: mrbackup status --name NAME\n"
        )
    );
    let document = aws.mrbackup(["status", "--name", "stagin", "-o", "json"]).code(3).json();
    assert_eq!(document["other_deployments"], json!(["default", "staging"]));
    for arguments in [&["down", "--name", "stagin"][..], &["down", "--dry-run", "--name", "stagin"]]
    {
        let down = aws.mrbackup(arguments).success();
        let nothing = "✔ No deployment stagin in the 31 regions read: nothing to remove.\n";
        assert_eq!(down.stdout, format!("{nothing}{there_are}"));
    }
    let arn = aws.arn("dynamodb", PRIMARY, "table/orders");
    for arguments in
        [&["drill", "alarm"][..], &["drill", "backup", &arn], &["repair"], &["tag", &arn]]
    {
        let refused = aws.command().args(arguments).args(["--name", "stagin"]).run().code(1);
        refused.stderr_has(
            "no deployment stagin in the 31 regions read. There are: default, staging.\n",
        );
        refused.stderr_has("fix: name one of these with --name");
        refused.stderr_lacks("mrbackup up");
    }
    // Where IAM cannot be read, nothing is said of the others.
    aws.fault(denied().on("iam", "ListRoles"));
    aws.mrbackup(["status", "--name", "stagin"]).code(3).stdout_lacks("There are");
}
