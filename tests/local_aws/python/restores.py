"""What AWS Backup's restores find and make in a region: the things themselves, in MiniStack.

A restore that cannot be done is no error here: the job fails, in these words. Where the texts come from is in the tests.
"""

import json
import uuid

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb, ec2, efs, rds, s3

import regions
from checks import Failed, in_region, network, zone_in
from databases import make_cluster, make_database, plant_snapshot

MADE = {}  # what restores have made: by account, region and ARN, the type


async def make_restored(account, region, job):
    """Makes the one thing of a restore job, and says its ARN; or why the job fails."""
    with request_scope(account, region):
        regions.regions_have_ids_of_their_own()
        metadata = {key.lower(): value for key, value in job["Metadata"].items()}
        try:
            arn, message = MAKERS.get(job["ResourceType"], make_other)(job, metadata)
        except Failed as failed:
            return {"failed": str(failed)}
        MADE[(account, region, arn)] = job["ResourceType"]
        unknown = arn if job["ResourceType"] not in MAKERS else ""
        return {"arn": arn, "message": message, "unknown": unknown}


async def plant(account, region, points):
    """The image or snapshot behind each recovery point, as the service then describes it."""
    with request_scope(account, region):
        regions.regions_have_ids_of_their_own()
        for point in points:
            if point["ResourceType"] == "EC2":
                plant_image(point)
            elif point["ResourceType"] == "EBS":
                plant_volume_snapshot(point["RecoveryPointArn"], point)
            elif ":rds:" in point["RecoveryPointArn"]:
                plant_snapshot(point)


def plant_image(point):
    snapshot = f"snap-{uuid.uuid4().hex[:17]}"
    plant_volume_snapshot(f"snapshot/{snapshot}", point)
    key = point.get("KmsKeyId", "")
    id = point["RecoveryPointArn"].rsplit("/", 1)[1]
    device = {"SnapshotId": snapshot, "VolumeSize": "8", "VolumeType": "gp3", "Encrypted": bool(key), "KmsKeyId": key}
    ec2._images[id] = {
        "ImageId": id,
        "Name": f"AwsBackup_{id}",
        "Description": "This image is created by the AWS Backup service.",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "Architecture": "x86_64",
        "VirtualizationType": "hvm",
        "OwnerId": get_account_id(),
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": device}],
    } | point.get("Snapshot", {})


def plant_volume_snapshot(arn, point):
    id = arn.rsplit("/", 1)[1]
    key = point.get("KmsKeyId", "")
    ec2._snapshots[id] = {
        "SnapshotId": id,
        "VolumeId": "vol-ffffffff",  # a copied snapshot's
        "VolumeSize": 8,
        "Description": "This snapshot is created by the AWS Backup service.",
        "State": "completed",
        "StartTime": ec2._now_ts(),
        "Progress": "100%",
        "OwnerId": get_account_id(),
        "Encrypted": bool(key),
        "KmsKeyId": key,
        "StorageTier": "standard",
    } | (point.get("Snapshot", {}) if point["ResourceType"] == "EBS" else {})


def make_volume(job, metadata):
    zone = zone_in(metadata["availabilityzone"], "The zone '{}' does not exist.")
    in_region(metadata, {})
    snapshot = job["RecoveryPointArn"].rsplit("/", 1)[1]
    source = ec2._snapshots.get(snapshot, {})
    kind = metadata.get("volumetype") or "gp2"
    key = metadata.get("kmskeyid") or source.get("KmsKeyId", "")
    id = ec2._new_volume_id()
    ec2._volumes[id] = {
        "VolumeId": id,
        "Size": int(metadata.get("volumesize") or source.get("VolumeSize", 8)),
        "AvailabilityZone": zone,
        "State": "available",
        "VolumeType": kind,
        "SnapshotId": snapshot,
        "Iops": int(metadata.get("iops") or 3000),
        "Encrypted": metadata.get("encrypted") == "true" or source.get("Encrypted", False),
        "KmsKeyId": key,
        "CreateTime": ec2._now_ts(),
        "Attachments": [],
        "MultiAttachEnabled": False,
        "Throughput": int(metadata.get("throughput") or (125 if kind == "gp3" else 0)),
    }
    tag_ec2(job, id)
    return regions.ec2_arn("volume", id), ""


