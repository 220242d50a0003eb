"""Restores of RDS, Aurora, DocumentDB and Neptune, and the snapshots behind their recovery points."""

import re

from ministack.core.responses import get_account_id, get_region
from ministack.services import documentdb, ec2, rds

import regions
from checks import Failed, default_vpc, in_region, security_groups

ENGINES = {"RDS": "postgres", "Aurora": "aurora-postgresql", "DocumentDB": "docdb", "Neptune": "neptune"}


def patch():
    """MiniStack took each call that names the engine for its other store, where no restored cluster is."""
    claims = documentdb.claims_request

    def claims_request(params):
        id = documentdb._evaluate_params(params, "DBClusterIdentifier") or ""
        return id.lower() not in rds._clusters and claims(params)

    documentdb.claims_request = claims_request


def plant_snapshot(point):
    """As DescribeDBSnapshots or DescribeDBClusterSnapshots shows it."""
    arn, source = point["RecoveryPointArn"], point["ResourceArn"].rsplit(":", 1)[1]
    id = arn.split(":", 6)[6]
    engine = ENGINES[point["ResourceType"]]
    key = point.get("KmsKeyId", "")
    record = {
        "DBInstanceIdentifier": source,
        "DBClusterIdentifier": source,
        "Engine": engine,
        "EngineVersion": rds._default_engine_version(engine),
        "StorageEncrypted": bool(key),
        "KmsKeyId": key,
    }
    snapshots = rds._snapshots if point["ResourceType"] == "RDS" else rds._db_cluster_snapshots
    make = rds._create_snapshot_internal if point["ResourceType"] == "RDS" else rds._create_cluster_snapshot_internal
    make(id, record)
    tags = [{"Key": key, "Value": value} for key, value in point.get("SourceTags", {}).items()]
    snapshots[id] |= {"SnapshotType": "awsbackup", "TagList": tags} | point.get("Snapshot", {})


def make_database(job, metadata):
    check_leftovers(metadata)
    in_region(metadata, {})
    name = metadata["dbinstanceidentifier"].lower()
    check_name(name)
    group, groups = database_network(metadata)
    if metadata.get("multiaz") == "true" and metadata.get("availabilityzone"):
        raise Failed("Requesting a specific availability zone is not valid for Multi-AZ instances.")
    check_group("DBParameterGroup not found: {}", metadata.get("dbparametergroupname"), rds._param_groups)
    options = metadata.get("optiongroupname", "")
    if not options.startswith("default:"):
        check_group("Specified OptionGroupName: {} not found.", options, rds._option_groups)
    snapshot = rds._snapshots.get(job["RecoveryPointArn"].split(":", 6)[6], {})
    engine = snapshot.get("Engine") or job["Source"].get("Engine") or "postgres"
    kind = metadata.get("dbinstanceclass") or job["Source"].get("DBInstanceClass") or "db.t3.medium"
    if kind not in regions.CLASSES or not regions.offered(kind):
        raise Failed(
            f"RDS does not support creating a DB instance with the following combination: DBInstanceClass={kind}, "
            f"Engine={engine}. For supported combinations of instance class and database engine version, see the "
            "documentation."
        )
    params = {
        "DBInstanceIdentifier": name,
        "DBInstanceClass": kind,
        "Engine": engine,
        "EngineVersion": snapshot.get("EngineVersion", ""),
        "MasterUsername": snapshot.get("MasterUsername", "admin"),
        "MasterUserPassword": "restored-1",
        "DBSubnetGroupName": group,
        "MultiAZ": metadata.get("multiaz", "false"),
    }
    params |= {f"VpcSecurityGroupIds.member.{index}": id for index, id in enumerate(groups, 1)}
    made(rds._create_db_instance({key: [value] for key, value in params.items() if value}))
    arn = f"arn:aws:rds:{get_region()}:{get_account_id()}:db:{name}"
    record = rds._instances[name]
    record["Endpoint"]["Address"] = f"{name}.c0123456789a.{get_region()}.rds.amazonaws.com"
    # The snapshot's key in this region, which a restore cannot change.
    record["StorageEncrypted"] = snapshot.get("StorageEncrypted", False)
    record["KmsKeyId"] = snapshot.get("KmsKeyId", "")
    # RDS copies the snapshot's tags whatever the flag says.
    tag(arn, record, job["SnapshotTags"])
    return arn, ""


