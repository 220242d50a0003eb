"""Judges, on evidence alone, whether what a restore job made is what was backed up.

Beside the validator, which loads it for restores that are to be judged and for nothing else. SUCCESSFUL needs something that was
read; FAILED needs a finding about what was restored, for AWS Backup lets no one change a verdict; all else is UNKNOWN, with its
reason. What keeps it from looking (a throttle, a timeout, a missing permission) is raised: it is no evidence of anything."""

import random
import re
import time
from typing import NamedTuple

from botocore.exceptions import (
    ClientError, ConnectionError, FlexibleChecksumError, HTTPClientError, IncompleteReadError, ResponseStreamingError)

# What drills and AWS's own restore tests make. The function may read the data of nothing else.
PREFIXES = ("mrb-drill-", "awsbackup-restore-test-")
SAMPLE = 25  # objects of a bucket
LISTED = 1000  # of which they are taken: one page
BUDGET = 256 << 20  # bytes of objects to read; the smallest of the sample is read whatever it has
READING = 120  # seconds
CHUNK = 1 << 16
TRIES = 3  # at an object that does not read as it should
PAGES = 10  # of a table, each of which may be empty
EMPTY_FILE_SYSTEM = 6 << 10  # bytes that EFS counts for one without files (EFS user guide, "Metering")
GONE = re.compile(r"NotFound|NoSuchBucket|InvalidAMIID\.Unavailable")
ONLY = "whether the application works is not proved"


class Wrong(Exception):
    """What was restored is not as it was backed up."""


class Unclear(Exception):
    """There is no evidence either way, for this reason."""


class NotYet(Unclear):
    """What was made cannot be judged yet, and is worth another look."""


class OutOfTime(Exception):
    """An object could not be read to its end."""


class Verdict(NamedTuple):
    verdict: str  # SUCCESSFUL, FAILED or UNKNOWN
    proves: str  # "data", or "existence" alone
    found: str  # a sentence or two
    again: bool = False  # whether a later look may find more


class Restore:
    """A restore job that is to be judged, as DescribeRestoreJob has it. `client` gives one by service and region."""

    def __init__(self, job, client, here, until):
        self.job, self.client, self.until = job, client, until
        self.made, self.source, self.point = (str(job.get(member) or "") for member in
                                              ("CreatedResourceArn", "SourceResourceArn", "RecoveryPointArn"))
        self.region = piece(self.made, 3) or here
        self.name = re.split("[:/]", self.made)[-1]
        self.known = None

    def ask(self, service, operation, region="", **query):
        return getattr(self.client(service, region or self.region), operation)(**query)

    def listed(self, service, operation, member, **query):
        """What a call lists: nothing, where what it was asked for is not there."""
        try:
            return self.ask(service, operation, **query).get(member) or []
        except ClientError as error:
            if not GONE.search(code(error)):
                raise
            return []

    def made_one(self, service, operation, member, **query):
        found = self.listed(service, operation, member, **query)
        if not found:  # reads of what is new may come before it, and a person may have deleted it
            raise NotYet(f"{self.name} is not there, or not yet.")
        return found[0]

    def recovery_point(self):
        """Nothing where its vault does not hold it (any longer)."""
        if self.known is None:
            vault = str(self.job.get("BackupVaultArn") or "").rsplit(":", 1)[-1]
            try:
                self.known = self.ask("backup", "describe_recovery_point", BackupVaultName=vault,
                                      RecoveryPointArn=self.point) if vault and self.point else {}
            except ClientError as error:
                if not GONE.search(code(error)):
                    raise
                self.known = {}
        return self.known

    def size(self):
        """Bytes of the backup, None where that is not known. 0 only by the point's own word: jobs have it too before they know."""
        own, jobs = (record.get("BackupSizeInBytes") for record in (self.recovery_point(), self.job))
        return max(own or 0, jobs or 0) or own

    def is_for_judging(self):
        return self.name.startswith(PREFIXES)