def make_instance(job, metadata):
    kind = metadata.get("instancetype") or job["Source"].get("InstanceType", "t3.micro")
    subnet, groups = network(metadata.get("subnetid"), metadata.get("securitygroupids"))
    in_region(metadata, job["Source"])
    zone = ec2._subnets[subnet]["AvailabilityZone"]
    check_launch(kind, zone, metadata)
    check_devices(job["RecoveryPointArn"].rsplit("/", 1)[1], metadata)
    profile = job["Source"].get("IamInstanceProfileName")
    if metadata.get("iaminstanceprofilename") == "UseBackedUpValue" and profile:
        profile = {"Arn": f"arn:aws:iam::{get_account_id()}:instance-profile/{profile}", "Id": "AIPAEXAMPLE"}
    else:
        profile = None
    image = job["RecoveryPointArn"].rsplit("/", 1)[1]
    key = metadata.get("keyname") or ""
    instance = ec2._launch_instances_internal(image, kind, subnet, 1, key, "", groups, iam_profile=profile)[0]
    instance["Placement"]["AvailabilityZone"] = zone
    for mapping in instance["BlockDeviceMappings"]:
        ec2._volumes[mapping["Ebs"]["VolumeId"]]["AvailabilityZone"] = zone
        tag_ec2(job, mapping["Ebs"]["VolumeId"])
    tag_ec2(job, instance["InstanceId"])
    return regions.ec2_arn("instance", instance["InstanceId"]), ""


def check_launch(kind, zone, metadata):
    interfaces = json.loads(metadata.get("networkinterfaces") or "[]")
    if any("networkinterfaceid" in map(str.lower, each) for each in interfaces):
        raise Failed(
            "The associatePublicIPAddress parameter cannot be specified for a network interface with an ID."
        )
    profile = metadata.get("iaminstanceprofilename")
    if profile not in (None, "", "null", "UseBackedUpValue"):
        raise Failed(
            "AWS Backup does not permit attaching a new instance profile to an EC2 instance. "
            "Please restore using the backed up instance profile."
        )
    key = metadata.get("keyname")
    if key and key not in ec2._key_pairs:
        raise Failed(f"The key pair '{key}' does not exist")
    if kind not in regions.INSTANCE_TYPES or not regions.offered(kind, zone):
        raise Failed(
            f"Your requested instance type ({kind}) is not supported in your requested Availability Zone ({zone})."
        )
    if metadata.get("cpuoptions") and kind.startswith("t"):
        raise Failed("The requested configuration is currently not supported: CpuOptions")
    if (get_account_id(), get_region(), zone) in regions.NO_CAPACITY:
        raise Failed(
            f"We currently do not have sufficient {kind} capacity in the Availability Zone you requested ({zone}). "
            "(Service: AmazonEC2; Status Code: 500; Error Code: InsufficientInstanceCapacity)"
        )


def check_devices(image, metadata):
    """An encrypted device keeps its key unless the map names another, and a key of another region opens nothing here."""
    try:
        mappings = json.loads(metadata.get("blockdevicemappings") or "[]")
        named = {each["DeviceName"]: each.get("Ebs", {}) for each in mappings}
    except (ValueError, TypeError, KeyError):
        raise Failed("Invalid value in restore metadata: BlockDeviceMappings") from None
    if any({"SnapshotId", "OutpostArn"} & set(each) for each in named.values()):
        raise Failed("BlockDeviceMappings cannot have SnapshotId or OutpostArn")
    for mapping in ec2._images.get(image, {}).get("BlockDeviceMappings", []):
        source, wanted = mapping.get("Ebs", {}), named.get(mapping["DeviceName"], {})
        key = wanted.get("KmsKeyId") or source.get("KmsKeyId")
        if key and regions.key_refusal(key):
            raise Failed(f"Given key ID is not accessible: {key}")


def tag_ec2(job, id):
    if job["Tags"]:
        ec2._tags[id] = [{"Key": key, "Value": value} for key, value in job["Tags"].items()]


def make_table(job, metadata):
    in_region(metadata, {})
    name = metadata["targettablename"]
    if name in dynamodb._tables:
        raise Failed(f"Table already exists: {name}")
    key = metadata.get("kmsmasterkeyarn")
    if key and metadata.get("encryptiontype") != "KMS":
        raise Failed("kmsMasterKeyArn can only be set when encryptionType is KMS")
    table = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    if metadata.get("encryptiontype") == "KMS":
        table["SSESpecification"] = {"Enabled": True, "SSEType": "KMS"} | ({"KMSMasterKeyId": key} if key else {})
    status, _, body = dynamodb._create_table(table)
    if status >= 300:
        raise Failed(json.loads(body).get("message", str(body)))
    if (get_account_id(), name) not in LOST:
        dynamodb._put_item({"TableName": name, "Item": {"id": {"S": "restored"}}})
    return f"arn:aws:dynamodb:{get_region()}:{get_account_id()}:table/{name}", ""


