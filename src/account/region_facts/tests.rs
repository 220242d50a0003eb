//! What is asked of a region, and what a failed read means.

use std::collections::BTreeSet;

use local_aws::TestAccount;
use serde_json::json;

use super::*;
use crate::aws::answering::{Asked, clients_at, clients_of};
use crate::recovery::region_facts::{DatabaseEngine, QuotaOf, Whole};
use crate::terminal::interrupt::Interrupt;
use crate::terminal::progress::Progress;

/// What EC2, RDS and `DynamoDB` of an empty region answer, but for key pairs, which the caller may not see.
fn empty(request: &str) -> (&'static str, String) {
    if request.contains("DynamoDB_20120810.ListTables") {
        return ("200 OK", r#"{"TableNames":[]}"#.to_owned());
    }
    let body = request.rsplit("\n\n").next().unwrap_or_default();
    let operation = body.split(['=', '&']).nth(1).unwrap_or_default();
    let list = match operation {
        "DescribeVpcs" => "vpcSet",
        "DescribeSubnets" => "subnetSet",
        "DescribeSecurityGroups" => "securityGroupInfo",
        "DescribeAvailabilityZones" => "availabilityZoneInfo",
        "DescribeKeyPairs" => {
            let error =
                "<Code>UnauthorizedOperation</Code><Message>You are not authorized</Message>";
            return (
                "403 Forbidden",
                format!("<Response><Errors><Error>{error}</Error></Errors></Response>"),
            );
        }
        rds => {
            let list = rds.trim_start_matches("Describe");
            let result = format!("<{rds}Result><{list}/></{rds}Result>");
            return ("200 OK", format!("<{rds}Response>{result}</{rds}Response>"));
        }
    };
    ("200 OK", format!("<{operation}Response><{list}/></{operation}Response>"))
}

async fn asked_for(wanted: Wanted, interrupt: Interrupt) -> (Result<RegionFacts, Failure>, Asked) {
    let (clients, asked) = clients_of(empty);
    let caller = Caller::new(interrupt, Progress::silent());
    let region = Region::parse("us-west-2").unwrap();
    (read(&caller, &clients, &region, &wanted).await, asked)
}

#[tokio::test]
async fn a_denied_read_leaves_one_fact_unknown_and_nothing_unwanted_is_asked() {
    let key_pairs = BTreeSet::from(["k".to_owned()]);
    let wanted = Wanted {
        whole: [Whole::Network, Whole::Tables, Whole::Databases].into(),
        key_pairs,
        ..Wanted::default()
    };
    let (facts, asked) = asked_for(wanted, Interrupt::never()).await;
    let facts = facts.unwrap();
    let Fact::Unread(denied) = &facts.key_pairs else { panic!("{:?}", facts.key_pairs) };
    assert_eq!(denied.code.as_deref(), Some("UnauthorizedOperation"));
    let Fact::Known(network) = &facts.network else { panic!("{:?}", facts.network) };
    assert_eq!(network.default_vpc, None);
    assert!(matches!(&facts.tables, Fact::Known(tables) if tables.is_empty()));
    assert!(matches!(&facts.databases, Fact::Known(known) if known.names.is_empty()));
    assert!(matches!(facts.images, Fact::NotAsked) && matches!(facts.quotas, Fact::NotAsked));
    // Four of networks, five of databases, and one each.
    assert_eq!(asked.lock().unwrap().len(), 4 + 5 + 1 + 1);
}

#[tokio::test]
async fn nothing_wanted_is_nothing_asked() {
    let (facts, asked) = asked_for(Wanted::default(), Interrupt::never()).await;
    assert!(matches!(facts.unwrap().network, Fact::NotAsked));
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_interrupt_is_no_fact() {
    let wanted = Wanted { whole: [Whole::Tables].into(), ..Wanted::default() };
    let (facts, asked) = asked_for(wanted, Interrupt::at_once()).await;
    assert!(matches!(facts, Err(Failure::Interrupted)));
    assert!(asked.lock().unwrap().is_empty());
}

/// All that a region can be asked.
fn everything(snapshot: &str) -> Wanted {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Wanted {
        whole: [
            Whole::Network,
            Whole::Databases,
            Whole::DatabaseSnapshots,
            Whole::Tables,
            Whole::Quotas,
        ]
        .into(),
        instance_types: set(&["t3.micro"]),
        key_pairs: set(&["there", "gone"]),
        images: set(&["ami-0123456789abcdef0"]),
        volume_snapshots: set(&[snapshot, "snap-0123456789abcdef0"]),
        engines: [DatabaseEngine { name: "postgres".to_owned(), version: "16.4".to_owned() }]
            .into(),
        buckets: set(&["there-is-no-such-bucket"]),
        keys: set(&["alias/none"]),
    }
}

/// The account checks each request against the service models when the test ends.
#[test]
fn what_is_asked_is_as_the_service_models_have_it() {
    let account = TestAccount::new();
    let volume = json!({"AvailabilityZone": "us-west-2a", "Size": 2048, "VolumeType": "gp3"});
    let volume = account.call("ec2", "us-west-2", "create_volume", volume);
    let snapshot = json!({"VolumeId": volume["VolumeId"]});
    let snapshot = account.call("ec2", "us-west-2", "create_snapshot", snapshot);
    account.call("ec2", "us-west-2", "create_key_pair", json!({"KeyName": "there"}));
    let snapshot = snapshot["SnapshotId"].as_str().unwrap();
    let endpoint = account.environment().into_iter().find(|(name, _)| *name == "AWS_ENDPOINT_URL");
    let clients = clients_at(endpoint.unwrap().1, account.id());
    let caller = Caller::new(Interrupt::never(), Progress::silent());
    let region = Region::parse("us-west-2").unwrap();
    let wanted = everything(snapshot);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let facts = runtime.block_on(read(&caller, &clients, &region, &wanted)).unwrap();
    let Fact::Known(network) = facts.network else { panic!("{:?}", facts.network) };
    assert!(network.default_vpc.is_some() && network.zones.len() > 1, "{network:?}");
    let Fact::Known(pairs) = facts.key_pairs else { panic!("{:?}", facts.key_pairs) };
    assert_eq!(pairs, BTreeSet::from(["there".to_owned()]));
    let Fact::Known(snapshots) = facts.snapshots else { panic!("{:?}", facts.snapshots) };
    assert!(snapshots.contains_key(snapshot));
    assert_eq!(snapshots.len(), 1, "one is gone");
    let Fact::Known(types) = facts.instance_types else { panic!("{:?}", facts.instance_types) };
    assert!(!types["t3.micro"].is_empty());
    let Fact::Known(quotas) = facts.quotas else { panic!("{:?}", facts.quotas) };
    let gp3 = quotas.iter().find(|quota| quota.what == QuotaOf::Gp3Storage).unwrap();
    assert!((gp3.used - 2.0).abs() < f64::EPSILON, "{gp3:?}");
    assert!(matches!(facts.databases, Fact::Known(_)) && matches!(facts.images, Fact::Known(_)));
    let bucket = &facts.buckets["there-is-no-such-bucket"];
    assert!(matches!(bucket, Fact::Known(None)), "{bucket:?}");
    assert!(matches!(facts.keys["alias/none"], Fact::Known(None)));
    assert!(facts.database_classes.values().all(|classes| matches!(classes, Fact::Known(_))));
}