def judge(job, client, here, until):
    """The verdict on a restore job. Raises whatever kept it from looking; reads no object after the time `until`."""
    kind = str(job.get("ResourceType") or "a type that is not named")
    check, proves = CHECKS.get(kind, (None, "existence"))
    try:
        if job.get("Status") != "COMPLETED":
            raise Unclear(f"The restore job is {job.get('Status') or 'in no known state'}: what it makes is judged once it is COMPLETED.")
        if job.get("DeletionStatus"):
            raise Unclear("What was restored is being deleted, or is deleted already.")
        if not check:
            raise Unclear(f"Not judged: mrbackup has no check for {kind}.")
        if not job.get("CreatedResourceArn"):
            raise NotYet("AWS Backup does not name what the job made.")
        proves, found = check(Restore(job, client, here, until))
        return Verdict("SUCCESSFUL", proves, found)
    except Unclear as reason:
        return Verdict("UNKNOWN", proves, str(reason), isinstance(reason, NotYet))
    except Wrong as finding:
        return Verdict("FAILED", proves, str(finding))


def code(error):
    return error.response["Error"].get("Code", "")


def piece(arn, index):
    return (arn.split(":") + [""] * 6)[index]


def plural(number, noun):
    return f"{number} {noun}{'s' * (number != 1)}"


def settled(thing, state, ready, broken=(), leaving=()):
    """The state in words, if it is one of those that can be judged."""
    if state in broken:
        raise Wrong(f"{thing} is {state}.")
    if state in leaving:
        raise Unclear(f"{thing} is {state}.")
    if state not in ready:
        raise NotYet(f"{thing} is {state or 'in no known state'} and cannot be judged yet.")
    return state


def agree(thing, *findings):
    """Nothing may differ. Each finding is a pair: whether it is so, and what is then told."""
    wrong = [text for is_so, text in findings if is_so]
    if wrong:
        raise Wrong(f"{thing} {', and '.join(wrong)}.")


def encrypted(made, was="StorageEncrypted"):
    return "encrypted" if made.get(was) else "not encrypted"


# DynamoDB. A restored table is always encrypted, so nothing is to be seen there.