def make_cluster(job, metadata):
    """A cluster without members."""
    check_leftovers(metadata)
    in_region(metadata, {})
    name, engine = metadata["dbclusteridentifier"].lower(), metadata["engine"]
    if not engine.startswith(ENGINES[job["ResourceType"]].removesuffix("-postgresql")):
        raise Failed(f"Invalid engine {engine} for a recovery point of {job['ResourceType']}")
    check_name(name)
    group, groups = database_network(metadata)
    parameters = metadata.get("dbclusterparametergroupname")
    check_group("DBClusterParameterGroup not found: {}", parameters, rds._db_cluster_param_groups)
    params = {
        "DBClusterIdentifier": name,
        "Engine": engine,
        "EngineVersion": metadata.get("engineversion", ""),
        "MasterUsername": "admin",
        "MasterUserPassword": "restored-1",
        "DBSubnetGroupName": group,
        "DBClusterParameterGroupName": parameters or "",
    }
    params |= {f"VpcSecurityGroupIds.member.{index}": id for index, id in enumerate(groups, 1)}
    made(rds._create_db_cluster({key: [value] for key, value in params.items() if value}))
    arn = f"arn:aws:rds:{get_region()}:{get_account_id()}:cluster:{name}"
    tag(arn, rds._clusters[name], job["SnapshotTags"])
    return arn, ""


def check_leftovers(metadata):
    """The source's map passed through: users' jobs failed after about 15 s for these."""
    left = [key for key in metadata if key == "dbsnapshotidentifier" or key.startswith("informationalonly:")]
    if left:
        raise Failed(f"Invalid restore metadata. Remove the keys that cannot be restored: {', '.join(sorted(left))}")


def check_name(name):
    """Names are unique over instances and clusters."""
    if not re.fullmatch(r"[a-z](?:-?[a-z0-9]){0,62}", name) or len(name) > 63:
        raise Failed(f"The parameter DBInstanceIdentifier is not a valid identifier: {name}")
    if name in rds._instances:
        raise Failed(f"DB instance already exists: {name}")
    if name in rds._clusters:
        raise Failed(f"DB cluster already exists: {name}")


def database_network(metadata):
    """The group of subnets and the security groups, which a VPC of another account does not have by default."""
    group = subnet_group(metadata.get("dbsubnetgroupname"))
    groups = security_groups(metadata.get("vpcsecuritygroupids"))
    vpc = rds._subnet_groups[group]["VpcId"] if group else default_vpc()
    if not groups and ec2._vpcs.get(vpc, {}).get("OwnerId", get_account_id()) != get_account_id():
        raise Failed(f"The specified VPC {vpc} is a shared VPC, please explicitly provide an EC2 security group.")
    return group, groups


def subnet_group(name):
    """The one that is named, with subnets in two zones, or the default VPC's."""
    if not name:
        vpc = default_vpc()
        zones = {each["AvailabilityZone"] for each in ec2._subnets.values() if each["VpcId"] == vpc}
        if vpc is None or len(zones) < 2:
            raise Failed("No default subnet detected in VPC. Please contact AWS Support to recreate default Subnets.")
        return ""
    group = rds._subnet_groups.get(name)
    if group is None:
        raise Failed(f"DB subnet group '{name}' does not exist.")
    zones = sorted({zone_of(each) for each in group.get("Subnets", [])})
    if len(zones) < 2:
        raise Failed(
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
            f"{', '.join(zones)}. Add subnets to cover at least 2 AZs."
        )
    return name


def zone_of(subnet):
    id = subnet.get("SubnetIdentifier", "")
    return ec2._subnets.get(id, {}).get("AvailabilityZone") or subnet.get("SubnetAvailabilityZone", {}).get("Name", "")


def check_group(text, name, known):
    if name and not name.startswith("default.") and name not in known:
        raise Failed(text.format(name))


def made(answer):
    status, _, body = answer
    if status >= 300:
        text = body.decode() if isinstance(body, bytes) else body
        raise Failed(re.sub(r"<[^>]+>|\s+", " ", text).strip())


def tag(arn, record, tags):
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    rds._tags[arn] = record["TagList"] = pairs
