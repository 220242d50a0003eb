//! RDS instances (developer guide, "Restore an Amazon RDS database"; RDS API, `RestoreDBInstanceFromDBSnapshot`).

use crate::recovery::landing::Landing;
use crate::recovery::region_facts::{DatabaseEngine, Databases, DbSnapshot};
use crate::recovery::source::Source;
use crate::recovery::translate::draft::Draft;
use crate::recovery::translate::network::of_database;
use crate::recovery::translate::{TagCopy, Translation};

const ACCEPTED: &[&str] = &[
    "DBInstanceIdentifier",
    "DBInstanceClass",
    "Engine",
    "DBSubnetGroupName",
    "VpcSecurityGroupIds",
    "DBParameterGroupName",
    "OptionGroupName",
    "MultiAZ",
    "PubliclyAccessible",
    "DeletionProtection",
    "CopyTagsToSnapshot",
    "AutoMinorVersionUpgrade",
    "EnableIAMDatabaseAuthentication",
    "Port",
    "LicenseModel",
    "StorageType",
    "Iops",
    "StorageThroughput",
    "AllocatedStorage",
    "UseLatestRestorableTime",
    "RestoreTime",
];
/// What means the same in every region. Not the zone: AWS refuses one beside `MultiAZ`.
const KEPT: &[&str] = &[
    "MultiAZ",
    "DeletionProtection",
    "CopyTagsToSnapshot",
    "AutoMinorVersionUpgrade",
    "EnableIAMDatabaseAuthentication",
    "Port",
    "LicenseModel",
    "StorageType",
    "Iops",
    "StorageThroughput",
];

pub(super) fn translate(source: &Source, landing: Landing<'_>) -> Translation {
    let mut draft = Draft::new(source, landing);
    of_database(&mut draft, "DBSubnetGroupName", "VpcSecurityGroupIds");
    if let Some(databases) = draft.known(&landing.facts.databases, "databases") {
        identifier(&mut draft, databases, "DBInstanceIdentifier");
        let snapshot = snapshot(&mut draft, databases);
        class(&mut draft, snapshot);
        if let Some(snapshot) = snapshot {
            if let Some(port) = snapshot.port {
                draft.put("Port", port.to_string());
            }
            snapshot_key(&mut draft, snapshot);
            let groups = &databases.parameter_groups;
            parameter_group(&mut draft, "DBParameterGroupName", groups, snapshot);
        }
    }
    draft.keep(KEPT);
    draft.put("PubliclyAccessible", "false");
    if source.said("PubliclyAccessible") == Some("true")
        && draft.given("PubliclyAccessible").is_none()
    {
        draft.lose("it is not publicly accessible");
    }
    moment(&mut draft);
    draft.lose("it has a new endpoint; Performance Insights and log exports are not back");
    draft.done(ACCEPTED, TagCopy::Always)
}

/// The snapshot that the point is. A continuous point is none: RDS restores it from its own logs.
pub(super) fn snapshot<'a>(
    draft: &mut Draft<'a>,
    databases: &'a Databases,
) -> Option<&'a DbSnapshot> {
    let arn = &draft.source.point.arn;
    let found = databases.snapshots.get(arn);
    if found.is_none() && draft.source.point.continues().is_none() {
        draft.cannot(format!("the snapshot {arn} of the recovery point is not there"));
    }
    found
}

/// The name: the source's in another region, else a chosen one. Instances and clusters share one set of names.
pub(super) fn identifier(draft: &mut Draft<'_>, databases: &Databases, key: &str) {
    let landing = draft.landing;
    let name = match (draft.given(key), landing.name()) {
        (Some(given), _) => given,
        (None, Some(name)) => name.to_owned(),
        (None, None) => prefixed(landing.settings.name_prefix.as_deref(), draft.source.name()),
    };
    draft.aims_at(&name);
    if !is_identifier(&name) {
        draft.needs_name(key, format!("{name} is no name for a database: letters, digits and single hyphens, 63 at most, a letter first"));
    } else if databases.names.contains(&name) {
        draft.needs_name(key, format!("the name {name} is taken in {}", landing.region));
    }
    draft.put(key, name);
}

pub(super) fn prefixed(prefix: Option<&str>, name: &str) -> String {
    format!("{}{name}", prefix.unwrap_or_default())
}

