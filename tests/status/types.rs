//! Types of resources that mrbackup does not know, and those that AWS Backup cannot copy.

use serde_json::{Value, json};

use crate::support::{
    Aws, PRIMARY, REGIONS, SELECT_TAGS, UP, deployed, fresh_everywhere, long_deployed, point,
    volume,
};

/// A resource of a service that no version of mrbackup knows, with the select tags.
fn image(aws: &Aws, name: &str) -> String {
    let arn = aws.arn("mainframe", PRIMARY, &format!("image-set/{name}"));
    aws.put_tagged_resource(PRIMARY, &arn, &SELECT_TAGS);
    arn
}

/// AWS Backup has learnt a type.
fn learn(aws: &Aws, is_in: bool) {
    let preference = json!({"ResourceTypeOptInPreference": {"Mainframe": is_in}});
    aws.call("backup", PRIMARY, "update_region_settings", preference);
}

#[test]
fn a_tagged_resource_of_a_type_that_is_not_known_is_named_and_counted_as_unknown() {
    let aws = long_deployed(30);
    let known = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &known);
    let image = image(&aws, "m-1");
    // Its backups and copies carry its tags.
    aws.put_tagged_resource(PRIMARY, &aws.arn("ec2", PRIMARY, "snapshot/snap-1"), &SELECT_TAGS);
    // Where AWS Backup has no type that is not known, nothing else that is tagged can be backed up.
    aws.mrbackup(["status"]).success().stdout_lacks(&image).stdout_lacks("Mainframe");

    learn(&aws, true);
    let status = aws.mrbackup(["status"]).success();
    status.stdout_has(format!(
        "! AWS Backup has types that mrbackup does not know: Mainframe; 1 resource with the tags may be of them, so that \
         it is unknown whether they are backed up:\n    {image}  unknown\n"
    ));
    status.stdout_has_row("✔ us-east-1 primary 1/1").stdout_lacks("snap-1");
    let backups = aws.mrbackup(["status", "-o", "json"]).success().json()["backups"].clone();
    assert_eq!(backups["unknown_types"], json!([{"type": "Mainframe", "opted_in": true}]));
    assert_eq!(backups["unknown_resources"], json!([image]));
    let alone = aws.mrbackup(["status", "--resource", &image]).code(3);
    alone.stdout_has(format!("{image}  unknown\n")).stdout_lacks("nothing backs it up");
    learn(&aws, false);
    aws.mrbackup(["status"]).success().stdout_has("does not know: Mainframe (not opted in); 1 res");
}

#[test]
fn one_that_has_recovery_points_is_judged_as_all_others_are() {
    let aws = long_deployed(30);
    let image = image(&aws, "m-1");
    fresh_everywhere(&aws, &image);
    aws.mrbackup(["status"]).success().stdout_has_row("✔ us-west-2 secondary 1/1");
    learn(&aws, true);
    let status = aws.mrbackup(["status"]).success();
    status.stdout_has("does not know: Mainframe; nothing with the tags is of them\n");

    let aws = long_deployed(30);
    let late = self::image(&aws, "m-2");
    point(&aws, "us-east-1", &late, 5, &json!({}));
    point(&aws, "us-west-2", &late, 100, &json!({}));
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(format!(
        "✘ {late} (type unknown to mrbackup): late in us-west-2: the newest good recovery point is 4 d 4 h old\n"
    ));
    // So is one of a known type for which the tagging API has no filter.
    let database = aws.arn("ssm-sap", PRIMARY, "HANA/erp/DB/SYSTEMDB");
    aws.put_tagged_resource(PRIMARY, &database, &SELECT_TAGS);
    point(&aws, "us-west-2", &database, 90, &json!({}));
    point(&aws, "us-east-1", &database, 5, &json!({}));
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(format!(
        "✘ {database} (SAP HANA on EC2): late in us-west-2: the newest good recovery point is 3 d 18 h old\n"
    ));
    aws.put_tagged_resource(PRIMARY, &database, &[]);
    // Without the tags it is retired, as any other is.
    aws.put_tagged_resource(PRIMARY, &late, &[]);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("no resource in us-east-1 has").stdout_lacks(&late);
}

