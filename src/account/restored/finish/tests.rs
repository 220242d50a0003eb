use local_aws::TestAccount;

use super::*;
use crate::account::restored::{Thing, read};
use crate::aws::answering::{Asked, clients_at, clients_of};
use crate::recovery::restored::Restored;
use crate::terminal::interrupt::Interrupt;
use crate::terminal::progress::Progress;

fn writer() -> Writer {
    Writer {
        cluster: "shop".to_owned(),
        instance: "shop-writer".to_owned(),
        engine: "aurora-postgresql".to_owned(),
        class: "db.r6g.large".to_owned(),
    }
}

#[test]
fn a_writer_and_a_mount_target_are_asked_for_in_the_services_words() {
    assert_eq!(
        writer_of(&writer()).wire().2,
        "Action=CreateDBInstance&Version=2014-10-31&DBClusterIdentifier=shop\
         &DBInstanceClass=db.r6g.large&DBInstanceIdentifier=shop-writer&Engine=aurora-postgresql"
    );
    let target = mount_target_of("fs-1", "subnet-1", &["sg-1".to_owned()]);
    let (method, path, body) = target.wire();
    assert_eq!((method, path.as_str()), ("POST", "/2015-02-01/mount-targets"));
    assert_eq!(body, r#"{"FileSystemId":"fs-1","SecurityGroups":["sg-1"],"SubnetId":"subnet-1"}"#);
    let bare = mount_target_of("fs-1", "subnet-1", &[]);
    assert_eq!(bare.wire().2, r#"{"FileSystemId":"fs-1","SubnetId":"subnet-1"}"#);
}

fn caller() -> Caller {
    Caller::new(Interrupt::never(), Progress::silent())
}

fn sent(asked: &Asked, what: &str) -> usize {
    asked.lock().unwrap().iter().filter(|request| request.contains(what)).count()
}

/// RDS that answers the creating call so, and has an instance of that name in this cluster.
async fn made(
    answer: (&'static str, &'static str),
    cluster: &'static str,
) -> (Result<(), Failure>, usize) {
    let (clients, asked) = clients_of(move |request| {
        if request.contains("Action=CreateDBInstance") {
            return (answer.0, answer.1.to_owned());
        }
        let found = format!(
            "<DBInstance><DBInstanceIdentifier>shop-writer</DBInstanceIdentifier><DBClusterIdentifier>{cluster}</DBClusterIdentifier></DBInstance>"
        );
        let result = format!("<DBInstances>{found}</DBInstances>");
        (
            "200 OK",
            format!("<R><DescribeDBInstancesResult>{result}</DescribeDBInstancesResult></R>"),
        )
    });
    let region = Region::parse("us-west-2").unwrap();
    let made = create_writer(&caller(), &clients, &region, &writer()).await;
    (made, sent(&asked, "Action=CreateDBInstance"))
}

#[tokio::test]
async fn a_writer_is_made_once_whatever_becomes_of_the_answer() {
    let good = "<R><CreateDBInstanceResult><DBInstance><DBInstanceIdentifier>shop-writer</DBInstanceIdentifier></DBInstance></CreateDBInstanceResult></R>";
    let taken = "<ErrorResponse><Error><Code>DBInstanceAlreadyExists</Code><Message>DB instance already exists</Message></Error></ErrorResponse>";
    for answer in [("200 OK", good), ("200 OK", ""), ("400 Bad Request", taken), ("500 Broken", "")]
    {
        let (made, sent) = made(answer, "shop").await;
        assert!(made.is_ok(), "{answer:?}: {made:?}");
        assert_eq!(sent, 1, "{answer:?}");
    }
    let (refused, _) = made(("400 Bad Request", taken), "another").await;
    let refused = refused.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the DB instance shop-writer is there, and it is no member of the cluster shop"
    );
}

#[tokio::test]
async fn a_mount_target_of_the_subnet_is_taken_as_it_is() {
    let (clients, asked) = clients_of(|request| {
        if request.starts_with("POST") {
            let body = r#"{"ErrorCode":"MountTargetConflict","Message":"mount target already exists in this AZ"}"#;
            return ("409 Conflict", body.to_owned());
        }
        let target =
            r#"{"MountTargetId":"fsmt-1","SubnetId":"subnet-1","LifeCycleState":"creating"}"#;
        ("200 OK", format!(r#"{{"MountTargets":[{target}]}}"#))
    });
    let region = Region::parse("us-west-2").unwrap();
    let made = create_mount_target(&caller(), &clients, &region, "fs-1", "subnet-1", &[]).await;
    assert_eq!(made.unwrap(), "fsmt-1");
    assert_eq!(sent(&asked, "POST /2015-02-01/mount-targets"), 1);
}

/// What is read of things that are there, and of others that are not.
async fn states(clients: &Clients, region: &Region, things: &[Thing]) -> Vec<Option<Restored>> {
    let mut states = Vec::new();
    for thing in things {
        states.push(read(&caller(), clients, region, thing).await.unwrap());
    }
    states
}

/// The account checks each request against the service models when the test ends.
#[test]
fn a_cluster_and_a_file_system_are_finished_as_the_service_models_have_it() {
    let account = TestAccount::new();
    let west = "us-west-2";
    let cluster = json!({"DBClusterIdentifier": "shop", "Engine": "aurora-postgresql", "MasterUsername": "u", "MasterUserPassword": "passw0rd"});
    account.call("rds", west, "create_db_cluster", cluster);
    let made = account.call("efs", west, "create_file_system", json!({"CreationToken": "t"}));
    let subnets = account.call("ec2", west, "describe_subnets", json!({}));
    let subnet = subnets["Subnets"][0]["SubnetId"].as_str().unwrap();
    let file_system = made["FileSystemId"].as_str().unwrap();
    let endpoint = account.environment().into_iter().find(|(name, _)| *name == "AWS_ENDPOINT_URL");
    let clients = &clients_at(endpoint.unwrap().1, account.id());
    let region = &Region::parse(west).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let things =
            [Thing::DbCluster("shop".to_owned()), Thing::FileSystem(file_system.to_owned())];
        let bare = states(clients, region, &things).await;
        assert!(bare.iter().flatten().all(|thing| !thing.usable), "{bare:?}");
        let caller = caller();
        create_writer(&caller, clients, region, &writer()).await.unwrap();
        let target = create_mount_target(&caller, clients, region, file_system, subnet, &[]);
        target.await.unwrap();
        let finished = states(clients, region, &things).await;
        assert_eq!(finished[0].as_ref().unwrap().members, 1);
        assert_eq!(finished[1].as_ref().unwrap().mount_targets, 1);
        let id = |id: &str| id.to_owned();
        let gone = [
            Thing::Volume(id("vol-0123456789abcdef0")),
            Thing::Instance(id("i-0123456789abcdef0")),
            Thing::DbInstance(id("gone")),
            Thing::DbCluster(id("gone")),
            Thing::Table(id("gone")),
            Thing::FileSystem(id("fs-0123456789abcdef0")),
            Thing::Bucket(id("there-is-no-such-bucket")),
        ];
        assert_eq!(states(clients, region, &gone).await, vec![None; gone.len()]);
    });
}
