//! Clusters of Aurora, `DocumentDB` and Neptune (developer guide, "Restore an Amazon Aurora cluster" and its brothers). What
//! comes back has no instances.

use crate::recovery::landing::Landing;
use crate::recovery::region_facts::{Databases, DbSnapshot};
use crate::recovery::source::Source;
use crate::recovery::translate::draft::Draft;
use crate::recovery::translate::network::of_database;
use crate::recovery::translate::rds::{
    check_class, identifier, parameter_group, snapshot, snapshot_key,
};
use crate::recovery::translate::{Finish, TagCopy, Translation};

const ACCEPTED: &[&str] = &[
    "dbClusterIdentifier",
    "engine",
    "engineVersion",
    "dbSubnetGroupName",
    "vpcSecurityGroupIds",
    "dbClusterParameterGroupName",
    "port",
    "kmsKeyId",
    "enableIAMDatabaseAuthentication",
    "copyTagsToSnapshot",
    "restoreTime",
    "useLatestRestorableTime",
];
const KEPT: &[&str] = &["port", "enableIAMDatabaseAuthentication", "copyTagsToSnapshot"];
/// The key of an override that is none of AWS Backup's: the writer is made after the restore.
const WRITER_CLASS: &str = "writerInstanceClass";

pub(super) fn translate(source: &Source, landing: Landing<'_>) -> Translation {
    let mut draft = Draft::new(source, landing);
    of_database(&mut draft, "dbSubnetGroupName", "vpcSecurityGroupIds");
    if let Some(databases) = draft.known(&landing.facts.databases, "databases") {
        of_databases(&mut draft, databases);
    }
    draft.keep(KEPT);
    if source.point.continues().is_some() {
        match landing.typed.at.and_then(crate::model::instant::instant) {
            Some(at) => draft.put("restoreTime", at.to_string()),
            None => draft.put("useLatestRestorableTime", "true"),
        }
    }
    draft.lose("it has new endpoints and one instance, the writer; readers, endpoints of your own and log exports are not back");
    draft.done(ACCEPTED, TagCopy::Asked)
}

fn of_databases(draft: &mut Draft<'_>, databases: &Databases) {
    identifier(draft, databases, "dbClusterIdentifier");
    let facts = &draft.landing.facts.databases;
    let Some(databases) = draft.known(facts, "databases") else { return };
    let snapshot = snapshot(draft, databases);
    let Some(engine) = engine(draft.source, snapshot) else {
        return draft.needs_override("engine", "the recovery point does not tell the engine");
    };
    draft.put("engine", engine.clone());
    // An instance costs by the hour, and would prove no more than that the cluster opens.
    if draft.landing.set_apart.is_none() {
        writer(draft, engine, snapshot);
    }
    if let Some(snapshot) = snapshot {
        snapshot_key(draft, snapshot);
        let groups = &databases.cluster_parameter_groups;
        parameter_group(draft, "dbClusterParameterGroupName", groups, snapshot);
    }
}

/// The type tells `DocumentDB` and Neptune; Aurora has two engines, which the snapshot tells.
fn engine(source: &Source, snapshot: Option<&DbSnapshot>) -> Option<String> {
    match source.kind.as_str() {
        "DocumentDB" => Some("docdb".to_owned()),
        "Neptune" => Some("neptune".to_owned()),
        _ => {
            let of_snapshot = snapshot.map(|snapshot| snapshot.engine.name.as_str());
            of_snapshot.or_else(|| source.said("engine")).map(str::to_owned)
        }
    }
}

fn writer(draft: &mut Draft<'_>, engine: String, snapshot: Option<&DbSnapshot>) {
    let of_settings = draft.landing.settings.cluster_instance_class.clone();
    let Some(class) = draft.given(WRITER_CLASS).or(of_settings) else {
        return draft.needs(
            "cluster_instance_class",
            "a cluster comes back without instances, and no recovery point knows the class of the writer",
        );
    };
    if let Some(snapshot) = snapshot {
        check_class(draft, &class, &snapshot.engine, "cluster_instance_class");
    }
    draft.finish_with(Finish::Writer { class, engine });
}