/// RDS's rule for identifiers (API reference, `CreateDBInstance`).
fn is_identifier(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !name.contains("--")
        && !name.ends_with('-')
}

fn class(draft: &mut Draft<'_>, snapshot: Option<&DbSnapshot>) {
    let landing = draft.landing;
    let of_source = draft.source.said("DBInstanceClass");
    let mapped = of_source
        .map(|class| landing.settings.instance_classes.get(class).map_or(class, String::as_str));
    // Without one, RDS takes the class of the source.
    let Some(class) = draft.given("DBInstanceClass").or(mapped.map(str::to_owned)) else { return };
    if let Some(snapshot) = snapshot {
        check_class(draft, &class, &snapshot.engine, "instance_classes");
    }
    if Some(class.as_str()) != of_source {
        draft.lose(format!("its class is {class}"));
    }
    draft.put("DBInstanceClass", class);
}

/// Whether the region offers a class for an engine.
pub(super) fn check_class(
    draft: &mut Draft<'_>,
    class: &str,
    engine: &DatabaseEngine,
    setting: &str,
) {
    let facts = draft.landing.facts;
    let Some(fact) = facts.database_classes.get(engine) else { return };
    let offers = draft.known(fact, "DB instance classes").map(|classes| classes.contains(class));
    if offers == Some(false) {
        let DatabaseEngine { name, version } = engine;
        let why = format!("{} does not offer {class} for {name} {version}", draft.landing.region);
        draft.needs(setting, why);
    }
}

/// The key of a snapshot stays the restored database's: it cannot be chosen here.
pub(super) fn snapshot_key(draft: &mut Draft<'_>, snapshot: &DbSnapshot) {
    if let Some(key) = snapshot.key.as_ref().filter(|_| snapshot.encrypted) {
        draft.usable_key(key, "the snapshot's key", None);
    }
}

/// The parameter group of the same name, if the region has one of the same family.
pub(super) fn parameter_group(
    draft: &mut Draft<'_>,
    key: &str,
    groups: &std::collections::BTreeMap<String, String>,
    snapshot: &DbSnapshot,
) {
    let of_source = draft.source.said(key).filter(|name| !name.starts_with("default"));
    let Some(name) = draft.given(key).or(of_source.map(str::to_owned)) else { return };
    match groups.get(&name) {
        Some(family) if is_family_of(family, &snapshot.engine) => draft.put(key, name),
        _ if draft.given(key).is_some() => {
            let why = format!(
                "the parameter group {name} is not in {} for its engine",
                draft.landing.region
            );
            draft.needs_override(key, why);
        }
        _ => draft.lose(format!(
            "it has its engine's default parameters: {} has no parameter group {name}",
            draft.landing.region
        )),
    }
}

/// Whether a family (`postgres16`, `mysql8.0`) is of an engine's version.
fn is_family_of(family: &str, engine: &DatabaseEngine) -> bool {
    let rest = family.strip_prefix(engine.name.as_str());
    rest.is_some_and(|major| {
        engine.version == major || engine.version.starts_with(&format!("{major}."))
            // `sqlserver-ee-16.0`
            || major.strip_prefix('-').is_some_and(|major| engine.version.starts_with(major))
    })
}

/// The moment to which a continuous backup is restored.
fn moment(draft: &mut Draft<'_>) {
    if draft.source.point.continues().is_none() {
        return;
    }
    engine(draft);
    match draft.landing.typed.at.and_then(crate::model::instant::instant) {
        Some(at) => draft.put("RestoreTime", at.to_string()),
        None => draft.put("UseLatestRestorableTime", "true"),
    }
}

/// AWS wants it for a moment in time alone ("Point-in-time recovery"). No snapshot tells it: the instance does, while it is there.
fn engine(draft: &mut Draft<'_>) {
    let facts = draft.landing.facts;
    let Some(databases) = draft.known(&facts.databases, "databases") else { return };
    let of_instance = databases.engines.get(draft.source.name()).map(String::as_str);
    match draft.source.said("Engine").or(of_instance) {
        Some(engine) => draft.put("Engine", engine.to_owned()),
        None if draft.given("Engine").is_some() => (),
        None => {
            draft.needs_override("Engine", "its engine is in neither its recovery point nor RDS");
        }
    }
}