def check_table(restore):
    if not restore.is_for_judging():
        raise Unclear(f"The table {restore.name} is not one that a drill or a restore test made, so it is not read.")
    try:
        table = restore.ask("dynamodb", "describe_table", TableName=restore.name)["Table"]
    except ClientError as error:
        if not GONE.search(code(error)):
            raise
        raise NotYet(f"The table {restore.name} is not there, or not yet.") from error
    thing = f"The table {restore.name}"
    settled(thing, table.get("TableStatus"), ["ACTIVE"],
            leaving=["DELETING", "ARCHIVING", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"])
    source, compared = source_table(restore)
    if source and keys_of(table) != keys_of(source):
        raise Wrong(f"{thing} has the key {keys_of(table)}, its source has {keys_of(source)}.")
    if not has_item(restore):
        return empty_table(restore, thing, source)
    lost = sorted(indexes_of(source) - indexes_of(table)) if source else []
    if lost:  # AWS does not say when an index was made: it may be younger than the backup
        raise Unclear(f"{thing} has an item and lacks what its source has now, the index {', '.join(lost)}: that was lost, "
                      "or added since the backup.")
    return "data", f"{thing} is ACTIVE, and a read found an item. {compared}"


def source_table(restore):
    """The source's table as it is today, if it is there to compare with, and in words what comes of it."""
    region = piece(restore.source, 3)
    if piece(restore.source, 2) != "dynamodb":
        return None, "Its source is not named, so its key was not compared."
    try:
        name = restore.source.rsplit("/", 1)[-1]
        table = restore.ask("dynamodb", "describe_table", region, TableName=name)["Table"]
    except ClientError as error:
        reason = ("is gone" if GONE.search(code(error)) else
                  "may not be read" if code(error).startswith("AccessDenied") else "")
        if not reason:
            raise
        return None, f"Its source {reason}, so its key was not compared."
    except (ConnectionError, HTTPClientError):
        if region == restore.region:
            raise
        return None, f"{region} does not answer, so its key was not compared with its source."
    made, backed_up = table.get("CreationDateTime"), restore.job.get("RecoveryPointCreationDate")
    if made and backed_up and made > backed_up:
        return None, "Its source was made after the backup, so its key was not compared."
    number = len(indexes_of(table))
    whole = f"Its key and {number} {'indexes' if number > 1 else 'index'} are" if number else "Its key is"
    return table, f"{whole} as in its source."


def keys_of(table):
    types = {each["AttributeName"]: each["AttributeType"] for each in table.get("AttributeDefinitions") or []}
    keys = table.get("KeySchema") or []
    return ", ".join(f"{key['AttributeName']} ({key['KeyType']}, {types.get(key['AttributeName'], '?')})" for key in keys) or "none"


def indexes_of(table):
    return {index["IndexName"] for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes") for index in table.get(kind) or []}


def has_item(restore):
    query = {"TableName": restore.name, "Limit": 1, "ConsistentRead": True}
    for _ in range(PAGES):
        page = restore.ask("dynamodb", "scan", **query)
        if page.get("Count") or page.get("Items"):
            return True
        if not page.get("LastEvaluatedKey"):
            return False
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    raise Unclear(f"The table {restore.name} gave {PAGES} empty pages, so whether it has items is not known.")


def empty_table(restore, thing, source):
    """No item. What a source has today proves nothing about a backup that is known to hold no byte."""
    size, items = restore.size(), (source or {}).get("ItemCount")
    if size:
        raise Wrong(f"{thing} is empty, the backup has {size} bytes.")
    if size is None and items:
        raise Wrong(f"{thing} is empty, its source has {plural(items, 'item')}.")
    if size == 0 and items == 0:
        return "existence", f"{thing} is ACTIVE and empty, as is its source: the backup holds no item."
    now = f"; its source has {plural(items, 'item')} now" if items else ""
    raise Unclear(f"{thing} is empty, and whether its backup holds an item is not known{now}.")


# S3


def check_bucket(restore):
    if not restore.is_for_judging():
        raise Unclear(f"The bucket {restore.name} is not one that a drill or a restore test made, so it is not read.")
    thing, message = f"The bucket {restore.name}", str(restore.job.get("StatusMessage") or "")
    if "failed" in message.lower():
        raise Wrong(f"AWS Backup restored it in part: {message}")
    if "no objects" in message.lower() and restore.size() != 0:
        raise Wrong(f"AWS Backup restored no object: {message}")
    # Names of buckets are everyone's: this one has to be in the account.
    owner = {"ExpectedBucketOwner": restore.job["AccountId"]} if restore.job.get("AccountId") else {}
    objects = list_objects(restore, owner)
    require_encryption(restore, thing, owner)
    if not objects:
        return empty_bucket(restore, thing)
    sample = sampled(objects, str(restore.job.get("RestoreJobId")))
    if not sample:
        raise Unclear(f"{thing} has {listing(objects)}, none of which can be read where it is archived.")
    count, size, late = read_all(restore, thing, sample, owner)
    if not count:
        raise Unclear(f"{thing} has {listing(objects)}; none could be read to its end within {READING} s.")
    if not size and restore.size() != 0:
        raise Unclear(f"{thing} has {listing(objects)}, all empty; whether its backup holds more is not known.")
    left = len(sample) - count
    skipped = f"; {left} more of the sample, {'for want of time' if late else 'as larger than is read at once'}, were not" if left else ""
    proves = "data" if size else "existence"
    return proves, f"{thing} has {listing(objects)}; {count} were read to their end, {size} bytes, with the size that S3 lists{skipped}."


def list_objects(restore, owner):
    try:
        return restore.ask("s3", "list_objects_v2", Bucket=restore.name, MaxKeys=LISTED, **owner).get("Contents") or []
    except ClientError as error:
        if not GONE.search(code(error)):
            raise
        raise NotYet(f"The bucket {restore.name} is not there, or not yet.") from error


def listing(objects):
    return f"{LISTED} objects or more" if len(objects) >= LISTED else plural(len(objects), "object")


def require_encryption(restore, thing, owner):
    try:
        answer = restore.ask("s3", "get_bucket_encryption", Bucket=restore.name, **owner)
        rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules")
    except ClientError as error:
        if code(error) != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        rules = None
    if not rules:
        raise Wrong(f"{thing} is not encrypted: it has no default encryption.")


def empty_bucket(restore, thing):
    size = restore.size()
    if size:
        raise Wrong(f"{thing} is empty, the backup has {size} bytes.")
    if size is None:
        raise Unclear(f"{thing} is empty, and whether its backup holds an object is not known.")
    return "existence", f"{thing} is empty, as is its backup: that has 0 bytes."


def sampled(objects, seed):
    """Up to 25, one of each stretch of the list, the same ones whenever the job is judged; the smallest first."""
    objects = [each for each in objects if each.get("StorageClass") not in ("GLACIER", "DEEP_ARCHIVE")]
    objects = [each for each in objects if each["Size"]] or objects
    number, draw = min(SAMPLE, len(objects)), random.Random(seed)
    ends = [position * len(objects) // number for position in range(number + 1)] if number else []
    return sorted((objects[draw.randrange(first, last)] for first, last in zip(ends, ends[1:])), key=lambda each: each["Size"])


def read_all(restore, thing, sample, owner):
    """How many were read to their end, their bytes, and whether time ended it."""
    last, count, size = min(restore.until, time.time() + READING), 0, 0
    for each in sample:
        if count and size + each["Size"] > BUDGET:
            break
        try:
            flaw = flaw_of(restore, each, owner, last)
        except OutOfTime:
            return count, size, True
        if flaw:
            raise Wrong(f"{thing}: the object {each['Key'][:200]!r} {flaw}.")
        count, size = count + 1, size + each["Size"]
    return count, size, False


def flaw_of(restore, item, owner, last):
    """What is wrong with an object, if that is so whenever it is read. A connection that breaks does so elsewhere each time."""
    flaws, broken = [], None
    for _ in range(TRIES):
        try:
            length, count = read(restore, item, owner, last)
            if length == count == item["Size"]:
                return ""
            flaws.append(f"has {item['Size']} bytes by the bucket's list, {length} by its own header, and {count} were read")
        except FlexibleChecksumError as error:
            flaws.append(f"does not match its checksum: {error}")
        except (IncompleteReadError, ResponseStreamingError) as error:
            broken = error
            flaws.append(f"ends before its {item['Size']} bytes: {error}" if is_short(error) else "")
    if broken and (len(set(flaws)) > 1 or not flaws[0]):
        raise broken
    return flaws[-1]


def is_short(error):
    """Whether a body ended too early, and the connection did not just break."""
    return isinstance(error, IncompleteReadError) or "IncompleteRead" in str(error)


def read(restore, item, owner, last):
    """An object's length by its header, and the bytes read. botocore compares them, and its checksum if it has one, at the end."""
    answer = restore.ask("s3", "get_object", Bucket=restore.name, Key=item["Key"], IfMatch=item["ETag"], ChecksumMode="ENABLED", **owner)
    body, count = answer["Body"], 0
    try:
        while True:
            if time.time() > last:
                raise OutOfTime
            chunk = body.read(CHUNK)
            if not chunk:
                return answer.get("ContentLength"), count
            count += len(chunk)
    finally:
        body.close()


# EFS


def check_file_system(restore):
    system = restore.made_one("efs", "describe_file_systems", "FileSystems", FileSystemId=restore.name)
    thing = f"The file system {restore.name}"
    state = settled(thing, system.get("LifeCycleState"), ["available"], broken=["error"], leaving=["deleting", "deleted"])
    point = restore.recovery_point()
    agree(thing, (point.get("IsEncrypted") and not system.get("Encrypted"), "is not encrypted, its backup is"))
    size = (system.get("SizeInBytes") or {}).get("Value") or 0
    if size <= EMPTY_FILE_SYSTEM:
        backup = f"the backup has {restore.size()} bytes" if restore.size() else "the size of its backup is not known"
        raise Unclear(f"{thing} is {state} with {size} bytes, at most what an empty one has; {backup}. EFS refreshes the size of a "
                      "file system with a delay of an hour or more.")
    return "data", f"{thing} is {state}, {encrypted(system, 'Encrypted')}, with {size} bytes; no file was read."


# EBS and EC2


def check_volume(restore):
    volume = restore.made_one("ec2", "describe_volumes", "Volumes", VolumeIds=[restore.name])
    thing, wanted = f"The volume {restore.name}", restore.point.rsplit("/", 1)[-1]
    state = settled(thing, volume.get("State"), ["available", "in-use"], broken=["error"], leaving=["deleting", "deleted"])
    made_of = volume.get("SnapshotId")
    agree(thing, (made_of == "", "was made of no snapshot, so it is empty"),
          (made_of and made_of != wanted, f"was made of {made_of}, its backup is {wanted}"))
    snapshots = restore.listed("ec2", "describe_snapshots", "Snapshots", SnapshotIds=[wanted])
    if not snapshots:
        raise Unclear(f"{thing} is {state}; its snapshot {wanted} is gone, so it cannot be compared.")
    size = snapshots[0].get("VolumeSize") or 0
    agree(thing, (volume["Size"] < size, f"has {volume['Size']} GiB, its backup has {size} GiB"),
          (snapshots[0].get("Encrypted") and not volume.get("Encrypted"), "is not encrypted, its backup is"))
    return "existence", f"{thing} is {state}, {encrypted(volume, 'Encrypted')}, with {volume['Size']} GiB of {wanted}; {ONLY}."


def check_instance(restore):
    reservation = restore.made_one("ec2", "describe_instances", "Reservations", InstanceIds=[restore.name])
    instance, thing, wanted = reservation["Instances"][0], f"The instance {restore.name}", restore.point.rsplit("/", 1)[-1]
    why = (instance.get("StateReason") or {}).get("Message")
    leaving = ["shutting-down", "terminated"]
    state = (instance.get("State") or {}).get("Name")
    if state in leaving:  # also where a person did that
        raise Unclear(f"{thing} is {state}{f': {why}' if why else ''}.")
    settled(thing, state, ["running", "stopped"])
    agree(thing, (instance.get("ImageId") != wanted, f"was started from {instance.get('ImageId')}, its backup is {wanted}"))
    images = restore.listed("ec2", "describe_images", "Images", ImageIds=[wanted])
    if not images:
        raise Unclear(f"{thing} is {state}; its image {wanted} is gone, so its volumes cannot be compared.")
    attached = {each["DeviceName"]: each.get("Ebs") or {} for each in instance.get("BlockDeviceMappings") or []}
    devices = {each["DeviceName"]: each["Ebs"] for each in images[0].get("BlockDeviceMappings") or [] if each.get("Ebs")}
    lacking = sorted(set(devices) - set(attached))
    agree(thing, (lacking, f"lacks the volume of {', '.join(lacking)} that its backup has"))
    compare_volumes(restore, thing, devices, attached)
    return "existence", f"{thing} is {state}, of the image {wanted}, with {plural(len(devices), 'volume')} of its backup attached; {ONLY}."


def compare_volumes(restore, thing, devices, attached):
    ids = {device: attached[device].get("VolumeId") for device in devices}
    waiting = [device for device in devices if attached[device].get("Status") == "attaching" or not ids[device]]
    if waiting:
        raise NotYet(f"{thing}: {', '.join(waiting)} is being attached.")
    found = restore.listed("ec2", "describe_volumes", "Volumes", VolumeIds=sorted(ids.values())) if ids else []
    volumes = {each["VolumeId"]: each for each in found}
    for device, backup in sorted(devices.items()):
        volume = volumes.get(ids[device])
        if not volume:
            raise NotYet(f"{thing}: the volume {ids[device]} of {device} is not there, or not yet.")
        size = int(backup.get("VolumeSize") or 0)
        agree(f"{thing}: the volume of {device}", (volume["Size"] < size, f"has {volume['Size']} GiB, its backup has {size} GiB"),
              (backup.get("Encrypted") and not volume.get("Encrypted"), "is not encrypted, its backup is"))


# Databases. What is in them cannot be read without a password of theirs, and a way into their network.
RUNNING = ("available", "backing-up", "storage-optimization")
UNFIT = ("failed", "incompatible-restore", "restore-error")
AWAY = ("deleting", "deleted", "inaccessible-encryption-credentials", "inaccessible-encryption-credentials-recoverable")


def snapshot_of(restore, thing, operation, member, identifier):
    """The snapshot that is the recovery point. Its id is behind its ARN's own colon: `...:snapshot:awsbackup:job-1`."""
    id = restore.point.split(":", 6)[-1]
    # RDS shows those of AWS Backup by their type alone; of cluster snapshots its API reference has no such type.
    for kind in ({"SnapshotType": "awsbackup"}, {}):
        found = restore.listed("rds", operation, member, **{identifier: id}, **kind)
        if found:
            return found[0]
    raise Unclear(f"{thing} exists; its backup has no snapshot that RDS shows (it is gone, or the backup is a continuous one), so it "
                  "cannot be compared.")


def check_database(restore):
    database = restore.made_one("rds", "describe_db_instances", "DBInstances", DBInstanceIdentifier=restore.name)
    thing = f"The database {restore.name}"
    state = settled(thing, database.get("DBInstanceStatus"), RUNNING, UNFIT, AWAY)
    snapshot = snapshot_of(restore, thing, "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier")
    size, wanted = database.get("AllocatedStorage") or 0, snapshot.get("AllocatedStorage") or 0
    agree(thing, *of_database(database, snapshot, snapshot.get("Encrypted")),
          (size < wanted, f"has {size} GiB, its backup has {wanted} GiB"))
    return "existence", f"{thing} is {state}, {encrypted(database)}, with the engine {database.get('Engine')} and {size} GiB; {ONLY}."


def check_cluster(restore):
    cluster = restore.made_one("rds", "describe_db_clusters", "DBClusters", DBClusterIdentifier=restore.name)
    thing = f"The cluster {restore.name}"
    state = settled(thing, cluster.get("Status"), RUNNING, UNFIT, AWAY)
    snapshot = snapshot_of(restore, thing, "describe_db_cluster_snapshots", "DBClusterSnapshots", "DBClusterSnapshotIdentifier")
    agree(thing, *of_database(cluster, snapshot, snapshot.get("StorageEncrypted")))
    members = "" if cluster.get("DBClusterMembers") else "no instance was started, and "
    return "existence", f"{thing} is {state}, {encrypted(cluster)}, with the engine {cluster.get('Engine')}; {members}{ONLY}."


def of_database(made, snapshot, was_encrypted):
    return ((made.get("Engine") != snapshot.get("Engine"), f"has the engine {made.get('Engine')}, its backup has {snapshot.get('Engine')}"),
            (was_encrypted and not made.get("StorageEncrypted"), "is not encrypted, its backup is"))


# By AWS Backup's name of the type: the check, and what it can prove.
CHECKS = {
    "DynamoDB": (check_table, "data"), "S3": (check_bucket, "data"), "EFS": (check_file_system, "data"),
    "EBS": (check_volume, "existence"), "EC2": (check_instance, "existence"), "RDS": (check_database, "existence"),
    "Aurora": (check_cluster, "existence"), "DocumentDB": (check_cluster, "existence"), "Neptune": (check_cluster, "existence")}
