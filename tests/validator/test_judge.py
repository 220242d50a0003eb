"""Hands the judge restores of each type, right and wrong, and the validator the events of restore tests."""

import copy
import http.server
import io
import json
import os
import sys
import threading
import unittest
from contextlib import redirect_stdout
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import mock

import boto3
import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    ClientError, ConnectTimeoutError, EndpointConnectionError, FlexibleChecksumError, IncompleteReadError, ReadTimeoutError,
    ResponseStreamingError)

sys.path.insert(0, str(Path(__file__).resolve().parent))
import test_validator as base  # noqa: E402

CODE = Path(__file__).resolve().parents[2] / "src" / "steps" / "function_code"
sys.path.append(str(CODE))  # as Lambda has it: judge.py beside the validator
import judge  # noqa: E402

HERE, PRIMARY = "us-west-2", "us-east-1"
ACCOUNT = "111122223333"
VAULT = f"arn:aws:backup:{HERE}:{ACCOUNT}:backup-vault:mrbackup-default"
PLAN = f"arn:aws:backup:{HERE}:{ACCOUNT}:restore-testing-plan:mrbackup_default-01234567-89ab-cdef-0123-456789abcdef"
JOB = "1B234A56-789B-01CD-2A34-4567A08901FD"
BACKED_UP, BEGUN, ENDED = (datetime(2026, 7, 30, *moment, tzinfo=timezone.utc) for moment in ((0, 0), (2, 0), (2, 12, 30)))
SERVICES = ("backup", "dynamodb", "s3", "ec2", "rds", "efs", "cloudwatch", "sns", "logs")
ACTIONS = set(json.loads((Path(__file__).parent / "judge_actions.json").read_text()))
# IAM's names where they are not those of boto3's service and operation.
IAM = {"s3:ListObjectsV2": "s3:ListBucket", "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
       "efs:DescribeFileSystems": "elasticfilesystem:DescribeFileSystems"}
USED = set()  # over all tests of this module


class Aws(base.Aws):
    """As the validator's tests have it, for all services that the judge asks. Answers are by region too, `us-east-1 DescribeTable`."""

    models = {name: botocore.session.get_session().get_service_model(name) for name in SERVICES}
    names = {(service, xform_name(name)): name for service, model in models.items() for name in model.operation_names}

    def call(self, service, region, method, query):
        name = self.names[service, method]
        action = IAM.get(f"{service}:{name}", f"{service}:{name}")
        assert action in ACTIONS or service in ("sns", "logs"), f"{action} is not among the judge's permissions"
        USED.update({action} & ACTIONS)
        operation = self.models[service].operation_model(name)
        self.check(query, operation.input_shape)
        self.calls.append((name, region, query))
        answer = self.answers.get(f"{region} {name}", self.answers.get(name))
        assert answer is not None, f"{name} in {region} is not expected"
        answer = answer(query) if callable(answer) else answer
        if isinstance(answer, BaseException):
            raise answer
        if "Body" not in answer:
            self.check(answer, operation.output_shape) if operation.output_shape else None
        return answer


class Body:
    """An object's bytes, and the error after them, if there is one."""

    def __init__(self, content, error=None):
        self.content, self.error = io.BytesIO(content), error

    def read(self, size):
        chunk = self.content.read(size)
        if not chunk and self.error:
            raise self.error
        return chunk

    def close(self):
        pass


def refusal(code):
    return base.refusal(code)


def restore(kind, made, point, source, **changes):
    job = {"AccountId": ACCOUNT, "RestoreJobId": JOB, "Status": "COMPLETED", "ResourceType": kind, "CreatedResourceArn": made,
           "RecoveryPointArn": point, "SourceResourceArn": source, "BackupVaultArn": VAULT, "BackupSizeInBytes": 1 << 20,
           "CreationDate": BEGUN, "CompletionDate": ENDED, "RecoveryPointCreationDate": BACKED_UP}
    return {name: value for name, value in {**job, **changes}.items() if value is not None}


def changed(value, path, new):
    """A copy in which what is at the path is another; None removes it."""
    value = copy.deepcopy(value)
    *way, last = path
    part = value
    for step in way:
        part = part[step]
    if new is None:
        del part[last]
    else:
        part[last] = new
    return value


MANAGED = f"arn:aws:backup:{HERE}:{ACCOUNT}:recovery-point:1EB3B5E7-9EB0-435A-A80B-108B488B0D45"
POINT = {"BackupSizeInBytes": 1 << 20, "IsEncrypted": True}

TABLE = {"TableName": "mrb-drill-orders-1a2b3c", "TableStatus": "ACTIVE", "ItemCount": 0,
         "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"}],
         "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
         "GlobalSecondaryIndexes": [{"IndexName": "by-time"}], "CreationDateTime": ENDED}
SOURCE_TABLE = {**TABLE, "TableName": "orders", "ItemCount": 7, "CreationDateTime": BACKED_UP - timedelta(days=9)}
ITEM = {"Count": 1, "ScannedCount": 1, "Items": [{"id": {"S": "1"}}]}
NO_ITEM = {"Count": 0, "ScannedCount": 0, "Items": []}
DYNAMODB = (restore("DynamoDB", f"arn:aws:dynamodb:{HERE}:{ACCOUNT}:table/mrb-drill-orders-1a2b3c", MANAGED,
                    f"arn:aws:dynamodb:{PRIMARY}:{ACCOUNT}:table/orders"),
            {"DescribeTable": {"Table": TABLE}, f"{PRIMARY} DescribeTable": {"Table": SOURCE_TABLE}, "Scan": ITEM,
             "DescribeRecoveryPoint": POINT})

OBJECTS = [{"Key": f"object-{number}", "Size": number, "ETag": f'"{number}"'} for number in range(60)]
ENCRYPTION = {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}


def whole(query):
    size = int(query["IfMatch"].strip('"'))
    return {"ContentLength": size, "Body": Body(b"x" * size)}


S3 = (restore("S3", "arn:aws:s3:::mrb-drill-invoices-1a2b3c", MANAGED, "arn:aws:s3:::invoices"),
      {"ListObjectsV2": {"Contents": OBJECTS}, "GetBucketEncryption": ENCRYPTION, "GetObject": whole, "DescribeRecoveryPoint": POINT})

SYSTEM = {"FileSystemId": "fs-0a1b2c3d", "OwnerId": ACCOUNT, "CreationToken": "t", "CreationTime": ENDED, "LifeCycleState": "available",
          "NumberOfMountTargets": 0, "SizeInBytes": {"Value": 50000}, "PerformanceMode": "generalPurpose", "Encrypted": True, "Tags": []}
EFS = (restore("EFS", f"arn:aws:elasticfilesystem:{HERE}:{ACCOUNT}:file-system/fs-0a1b2c3d", MANAGED,
               f"arn:aws:elasticfilesystem:{PRIMARY}:{ACCOUNT}:file-system/fs-11111111"),
       {"DescribeFileSystems": {"FileSystems": [SYSTEM]}, "DescribeRecoveryPoint": POINT})

