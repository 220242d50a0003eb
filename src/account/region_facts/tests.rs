//! What is asked of a region, and what a failed read means.

use std::collections::BTreeSet;

use super::*;
use crate::aws::answering::{Asked, clients_of};
use crate::recovery::region_facts::Whole;
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