#[test]
fn one_that_loses_its_plan_is_named_too() {
    let aws = deployed();
    let image = image(&aws, "m-1");
    learn(&aws, true);
    let elsewhere = UP.map(|word| if word == PRIMARY { "ap-south-1" } else { word });
    let refused = aws.mrbackup(elsewhere).code(1);
    refused.stderr_has(format!("{image} (type unknown to mrbackup)"));
}

#[test]
fn a_type_that_is_not_known_is_not_said_to_be_impossible() {
    let aws = deployed();
    let image = aws.arn("mainframe", PRIMARY, "image-set/m-1");
    let tag = aws.mrbackup(["tag", &image]).code(3);
    tag.stdout_has(
        "mrbackup does not know its type, so that it is unknown whether AWS Backup can back it up",
    );
    tag.stdout_lacks("cannot back up");
}

#[test]
fn what_aws_backup_cannot_copy_is_said_with_what_to_do_and_left_by_repair() {
    let aws = long_deployed(30);
    let table = aws.arn("dynamodb", PRIMARY, "table/orders");
    aws.put_tagged_resource(PRIMARY, &table, &SELECT_TAGS);
    point(&aws, PRIMARY, &table, 5, &json!({}));
    let basic = json!({"ResourceTypeManagementPreference": {"DynamoDB": false}});
    aws.call("backup", PRIMARY, "update_region_settings", basic);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has_row("✔ us-east-1 primary 1/1");
    let reason = "AWS Backup copies tables only with its advanced features for DynamoDB, which are off: switch them on with `aws \
                  backup update-region-settings --region us-east-1 --resource-type-management-preference DynamoDB=true`";
    for row in ["✘ us-west-2 secondary 0/1", "✘ eu-west-1 tertiary 0/1"] {
        status.stdout_has_row(row);
    }
    let regions = REGIONS[1..].join(" and ");
    status.stdout_has_times(
        1,
        &format!("✘ {table} (DynamoDB): cannot be copied to {regions}: {reason}\n"),
    );
    status.stdout_lacks("never: ");
    let regions =
        aws.mrbackup(["status", "-o", "json"]).code(3).json()["backups"]["regions"].clone();
    assert_eq!((&regions[1]["cannot_be_copied"], &regions[1]["never"]), (&json!(1), &json!(0)));
    assert_eq!(regions[1]["resources"][0]["freshness"], "cannot-be-copied");
    let repair = aws.mrbackup(["repair"]).code(3);
    repair.stdout_has(format!("{table}: not copied to us-west-2 and eu-west-1: {reason}\n"));
    assert_eq!(aws.copy_jobs(PRIMARY), Vec::<Value>::new());
}

/// `rds:cluster` are clusters of Aurora, `DocumentDB` and Neptune, each with an opt-in of its own.
#[test]
fn a_cluster_is_opted_out_where_all_that_it_may_be_are() {
    let aws = long_deployed(30);
    let cluster = aws.arn("rds", PRIMARY, "cluster:shop");
    aws.put_tagged_resource(PRIMARY, &cluster, &SELECT_TAGS);
    let switch = |types: &[&str]| {
        let off: Value =
            types.iter().map(|name| (*name, false)).collect::<Vec<_>>().into_iter().collect();
        aws.call(
            "backup",
            PRIMARY,
            "update_region_settings",
            json!({"ResourceTypeOptInPreference": off}),
        );
    };
    switch(&["Aurora"]);
    aws.mrbackup(["status"]).stdout_lacks("AWS Backup is not opted in to Aurora in");
    switch(&["DocumentDB", "Neptune"]);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(
        "never in us-east-1, us-west-2 and eu-west-1: AWS Backup is not opted in to Aurora, DocumentDB, Neptune in the primary region",
    );
}
