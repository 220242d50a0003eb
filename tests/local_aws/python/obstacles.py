"""What a test puts in the way of restores, and what they have made by now."""

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb, ec2, efs, rds, s3, tagging

import regions
import restores


async def obstruct(account, region, what, members):
    with request_scope(account, region):
        regions.regions_have_ids_of_their_own()
        OBSTACLES[what](**members)


def db_subnet_group(name, zones):
    """As CreateDBSubnetGroup makes it, which takes no fewer than two zones."""
    ids = [ec2._DEFAULT_SUBNET_ID, ec2._DEFAULT_SUBNET_ID_B, ec2._DEFAULT_SUBNET_ID_C][:zones]
    subnets = [
        {
            "SubnetIdentifier": id,
            "SubnetAvailabilityZone": {"Name": ec2._subnets[id]["AvailabilityZone"]},
            "SubnetOutpost": {},
            "SubnetStatus": "Active",
        }
        for id in ids
    ]
    rds._subnet_groups[name] = {
        "DBSubnetGroupName": name,
        "DBSubnetGroupDescription": name,
        "VpcId": ec2._DEFAULT_VPC_ID,
        "SubnetGroupStatus": "Complete",
        "Subnets": subnets,
        "DBSubnetGroupArn": f"arn:aws:rds:{get_region()}:{get_account_id()}:subgrp:{name}",
        "SupportedNetworkTypes": ["IPV4"],
    }


def delete(arn):
    """Somebody deletes what a restore has made."""
    store, id = place(arn)
    if store is not None:
        store.pop(id, None)
    restores.MADE.pop((get_account_id(), get_region(), arn))


def place(arn):
    """Where MiniStack keeps it, and under which name."""
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    kind, _, id = resource.replace(":", "/", 1).partition("/")
    stores = {
        ("dynamodb", "table"): dynamodb._tables,
        ("ec2", "instance"): ec2._instances,
        ("ec2", "volume"): ec2._volumes,
        ("elasticfilesystem", "file-system"): efs._file_systems,
        ("rds", "cluster"): rds._clusters,
        ("rds", "db"): rds._instances,
        ("s3", kind): s3._buckets,
    }
    return stores.get((service, kind)), id or kind


async def restored(account):
    """What restores have made and is there, by region and ARN."""
    found = {}
    for (owner, region, arn), kind in sorted(restores.MADE.items()):
        if owner != account:
            continue
        with request_scope(account, region):
            store, id = place(arn)
            if store is None or is_there(store, id):
                tags = dict(tagging._COLLECTORS.get(arn.split(":")[2], dict)()).get(arn, [])
                tags = {tag["Key"]: tag["Value"] for tag in tags}
                found.setdefault(region, {})[arn] = {"type": kind, "tags": tags} | parts(kind, store, id)
    return found


def is_there(store, id):
    """EC2 lists a terminated instance for an hour, and it is nothing that is there."""
    found = store.get(id)
    return found is not None and not (isinstance(found.get("State"), dict) and found["State"]["Name"] == "terminated")


def parts(kind, store, id):
    """What belongs to a thing and is made after it."""
    if kind == "EFS":
        targets = [each["SubnetId"] for each in efs._mount_targets.values() if each["FileSystemId"] == id]
        return {"mount targets": sorted(targets)}
    if kind in ("Aurora", "DocumentDB", "Neptune"):
        members = [each for each in rds._instances.values() if each.get("DBClusterIdentifier") == id]
        return {"members": sorted(each["DBInstanceIdentifier"] for each in members)}
    if kind == "S3":
        return {"objects": sorted(store[id]["objects"])}
    return {}


def take_subnets():
    """Not by `clear`, which would take those of all accounts."""
    for id in list(ec2._subnets):
        del ec2._subnets[id]


def share_vpc():
    ec2._vpcs[ec2._DEFAULT_VPC_ID]["OwnerId"] = "999999999999"


OBSTACLES = {
    "db_subnet_group": db_subnet_group,
    "delete": delete,
    "no_capacity": lambda zone: regions.NO_CAPACITY.add((get_account_id(), get_region(), zone)),
    "no_default_vpc": regions.take_default_vpc,
    "no_default_subnets": take_subnets,
    "not_offered": lambda name, zone: regions.NOT_OFFERED.add((get_account_id(), get_region(), name, zone)),
    "lost": lambda bucket, lost: restores.LOST.update({(get_account_id(), bucket): lost}),
    "shared_vpc": share_vpc,
}