VOLUME = {"VolumeId": "vol-0a", "State": "available", "Size": 8, "SnapshotId": "snap-0b", "Encrypted": True}
EBS = (restore("EBS", f"arn:aws:ec2:{HERE}:{ACCOUNT}:volume/vol-0a", f"arn:aws:ec2:{HERE}::snapshot/snap-0b",
               f"arn:aws:ec2:{PRIMARY}:{ACCOUNT}:volume/vol-0c"),
       {"DescribeVolumes": {"Volumes": [VOLUME]},
        "DescribeSnapshots": {"Snapshots": [{"SnapshotId": "snap-0b", "VolumeSize": 8, "Encrypted": True}]}})

DEVICES = [{"DeviceName": name, "Ebs": {"SnapshotId": "snap-0b", "VolumeSize": 8, "Encrypted": True}} for name in ("/dev/xvda", "/dev/sdf")]
INSTANCE = {"InstanceId": "i-0a", "ImageId": "ami-0b", "State": {"Name": "running"}, "BlockDeviceMappings": [
    {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-0a", "Status": "attached"}},
    {"DeviceName": "/dev/sdf", "Ebs": {"VolumeId": "vol-0b", "Status": "attached"}}]}
EC2 = (restore("EC2", f"arn:aws:ec2:{HERE}:{ACCOUNT}:instance/i-0a", f"arn:aws:ec2:{HERE}::image/ami-0b",
               f"arn:aws:ec2:{PRIMARY}:{ACCOUNT}:instance/i-0c"),
       {"DescribeInstances": {"Reservations": [{"Instances": [INSTANCE]}]},
        "DescribeImages": {"Images": [{"ImageId": "ami-0b", "BlockDeviceMappings": [*DEVICES, {"DeviceName": "/dev/sdb",
                                                                                              "VirtualName": "ephemeral0"}]}]},
        "DescribeVolumes": {"Volumes": [VOLUME, {**VOLUME, "VolumeId": "vol-0b"}]}})

DATABASE = {"DBInstanceIdentifier": "mrb-drill-orders", "DBInstanceStatus": "available", "Engine": "postgres", "AllocatedStorage": 20,
            "StorageEncrypted": True}
RDS = (restore("RDS", f"arn:aws:rds:{HERE}:{ACCOUNT}:db:mrb-drill-orders", f"arn:aws:rds:{HERE}:{ACCOUNT}:snapshot:awsbackup:copyjob-1",
               f"arn:aws:rds:{PRIMARY}:{ACCOUNT}:db:orders", BackupSizeInBytes=0),
       {"DescribeDBInstances": {"DBInstances": [DATABASE]},
        "DescribeDBSnapshots": {"DBSnapshots": [{"Engine": "postgres", "AllocatedStorage": 20, "Encrypted": True}]}})


def cluster(kind, engine):
    made = {"DBClusterIdentifier": "mrb-drill-shop", "Status": "available", "Engine": engine, "StorageEncrypted": True,
            "DBClusterMembers": []}
    return (restore(kind, f"arn:aws:rds:{HERE}:{ACCOUNT}:cluster:mrb-drill-shop",
                    f"arn:aws:rds:{HERE}:{ACCOUNT}:cluster-snapshot:awsbackup:copyjob-1",
                    f"arn:aws:rds:{PRIMARY}:{ACCOUNT}:cluster:shop", BackupSizeInBytes=None),
            {"DescribeDBClusters": {"DBClusters": [made]},
             "DescribeDBClusterSnapshots": {"DBClusterSnapshots": [{"Engine": engine, "StorageEncrypted": True}]}})


AURORA, DOCUMENTDB, NEPTUNE = cluster("Aurora", "aurora-postgresql"), cluster("DocumentDB", "docdb"), cluster("Neptune", "neptune")
SOUND = {"DynamoDB": DYNAMODB, "S3": S3, "EFS": EFS, "EBS": EBS, "EC2": EC2, "RDS": RDS, "Aurora": AURORA, "DocumentDB": DOCUMENTDB,
         "Neptune": NEPTUNE}
NOT_PROVED = "whether the application works is not proved."


class JudgeTest(unittest.TestCase):
    maxDiff = None

    def judge(self, case, job=None, until=None, **answers):
        """The verdict on a case, some of whose answers are others."""
        restored, known = case
        self.aws = Aws(**{**known, **answers})
        return judge.judge({**restored, **(job or {})}, self.aws.client, HERE, until or judge.time.time() + 600)

    def at(self, case, operation, path, new):
        """The answer of an operation of this case, in which one thing is another."""
        return {operation: changed(case[1][operation], path, new)}


class EachType(JudgeTest):
    def test_what_is_as_backed_up_is_proved_and_says_how_far(self):
        found = {
            "DynamoDB": "The table mrb-drill-orders-1a2b3c is ACTIVE, and a read found an item. Its key and 1 index are as in its source.",
            "EFS": "The file system fs-0a1b2c3d is available, encrypted, with 50000 bytes; no file was read.",
            "EBS": f"The volume vol-0a is available, encrypted, with 8 GiB of snap-0b; {NOT_PROVED}",
            "EC2": f"The instance i-0a is running, of the image ami-0b, with 2 volumes of its backup attached; {NOT_PROVED}",
            "RDS": f"The database mrb-drill-orders is available, encrypted, with the engine postgres and 20 GiB; {NOT_PROVED}",
            "Aurora": "The cluster mrb-drill-shop is available, encrypted, with the engine aurora-postgresql; no instance was started, "
                      f"and {NOT_PROVED}",
            "DocumentDB": f"The cluster mrb-drill-shop is available, encrypted, with the engine docdb; no instance was started, and {NOT_PROVED}",
            "Neptune": f"The cluster mrb-drill-shop is available, encrypted, with the engine neptune; no instance was started, and {NOT_PROVED}"}
        for kind, case in SOUND.items():
            with self.subTest(kind):
                answer = self.judge(case)
                proves = "data" if kind in ("DynamoDB", "S3", "EFS") else "existence"
                self.assertEqual(("SUCCESSFUL", proves, False), (answer.verdict, answer.proves, answer.again), answer)
                self.assertEqual(found.get(kind, answer.found), answer.found)
        self.assertEqual(set(SOUND), set(judge.CHECKS))

    def test_wrong_data_is_failed_with_what_was_found(self):
        gone = refusal("ServerSideEncryptionConfigurationNotFoundError")
        cases = (
            (DYNAMODB, {"Scan": NO_ITEM}, "The table mrb-drill-orders-1a2b3c is empty, the backup has 1048576 bytes."),
            (DYNAMODB, self.at(DYNAMODB, "DescribeTable", ["Table", "KeySchema"], TABLE["KeySchema"][:1]),
             "The table mrb-drill-orders-1a2b3c has the key id (HASH, S), its source has id (HASH, S), at (RANGE, N)."),
            (DYNAMODB, self.at(DYNAMODB, "DescribeTable", ["Table", "AttributeDefinitions", 1, "AttributeType"], "S"),
             "The table mrb-drill-orders-1a2b3c has the key id (HASH, S), at (RANGE, S), its source has id (HASH, S), at (RANGE, N)."),
            (S3, {"ListObjectsV2": {}}, "The bucket mrb-drill-invoices-1a2b3c is empty, the backup has 1048576 bytes."),
            (S3, {"GetBucketEncryption": gone}, "The bucket mrb-drill-invoices-1a2b3c is not encrypted: it has no default encryption."),
            (EFS, self.at(EFS, "DescribeFileSystems", ["FileSystems", 0, "Encrypted"], False),
             "The file system fs-0a1b2c3d is not encrypted, its backup is."),
            (EFS, self.at(EFS, "DescribeFileSystems", ["FileSystems", 0, "LifeCycleState"], "error"), "The file system fs-0a1b2c3d is error."),
            (EBS, self.at(EBS, "DescribeVolumes", ["Volumes", 0, "Encrypted"], False), "The volume vol-0a is not encrypted, its backup is."),
            (EBS, self.at(EBS, "DescribeVolumes", ["Volumes", 0, "Size"], 7), "The volume vol-0a has 7 GiB, its backup has 8 GiB."),
            (EBS, self.at(EBS, "DescribeVolumes", ["Volumes", 0, "SnapshotId"], ""),
             "The volume vol-0a was made of no snapshot, so it is empty."),
            (EBS, self.at(EBS, "DescribeVolumes", ["Volumes", 0, "SnapshotId"], "snap-0f"),
             "The volume vol-0a was made of snap-0f, its backup is snap-0b."),
            (EBS, self.at(EBS, "DescribeVolumes", ["Volumes", 0, "State"], "error"), "The volume vol-0a is error."),
            (EC2, self.at(EC2, "DescribeInstances", ["Reservations", 0, "Instances", 0, "ImageId"], "ami-0f"),
             "The instance i-0a was started from ami-0f, its backup is ami-0b."),
            (EC2, self.at(EC2, "DescribeInstances", ["Reservations", 0, "Instances", 0, "BlockDeviceMappings", 1], None),
             "The instance i-0a lacks the volume of /dev/sdf that its backup has."),
            (EC2, self.at(EC2, "DescribeVolumes", ["Volumes", 1, "Encrypted"], False),
             "The instance i-0a: the volume of /dev/sdf is not encrypted, its backup is."),
            (EC2, self.at(EC2, "DescribeVolumes", ["Volumes", 0, "Size"], 1),
             "The instance i-0a: the volume of /dev/xvda has 1 GiB, its backup has 8 GiB."),
            (RDS, self.at(RDS, "DescribeDBInstances", ["DBInstances", 0, "Engine"], "mysql"),
             "The database mrb-drill-orders has the engine mysql, its backup has postgres."),
            (RDS, self.at(RDS, "DescribeDBInstances", ["DBInstances", 0, "AllocatedStorage"], 5),
             "The database mrb-drill-orders has 5 GiB, its backup has 20 GiB."),
            (RDS, self.at(RDS, "DescribeDBInstances", ["DBInstances", 0, "StorageEncrypted"], False),
             "The database mrb-drill-orders is not encrypted, its backup is."),
            (RDS, self.at(RDS, "DescribeDBInstances", ["DBInstances", 0, "DBInstanceStatus"], "incompatible-restore"),
             "The database mrb-drill-orders is incompatible-restore."),
            *((case, self.at(case, "DescribeDBClusters", ["DBClusters", 0, "Engine"], "aurora-mysql"),
               f"The cluster mrb-drill-shop has the engine aurora-mysql, its backup has {engine}.")
              for case, engine in ((AURORA, "aurora-postgresql"), (DOCUMENTDB, "docdb"), (NEPTUNE, "neptune"))),
            *((case, self.at(case, "DescribeDBClusters", ["DBClusters", 0, "StorageEncrypted"], False),
               "The cluster mrb-drill-shop is not encrypted, its backup is.") for case in (AURORA, DOCUMENTDB, NEPTUNE)))
        self.assertEqual(set(SOUND), {case[0]["ResourceType"] for case, _, _ in cases})
        for case, answers, found in cases:
            with self.subTest(found):
                answer = self.judge(case, **answers)
                self.assertEqual(("FAILED", found), (answer.verdict, answer.found))

    def test_several_flaws_are_one_finding(self):
        wrong = {"Volumes": [{**VOLUME, "Size": 1, "Encrypted": False}]}
        answer = self.judge(EBS, DescribeVolumes=wrong)
        self.assertEqual("The volume vol-0a has 1 GiB, its backup has 8 GiB, and is not encrypted, its backup is.", answer.found)

    def test_larger_and_encrypted_though_the_backup_is_not_is_no_flaw(self):
        for case, answers in ((EBS, {"DescribeSnapshots": {"Snapshots": [{"VolumeSize": 4, "Encrypted": False}]}}),
                              (RDS, {"DescribeDBSnapshots": {"DBSnapshots": [{"Engine": "postgres", "AllocatedStorage": 5}]}}),
                              (AURORA, {"DescribeDBClusterSnapshots": {"DBClusterSnapshots": [{"Engine": "aurora-postgresql"}]}})):
            self.assertEqual("SUCCESSFUL", self.judge(case, **answers).verdict)
        bare = {"FileSystems": [{**SYSTEM, "Encrypted": False}]}
        answer = self.judge(EFS, DescribeFileSystems=bare, DescribeRecoveryPoint={"IsEncrypted": False})
        self.assertEqual("The file system fs-0a1b2c3d is available, not encrypted, with 50000 bytes; no file was read.", answer.found)

    def test_what_is_not_ready_is_looked_at_again_and_never_failed(self):
        instance = ["Reservations", 0, "Instances", 0]
        for case, answers in (
                (DYNAMODB, self.at(DYNAMODB, "DescribeTable", ["Table", "TableStatus"], "CREATING")),
                (DYNAMODB, {"DescribeTable": refusal("ResourceNotFoundException")}),
                (S3, {"ListObjectsV2": refusal("NoSuchBucket")}),
                (EFS, self.at(EFS, "DescribeFileSystems", ["FileSystems", 0, "LifeCycleState"], "creating")),
                (EFS, {"DescribeFileSystems": refusal("FileSystemNotFound")}),
                (EBS, self.at(EBS, "DescribeVolumes", ["Volumes", 0, "State"], "creating")),
                (EBS, {"DescribeVolumes": refusal("InvalidVolume.NotFound")}),
                (EC2, self.at(EC2, "DescribeInstances", [*instance, "State", "Name"], "pending")),
                (EC2, self.at(EC2, "DescribeInstances", [*instance, "BlockDeviceMappings", 0, "Ebs", "Status"], "attaching")),
                (EC2, {"DescribeInstances": refusal("InvalidInstanceID.NotFound")}),
                (EC2, {"DescribeVolumes": {"Volumes": [VOLUME]}}),
                (RDS, self.at(RDS, "DescribeDBInstances", ["DBInstances", 0, "DBInstanceStatus"], "creating")),
                (RDS, {"DescribeDBInstances": refusal("DBInstanceNotFound")}),
                (AURORA, self.at(AURORA, "DescribeDBClusters", ["DBClusters", 0, "Status"], "creating")),
                (AURORA, {"DescribeDBClusters": refusal("DBClusterNotFoundFault")})):
            with self.subTest(str(answers)[:80]):
                answer = self.judge(case, **answers)
                self.assertEqual(("UNKNOWN", True), (answer.verdict, answer.again), answer)
        self.assertTrue(self.judge(EBS, job={"CreatedResourceArn": ""}).again)

    def test_no_evidence_is_unknown_with_its_reason(self):
        instance = ["Reservations", 0, "Instances", 0]
        stopped = changed(changed(EC2[1]["DescribeInstances"], [*instance, "State", "Name"], "terminated"), [*instance, "StateReason"],
                          {"Message": "Client.InternalError: Client error on launch"})
        for case, changes, words in (
                (EBS, {"job": {"Status": "RUNNING"}}, "The restore job is RUNNING"),
                (EBS, {"job": {"DeletionStatus": "DELETING"}}, "is being deleted"),
                (EBS, {"job": {"ResourceType": "FSx"}}, "Not judged: mrbackup has no check for FSx."),
                (EBS, {"job": {"ResourceType": "Storage Gateway"}}, "no check for Storage Gateway."),
                (EBS, {"DescribeSnapshots": refusal("InvalidSnapshot.NotFound")}, "its snapshot snap-0b is gone"),
                (EBS, self.at(EBS, "DescribeVolumes", ["Volumes", 0, "State"], "deleting"), "is deleting."),
                (EC2, {"DescribeImages": refusal("InvalidAMIID.Unavailable")}, "its image ami-0b is gone"),
                (EC2, {"DescribeImages": {"Images": []}}, "its image ami-0b is gone"),
                (EC2, {"DescribeInstances": stopped}, "is terminated: Client.InternalError"),
                (EFS, self.at(EFS, "DescribeFileSystems", ["FileSystems", 0, "LifeCycleState"], "deleted"), "is deleted."),
                (RDS, {"DescribeDBSnapshots": refusal("DBSnapshotNotFound")}, "no snapshot that RDS shows"),
                (RDS, self.at(RDS, "DescribeDBInstances", ["DBInstances", 0, "DBInstanceStatus"], "inaccessible-encryption-credentials"),
                 "is inaccessible-encryption-credentials."),
                (AURORA, {"DescribeDBClusterSnapshots": {"DBClusterSnapshots": []}}, "no snapshot that RDS shows"),
                (DYNAMODB, {"job": {"CreatedResourceArn": f"arn:aws:dynamodb:{HERE}:{ACCOUNT}:table/orders"}}, "so it is not read"),
                (S3, {"job": {"CreatedResourceArn": "arn:aws:s3:::acme-invoices"}}, "so it is not read")):
            with self.subTest(words):
                answer = self.judge(case, **changes)
                self.assertEqual(("UNKNOWN", False), (answer.verdict, answer.again), answer)
                self.assertIn(words, answer.found)

    def test_what_keeps_it_from_looking_is_raised(self):
        """For each type, each call that it makes, and each fault: never a verdict."""
        faults = [refusal(code) for code in ("ThrottlingException", "RequestLimitExceeded", "AccessDeniedException", "UnauthorizedOperation",
                                             "AccessDenied", "SlowDown", "InternalServerError")]
        faults += [error(endpoint_url="https://x", error="e") for error in (ConnectTimeoutError, ReadTimeoutError, EndpointConnectionError)]
        tried = 0
        for kind, case in SOUND.items():
            self.judge(case)
            for name, region, _ in self.aws.calls[:]:
                if (kind, region) == ("DynamoDB", PRIMARY):
                    continue  # the source's: below
                for fault in faults:
                    with self.subTest(kind, call=name, fault=str(fault)), self.assertRaises(type(fault)):
                        self.judge(case, **{f"{region} {name}": fault})
                    tried += 1
        self.assertGreater(tried, 150)


class Tables(JudgeTest):
    def source(self, answer):
        return {f"{PRIMARY} DescribeTable": answer}

    def test_a_source_that_cannot_be_read_is_named_and_not_guessed(self):
        for answer, words in ((refusal("ResourceNotFoundException"), "Its source is gone, so its key was not compared."),
                              (refusal("AccessDeniedException"), "Its source may not be read, so its key was not compared."),
                              (EndpointConnectionError(endpoint_url="x"), "us-east-1 does not answer, so its key was not compared with its source."),
                              (ReadTimeoutError(endpoint_url="x"), "us-east-1 does not answer, so its key was not compared with its source."),
                              ({"Table": {**SOURCE_TABLE, "KeySchema": TABLE["KeySchema"][:1], "CreationDateTime": ENDED}},
                               "Its source was made after the backup, so its key was not compared.")):
            with self.subTest(words):
                found = self.judge(DYNAMODB, **self.source(answer))
                self.assertEqual(("SUCCESSFUL", "data"), (found.verdict, found.proves))
                self.assertEqual(f"The table mrb-drill-orders-1a2b3c is ACTIVE, and a read found an item. {words}", found.found)
        self.assertIn("Its source is not named", self.judge(DYNAMODB, job={"SourceResourceArn": ""}).found)

    def test_a_throttled_read_of_the_source_is_raised(self):
        with self.assertRaises(ClientError):
            self.judge(DYNAMODB, **self.source(refusal("ThrottlingException")))
        there = {"SourceResourceArn": f"arn:aws:dynamodb:{HERE}:{ACCOUNT}:table/orders"}
        with self.assertRaises(EndpointConnectionError):  # its own region's DynamoDB: then the whole is not to be judged
            self.judge(DYNAMODB, job=there, DescribeTable=lambda query: EndpointConnectionError(endpoint_url="x")
                       if query["TableName"] == "orders" else {"Table": TABLE})

    def test_an_index_that_is_lacking_may_be_younger_than_the_backup(self):
        bare = changed(DYNAMODB[1]["DescribeTable"], ["Table", "GlobalSecondaryIndexes"], None)
        answer = self.judge(DYNAMODB, DescribeTable=bare)
        self.assertEqual("UNKNOWN", answer.verdict)
        self.assertIn("the index by-time", answer.found)
        answer = self.judge(DYNAMODB, DescribeTable=bare, Scan=NO_ITEM)
        self.assertEqual("FAILED", answer.verdict, "an empty table is wrong whatever its indexes are")

    def test_an_empty_table_is_judged_by_what_its_backup_is_known_to_hold(self):
        empty = {**SOURCE_TABLE, "ItemCount": 0}
        for size, source, verdict, words in (
                (7, SOURCE_TABLE, "FAILED", "is empty, the backup has 7 bytes."),
                (7, empty, "FAILED", "is empty, the backup has 7 bytes."),
                (None, SOURCE_TABLE, "FAILED", "is empty, its source has 7 items."),
                (None, empty, "UNKNOWN", "is empty, and whether its backup holds an item is not known."),
                (0, empty, "SUCCESSFUL", "is ACTIVE and empty, as is its source: the backup holds no item."),
                (0, SOURCE_TABLE, "UNKNOWN", "whether its backup holds an item is not known; its source has 7 items now."),
                (0, None, "UNKNOWN", "whether its backup holds an item is not known.")):
            with self.subTest(size=size, words=words):
                point = {} if size is None else {"BackupSizeInBytes": size}
                answer = self.judge(DYNAMODB, job={"BackupSizeInBytes": size or 0}, Scan=NO_ITEM, DescribeRecoveryPoint=point,
                                    **self.source({"Table": source} if source else refusal("ResourceNotFoundException")))
                self.assertEqual(verdict, answer.verdict, answer)
                self.assertIn(words, answer.found)
                if verdict == "SUCCESSFUL":
                    self.assertEqual("existence", answer.proves)

    def test_a_point_that_is_gone_leaves_the_jobs_own_size(self):
        answer = self.judge(DYNAMODB, Scan=NO_ITEM, DescribeRecoveryPoint=refusal("ResourceNotFoundException"))
        self.assertEqual(("FAILED", "The table mrb-drill-orders-1a2b3c is empty, the backup has 1048576 bytes."), answer[:1] + answer[2:3])

    def test_a_page_may_be_empty_before_the_last(self):
        pages = iter([{**NO_ITEM, "LastEvaluatedKey": {"id": {"S": "1"}}}, ITEM])
        self.assertEqual("SUCCESSFUL", self.judge(DYNAMODB, Scan=lambda _: next(pages)).verdict)
        first, second = (query for _, query in self.aws.asked("Scan"))
        self.assertEqual({**first, "ExclusiveStartKey": {"id": {"S": "1"}}}, second)
        self.assertEqual((1, True), (first["Limit"], first["ConsistentRead"]))
        endless = {**NO_ITEM, "LastEvaluatedKey": {"id": {"S": "1"}}}
        self.assertEqual("UNKNOWN", self.judge(DYNAMODB, Scan=endless).verdict)


class Buckets(JudgeTest):
    def test_sampled_objects_are_read_to_their_end(self):
        answer = self.judge(S3)
        asked = [query for _, query in self.aws.asked("GetObject")]
        size = sum(int(query["IfMatch"].strip('"')) for query in asked)
        self.assertEqual(f"The bucket mrb-drill-invoices-1a2b3c has 60 objects; 25 were read to their end, {size} bytes, with the size that "
                         "S3 lists.", answer.found)
        self.assertEqual(25, len({query["Key"] for query in asked}))
        self.assertTrue(all(query["ChecksumMode"] == "ENABLED" and query["ExpectedBucketOwner"] == ACCOUNT for query in asked))
        self.assertEqual([ACCOUNT] * 2, [self.aws.asked(name)[0][1]["ExpectedBucketOwner"] for name in ("ListObjectsV2", "GetBucketEncryption")])

    def test_the_sample_is_spread_and_the_same_each_time(self):
        objects = [{"Key": str(number), "Size": 5} for number in range(1000)]
        keys = [[int(each["Key"]) for each in judge.sampled(objects, seed)] for seed in ("a", "a", "b")]
        self.assertEqual(keys[0], keys[1])
        self.assertNotEqual(keys[0], keys[2])
        for sample in keys:
            self.assertEqual(list(range(25)), [number // 40 for number in sample], "one of each stretch")
        self.assertEqual([], judge.sampled([], "a"))
        self.assertEqual(3, len(judge.sampled(objects[:3], "a")))

    def test_a_truncated_object_is_failed(self):
        short = {"Contents": [{"Key": "invoices/7", "Size": 100, "ETag": '"e"'}]}
        for read, words in (
                (lambda: {"ContentLength": 60, "Body": Body(b"x" * 60)}, "has 100 bytes by the bucket's list, 60 by its own header, and 60 were read."),
                (lambda: {"ContentLength": 100, "Body": Body(b"x" * 60)}, "has 100 bytes by the bucket's list, 100 by its own header, and 60 were read."),
                (lambda: {"ContentLength": 100, "Body": Body(b"x" * 60, IncompleteReadError(actual_bytes=60, expected_bytes=100))},
                 "ends before its 100 bytes: 60 read, but total bytes expected is 100."),
                (lambda: {"ContentLength": 100, "Body": Body(b"x" * 100, FlexibleChecksumError(error_msg="Expected checksum a did not match b"))},
                 "does not match its checksum: Expected checksum a did not match b.")):
            with self.subTest(words):
                answer = self.judge(S3, ListObjectsV2=short, GetObject=lambda _: read())
                self.assertEqual("FAILED", answer.verdict)
                self.assertIn("The bucket mrb-drill-invoices-1a2b3c: the object 'invoices/7' " + words.rstrip("."), answer.found)
                self.assertEqual(judge.TRIES, len(self.aws.asked("GetObject")))

    def test_a_connection_that_breaks_is_no_finding(self):
        one = {"Contents": [{"Key": "k", "Size": 100, "ETag": '"e"'}]}
        broken = [IncompleteReadError(actual_bytes=size, expected_bytes=100) for size in (60, 20, 40)]
        reset = [ResponseStreamingError(error="Connection reset by peer")] * 3
        for errors in (broken, reset):
            left = iter(errors)
            with self.assertRaises(type(errors[0])):
                self.judge(S3, ListObjectsV2=one, GetObject=lambda _: {"ContentLength": 100, "Body": Body(b"", next(left))})
        bodies = iter([Body(b"", broken[0]), Body(b"x" * 100)])
        self.assertEqual("SUCCESSFUL", self.judge(S3, ListObjectsV2=one, GetObject=lambda _: {"ContentLength": 100, "Body": next(bodies)}).verdict)

    def test_the_jobs_own_message_of_a_partial_restore_is_failed(self):
        failed = "One or more objects failed to be restored from a to b. To get notified of these failures, enable SNS event notifications."
        self.assertEqual(f"AWS Backup restored it in part: {failed}", self.judge(S3, job={"StatusMessage": failed}).found)
        none = "There are no objects that match the restore request for a."
        answer = self.judge(S3, job={"StatusMessage": none})
        self.assertEqual(("FAILED", f"AWS Backup restored no object: {none}"), (answer.verdict, answer.found))
        answer = self.judge(S3, job={"StatusMessage": none, "BackupSizeInBytes": 0}, DescribeRecoveryPoint={"BackupSizeInBytes": 0},
                            ListObjectsV2={})
        self.assertEqual("SUCCESSFUL", answer.verdict, "its backup holds none")

    def test_an_empty_bucket_is_judged_by_the_size_of_its_backup(self):
        for size, verdict, words in ((9, "FAILED", "is empty, the backup has 9 bytes."), (None, "UNKNOWN", "is not known."),
                                     (0, "SUCCESSFUL", "is empty, as is its backup: that has 0 bytes.")):
            point = {} if size is None else {"BackupSizeInBytes": size}
            answer = self.judge(S3, job={"BackupSizeInBytes": 0}, ListObjectsV2={}, DescribeRecoveryPoint=point)
            self.assertEqual(verdict, answer.verdict)
            self.assertIn(words, answer.found)
        self.assertEqual("existence", answer.proves)

    def test_objects_without_a_byte_prove_no_data(self):
        empty = {"Contents": [{"Key": "folder/", "Size": 0, "ETag": '"0"'}]}
        self.assertEqual("UNKNOWN", self.judge(S3, ListObjectsV2=empty).verdict)
        answer = self.judge(S3, job={"BackupSizeInBytes": 0}, ListObjectsV2=empty, DescribeRecoveryPoint={"BackupSizeInBytes": 0})
        self.assertEqual(("SUCCESSFUL", "existence"), (answer.verdict, answer.proves))
        archived = {"Contents": [{"Key": "k", "Size": 9, "ETag": '"9"', "StorageClass": "GLACIER"}]}
        self.assertEqual("UNKNOWN", self.judge(S3, ListObjectsV2=archived).verdict)

    def test_bytes_and_time_are_bounded(self):
        objects = {"Contents": [{"Key": str(number), "Size": number, "ETag": f'"{number}"'} for number in (40, 50, 90)]}
        with mock.patch.object(judge, "BUDGET", 100):
            answer = self.judge(S3, ListObjectsV2=objects)
        self.assertIn("3 objects; 2 were read to their end, 90 bytes, with the size that S3 lists; 1 more of the sample, as larger than is "
                      "read at once, were not.", answer.found)
        with mock.patch.object(judge, "BUDGET", 10):
            self.assertIn("1 were read", self.judge(S3, ListObjectsV2=objects).found, "the smallest in any case")
        answer = self.judge(S3, until=judge.time.time() - 1)
        self.assertEqual("UNKNOWN", answer.verdict)
        self.assertIn("none could be read to its end", answer.found)
        clock = iter(range(1000))
        with mock.patch.object(judge.time, "time", lambda: next(clock)):
            answer = judge.judge(S3[0], Aws(**S3[1]).client, HERE, 10)
        self.assertEqual("SUCCESSFUL", answer.verdict)
        self.assertIn("for want of time", answer.found)

    def test_a_server_that_ends_a_body_early_is_found_by_botocore(self):
        """The real client, and a real connection that ends before the length that was named."""
        class Short(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                listing = (f"<ListBucketResult><Contents><Key>k</Key><Size>100</Size><ETag>&quot;e&quot;</ETag></Contents></ListBucketResult>"
                           if "list-type" in self.path else
                           "<ServerSideEncryptionConfiguration><Rule/></ServerSideEncryptionConfiguration>").encode()
                is_object = self.path.split("?")[0].endswith("/k")
                self.send_response(200)
                self.send_header("Content-Length", 100 if is_object else len(listing))
                self.end_headers()
                self.wfile.write(b"x" * 60 if is_object else listing)
                self.close_connection = True

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Short)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        client = boto3.client("s3", region_name=HERE, endpoint_url=f"http://127.0.0.1:{server.server_port}", aws_access_key_id="x",
                              aws_secret_access_key="x", config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}))
        answer = judge.judge(S3[0], lambda service, region: {"s3": client}[service], HERE, judge.time.time() + 60)
        self.assertEqual("FAILED", answer.verdict, answer)
        self.assertRegex(answer.found, r"the object 'k' ends before its 100 bytes: .*60")


class FileSystems(JudgeTest):
    def test_the_size_lags_and_so_proves_nothing_while_it_is_that_of_an_empty_one(self):
        for size in (0, 6144):
            answer = self.judge(EFS, **self.at(EFS, "DescribeFileSystems", ["FileSystems", 0, "SizeInBytes", "Value"], size))
            self.assertEqual(("UNKNOWN", False), (answer.verdict, answer.again))
            self.assertIn(f"with {size} bytes, at most what an empty one has; the backup has 1048576 bytes. EFS refreshes the size", answer.found)


class Databases(JudgeTest):
    def test_a_cluster_with_an_instance_is_not_called_one_without(self):
        answer = self.judge(AURORA, **self.at(AURORA, "DescribeDBClusters", ["DBClusters", 0, "DBClusterMembers"],
                                              [{"DBInstanceIdentifier": "one"}]))
        self.assertNotIn("no instance", answer.found)

    def test_a_snapshot_is_asked_for_by_the_id_that_its_arn_ends_with(self):
        self.judge(RDS)
        self.assertEqual([(HERE, {"DBSnapshotIdentifier": "awsbackup:copyjob-1", "SnapshotType": "awsbackup"})],
                         self.aws.asked("DescribeDBSnapshots"))
        snapshots = AURORA[1]["DescribeDBClusterSnapshots"]
        answer = self.judge(AURORA, DescribeDBClusterSnapshots=lambda query: {"DBClusterSnapshots": []} if "SnapshotType" in query else snapshots)
        self.assertEqual("SUCCESSFUL", answer.verdict, "of clusters RDS may not know the type")


class Events(base.ValidatorTest):
    """The validator, handed the events of AWS's tests and the payloads of drills."""

    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch.object(base.validator, "HERE", HERE))

    def event(self, case=EBS, **changes):
        job = case[0]
        detail = {"restoreJobId": JOB, "backupVaultArn": VAULT, "recoveryPointArn": job["RecoveryPointArn"], "status": "COMPLETED",
                  "sourceResourceArn": job["SourceResourceArn"], "resourceType": job["ResourceType"], "restoreTestingPlanArn": PLAN,
                  "createdResourceArn": job["CreatedResourceArn"], "completionDate": "2026-07-30T02:12:30Z", **changes}
        event = base.sample("restore-completed")
        return {**event, "region": HERE, "resources": [job["RecoveryPointArn"]], "detail": detail}

    def account(self, case=EBS, job=None, **answers):
        """An AWS Backup that holds the job, and takes one verdict on it."""
        self.job = {**case[0], "CreatedBy": {"RestoreTestingPlanArn": PLAN}, **(job or {})}

        def put(query):
            if self.job.get("ValidationStatus") in ("SUCCESSFUL", "FAILED", "TIMED_OUT"):
                return refusal("InvalidRequestException")
            self.job |= {"ValidationStatus": query["ValidationStatus"], "ValidationStatusMessage": query["ValidationStatusMessage"]}
            return {}
        return Aws(**{**case[1], "DescribeRestoreJob": lambda _: self.job, "PutRestoreValidationResult": put, "PutMetricData": {}, **answers})

    def measured(self):
        (region, query), = self.aws.asked("PutMetricData")
        self.assertEqual((HERE, "mrbackup"), (region, query["Namespace"]))
        return {each["MetricName"]: each["Value"] for each in query["MetricData"]}

    def test_a_sound_one_is_stamped_measured_and_silent(self):
        self.assertEqual("silent", self.hand(self.event(), self.account()))
        (region, query), = self.aws.asked("PutRestoreValidationResult")
        self.assertEqual((HERE, {"RestoreJobId": JOB, "ValidationStatus": "SUCCESSFUL", "ValidationStatusMessage":
                                 f"The volume vol-0a is available, encrypted, with 8 GiB of snap-0b; {NOT_PROVED}"}), (region, query))
        self.assertEqual({"RestoreMinutes": 12.5, "RestoreDataAgeMinutes": 120, "RestoreProved": 1}, self.measured())
        data = self.aws.asked("PutMetricData")[0][1]["MetricData"]
        self.assertEqual([[("Deployment", "default"), ("Region", HERE), ("ResourceType", "EBS")]] * 3,
                         [[(each["Name"], each["Value"]) for each in datum["Dimensions"]] for datum in data])
        self.assertEqual([ENDED] * 3, [datum["Timestamp"] for datum in data])
        self.assertEqual(("SUCCESSFUL", query["ValidationStatusMessage"]), (self.log[0]["validation"], self.log[0]["found"]))

    def test_a_wrong_one_is_an_alarm_and_then_stamped(self):
        wrong = {"Volumes": [{**VOLUME, "Encrypted": False}]}
        self.assertEqual("alarm", self.hand(self.event(), self.account(DescribeVolumes=wrong)))
        self.assertEqual(["PutMetricData", "Publish", "PutRestoreValidationResult"], [name for name, _, _ in self.aws.calls][-3:])
        self.assertEqual(("FAILED", "The volume vol-0a is not encrypted, its backup is."),
                         (self.job["ValidationStatus"], self.job["ValidationStatusMessage"]))
        self.assertEqual(0, self.measured()["RestoreProved"])
        subject, letter, machine = self.told()
        self.assertEqual("mrbackup default: restore test found wrong data in us-west-2 (EBS)", subject)
        self.assertEqual(f"""\
A restore test in us-west-2 of deployment "default" COMPLETED, but what it restored is not what was backed up.
A restore in earnest may end the same way.

Resource:  arn:aws:ec2:us-east-1:111122223333:volume/vol-0c (EBS)
From:      vault mrbackup-default in us-west-2
Point:     arn:aws:ec2:us-west-2::snapshot/snap-0b
Test:      {PLAN}
When:      2026-07-30 02:12 UTC
Job:       {JOB}
Made:      arn:aws:ec2:us-west-2:111122223333:volume/vol-0a
Found:     The volume vol-0a is not encrypted, its backup is.

Probable cause: The recovery point, or what AWS Backup makes of it, is not whole: the restore itself reported no failure.
What to do: Do not count on this recovery point. Make a new one with `mrbackup drill backup arn:aws:ec2:us-east-1:111122223333:\
volume/vol-0c --name default`, and restore the one before it on trial. AWS Backup deletes what the test made: check it before that.

Look closer:
  aws backup describe-restore-job --restore-job-id {JOB} --region us-west-2
  aws backup get-restore-job-metadata --restore-job-id {JOB} --region us-west-2
  mrbackup status --name default""", letter)
        self.assertEqual(("FAILED", "existence", "restore", PLAN), tuple(machine[key] for key in ("validation", "proves", "kind", "testing")))

    def test_no_evidence_is_stamped_by_nothing_and_silent(self):
        gone = refusal("InvalidSnapshot.NotFound")
        self.assertEqual("silent", self.hand(self.event(), self.account(DescribeSnapshots=gone)))
        self.assertEqual([], self.aws.asked("PutRestoreValidationResult"))
        self.assertEqual({"RestoreMinutes": 12.5, "RestoreDataAgeMinutes": 120}, self.measured())
        self.assertEqual("UNKNOWN", self.log[0]["validation"])
        self.assertIn("is gone", self.log[0]["found"])

    def test_a_check_that_is_throttled_stamps_and_measures_nothing_and_is_raised(self):
        faults = [refusal(code) for code in ("ThrottlingException", "AccessDeniedException", "RequestLimitExceeded")]
        for fault in [*faults, ConnectTimeoutError(endpoint_url="x"), ReadTimeoutError(endpoint_url="x")]:
            for name in ("DescribeRestoreJob", "DescribeVolumes", "DescribeSnapshots", "PutMetricData"):
                with self.subTest(name, fault=str(fault)), self.assertRaises(base.validator.NotJudged) as raised:
                    self.hand_raising(self.event(), self.account(**{name: fault}))
                self.assertIn(JOB, str(raised.exception))
                self.assertNotIn("ValidationStatus", self.job)
                self.assertEqual([], self.aws.asked("PutRestoreValidationResult") + self.aws.published)
                self.assertEqual([("ERROR", "not_judged")], [(line["level"], line["outcome"]) for line in self.log])

    def hand_raising(self, event, aws):
        self.aws, self.clock, output = aws, base.Clock(), io.StringIO()
        try:
            with mock.patch.multiple(base.validator, client=aws.client, time=self.clock), redirect_stdout(output):
                return base.validator.handler(event, base.Context(self.clock))
        finally:
            self.log = [json.loads(line) for line in output.getvalue().splitlines()]

    def test_an_event_that_comes_twice_stamps_once(self):
        aws = self.account()
        for _ in range(2):
            self.assertEqual("silent", self.hand(self.event(), aws))
        self.assertEqual(1, len(aws.asked("PutRestoreValidationResult")))
        self.assertEqual(1, len(aws.asked("PutMetricData")))
        self.assertEqual(1, len(aws.asked("DescribeVolumes")), "the second is not even judged")

    def test_a_verdict_that_is_there_stays(self):
        for status in ("SUCCESSFUL", "FAILED", "TIMED_OUT"):
            wrong = {"Volumes": [{**VOLUME, "Encrypted": False}]}
            self.assertEqual("silent", self.hand(self.event(), self.account(job={"ValidationStatus": status}, DescribeVolumes=wrong)))
            self.assertEqual(["DescribeRestoreJob"], [name for name, _, _ in self.aws.calls])
            self.assertEqual(status, self.log[0]["validation"])
        self.hand(self.event(), self.account(job={"ValidationStatus": "VALIDATING"}))
        self.assertEqual("SUCCESSFUL", self.job["ValidationStatus"], "AWS waits for one")

    def test_two_runs_at_once_are_one_verdict(self):
        aws = self.account()
        first = aws.answers["PutRestoreValidationResult"]

        def beaten(query):
            first({**query, "ValidationStatus": "FAILED", "ValidationStatusMessage": "the other run's"})
            return first(query)
        aws.answers["PutRestoreValidationResult"] = beaten
        self.assertEqual("silent", self.hand(self.event(), aws))
        self.assertEqual("the other run's", self.job["ValidationStatusMessage"])

    def test_a_stamp_that_fails_is_raised(self):
        for fault in (refusal("ThrottlingException"), refusal("AccessDeniedException"), refusal("InvalidRequestException"),
                      ReadTimeoutError(endpoint_url="x")):
            with self.assertRaises(type(fault)):
                self.hand_raising(self.event(), self.account(PutRestoreValidationResult=fault))
            self.assertEqual([("ERROR", "not_stamped")], [(line["level"], line["outcome"]) for line in self.log])

    def test_an_alarm_that_cannot_be_sent_leaves_the_job_to_the_next_try(self):
        wrong = {"Volumes": [{**VOLUME, "Encrypted": False}]}
        with self.assertRaises(ClientError):
            self.hand_raising(self.event(), self.account(DescribeVolumes=wrong, Publish=refusal("InternalError")))
        self.assertEqual([], self.aws.asked("PutRestoreValidationResult"))

    def test_what_is_not_ready_is_waited_for(self):
        states = iter(["creating", "creating", "available"])
        self.assertEqual("silent", self.hand(self.event(), self.account(
            DescribeVolumes=lambda _: {"Volumes": [{**VOLUME, "State": next(states)}]})))
        self.assertEqual(("SUCCESSFUL", 60), (self.job["ValidationStatus"], self.clock.slept))
        with self.assertRaises(base.validator.NotJudged) as raised:
            self.hand_raising(self.event(), self.account(DescribeVolumes={"Volumes": [{**VOLUME, "State": "creating"}]}))
        self.assertIn("is creating and cannot be judged yet", str(raised.exception))
        self.assertLessEqual(self.clock.slept, 300)
        self.assertNotIn("ValidationStatus", self.job)

    def test_a_long_finding_is_cut_to_what_aws_takes(self):
        objects = {"Contents": [{"Key": "\u20ac\x00" * 500, "Size": 9, "ETag": '"8"'}]}
        with mock.patch.object(judge, "BUDGET", 1):
            self.hand(self.event(S3), self.account(S3, job={"StatusMessage": "1 failed " + "\x07long " * 500}, ListObjectsV2=objects))
        message = self.job["ValidationStatusMessage"]
        self.assertEqual(1024, len(message))
        self.assertNotIn("\x07", message)

    def test_only_the_plan_of_this_deployment_in_this_region_is_judged(self):
        for event in (self.event(restoreTestingPlanArn=PLAN.replace("mrbackup_default", "mrbackup_default2")),
                      self.event(restoreTestingPlanArn=PLAN.replace("mrbackup_default", "mrbackup_default_2")),
                      self.event(restoreTestingPlanArn=PLAN.replace("mrbackup_default", "monthly")),
                      self.event(restoreTestingPlanArn=PLAN.replace(HERE, PRIMARY)), self.event(restoreTestingPlanArn=None),
                      self.event(restoreTestingPlanArn="mrbackup_default-1"), {**self.event(), "region": "eu-west-1"}):
            self.assertEqual("silent", self.hand(event, self.account()))
            self.assertEqual([], self.aws.calls)
        with mock.patch.object(base.validator, "TESTS", "mrbackup_prod_2"):
            self.hand(self.event(restoreTestingPlanArn=PLAN.replace("mrbackup_default", "mrbackup_prod_2")), self.account())
        self.assertEqual("SUCCESSFUL", self.job["ValidationStatus"])

    def test_a_test_that_fails_is_told_as_before_and_not_stamped(self):
        event = self.event(status="FAILED", statusMessage="Out of luck")
        self.assertEqual("alarm", self.hand(event, base.Aws()))
        self.assertIn("\nIt was a restore test: a restore in earnest may fail in the same way.\n", self.told()[1])
        self.assertEqual(["ListRestoreJobs", "Publish"], [name for name, _, _ in self.aws.calls])

    def drill(self, aws, payload=None):
        return self.hand_raising({"mrbackup-judge": {"job": JOB} if payload is None else payload}, aws)

    def test_a_drill_gets_the_verdict_and_nothing_is_stamped_measured_or_sent(self):
        for case, answers, verdict, proves in (
                (EBS, {}, "SUCCESSFUL", "existence"), (DYNAMODB, {}, "SUCCESSFUL", "data"), (DYNAMODB, {"Scan": NO_ITEM}, "FAILED", "data"),
                (EBS, {"DescribeSnapshots": {"Snapshots": []}}, "UNKNOWN", "existence"),
                (EBS, {"DescribeVolumes": refusal("InvalidVolume.NotFound")}, "UNKNOWN", "existence")):
            answer = self.drill(self.account(case, **answers))
            self.assertEqual(({"verdict", "proves", "found"}, verdict, proves), (set(answer), answer["verdict"], answer["proves"]))
            self.assertTrue(json.dumps(answer) and answer["found"].endswith("."))
            self.assertFalse({"PutRestoreValidationResult", "PutMetricData", "Publish"} & {name for name, _, _ in self.aws.calls})
            self.assertEqual([("INFO", "judged", JOB, verdict)],
                             [tuple(line[key] for key in ("level", "outcome", "job", "verdict")) for line in self.log])
            self.assertEqual(0, self.clock.slept, "who waits is the caller")

    def test_a_drill_that_cannot_be_judged_is_an_error(self):
        for aws in (self.account(DescribeVolumes=refusal("ThrottlingException")), self.account(DescribeRestoreJob=refusal("AccessDeniedException")),
                    self.account(DescribeRestoreJob=refusal("ResourceNotFoundException"))):
            with self.assertRaises(ClientError):
                self.drill(aws)
            self.assertEqual([("ERROR", "not_judged")], [(line["level"], line["outcome"]) for line in self.log])

    def test_the_judge_is_loaded_for_restores_alone(self):
        text = (CODE / "validator.py").read_text()
        self.assertEqual(text.count("import judge"), text.count("\n    import judge as evidence\n"))