LOST = {}  # by account and table: it comes back empty; and bucket: whether restores leave out "some" of the objects, or "all", or find "none"


def make_objects(job, metadata):
    in_region(metadata, {})
    name = metadata["destinationbucketname"]
    if metadata.get("newbucket", "").lower() == "true":
        status, _, body = s3._create_bucket(name, b"")
        if status >= 300 or s3._bucket_versioning.get(name):
            raise Failed(f"Access denied performing s3:CreateBucket on {name}: {body}")
        s3._bucket_versioning[name] = "Enabled"
    bucket = s3._buckets.get(name)
    if bucket is None:
        raise Failed(f"The specified bucket does not exist: {name}")
    if (bucket.get("region") or "us-east-1") != get_region():
        raise Failed(f"The destination bucket {name} is not in the Region {get_region()}")
    if s3._bucket_versioning.get(name) != "Enabled":
        raise Failed(f"Versioning must be enabled on the destination bucket {name}")
    source_region = job["SourceRegion"]
    if metadata.get("encryptiontype", "original") == "original" and source_region not in ("", get_region()):
        raise Failed("The original encryption type cannot be used for a cross-Region copy")
    if metadata.get("restoreacls", "").lower() == "true":
        raise Failed(
            "Unable to restore Access Control Lists (ACLs) for bucket because backup was created with the 'BackupACLs' "
            "option disabled. Please proceed with restoring without ACLs"
        )
    lost = LOST.get((get_account_id(), name))
    point, arn = job["RecoveryPointArn"], f"arn:aws:s3:::{name}"
    notify = "To get notified of these failures, enable SNS event notifications."
    if lost == "all":
        raise Failed(f"No objects were restored from {point} to {name}. {notify}")
    if lost == "none":
        return arn, f"There are no objects that match the restore request for {point}."
    for number in range(1 if lost else 2):
        key = f"object-{number}"
        if key not in bucket["objects"]:
            status, _, body = s3._put_object(name, key, b"restored", {})
            if status >= 300:
                raise Failed(str(body))
    return arn, f"One or more objects failed to be restored from {point} to {name}. {notify}" if lost else ""


def make_file_system(job, metadata):
    in_region(metadata, {})
    prefix = f"arn:aws:elasticfilesystem:{get_region()}:{get_account_id()}:file-system/"
    if metadata.get("newfilesystem") != "true":
        id = metadata["file-system-id"]
        if id not in efs._file_systems:
            raise Failed(f"File system '{id}' does not exist.")
        return prefix + id, ""
    token = metadata["creationtoken"]
    if any(system["CreationToken"] == token for system in efs._file_systems.values()):
        raise Failed(f"File system with creation token {token} already exists")
    made = efs._create_file_system(
        {
            "CreationToken": token,
            "PerformanceMode": metadata["performancemode"],
            "Encrypted": metadata["encrypted"] == "true",
            "KmsKeyId": metadata.get("kmskeyid", ""),
            "Tags": [{"Key": key, "Value": value} for key, value in job["Tags"].items()],
        }
    )
    id = json.loads(made[2])["FileSystemId"]
    efs._file_systems[id]["SizeInBytes"] |= {"Value": 1 << 30, "ValueInStandard": 1 << 30}
    return prefix + id, ""


def make_other(job, metadata):
    """Of the other types MiniStack has nothing that a restore could make: the ARN alone, in the account's inventory."""
    if job["ResourceType"] == "FSx":
        in_region(metadata, job["Source"])
        for subnet in json.loads(metadata.get("subnetids") or "[]"):
            network(subnet, metadata.get("securitygroupids"))
    source = job["SourceResourceArn"].split(":", 5)
    kind = source[5].replace("/", ":").split(":")[0]
    return ":".join(["arn:aws", source[2], get_region(), get_account_id(), f"{kind}/restored-{uuid.uuid4().hex[:12]}"]), ""


MAKERS = {
    "Aurora": make_cluster,
    "DocumentDB": make_cluster,
    "DynamoDB": make_table,
    "EBS": make_volume,
    "EC2": make_instance,
    "EFS": make_file_system,
    "Neptune": make_cluster,
    "RDS": make_database,
    "S3": make_objects,
}
