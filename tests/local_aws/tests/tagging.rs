//! The tagging service: which resources it finds by tags and type, in pages, and how it tags them.

use std::collections::BTreeSet;

use local_aws::TestAccount;
use serde_json::{Value, json};

use super::{REGION, refused, send};

/// The names of the resources found, all pages together.
#[track_caller]
fn found(aws: &TestAccount, question: Value) -> Vec<String> {
    let answer = send(aws, "resourcegroupstaggingapi", "get_resources", question).expect("a list");
    assert_eq!(answer["PaginationToken"], "", "{answer}");
    names(&answer)
}

fn names(answer: &Value) -> Vec<String> {
    let list = answer["ResourceTagMappingList"].as_array().expect("a list").iter();
    let arns = list.map(|resource| resource["ResourceARN"].as_str().expect("an ARN"));
    arns.map(|arn| arn.rsplit(['/', ':']).next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn resources_are_found_by_tags_and_type() {
    let aws = TestAccount::new();
    let put = |service: &str, resource: &str, tags: &[(&str, &str)]| {
        let arn = aws.arn(service, REGION, resource);
        aws.put_tagged_resource(REGION, &arn, tags);
        arn
    };
    put("ec2", "volume/vol-1", &[("a", "1"), ("b", "1")]);
    put("ec2", "instance/i-1", &[("a", "2"), ("b", "1")]);
    let database = put("rds", "db:one", &[("a", "1")]);
    let topic = json!({ "Name": "t", "Tags": [{ "Key": "a", "Value": "1" }] });
    send(&aws, "sns", "create_topic", topic).expect("a topic");
    aws.put_tagged_resource(
        "eu-west-1",
        &aws.arn("ec2", "eu-west-1", "volume/vol-2"),
        &[("a", "1")],
    );
    let tag = |key: &str, values: &[&str]| json!({ "Key": key, "Values": values });
    let by_tags = |filters: Value| found(&aws, json!({ "TagFilters": filters }));
    assert_eq!(by_tags(json!([tag("a", &["1"])])), ["t", "vol-1", "one"], "the emulator's first");
    assert_eq!(by_tags(json!([tag("a", &["1", "2"]), tag("b", &["1"])])), ["i-1", "vol-1"]);
    assert_eq!(by_tags(json!([tag("b", &[])])), ["i-1", "vol-1"]);
    assert_eq!(by_tags(json!([tag("a", &["3"])])), [""; 0]);
    aws.put_tagged_resource(REGION, "arn:aws:s3:::bucket-1", &[("c", "1")]);
    let by_type = |kinds: &[&str]| found(&aws, json!({ "ResourceTypeFilters": kinds }));
    assert_eq!(by_type(&["ec2"]), ["i-1", "vol-1"]);
    assert_eq!(by_type(&["ec2:volume", "rds:db"]), ["vol-1", "one"]);
    assert_eq!(by_type(&["rds:cluster", "s3:object"]), [""; 0]);
    assert_eq!(
        (by_type(&["s3"]), by_type(&["s3:bucket"])),
        (vec!["bucket-1".to_owned()], vec!["bucket-1".to_owned()])
    );
    assert_eq!(found(&aws, json!({ "ResourceARNList": [database] })), ["one"]);
    aws.remove_tagged_resource(REGION, &database);
    assert_eq!(by_type(&["rds"]), [""; 0]);
}

#[test]
fn resources_come_in_pages() {
    let mut aws = TestAccount::new();
    for number in 0..130 {
        let arn = aws.arn("ec2", REGION, &format!("volume/vol-{number}"));
        aws.put_tagged_resource(REGION, &arn, &[("a", "1")]);
    }
    let page = |token: &str, size: Value| {
        let mut question = json!({ "PaginationToken": token });
        if !size.is_null() {
            question["ResourcesPerPage"] = size;
        }
        send(&aws, "resourcegroupstaggingapi", "get_resources", question)
    };
    assert_eq!(names(&page("", Value::Null).expect("a page")).len(), 50);
    let (mut all, mut token, mut sizes) = (BTreeSet::new(), String::new(), Vec::new());
    loop {
        let answer = page(&token, 100.into()).expect("a page");
        sizes.push(names(&answer).len());
        all.extend(names(&answer));
        token = answer["PaginationToken"].as_str().expect("always there").to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!((sizes, all.len()), (vec![100, 30], 130));
    refused(page("x", 100.into()), 400, "InvalidParameterException", "token");
    refused(page("", 101.into()), 400, "InvalidParameterException", "between 1 and 100");
    aws.allow_invalid_requests();
}

#[test]
fn resources_are_tagged_one_by_one() {
    let aws = TestAccount::new();
    let here = aws.arn("ec2", REGION, "volume/vol-1");
    aws.put_tagged_resource(REGION, &here, &[("a", "1"), ("b", "1")]);
    let none = aws.arn("sns", REGION, "none");
    let send = |operation: &str, arguments: Value| {
        send(&aws, "resourcegroupstaggingapi", operation, arguments).expect("failures are inside")
    };
    let answer =
        send("tag_resources", json!({ "ResourceARNList": [here, none], "Tags": { "a": "2" } }));
    let failed = &answer["FailedResourcesMap"];
    assert_eq!(failed.as_object().map(serde_json::Map::len), Some(1));
    assert_eq!(failed[&none]["ErrorCode"], "InvalidParameterException");
    send("untag_resources", json!({ "ResourceARNList": [here], "TagKeys": ["b"] }));
    let list = send("get_resources", json!({ "ResourceARNList": [here] }));
    let tags = &list["ResourceTagMappingList"][0]["Tags"];
    assert_eq!(tags, &json!([{ "Key": "a", "Value": "2" }]));
}