class Permissions(JudgeTest):
    def test_each_permission_is_used_and_no_other(self):
        """What is allowed is in judge_actions.json, which the policy of the function is held against too."""
        for case in SOUND.values():
            self.judge(case)
        events = Events("test_a_sound_one_is_stamped_measured_and_silent")
        events.setUp()
        self.addCleanup(events.doCleanups)
        events.hand(events.event(), events.account())
        self.judge(DYNAMODB, Scan=NO_ITEM)
        self.assertEqual(ACTIONS, USED)

    def test_data_is_read_of_nothing_else(self):
        for case in (DYNAMODB, S3):
            for name in ("orders", "mrb-drill", "awsbackup-restore-tes", "x-mrb-drill-1"):
                made = case[0]["CreatedResourceArn"].replace(case[0]["CreatedResourceArn"].split(":")[-1].split("/")[-1], name)
                self.assertEqual("UNKNOWN", self.judge(case, job={"CreatedResourceArn": made}).verdict)
                self.assertEqual([], self.aws.calls)
            made = case[0]["CreatedResourceArn"].replace("mrb-drill-", "awsbackup-restore-test-")
            self.assertEqual("SUCCESSFUL", self.judge(case, job={"CreatedResourceArn": made}).verdict)


if __name__ == "__main__":
    unittest.main()
