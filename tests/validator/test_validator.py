"""Hands the validator the events AWS Backup documents, and storms, faults and garbage, against AWS's own service models."""

import contextlib
import copy
import hashlib
import importlib.util
import io
import json
import os
import re
import sys
import unittest
from datetime import datetime, timezone
from pathlib import Path
from unittest import mock

import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from botocore.validate import ParamValidator

TESTS = Path(__file__).resolve().parent
sys.dont_write_bytecode = True  # the function's folder is embedded: it must hold nothing but its source
os.environ.update(DEPLOYMENT="default", AWS_REGION="us-east-1", AWS_LAMBDA_FUNCTION_NAME="mrbackup-default-validator")  # read when the function's code is loaded
SPEC = importlib.util.spec_from_file_location("validator", TESTS.parent.parent / "src" / "steps" / "function_code" / "validator.py")
validator = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(validator)

SOURCE = "arn:aws:backup:us-east-1:111122223333:backup-vault:mrbackup-default"
DESTINATION = "arn:aws:backup:us-west-2:111122223333:backup-vault:mrbackup-default"
MANAGED_POINT = "arn:aws:backup:us-west-2:111122223333:recovery-point:1EB3B5E7-9EB0-435A-A80B-108B488B0D45"
SOUND = {"Status": "COMPLETED", "Lifecycle": {"DeleteAfterDays": 365}, "IsEncrypted": True}
TOPIC = "arn:aws:sns:us-east-1:111122223333:mrbackup-default-alerts"
BAD = ("backup-failed", "backup-expired", "backup-aborted", "backup-partial", "copy-failed", "restore-failed", "restore-aborted")
CHANGED = ("region-setting-modified", "vault-modified", "vault-deleted", "recovery-point-deleting")
COMPLETED = ("backup-completed", "copy-completed", "restore-completed")
PASSING = ("backup-created", "backup-running", "copy-created", "restore-created", "restore-running", "vault-created",
           "recovery-point-completed")
ALLOWED = {"DescribeBackupJob", "DescribeCopyJob", "DescribeRestoreJob", "ListBackupJobs", "ListCopyJobs", "ListRestoreJobs",
           "DescribeRecoveryPoint", "Publish", "CreateLogStream", "PutLogEvents"}


# What a telephone shows under the subject.
GLANCE = re.compile(r"\A(?=.{1,80}\Z).+, ([a-z]+ )?\d\d [A-Z][a-z]{2} \d\d:\d\d UTC\. Run: mrbackup (status|up)( --name [a-z0-9-]+)?\Z")


def sample(name, **changes):
    event = json.loads((TESTS / "events" / f"{name}.json").read_text())
    event["detail"].update(changes)
    return event


def refusal(code, message="said AWS", status=400):
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Operation")


def moment(value):
    return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()


def at(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc)


class Clock:
    """Stands in for the module `time`: sleeping moves it on."""

    def __init__(self, now="2026-07-30T02:20:00Z"):
        self.now, self.slept = moment(now), 0

    def time(self):
        return self.now

    def sleep(self, seconds):
        self.now, self.slept = self.now + seconds, self.slept + seconds


class Context:
    def __init__(self, clock, timeout=900):
        self.clock, self.end = clock, clock.now + timeout

    def get_remaining_time_in_millis(self):
        return int((self.end - self.clock.now) * 1000)


class Aws:
    """Answers what it holds for an operation (a value, an error, or a function of the query), and checks all by AWS's models."""

    models = {name: botocore.session.get_session().get_service_model(name) for name in ("backup", "sns", "logs")}
    operations = {xform_name(name): (service, name) for service, model in models.items() for name in model.operation_names}
    unchanging = {"ListBackupJobs": {"BackupJobs": []}, "ListCopyJobs": {"CopyJobs": []}, "ListRestoreJobs": {"RestoreJobs": []},
                  "Publish": {"MessageId": "1"}, "DescribeRecoveryPoint": SOUND}

    def __init__(self, **answers):
        logs = {"CreateLogStream": self.create_log_stream, "PutLogEvents": self.put_log_events}
        self.answers, self.calls, self.streams = {**self.unchanging, **logs, **answers}, [], {}

    def client(self, service, region):
        return Regional(self, service, region)

    def call(self, service, region, method, query):
        owner, name = self.operations[method]
        assert owner == service and name in ALLOWED, f"{service}: {name} is not among the function's permissions"
        operation = self.models[service].operation_model(name)
        self.check(query, operation.input_shape)
        self.calls.append((name, region, query))
        answer = self.answers.get(name, refusal("ResourceNotFoundException", "there is none"))
        answer = answer(query) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        if operation.output_shape and len(str(answer)[:5000]) < 5000:  # a storm's pages are all alike
            self.check(answer, operation.output_shape)
        return answer

    def create_log_stream(self, query):
        if query["logStreamName"] in self.streams:
            return refusal("ResourceAlreadyExistsException", "The specified log stream already exists")
        self.streams[query["logStreamName"]] = []
        return {}

    def put_log_events(self, query):
        if query["logStreamName"] not in self.streams:
            return refusal("ResourceNotFoundException", "The specified log stream does not exist.")
        self.streams[query["logStreamName"]] += [json.loads(event["message"]) for event in query["logEvents"]]
        return {}

    @staticmethod
    def check(value, shape):
        report = ParamValidator().validate(value, shape)
        assert not report.has_errors(), report.generate_report()
        for name, member in shape.members.items():
            if name in value:
                assert not getattr(member, "enum", None) or value[name] in member.enum, (name, value[name])
                pattern = member.metadata.get("pattern")
                assert not pattern or re.search(pattern, value[name]), (name, value[name])

    def asked(self, name):
        return [(region, query) for called, region, query in self.calls if called == name]

    @property
    def published(self):
        return [query for _, query in self.asked("Publish")]


class Regional:
    """A client of one service in one region."""

    def __init__(self, aws, service, region):
        self.aws, self.service, self.region = aws, service, region

    def __getattr__(self, method):
        return lambda **query: self.aws.call(self.service, self.region, method, query)


class ValidatorTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.enterContext(mock.patch.dict(os.environ, TOPIC_ARN=TOPIC))
        os.environ.pop("STORM_WINDOW_SECONDS", None)

    if not hasattr(unittest.TestCase, "enterContext"):  # Python 3.10
        def enterContext(self, context):
            value = context.__enter__()
            self.addCleanup(context.__exit__, None, None, None)
            return value

    def hand(self, event, aws=None, clock=None):
        """The outcome of one event; what was done is left in self.aws, self.clock and self.log."""
        self.aws, self.clock, output = aws or Aws(), clock or Clock(), io.StringIO()
        before = len(self.aws.published)
        patches = mock.patch.multiple(validator, client=self.aws.client, time=self.clock)
        try:
            with patches, contextlib.redirect_stdout(output):
                answer = validator.handler(event, Context(self.clock))
        finally:
            self.log = [json.loads(line) for line in output.getvalue().splitlines()]
            self.assertEqual(1, len(self.log), "one log line an event")
        self.assertEqual(answer["outcome"], self.log[0]["outcome"])
        loud = answer["outcome"] in ("alarm", "summary", "drill")
        self.assertEqual({"outcome", "message_id"} if loud else {"outcome"}, set(answer))
        self.assertEqual((loud, answer.get("message_id")), (len(self.aws.published) > before, self.log[0].get("message_id")))
        for message in self.aws.published[before:]:
            self.assertEqual(TOPIC, message["TopicArn"])
            self.assertRegex(message["Subject"], r"\Amrbackup [ -~]{1,91}\Z")
            self.assertLessEqual(len(message["Message"].encode()), 262144)
            if answer["outcome"] != "drill":  # which is to be told from others at the first word
                self.assertRegex(message["Message"].split("\n")[0], GLANCE)
        return answer["outcome"]

    def told(self):
        """The one message published: its subject and body, and its part for machines."""
        self.assertEqual(1, len(self.aws.published))
        message = self.aws.published[0]
        self.glance, letter = "", message["Message"]
        if not letter.startswith("This is a drill"):
            self.glance, letter = letter.split("\n", 1)
        letter, _, machine = letter.partition("\n\n----- for machines -----\n")
        return message["Subject"], letter, json.loads(machine)


class EveryEvent(ValidatorTest):
    def test_every_documented_event_has_its_outcome(self):
        expected = {**dict.fromkeys(BAD + CHANGED, "alarm"), **dict.fromkeys(COMPLETED, "silent"),
                    **dict.fromkeys(PASSING, "ignored")}
        self.assertEqual(set(expected), {path.stem for path in (TESTS / "events").glob("*.json")})
        for name, outcome in expected.items():
            with self.subTest(name):
                self.assertEqual(outcome, self.hand(sample(name)))

    def test_any_field_may_be_missing_or_of_any_type(self):
        for name in BAD + CHANGED + COMPLETED + PASSING:
            whole = sample(name)
            for level in ((), ("detail",)):
                for key in (whole if not level else whole["detail"]):
                    for value in ("absent", None, {}, [], 7, 1.5, True, "", "\ud800\x00\u20ac"):
                        event = copy.deepcopy(whole)
                        part = event["detail"] if level else event
                        part.pop(key) if value == "absent" else part.update({key: value})
                        with self.subTest(name, key=key, value=value):
                            outcome = self.hand(event)
                            if name in BAD + CHANGED and (name, key, value) != ("vault-modified", "isLocked", "absent"):
                                self.assertEqual("alarm", outcome)

    def test_sizes_and_percentages_are_strings_or_numbers(self):
        for size in ("36048", 36048, 3.6e4):
            for name, outcome in (("backup-completed", "silent"), ("copy-completed", "silent"), ("copy-failed", "alarm"),
                                  ("restore-failed", "alarm"), ("restore-completed", "silent")):
                event = sample(name, backupSizeInBytes=size, percentDone=size, bytesTransferred=size)
                self.assertEqual(outcome, self.hand(event))

    def test_garbage_is_an_alarm_with_the_event(self):
        deep = []
        for _ in range(100000):
            deep = [deep]
        endless = sample("copy-failed")
        endless["detail"]["self"] = endless
        for event in (None, [], "x", 7, {}, {"detail": 3}, {"detail": {}},
                      {"detail": {}, "detail-type": "Restore Job State Change"},
                      {"detail": {"state": "FAILED"}, "detail-type": ["x"]}, deep, {"detail": deep},
                      {**sample("copy-failed"), "detail-type": "Vault State Change", "self": endless}, {"a": "b" * 300000}):
            with self.subTest(str(type(event))):
                self.assertEqual("alarm", self.hand(event))
                self.assertEqual("mrbackup default: an event could not be understood", self.aws.published[0]["Subject"])
        self.hand({"detail": 3})
        self.assertTrue(self.aws.published[0]["Message"].endswith('----- for machines -----\n{"detail": 3}\n'))

    def test_a_state_nobody_knows_is_an_alarm(self):
        self.assertEqual("alarm", self.hand(sample("copy-failed", state="EXPLODED")))
        self.assertIn("its state is EXPLODED", self.aws.published[0]["Message"])

    def test_a_missing_state_is_looked_up(self):
        event = sample("backup-failed", state=None)
        self.assertEqual("alarm", self.hand(event, Aws(DescribeBackupJob={"State": "FAILED"})))
        self.assertEqual("mrbackup default: backup job FAILED in us-east-1 (EBS)", self.told()[0])

    def test_an_error_of_our_own_is_an_alarm(self):
        with mock.patch.object(validator, "ended_badly", side_effect=KeyError("oops")):
            self.assertEqual("alarm", self.hand(sample("copy-failed")))
        self.assertIn("KeyError: 'oops'", self.aws.published[0]["Message"])

    def test_a_message_that_cannot_be_published_is_raised_for_lambda_to_try_again(self):
        for event in (sample("copy-failed"), None):
            with self.assertRaises(ClientError):
                self.hand(event, Aws(Publish=refusal("InternalError", status=500)))
            self.assertEqual(1, len(self.aws.published))
            self.assertEqual(("ERROR", "not_published", "InternalError: said AWS"),
                             tuple(self.log[0][key] for key in ("level", "outcome", "error")))
        del os.environ["TOPIC_ARN"]
        with self.assertRaises(KeyError):
            self.hand(sample("copy-failed"))

    def test_log_lines_are_structured(self):
        self.hand(sample("copy-failed"))
        self.assertEqual({
            "level": "WARNING", "deployment": "default", "outcome": "alarm", "job": "0175DE71-5784-589F-D8AC-541ACCB4CAC8",
            "state": "FAILED", "resource": "arn:aws:ec2:us-east-1:111122223333:volume/vol-0a1b2c3d4e5f60718",
            "vault": DESTINATION, "reason": "Access denied exception while trying to list tags",
            "subject": "mrbackup default: copy job FAILED to us-west-2 (EBS)", "message_id": "1"}, self.log[0])

    def test_clients_are_made_once_a_region_and_give_up_in_time(self):
        with mock.patch.object(validator.boto3, "client") as make:
            validator.client.cache_clear()
            self.addCleanup(validator.client.cache_clear)
            self.assertIs(validator.client("backup", "eu-west-1"), validator.client("backup", "eu-west-1"))
        (service,), arguments = make.call_args
        self.assertEqual(("backup", "eu-west-1"), (service, arguments["region_name"]))
        config = arguments["config"]
        self.assertEqual(({"mode": "standard", "max_attempts": 5}, 5, 10),
                         (config.retries, config.connect_timeout, config.read_timeout))


class BadStates(ValidatorTest):
    def test_a_failed_copy_word_for_word(self):
        self.hand(sample("copy-failed"))
        subject, letter, machine = self.told()
        self.assertEqual("mrbackup default: copy job FAILED to us-west-2 (EBS)", subject)
        self.assertEqual("""\
A copy job to us-west-2 of deployment "default" ended as FAILED.
Until a later copy succeeds, the newest complete one there is the one before.

Resource:  arn:aws:ec2:us-east-1:111122223333:volume/vol-0a1b2c3d4e5f60718 (EBS)
From:      vault mrbackup-default in us-east-1
To:        vault mrbackup-default in us-west-2
When:      2026-07-30 02:20 UTC
Job:       0175DE71-5784-589F-D8AC-541ACCB4CAC8
Why:       Access denied exception while trying to list tags

Probable cause: The service role lacks a permission, or a policy denies it (SCP, permissions boundary, vault, bucket or key policy).
What to do: Run `mrbackup status --name default` to see what is missing; `mrbackup up --name default` restores the role.

Look closer:
  aws backup describe-copy-job --copy-job-id 0175DE71-5784-589F-D8AC-541ACCB4CAC8 --region us-east-1
  mrbackup status --name default

More failures of the same cause until 2026-07-30 02:35 UTC will come as one summary.""", letter)
        self.assertEqual({
            "schema": "mrbackup.alarm/1", "outcome": "alarm", "deployment": "default", "kind": "copy",
            "id": "0175DE71-5784-589F-D8AC-541ACCB4CAC8", "state": "FAILED",
            "reason": "Access denied exception while trying to list tags",
            "resource": "arn:aws:ec2:us-east-1:111122223333:volume/vol-0a1b2c3d4e5f60718", "type": "EBS", "source": SOURCE,
            "vault": DESTINATION, "point": "", "ended": "2026-07-30T02:20:00Z", "testing": "",
            "region": "us-east-1"}, machine)

    def test_known_reasons_have_a_cause_and_a_next_step(self):
        for name, reason, why, step in (
                ("backup-failed", None, "The backup vault is gone.", "mrbackup up --name default"),
                ("backup-expired", None, "Another job for this resource", "list-backup-jobs --by-resource-arn arn:aws:ec2:"),
                ("backup-expired", "", "did not start, or did not finish, within its window", "widen the rule's windows"),
                ("backup-expired", "", "within its window", "aws backup list-backup-jobs --by-state EXPIRED --region us-east-1"),
                *((name, words, "service opt-in", 'in-preference \'{"EBS": true}\' --region us-east-1') for name, words in (
                    ("backup-failed", "The resource type EBS is not opted-in for AWS Backup in this region"),
                    ("backup-failed", "Access denied: you have not opted in to EBS"), ("copy-failed", "Service opt-in is required"),
                    ("backup-failed", "Resource type EBS is not enabled in the Region settings"))),
                ("copy-failed", "Copies of this type are not supported in opt-in Regions", "cannot do this", "mrbackup untag"),
                ("backup-aborted", None, "stopped the job", "StopBackupJob"),
                ("backup-partial", None, "saved in part", "--by-parent-job-id 34176239-e96d-4e1a-9fad-529dbb3c3556"),
                ("copy-failed", "The KMS key is disabled. Access denied.", "The key of",
                 "--backup-vault-name mrbackup-default --region us-west-2"),
                ("copy-failed", "IAM Role arn:aws:iam::1:role/x cannot be assumed by AWS Backup", "service role", "trust policy"),
                ("copy-failed", "You are not authorized to perform this operation", "permission", "mrbackup status"),
                ("backup-failed", "Rate exceeded", "too much at once", "spread the schedules"),
                ("backup-failed", "VSS writer timed out on a Windows instance", "Not a known one", "the command below")):
            with self.subTest(name, reason=reason):
                self.hand(sample(name) if reason is None else sample(name, statusMessage=reason))
                letter = self.told()[1]
                self.assertIn(why, letter.split("Probable cause: ")[1].split("\n")[0])
                self.assertIn(step, letter.split("What to do: ")[1].split("\n")[0])

    # AWS's own words, of its developer guide ("Reasons for problematic jobs", "Cross-Region backups").
    NIGHTLY = (
        ("copy-failed", "The snapshot requires a target option group with the following options: TDE", "option group", "us-west-2"),
        ("copy-failed", "KMS key is either disabled or pending deletion or access to KMS key is denied", "The key of", "key's state"),
        ("copy-failed", "AMI snapshot copy failed with error: Given key ID is not accessible. You must have DescribeKey permissions on "
         "the default key", "The key of", "key's state"),
        ("backup-failed", "Given key ID does not exist", "The key of", "key's state"),
        ("copy-failed", "The source snapshot KMS key [arn:aws:kms:us-east-1:1:key/2] does not exist, is not enabled or you do not have "
         "permissions to access it", "The key of", "key's state"),
        ("copy-failed", "Copy job failed because the destination Backup vault is encrypted with the default Backup service managed key. "
         "The contents of this vault cannot be copied.", "key that AWS manages", "[kms_keys]"),
        ("copy-failed", "Encrypted snapshots with Amazon EBS default key cannot be shared", "key that AWS manages", "[kms_keys]"),
        ("copy-failed", "UnsupportedOperation : Storage Gateway backup copies require a user-created backup vault and key at "
         "destination.", "key that AWS manages", "[kms_keys]"),
        ("copy-failed", "Feature is not supported for provided resource type.", "cannot do this", "mrbackup untag"),
        ("backup-failed", "Unsupported resource type: x", "cannot do this", "mrbackup untag"),
        ("backup-failed", "CreateSnapshot method not supported on hypervisor during snapshot creation. Aborted backup job",
         "cannot do this", "mrbackup untag"),
        ("copy-failed", "Copy job failed. The retention specified in the job is not within the range specified for the target Backup "
         "Vault.", "lock", "describe-backup-vault --backup-vault-name mrbackup-default --region us-west-2"),
        ("backup-failed", "Backup job failed because the lifecycle is outside the valid range for backup vault.", "lock",
         "describe-backup-vault"),
        ("backup-failed", "The resultant tag set must not have more than 50 user tags.", "more tags", "get-resources --resource-arn-list"),
        ("backup-failed", "Cannot create more than 20 user snapshots", "quota", "service-quotas"),
        ("copy-failed", "You have reached your quota of 50,000 for the number of public and private images allowed in this Region.",
         "quota", "service-quotas"),
        ("backup-failed", "LimitExceededException: account limit", "quota", "service-quotas"),
        ("backup-failed", "Backup job could not start because it is either inside or too close to the weekly maintenance window "
         "configured in RDS instance", "maintenance or backup window", "move the rule's schedule"),
        ("backup-failed", "Job could not start because it is either inside or too close to the automated backup window configured",
         "maintenance or backup window", "move the rule's schedule"),
        ("backup-failed", "Customer credential miss permission to get bucket versioning for bucket.", "bucket", "versioning"),
        ("backup-failed", "The specified volume was not found.", "is gone", "mrbackup status"),
        ("backup-failed", "Instance is not in state 'available'", "was not in a state", "aws backup list-backup-jobs --by-resource-arn"),
        ("copy-failed", "Copy job encountered a fatal error.", "inside AWS", "AWS Support"),
        ("copy-failed", "Who knows", "Not a known one", "AWS Support"))

    def test_what_fails_every_night_is_not_said_to_mend_itself(self):
        for name, reason, why, step in self.NIGHTLY:
            with self.subTest(reason):
                self.hand(sample(name, statusMessage=reason))
                letter = self.told()[1]
                self.assertIn(why, letter.split("Probable cause: ")[1].split("\n")[0])
                self.assertIn(step, letter.split("What to do: ")[1].split("\n")[0])
                self.assertNotIn("by itself", letter.split("What to do: ")[1].split("\n\n")[0])

    def test_the_state_comes_before_the_words(self):
        for reason in ("Access denied", "KMS key is disabled", "Rate exceeded", "The role cannot be assumed", "Unsupported type"):
            for name, why in (("backup-aborted", "stopped the job"), ("backup-expired", "within its window"), ("backup-partial", "saved in part")):
                with self.subTest(reason, name=name):
                    self.hand(sample(name, statusMessage=reason))
                    self.assertIn(why, self.told()[1].split("Probable cause: ")[1].split("\n")[0])
            self.hand(sample("restore-aborted", statusMessage=reason))
            self.assertIn("stopped before it ended", self.told()[1])

    def test_every_advice_names_a_command_or_a_place_to_look(self):
        job = validator.job_from("restore", {})
        for known, why, step in validator.ADVICE + validator.RESTORE_ADVICE:
            with self.subTest(why):
                self.assertRegex(step, "`(aws|mrbackup) |CloudTrail|command below|higher quota|backed-up profile")
        self.assertEqual(validator.RESTORE_ADVICE[-1][1:], job.advice())

    def test_literal_quotes_are_taken_off(self):
        self.hand(sample("backup-aborted"))
        self.assertIn("\nWhy:       Backup job was stopped by user.\n", self.told()[1])

    def test_a_missing_reason_is_looked_up_in_the_flat_and_in_the_wrapped_answer(self):
        for name, answer in (("backup-failed", {"DescribeBackupJob": {"StatusMessage": "Disk on fire"}}),
                             ("copy-failed", {"DescribeCopyJob": {"CopyJob": {"StatusMessage": "Disk on fire"}}})):
            self.assertEqual("alarm", self.hand(sample(name, statusMessage=""), Aws(**answer)))
            self.assertIn("\nWhy:       Disk on fire\n", self.told()[1])

    def test_a_reason_that_cannot_be_looked_up_stops_no_alarm(self):
        for fault, why in ((refusal("AccessDeniedException"), "not looked up (AccessDeniedException: said AWS)"),
                           (refusal("ThrottlingException"), "not looked up (ThrottlingException: said AWS)"),
                           (ReadTimeoutError(endpoint_url="x"), 'not looked up (ReadTimeoutError: Read timeout on endpoint URL: "x")'),
                           ({}, "AWS Backup gave no reason."), ({"CopyJob": {}}, "AWS Backup gave no reason.")):
            with self.subTest(str(fault)):
                self.assertEqual("alarm", self.hand(sample("copy-failed", statusMessage=""), Aws(DescribeCopyJob=fault)))
                self.assertIn(f"\nWhy:       {why}\n", self.told()[1])

    def test_a_state_that_cannot_be_looked_up_is_not_called_missing(self):
        for fault in (refusal("ThrottlingException"), refusal("InternalFailure", status=500)):
            self.assertEqual("alarm", self.hand(sample("copy-failed", state=""), Aws(DescribeCopyJob=fault)))
            self.assertIn(f"its state is not named, and could not be looked up ({validator.explain(fault)}).\n",
                          self.aws.published[0]["Message"])

    def test_hardly_anything_is_known(self):
        event = {"detail-type": "Copy Job State Change", "detail": {"state": "FAILED"}}
        self.assertEqual("alarm", self.hand(event))
        subject, letter, _ = self.told()
        self.assertEqual("mrbackup default: copy job FAILED to an unknown vault (type unknown)", subject)
        self.assertIn("Resource:  not named (type unknown)\nFrom:      not named\nTo:        not named\n"
                      "When:      2026-07-30 02:20 UTC\nJob:       not named\nWhy:       AWS Backup gave no reason.\n", letter)

    def test_subjects_keep_to_what_sns_takes(self):
        self.hand(sample("copy-failed", resourceType="Gr\u00fc\u00dfe\r\n" + "x" * 300))
        self.assertEqual(100, len(self.told()[0]))

    def test_messages_keep_to_what_sns_takes(self):
        huge = "\U0001f525\ud800\x00" * 200000
        fields = "statusMessage", "resourceArn", "resourceType", "copyJobId", "sourceBackupVaultArn", "destinationBackupVaultArn"
        self.hand(sample("copy-failed", **dict.fromkeys(fields, huge)))
        self.assertNotRegex(self.aws.published[0]["Message"], "[\ud800\x00]")


class Glance(ValidatorTest):
    """Subject and first line are all that a telephone shows: what happened, to what, when, and the one command."""

    def shown(self, event, aws=None, clock=None):
        self.hand(event, aws, clock)
        subject = self.told()[0]
        return subject[:80], self.glance

    def test_every_kind_of_message(self):
        volume, managed = "volume/vol-0a1b2c3d4e5f60718", sample("copy-completed", destinationRecoveryPointArn=MANAGED_POINT)
        storm, flaws = Storm([NOON] * 9), CompletedStorm([NOON] * 9, lambda _: FOR_EVER)
        for shown, glance in (
                (self.shown(sample("copy-failed")), f"{volume}, 30 Jul 02:20 UTC. Run: mrbackup status"),
                (self.shown(sample("backup-failed")), f"{volume}, 30 Jul 02:20 UTC. Run: mrbackup up"),
                (self.shown(managed, Aws(DescribeRecoveryPoint=CLOSED)), f"{volume}, 30 Jul 02:17 UTC. Run: mrbackup status"),
                (self.shown(managed, Aws(DescribeRecoveryPoint={**SOUND, **FOR_EVER})),
                 f"{volume}, 30 Jul 02:17 UTC. Run: mrbackup status"),
                (self.shown(sample("backup-completed", statusMessage="VSS failed")),
                 f"{volume}, 30 Jul 02:17 UTC. Run: mrbackup status"),
                (self.shown(storm.event(storm.jobs[1]), storm.aws(), storm.clock),
                 "9 resources, as volume/vol-0000, since 30 Jul 12:00 UTC. Run: mrbackup status"),
                (self.shown(flaws.event(flaws.jobs[1]), flaws.aws(), flaws.clock),
                 "9 resources, as volume/vol-0000, since 30 Jul 12:00 UTC. Run: mrbackup status"),
                (self.shown(sample("restore-aborted")), f"{volume}, 30 Jul 02:17 UTC. Run: mrbackup status"),
                (self.shown(sample("vault-deleted")), "mrbackup-default, 30 Jul 02:20 UTC. Run: mrbackup up"),
                (self.shown(sample("vault-modified", isLocked="true")), "mrbackup-default, 30 Jul 02:20 UTC. Run: mrbackup status"),
                (self.shown(sample("recovery-point-deleting")), f"{volume}, 30 Jul 02:20 UTC. Run: mrbackup status"),
                (self.shown(sample("region-setting-modified")), "us-east-1, 30 Jul 02:19 UTC. Run: mrbackup status"),
                (self.shown({"detail": 3}), "an event of AWS Backup, 30 Jul 02:20 UTC. Run: mrbackup status")):
            self.assertEqual(glance, shown[1], shown)
            self.assertRegex(shown[0], r"\Amrbackup default: ((backup|copy|restore) job|recovery point|vault|AWS Backup opt-in|an event"
                                       r"|9 (copy jobs|recovery points)) .*(FAILED|ABORTED|DELETED|LOCKED|not sound|could not be|issues|changed)")

    def test_it_fits_whatever_the_names(self):
        with mock.patch.object(validator, "DEPLOYMENT", "n" * 20):
            arn = f"arn:aws:rds:us-east-1:111122223333:db:{'long-name' * 9}"
            self.assertEqual(("mrbackup nnnnnnnnnnnnnnnnnnnn: copy job FAILED to us-west-2 (RDS)",
                              f"db:long-n..., 30 Jul 02:20 UTC. Run: mrbackup status --name {'n' * 20}"),
                             self.shown(sample("copy-failed", resourceArn=arn, resourceType="RDS")))


class Restores(ValidatorTest):
    vault_of_others = "arn:aws:backup:us-east-1:111122223333:backup-vault:"
    found = {"BackupVaultArn": SOURCE, "SourceResourceArn": "arn:aws:ec2:us-east-1:111122223333:instance/i-0515aee7de03f58e1"}

    def test_a_failed_restore_word_for_word(self):
        self.hand(sample("restore-failed"), Aws(DescribeRestoreJob=self.found))
        subject, letter, machine = self.told()
        self.assertEqual("mrbackup default: restore job FAILED from us-east-1 (EC2)", subject)
        self.assertEqual("""\
A restore job from us-east-1 of deployment "default" ended as FAILED.
The backup is as it was. Nothing starts the restore again by itself.

Resource:  arn:aws:ec2:us-east-1:111122223333:instance/i-0515aee7de03f58e1 (EC2)
From:      vault mrbackup-default in us-east-1
Point:     arn:aws:ec2:us-east-1::image/ami-12b3456dfb7f8cf90
When:      2026-07-30 02:20 UTC
Job:       1B234A56-789B-01CD-2A34-4567A08901FD
Why:       AWS Backup does not permit attaching a new instance profile to an EC2 instance. Please restore using the backed up \
instance profile.

Probable cause: The restore was to give the instance another profile than it had when it was backed up.
What to do: Start it again with the backed-up profile, or with none, and attach the other one afterwards.

Look closer:
  aws backup describe-restore-job --restore-job-id 1B234A56-789B-01CD-2A34-4567A08901FD --region us-east-1
  mrbackup status --name default

More failures of the same cause until 2026-07-30 02:35 UTC will come as one summary.""", letter)
        self.assertEqual(("restore", "FAILED", SOURCE), tuple(machine[key] for key in ("kind", "state", "vault")))

    def test_restores_of_other_vaults_are_not_ours_to_tell(self):
        for name, outcome in (("mrbackup-default", "alarm"), ("mrbackup-default_0a1b2c3d", "alarm"), ("mrbackup-default-2", "ignored"),
                              ("Default", "ignored"), ("xmrbackup-default", "ignored")):
            with self.subTest(name):
                vault = self.vault_of_others + name
                self.assertEqual(outcome, self.hand(sample("restore-aborted", backupVaultArn=vault)))
                found = {**self.found, "BackupVaultArn": vault}
                self.assertEqual(outcome, self.hand(sample("restore-failed"), Aws(DescribeRestoreJob=found)))

    def test_a_vault_that_cannot_be_found_out_silences_nothing(self):
        for fault in (refusal("AccessDeniedException"), refusal("ThrottlingException"), {}):
            self.assertEqual("alarm", self.hand(sample("restore-failed"), Aws(DescribeRestoreJob=fault)))
            subject, letter, _ = self.told()
            self.assertEqual("mrbackup default: restore job FAILED from an unknown vault (EC2)", subject)
            self.assertIn("\nIts vault could not be found out, so it may be no restore of this deployment at all.\n", letter)
            self.assertIn("\nResource:  not named (EC2)\nFrom:      not named\n", letter)

    def test_a_restore_test_is_called_one(self):
        plan = "arn:aws:backup:us-east-1:111122223333:restore-testing-plan:monthly-0a1b2c3d"
        found = {**self.found, "CreatedBy": {"RestoreTestingPlanArn": plan}}
        for event, answers in ((sample("restore-aborted", restoreTestingPlanArn=plan), {}),
                               (sample("restore-failed"), {"DescribeRestoreJob": found})):
            self.assertEqual("alarm", self.hand(event, Aws(**answers)))
            self.assertIn("\nIt was a restore test: a restore in earnest may fail in the same way.\n", self.told()[1])
            self.assertIn(f"\nTest:      {plan}\n", self.told()[1])
            self.assertEqual(plan, self.told()[2]["testing"])

    def test_known_reasons_have_a_cause_and_a_next_step(self):
        place = "--backup-vault-name mrbackup-default --region us-east-1"
        for status, reason, why, step in (
                ("FAILED", "You are not authorized to perform: iam:PassRole", "lacks a permission", "mrbackup up --name default"),
                ("FAILED", "The KMS key is disabled. Access denied.", "The key of the backup", f"describe-backup-vault {place}"),
                ("FAILED", "You have exceeded your maximum instance limit", "quota", "higher quota"),
                ("FAILED", "DB instance already exists", "do not fit",
                 f"aws backup get-recovery-point-restore-metadata {place} --recovery-point-arn arn:"),
                ("ABORTED", "Out of luck", "The restore was stopped", "CloudTrail"),
                ("FAILED", "Out of luck", "Not a known one", "start the restore again")):
            with self.subTest(reason):
                self.hand(sample("restore-aborted", status=status, statusMessage=reason))
                self.assertIn(why, self.told()[1].split("Probable cause: ")[1].split("\n")[0])
                self.assertIn(step, self.told()[1].split("What to do: ")[1].split("\n")[0])

    def test_many_of_one_cause_are_one_summary(self):
        event = sample("restore-aborted", completionDate="2026-07-30T02:19:30Z")
        earlier = {"RestoreJobId": "0", "Status": "ABORTED", "StatusMessage": "The restore job was aborted.", "BackupVaultArn": SOURCE,
                   "CompletionDate": at(moment("2026-07-30T02:19:00Z"))}
        others = {**earlier, "RestoreJobId": "1", "BackupVaultArn": self.vault_of_others + "other"}
        self.assertEqual("summary", self.hand(event, Aws(ListRestoreJobs={"RestoreJobs": [earlier, others]})))
        self.assertEqual({"ByStatus": "ABORTED", "MaxResults": 1000, "ByCompleteAfter": at(moment("2026-07-29T00:00:00Z"))},
                         self.aws.asked("ListRestoreJobs")[0][1])
        self.assertEqual("mrbackup default: 2 restore jobs ABORTED from us-east-1, same cause", self.told()[0])
        self.assertIn("  aws backup list-restore-jobs --by-status ABORTED --by-complete-after 2026-07-30T02:19:00Z --region us-east-1",
                      self.told()[1].split("\n"))


class Changes(ValidatorTest):
    def test_changed_settings_word_for_word(self):
        settings = {"Aurora": True, "SAP HANA on Amazon EC2": False, "EBS": "false", "EFS": "true", "S3": {}}
        self.hand(sample("region-setting-modified", ResourceTypeOptInPreference=settings))
        subject, letter, machine = self.told()
        whole = "mrbackup default: AWS Backup opt-in changed in us-east-1; off: EBS, SAP HANA on Amazon EC2; on: Aurora, EFS"
        self.assertEqual(whole[:100], subject)
        self.assertEqual("""\
The resource types that AWS Backup protects in us-east-1 were changed, for the whole account.
The event names the types below, and no others.

Off now:   EBS, SAP HANA on Amazon EC2
On now:    Aurora, EFS
When:      2026-07-30 02:19 UTC
Who:       the event does not name it; check CloudTrail for UpdateRegionSettings

What it means: A type that is off is skipped in silence: a selection by tags leaves its resources out, so no job starts, none \
fails, and no alarm comes.
What to do: If that was not intended, turn on again what is off: `aws backup update-region-settings --region us-east-1 \
--resource-type-opt-in-preference '{"EBS": true, "SAP HANA on Amazon EC2": true}'`.

Look closer:
  aws backup describe-region-settings --region us-east-1
  aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=UpdateRegionSettings --region us-east-1
  mrbackup status --name default

Where CloudTrail has no such call: AWS itself turns types on when an account first uses AWS Backup in a region.""", letter)
        self.assertEqual(("settings", {"Aurora": True, "EBS": False, "EFS": True, "SAP HANA on Amazon EC2": False}),
                         (machine["kind"], machine["types"]))

    def test_types_that_are_on_or_not_told(self):
        self.hand(sample("region-setting-modified"))
        self.assertEqual("mrbackup default: AWS Backup opt-in changed in us-east-1; on: Aurora", self.told()[0])
        self.assertIn("\nOff now:   none named\nOn now:    Aurora\n", self.told()[1])
        for told in (None, {}, [], "Aurora", {"Aurora": {}}):
            self.hand(sample("region-setting-modified", ResourceTypeOptInPreference=told))
            self.assertEqual("mrbackup default: AWS Backup opt-in changed in us-east-1; types not named", self.told()[0])
            self.assertIn("\nWhat to do: See with the first command below which types are off", self.told()[1])
        self.hand(sample("region-setting-modified", ResourceTypeOptInPreference={f"Type {number}": False for number in range(50)}))
        self.assertEqual(100, len(self.told()[0]))

    def test_a_deleted_vault_word_for_word(self):
        self.hand(sample("vault-deleted"))
        subject, letter, machine = self.told()
        self.assertEqual("mrbackup default: vault mrbackup-default in us-east-1 was DELETED", subject)
        self.assertEqual(f"""\
The vault mrbackup-default in us-east-1 of deployment "default" was DELETED.

Vault:     {SOURCE}
When:      2026-07-30 02:20 UTC
Who:       the event does not name it; check CloudTrail for DeleteBackupVault

What it means: Every job that is to write into it fails until it is there again. AWS Backup deletes only empty vaults, so whatever \
it held had been deleted, or had expired, before.
What to do: Run `mrbackup up --name default`: it makes a missing vault again. If that was not intended, check CloudTrail for \
DeleteRecoveryPoint too.

Look closer:
  aws backup describe-backup-vault --backup-vault-name mrbackup-default --region us-east-1
  aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=DeleteBackupVault --region us-east-1
  mrbackup status --name default""", letter)
        self.assertEqual(("vault", "DELETED", SOURCE), tuple(machine[key] for key in ("kind", "state", "vault")))

    def test_each_change_of_a_lock_is_told(self):
        place = "--backup-vault-name mrbackup-default --region us-east-1"
        for value, happened, step, locked in (
                ("true", "is LOCKED now", f"`aws backup delete-backup-vault-lock-configuration {place}`", True),
                (True, "is LOCKED now", "After the LockDate, if it has one, no one can take the lock off", True),
                ("false", "is UNLOCKED now", f"`aws backup put-backup-vault-lock-configuration {place} --min", False),
                ({}, "had its lock CHANGED", f"`aws backup delete-backup-vault-lock-configuration {place}`", None)):
            with self.subTest(value):
                self.assertEqual("alarm", self.hand(sample("vault-modified", isLocked=value)))
                subject, letter, machine = self.told()
                self.assertEqual(f"mrbackup default: vault mrbackup-default in us-east-1 {happened}", subject)
                self.assertIn(step, letter)
                self.assertIn("CloudTrail for PutBackupVaultLockConfiguration or DeleteBackupVaultLockConfiguration\n", letter)
                self.assertIs(locked, machine["locked"])

    def test_other_changes_and_other_vaults_are_ignored(self):
        event = sample("vault-modified")
        del event["detail"]["isLocked"]
        self.assertEqual("ignored", self.hand(event))
        for name in "vault-modified", "vault-deleted":
            for vault, outcome in (("other", "ignored"), ("mrbackup-default-2", "ignored"), ("mrbackup-default_0a1b2c3d", "alarm")):
                event = {**sample(name, backupVaultName=vault), "resources": [f"{SOURCE[:-16]}{vault}"]}
                self.assertEqual(outcome, self.hand(event), vault)
            self.assertEqual("alarm", self.hand({**sample(name, backupVaultName={}), "resources": []}))
            self.assertEqual("alarm", self.hand({**sample(name), "resources": []}))
        self.assertEqual([], [call for call in self.aws.calls if call[0] != "Publish"])


DELETED = {"deleteAt": "2026-10-23T21:38:31.152Z"}
HOUR_OF_SAMPLE = "deleted-points/us-east-1/mrbackup-default/2026-07-30T02"


class Deletions(ValidatorTest):
    """A recovery point that AWS Backup did not let expire. AWS documents the status DELETING and an event of another status."""

    def deleted(self, number=0, **changes):
        changes = {"resourceArn": f"arn:aws:ec2:us-east-1:111122223333:volume/vol-{number:04}", **changes}
        event = sample("recovery-point-deleting", **changes)
        return {**event, "resources": [f"arn:aws:ec2:us-east-1::snapshot/snap-{number:04}"]}

    def test_word_for_word(self):
        self.assertEqual("alarm", self.hand(sample("recovery-point-deleting")))
        subject, letter, machine = self.told()
        self.assertEqual("mrbackup default: recovery point in us-east-1 is being DELETED (EBS)", subject)
        self.assertEqual("volume/vol-0a1b2c3d4e5f60718, 30 Jul 02:20 UTC. Run: mrbackup status", self.glance)
        self.assertEqual("""\
A recovery point in us-east-1 of deployment "default" is being DELETED, 86 days before its expiry.

Resource:  arn:aws:ec2:us-east-1:111122223333:volume/vol-0a1b2c3d4e5f60718 (EBS)
Vault:     vault mrbackup-default in us-east-1
Point:     arn:aws:ec2:us-east-1::snapshot/snap-0fe123ca456cfad7c
Expiry:    2026-10-23 21:38 UTC
When:      2026-07-30 02:20 UTC
Who:       the event does not name it; check CloudTrail for DeleteRecoveryPoint

What it means: A person or a script deleted it: AWS Backup itself deletes a recovery point only when it expires. No restore can \
use it.
What to do: See what is left of this resource's backups with `mrbackup status --name default`. If this was not intended, take \
backup:DeleteRecoveryPoint from the role or user that CloudTrail names; a vault lock denies it to all.

Look closer:
  aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=DeleteRecoveryPoint --region us-east-1
  aws logs filter-log-events --log-group-name /aws/lambda/mrbackup-default-validator --log-stream-names \
deleted-points/us-east-1/mrbackup-default/2026-07-30T02 --region us-east-1
  mrbackup status --name default

Further deletions in this vault send no message until 2026-07-30 03:00 UTC; the second command above lists those that \
EventBridge delivered. The watchdog counts the vault's recovery points, and sends a message where they are fewer than expiry \
explains.""", letter)
        self.assertEqual(("point", "DELETING", SOURCE, "arn:aws:ec2:us-east-1::snapshot/snap-0fe123ca456cfad7c", "2026-10-23T21:38:31Z"),
                         tuple(machine[key] for key in ("kind", "state", "vault", "point", "expires")))

    def test_what_expires_is_silent(self):
        """AWS Backup deletes some hours late, and its events come some minutes late; a day is left for clocks."""
        for at_, outcome in (("2026-07-29T02:20:00Z", "silent"), ("2026-07-30T02:20:00Z", "silent"), ("2026-07-31T02:20:00Z", "silent"),
                             ("2026-07-31T02:20:01Z", "alarm"), ("2027-07-31", "alarm")):
            for name in "calculatedLifeCycle", "calculatedLifecycle", "CalculatedLifecycle":
                for status in "DELETING", "DELETED":
                    event = self.deleted(status=status)
                    event["detail"].pop("calculatedLifeCycle")
                    event["detail"][name] = {"deleteAt": at_, "moveToColdStorageAt": "2026-07-20T00:00:00Z"}
                    with self.subTest(at_, name=name, status=status):
                        self.assertEqual(outcome, self.hand(event))
                        self.assertEqual([], self.aws.asked("DescribeRecoveryPoint"))
                        if outcome == "silent":
                            self.assertEqual([], self.aws.calls, "it leaves no trace either")

    def test_the_expiry_follows_from_age_and_lifecycle_too(self):
        for days, outcome in ((14, "silent"), ("14", "silent"), (100, "alarm"), (-1, "alarm"), (None, "alarm")):
            event = self.deleted(lifecycle={"deleteAfterDays": days})
            event["detail"].pop("calculatedLifeCycle")
            self.assertEqual(outcome, self.hand(event), days)
        for lifecycle in ({"deleteAfterEvent": "DELETE_AFTER_COPY"}, {"DeleteAfterEvent": "DELETE_AFTER_COPY"}):
            self.assertEqual("silent", self.hand(self.deleted(lifecycle=lifecycle, calculatedLifeCycle={})), "by AWS Backup's own rule")

    def test_one_that_is_kept_permanently_is_told(self):
        for changes in {"calculatedLifeCycle": {}}, {"calculatedLifeCycle": {"moveToColdStorageAt": "2026-07-20T00:00:00Z"}}:
            self.assertEqual("alarm", self.hand(self.deleted(**changes, lifecycle={})))
            self.assertIn("is being DELETED, though it was to be kept permanently.\n", self.told()[1])
            self.assertIn("\nExpiry:    none\n", self.told()[1])

    def test_an_expiry_that_the_event_lacks_is_looked_up(self):
        event = self.deleted()
        for name in "calculatedLifeCycle", "lifecycle", "resourceArn", "resourceType":
            del event["detail"][name]
        found = {"Status": "DELETING", "ResourceArn": "arn:aws:ec2:us-east-1:111122223333:volume/vol-9", "ResourceType": "EBS"}
        for when, outcome in (("2026-07-30T02:00:00Z", "silent"), ("2026-09-30T02:00:00Z", "alarm")):
            answer = {**found, "CalculatedLifecycle": {"DeleteAt": at(moment(when))}}
            self.assertEqual(outcome, self.hand(event, Aws(DescribeRecoveryPoint=answer)))
            self.assertEqual([("us-east-1", {"BackupVaultName": "mrbackup-default",
                                             "RecoveryPointArn": "arn:aws:ec2:us-east-1::snapshot/snap-0000"})],
                             self.aws.asked("DescribeRecoveryPoint"))
        self.assertIn("\nResource:  arn:aws:ec2:us-east-1:111122223333:volume/vol-9 (EBS)\n", self.told()[1])
    def without_expiry(self, **changes):
        event = self.deleted(**changes)
        for name in {"calculatedLifeCycle", "lifecycle"} - set(changes):
            del event["detail"][name]
        return event

    def test_one_whose_expiry_is_unknown_is_silent_and_the_log_says_why(self):
        """It may have expired, and a message of each ordinary expiry would be worse than an hour until the watchdog's count."""
        gone, on_demand = refusal("ResourceNotFoundException", "there is none"), self.without_expiry(status="DELETED")
        del on_demand["detail"]["createdBy"]
        for event in self.without_expiry(), self.without_expiry(status="DELETED"), on_demand:
            for answer, why in ((gone, "ResourceNotFoundException: there is none"), ({"Status": "DELETING"}, "AWS Backup does not name one"),
                                (refusal("AccessDeniedException"), "AccessDeniedException: said AWS")):
                with self.subTest(why):
                    self.assertEqual("silent", self.hand(event, Aws(DescribeRecoveryPoint=answer)))
                    self.assertEqual(f"its expiry is unknown ({why}), so it may have expired; the watchdog counts what the vault holds",
                                     self.log[0]["reason"])
                    self.assertEqual(["DescribeRecoveryPoint"], [name for name, _, _ in self.aws.calls], "its hour stays free")
        self.assertEqual("drill", self.hand({**self.without_expiry(), "mrbackup-drill": "drill-7"}))
        for lifecycle in ({"deleteAfterDays": "soon"}, {"deleteAfterDays": 14}, None, "none"):
            event = self.without_expiry(lifecycle=lifecycle)
            event["detail"].pop("creationDate")
            self.assertEqual("silent", self.hand(event, Aws(DescribeRecoveryPoint=gone)), lifecycle)
        self.assertEqual("silent", self.hand(self.without_expiry(calculatedLifeCycle={}), Aws(DescribeRecoveryPoint=gone)))
        unread = self.without_expiry(lifecycle={}, calculatedLifeCycle={"deleteAt": "soon"})
        self.assertEqual("silent", self.hand(unread, Aws(DescribeRecoveryPoint=gone)), "it has an end, which could not be read")

    def test_one_without_an_end_is_told_though_its_expiry_is_shown_nowhere(self):
        gone = Aws(DescribeRecoveryPoint=refusal("ResourceNotFoundException", "there is none"))
        for lifecycle in {}, {"moveToColdStorageAfterDays": 30}, {"deleteAfterDays": -1}, {"deleteAfterDays": "-1"}:
            self.assertEqual("alarm", self.hand(self.without_expiry(lifecycle=lifecycle), gone), lifecycle)
            self.assertIn("is being DELETED, though it was to be kept permanently.\n", self.told()[1])
            gone = Aws(DescribeRecoveryPoint=gone.answers["DescribeRecoveryPoint"])
        on_demand = self.without_expiry(lifecycle={})
        del on_demand["detail"]["createdBy"]
        self.assertEqual("alarm", self.hand(on_demand, gone))

    def test_what_a_rule_keeps_permanently_has_no_end(self):
        os.environ["KEPT_FOR_EVER"] = "weekly:us-east-1,us-west-2 monthly:eu-west-1"
        self.addCleanup(os.environ.pop, "KEPT_FOR_EVER")
        gone = refusal("ResourceNotFoundException", "there is none")
        plan = {"backupPlanId": "1a2b3c4d", "backupRuleId": "9f8e7d6c"}
        for creator, outcome in (({**plan, "backupRuleName": "weekly"}, "alarm"), ({**plan, "backupRuleName": "daily"}, "silent"),
                                 ({**plan, "backupRuleName": "monthly"}, "silent"), ({}, "silent"), (None, "silent"),
                                 (plan, "silent")):  # an event without the rule's name: another rule of the plan may have made it
            with self.subTest(creator):
                self.assertEqual(outcome, self.hand(self.without_expiry(createdBy=creator), Aws(DescribeRecoveryPoint=gone)))
        # A rule that AWS Backup names counts more than an event that has only its plan, and less than an expiry.
        found = {"Status": "DELETING", "CreatedBy": {"BackupPlanId": "1a2b3c4d", "BackupRuleName": "weekly"}}
        event = self.without_expiry(createdBy=plan)
        self.assertEqual("alarm", self.hand(event, Aws(DescribeRecoveryPoint=found)))
        self.assertIn("\nExpiry:    none\n", self.told()[1])
        found["CalculatedLifecycle"] = {"DeleteAt": at(moment("2026-07-30T02:00:00Z"))}
        self.assertEqual("silent", self.hand(event, Aws(DescribeRecoveryPoint=found)))

    def test_hardly_anything_is_known(self):
        event = {"detail-type": "Recovery Point State Change", "detail": {"status": "DELETED"}}
        self.assertEqual("silent", self.hand(event))
        event["detail"]["lifecycle"] = {}
        self.assertEqual("alarm", self.hand(event))
        subject, letter, machine = self.told()
        self.assertEqual("mrbackup default: recovery point in us-east-1 was DELETED (type unknown)", subject)
        for line in "Resource:  not named (type unknown)\n", "Vault:     not named\n", "Point:     not named\n":
            self.assertIn(line, letter)
        self.assertIsNone(machine["expires"])

    def test_other_statuses_and_other_vaults_are_ignored(self):
        for status in "CREATING", "COMPLETED", "PARTIAL", "AVAILABLE", "STOPPED", "EXPIRED":
            self.assertEqual("ignored", self.hand(self.deleted(status=status)), status)
        self.assertEqual("alarm", self.hand(self.deleted(status="VANISHED")))
        self.assertIn("its status is VANISHED", self.aws.published[0]["Message"])
        for vault, outcome in (("Default", "ignored"), ("mrbackup-default-2", "ignored"), ("mrbackup-default_0a1b2c3d", "alarm")):
            changes = {"backupVaultName": vault, "backupVaultArn": f"{SOURCE[:-16]}{vault}"}
            self.assertEqual(outcome, self.hand(self.deleted(**changes)), vault)
            for missing in changes:
                self.assertEqual(outcome, self.hand(self.deleted(**{**changes, missing: None})), vault)

    def test_on_demand_cold_continuous_and_nested_ones_are_told_alike(self):
        on_demand = self.deleted()
        del on_demand["detail"]["createdBy"]
        cold = self.deleted(storageClass="COLD", calculatedLifeCycle={**DELETED, "moveToColdStorageAt": "2026-07-20T00:00:00Z"})
        continuous = {**self.deleted(resourceType="S3"), "resources": [
            "arn:aws:backup:us-east-1:111122223333:recovery-point:continuous:bucket-1a2b3c4d"]}
        nested = self.deleted(parentRecoveryPointArn=MANAGED_POINT)
        for event in on_demand, cold, continuous, nested:
            self.assertEqual("alarm", self.hand(event))
        self.assertEqual(["alarm", "left_to_watchdog"], self.all_of([self.deleted(1, resourceType="CloudFormation"), nested]), "with its parent")

    def all_of(self, events, aws=None, clock=None):
        """The outcomes of events that come to several copies of the function, which share nothing but the log group."""
        aws, clock = aws or Aws(), clock or Clock()
        return [self.hand(event, aws, clock) for event in events]

    def test_three_hundred_are_one_message_and_the_log_names_the_others(self):
        events = [self.deleted(number, status=status) for status in ("DELETING", "DELETED") for number in range(300)]
        self.assertEqual(["alarm"] + ["left_to_watchdog"] * 599, self.all_of(events))
        self.assertEqual(1, len(self.aws.published))
        withheld = self.aws.streams[HOUR_OF_SAMPLE]
        self.assertEqual([f"arn:aws:ec2:us-east-1::snapshot/snap-{number:04}" for number in (*range(1, 300), *range(300))],
                         [line["point"] for line in withheld])
        self.assertEqual({"level": "WARNING", "deployment": "default", "state": "DELETING", "vault": SOURCE, "withheld": True,
                          "point": "arn:aws:ec2:us-east-1::snapshot/snap-0001", "expires": "2026-10-23T21:38:31Z",
                          "resource": "arn:aws:ec2:us-east-1:111122223333:volume/vol-0001"}, withheld[0])
        self.assertEqual(0, self.clock.slept)

    def test_each_vault_and_each_hour_has_a_message(self):
        aws, clock = Aws(), Clock()
        elsewhere = {**self.deleted(backupVaultArn=SOURCE.replace("us-east-1", "eu-west-1")), "region": "eu-west-1"}
        self.assertEqual(["alarm", "alarm", "left_to_watchdog"], self.all_of([self.deleted(), elsewhere, elsewhere], aws, clock))
        clock.now += 39 * 60
        self.assertEqual(["left_to_watchdog"], self.all_of([self.deleted()], aws, clock))
        clock.now += 60
        self.assertEqual(["alarm", "left_to_watchdog"], self.all_of([self.deleted()] * 2, aws, clock))

    def test_the_second_of_two_at_once_waits_for_the_message_of_the_first(self):
        aws = Aws()
        aws.streams[f"{HOUR_OF_SAMPLE}/begun"] = []
        asked = []

        def sent_meanwhile(query):
            asked.append(query)
            if len(asked) == 4:
                aws.streams[HOUR_OF_SAMPLE] = []
            return aws.put_log_events(query)
        aws.answers["PutLogEvents"] = sent_meanwhile
        self.assertEqual("left_to_watchdog", self.hand(self.deleted(), aws))
        self.assertTrue(2 < self.clock.slept < 30, self.clock.slept)

    def test_a_first_that_could_not_be_published_silences_nothing(self):
        """Lambda hands the event in again; the others have waited a minute, and one of them is the first then."""
        aws = Aws(Publish=refusal("InternalError"))
        with self.assertRaises(ClientError):
            self.hand(self.deleted(), aws)
        self.assertNotIn(HOUR_OF_SAMPLE, aws.streams)
        aws.answers["Publish"] = {"MessageId": "1"}
        clock = Clock()
        self.assertEqual(["alarm", "left_to_watchdog"], self.all_of([self.deleted(), self.deleted(1)], aws, clock))
        self.assertTrue(60 <= clock.slept < 70, clock.slept)

    def test_a_log_that_takes_nothing_silences_nothing(self):
        for error in (refusal("AccessDeniedException"), refusal("ResourceNotFoundException", "The log group does not exist."),
                      refusal("ThrottlingException"), ConnectTimeoutError(endpoint_url="x"), KeyError("oops")):
            aws = Aws(CreateLogStream=error, PutLogEvents=error)
            self.assertEqual(["alarm"] * 3, self.all_of([self.deleted(number) for number in range(3)], aws))
            self.assertEqual(3, len(aws.published))
            self.assertTrue(180 <= self.clock.slept < 210, "and is waited for a minute each")

    def test_a_drill_counts_for_nothing(self):
        aws = Aws()
        drilled = {**self.deleted(), "mrbackup-drill": "drill-7"}
        self.assertEqual(["drill", "alarm", "drill"], self.all_of([drilled, self.deleted(), drilled], aws))
        self.assertTrue(aws.published[2]["Subject"].startswith("mrbackup default: DRILL, no one needs to act: recovery point in us-east-1"))

    def test_whatever_the_vault_is_called_the_stream_has_a_name_that_aws_takes(self):
        for vault in "mrbackup-default_\u20ac*", "mrbackup-default_" + "x" * 1000:
            self.assertEqual("alarm", self.hand(self.deleted(backupVaultName=vault, backupVaultArn=None)))
        self.assertEqual("alarm", self.hand({**self.deleted(backupVaultArn=None), "region": "*:\u20ac"}))


class Forwarded(ValidatorTest):
    """Events of a region without alarms of its own, which come by another region's bus: each names where it happened."""

    vault = "arn:aws:backup:eu-west-1:111122223333:backup-vault:mrbackup-default"

    def elsewhere(self, name, **changes):
        event = {**sample(name, **changes), "region": "eu-west-1"}
        return {**event, "resources": [resource.replace("us-east-1", "eu-west-1") for resource in event["resources"]]}

    def assert_says(self, subject, *lines):
        told, letter, machine = self.told()
        self.assertEqual(f"mrbackup default: {subject}", told)
        for line in lines:
            self.assertIn(line, letter)
        self.assertNotIn("us-east-1", letter)
        self.assertEqual("eu-west-1", machine["region"])

    def test_a_vault_is_looked_for_where_it_was(self):
        look = "aws backup describe-backup-vault --backup-vault-name mrbackup-default --region eu-west-1"
        for name, changes, happened, call in (
                ("vault-deleted", {}, "was DELETED", "DeleteBackupVault"),
                ("vault-modified", {"isLocked": "false"}, "is UNLOCKED now", "DeleteBackupVaultLockConfiguration")):
            event = self.elsewhere(name, **changes)
            for event in event, {**event, "resources": []}:
                self.assertEqual("alarm", self.hand(event))
                trail = f"AttributeKey=EventName,AttributeValue={call} --region eu-west-1"
                self.assert_says(f"vault mrbackup-default in eu-west-1 {happened}", look, trail)

    def test_settings_are_those_of_their_region(self):
        self.hand(self.elsewhere("region-setting-modified", ResourceTypeOptInPreference={"Aurora": False}))
        step = "aws backup update-region-settings --region eu-west-1 --resource-type-opt-in-preference"
        self.assert_says("AWS Backup opt-in changed in eu-west-1; off: Aurora", step)

    def test_a_restore_is_looked_up_and_counted_where_it_ran(self):
        found = {"BackupVaultArn": self.vault, "SourceResourceArn": "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"}
        self.assertEqual("alarm", self.hand(self.elsewhere("restore-failed"), Aws(DescribeRestoreJob=found)))
        look = "aws backup describe-restore-job --restore-job-id 1B234A56-789B-01CD-2A34-4567A08901FD --region eu-west-1"
        self.assert_says("restore job FAILED from eu-west-1 (EC2)", "From:      vault mrbackup-default in eu-west-1\n", look)
        for asked in "DescribeRestoreJob", "ListRestoreJobs":
            self.assertEqual({"eu-west-1"}, {region for region, _ in self.aws.asked(asked)}, asked)
        others = {**found, "BackupVaultArn": self.vault.replace("mrbackup-default", "Default")}
        self.assertEqual("ignored", self.hand(self.elsewhere("restore-failed"), Aws(DescribeRestoreJob=others)))
        self.assertEqual("alarm", self.hand(self.elsewhere("restore-failed"), Aws()))
        self.assert_says("restore job FAILED from an unknown vault in eu-west-1 (EC2)")

    def test_many_restores_are_one_alarm_and_one_summary(self):
        jobs = [{"RestoreJobId": f"job-{number}", "Status": "FAILED", "StatusMessage": "no", "BackupVaultArn": self.vault,
                 "ResourceType": "EC2", "CompletionDate": at(moment("2026-07-30T02:19:00Z") + number)} for number in range(3)]
        outcomes = []
        for job in jobs:
            event = self.elsewhere("restore-failed", restoreJobId=job["RestoreJobId"], statusMessage="no", backupVaultArn=self.vault)
            outcomes.append(self.hand(event, Aws(ListRestoreJobs={"RestoreJobs": jobs})))
            if outcomes[-1] == "summary":
                self.assert_says("3 restore jobs FAILED from eu-west-1, same cause", "--region eu-west-1")
        self.assertEqual(["alarm", "summary", "left_to_summary"], outcomes)

    def test_a_deleted_point_is_told_and_looked_up_where_it_was(self):
        event = self.elsewhere("recovery-point-deleting", backupVaultArn=self.vault, resourceArn="arn:aws:rds:eu-west-1:1:db:a")
        trail = "AttributeKey=EventName,AttributeValue=DeleteRecoveryPoint --region eu-west-1"
        self.assertEqual("alarm", self.hand(event))
        told, letter, machine = self.told()
        self.assertEqual(("mrbackup default: recovery point in eu-west-1 is being DELETED (EBS)", "eu-west-1"), (told, machine["region"]))
        for line in "Vault:     vault mrbackup-default in eu-west-1\n", trail, "deleted-points/eu-west-1/mrbackup-default/":
            self.assertIn(line, letter)
        self.assertEqual({"us-east-1"}, {region for name in ("CreateLogStream", "PutLogEvents") for region, _ in self.aws.asked(name)},
                         "its log group is the function's")
        for name in "calculatedLifeCycle", "lifecycle":
            del event["detail"][name]
        for event in event, {**event, "detail": {**event["detail"], "backupVaultArn": None}}:
            self.hand(event)
            self.assertEqual(["eu-west-1"], [region for region, _ in self.aws.asked("DescribeRecoveryPoint")])

    def test_the_message_goes_to_the_functions_own_topic(self):
        self.hand(self.elsewhere("vault-deleted"))
        self.assertEqual(["us-east-1"], [region for region, _ in self.aws.asked("Publish")])


class Given(ValidatorTest):
    """A vault that others use too: what is theirs is no alarm of the deployment, and what cannot be told apart is."""

    VAULT = "arn:aws:backup:us-east-1:111122223333:backup-vault:company_vault"
    ROLE = "arn:aws:iam::111122223333:role/company/CompanyBackup"
    OURS, THEIRS = ({"BackupPlanId": "p1", "BackupPlanName": name} for name in ("mrbackup-default", "theirs"))

    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch.multiple(validator, GIVEN={"us-east-1": "company_vault"}, PLANS=["mrbackup-default", "former"],
                                              ROLES=[self.ROLE]))

    def event(self, name, **changes):
        vault = {"sourceBackupVaultArn": self.VAULT} if name.startswith("copy") else {
            "backupVaultArn": self.VAULT, "backupVaultName": "company_vault"}
        return sample(name, **{**vault, "createdBy": {"backupPlanId": "p1"}, **changes})

    def made_by(self, creator, **more):
        job = {"CreatedBy": creator, **more}
        return Aws(DescribeBackupJob=job, DescribeCopyJob={"CopyJob": job}, DescribeRecoveryPoint={**SOUND, **job})

    def test_the_plan_tells_whose_a_job_is(self):
        for name in ("backup-failed", "backup-expired", "copy-failed"):
            for creator, outcome in ((self.OURS, "alarm"), (self.THEIRS, "ignored"), ({"BackupPlanId": "p1"}, "alarm")):
                with self.subTest(name, creator=creator):
                    self.assertEqual(outcome, self.hand(self.event(name), self.made_by(creator)))
            self.assertEqual("alarm", self.hand(self.event(name), Aws()), "what cannot be looked up is told")
            self.assertEqual("alarm", self.hand(self.event(name, createdBy={"backupPlanId": "former"})))

    def test_of_what_was_made_on_demand_the_role_tells(self):
        for role, outcome in ((self.ROLE, "alarm"), ("arn:aws:iam::111122223333:role/other", "ignored")):
            self.assertEqual(outcome, self.hand(self.event("backup-failed", createdBy=None, iamRoleArn=role)))
            self.assertEqual([], self.aws.asked("DescribeBackupJob"))

    def test_points_of_others_are_not_judged_and_a_name_with_an_underscore_has_no_key(self):
        unsound = {**SOUND, "Status": "PARTIAL", "EncryptionKeyArn": "arn:aws:kms:us-east-1:111122223333:key/1"}
        for creator, outcome in ((self.OURS, "alarm"), (self.THEIRS, "ignored")):
            aws = self.made_by(creator)
            aws.answers["DescribeRecoveryPoint"] = unsound
            self.assertEqual(outcome, self.hand(self.event("backup-completed"), aws))
        aws = self.made_by(self.OURS)
        aws.answers["DescribeRecoveryPoint"] = {**unsound, "Status": "COMPLETED"}
        point = "arn:aws:backup:us-east-1:111122223333:recovery-point:1EB3B5E7-9EB0-435A-A80B-108B488B0D45"
        self.assertEqual("silent", self.hand({**self.event("backup-completed", recoveryPointArn=point), "resources": [point]}, aws))

    def test_failures_of_others_do_not_make_ours_one_of_many(self):
        def job(number, creator):
            return {"BackupJobId": f"00000000-0000-0000-0000-00000000000{number}", "State": "FAILED", "BackupVaultName": "company_vault",
                    "BackupVaultArn": self.VAULT, "StatusMessage": "x", "CompletionDate": at(moment("2026-07-30T02:10:00Z") + number),
                    "CreatedBy": creator}
        theirs = [job(number, self.THEIRS) for number in range(1, 4)]
        for mine, outcome in ((self.OURS, "alarm"), (self.THEIRS, "ignored")):
            jobs = [*theirs, job(4, mine)]
            aws = Aws(ListBackupJobs={"BackupJobs": jobs}, DescribeBackupJob=jobs[3])
            event = self.event("backup-failed", backupJobId=jobs[3]["BackupJobId"], statusMessage="x")
            self.assertEqual(outcome, self.hand(event, aws))

    def test_a_restore_is_of_whoever_made_its_point(self):
        for creator, outcome in ((self.OURS, "alarm"), (self.THEIRS, "ignored")):
            self.assertEqual(outcome, self.hand(self.event("restore-failed"), self.made_by(creator)))
        elsewhere = self.VAULT.replace("us-east-1", "eu-west-1")
        self.assertEqual("ignored", self.hand(self.event("restore-failed", backupVaultArn=elsewhere), self.made_by(self.OURS)))

    def test_deleted_points_of_others_are_theirs(self):
        for creator, outcome in ((self.OURS, "alarm"), (self.THEIRS, "ignored")):
            self.assertEqual(outcome, self.hand(self.event("recovery-point-deleting"), self.made_by(creator)))
        self.assertEqual("alarm", self.hand(self.event("recovery-point-deleting"), Aws(DescribeRecoveryPoint=refusal("X"))))
        self.assertIn("whose recovery points the watchdog does not count", self.told()[1])

    def test_a_change_of_the_vault_is_told_and_mrbackup_does_not_make_it_again(self):
        resource = {"resources": [self.VAULT]}
        self.assertEqual("alarm", self.hand({**self.event("vault-deleted"), **resource}))
        letter = self.told()[1]
        self.assertIn("--set vault.us-east-1=NAME", letter)
        self.assertNotIn("makes a missing vault again", letter)
        self.assertEqual("alarm", self.hand({**self.event("vault-modified"), **resource}))
        validator.GIVEN = {}
        self.assertEqual("ignored", self.hand({**self.event("vault-deleted"), **resource}))


class Drills(ValidatorTest):
    def drill(self, event, drill="drill-7"):
        """The message of a drill, for which nothing was asked and nothing waited for."""
        self.assertEqual("drill", self.hand({**event, "mrbackup-drill": drill}))
        self.assertEqual(["Publish"], [name for name, _, _ in self.aws.calls], "AWS Backup is asked nothing")
        self.assertEqual(0, self.clock.slept)
        return self.told()

    def test_a_drill_word_for_word(self):
        subject, letter, machine = self.drill(sample("copy-failed"))
        self.assertEqual("mrbackup default: DRILL, no one needs to act: copy job FAILED to us-west-2 (EBS)", subject)
        self.assertEqual("""\
This is a drill: nothing has failed, and no one needs to act. It shows that the alarms of deployment "default" arrive.
Who started it is not known here. Drill id: drill-7

A real message would read:

volume/vol-0a1b2c3d4e5f60718, 30 Jul 02:20 UTC. Run: mrbackup status
A copy job to us-west-2 of deployment "default" ended as FAILED.
Until a later copy succeeds, the newest complete one there is the one before.
""", letter.split("\nResource:")[0])
        self.assertTrue(letter.endswith("\n  mrbackup status --name default"), "no word of a storm")
        self.assertEqual(("mrbackup.alarm/1", "drill", "drill-7", "copy", "FAILED", "0175DE71-5784-589F-D8AC-541ACCB4CAC8"),
                         tuple(machine[key] for key in ("schema", "outcome", "drill", "kind", "state", "id")))
        self.assertEqual(("INFO", "drill", "drill-7", "1"),
                         tuple(self.log[0][key] for key in ("level", "outcome", "drill", "message_id")))

    def test_the_answer_names_the_message(self):
        aws = Aws(Publish={"MessageId": "94f20ce6-13c5-43a0-9a9e-ca52d816e90b"})
        event = {**sample("copy-failed"), "mrbackup-drill": "x"}
        with mock.patch.object(validator, "client", aws.client), contextlib.redirect_stdout(io.StringIO()):
            answer = validator.handler(event, None)
        self.assertEqual({"outcome": "drill", "message_id": "94f20ce6-13c5-43a0-9a9e-ca52d816e90b"}, answer)

    def test_any_event_can_be_a_drill(self):
        self.assertIn("copy job FAILED to us-west-2", self.drill(sample("copy-completed"))[0])
        for path in sorted((TESTS / "events").glob("*.json")):
            with self.subTest(path.stem):
                subject, letter, machine = self.drill(sample(path.stem))
                self.assertRegex(subject, r"\Amrbackup default: DRILL\b")
                self.assertTrue(letter.startswith("This is a drill: nothing has failed, and no one needs to act."))
                self.assertEqual("drill-7", machine["drill"])
        self.assertIn("an event that alone raises no alarm", self.drill(sample("vault-created"))[0])
        for garbage in ({}, {"detail": {}}, {"detail": 3}, {"detail-type": "Copy Job State Change", "detail": {}}):
            subject, _, machine = self.drill(garbage)
            self.assertRegex(subject, r"\Amrbackup default: DRILL\b")
            self.assertEqual(("mrbackup.alarm/1", "drill", "drill-7"), tuple(machine[key] for key in ("schema", "outcome", "drill")))

    def test_an_error_of_our_own_is_still_a_drill(self):
        with mock.patch.object(validator, "failure", side_effect=KeyError("oops")):
            self.assertIn("KeyError: 'oops'", self.drill(sample("copy-failed"))[1])

    def test_an_id_cannot_pass_for_a_line_of_the_message(self):
        for drill, told in (("a\nProbable cause: none\u20ac", "a?Probable cause: none?"), ("x" * 5000, "x" * 200), ("", "not named"),
                            (None, "not named"), ({}, "not named"), (7, "7")):
            _, letter, machine = self.drill(sample("copy-failed"), drill)
            self.assertEqual(f"Who started it is not known here. Drill id: {told}", letter.split("\n")[1])
            self.assertEqual(told, machine["drill"])


class RecoveryPoints(ValidatorTest):
    def test_it_is_looked_for_where_the_job_put_it(self):
        self.hand(sample("copy-completed"))
        self.assertEqual([("us-west-2", {"BackupVaultName": "mrbackup-default",
                                         "RecoveryPointArn": "arn:aws:ec2:us-west-2::snapshot/snap-0a9b8c7d6e5f40312"})],
                         self.aws.asked("DescribeRecoveryPoint"))
        self.hand(sample("backup-completed"))
        self.assertEqual([("us-east-1", {"BackupVaultName": "mrbackup-default",
                                         "RecoveryPointArn": "arn:aws:ec2:us-east-1::snapshot/snap-0f1e2d3c4b5a69788"})],
                         self.aws.asked("DescribeRecoveryPoint"))

    def test_what_the_event_leaves_out_is_looked_up(self):
        backup = {**sample("backup-completed"), "resources": []}
        self.assertEqual("silent", self.hand(backup, Aws(DescribeBackupJob={"RecoveryPointArn": MANAGED_POINT})))
        self.assertEqual(MANAGED_POINT, self.aws.asked("DescribeRecoveryPoint")[0][1]["RecoveryPointArn"])
        found = {"DestinationRecoveryPointArn": MANAGED_POINT, "DestinationBackupVaultArn": DESTINATION}
        event = sample("copy-completed", destinationRecoveryPointArn={}, destinationBackupVaultArn="")
        self.assertEqual("silent", self.hand(event, Aws(DescribeCopyJob={"CopyJob": found})))
        self.assertEqual("us-west-2", self.aws.asked("DescribeRecoveryPoint")[0][0])

    def test_what_cannot_be_looked_up_is_an_alarm_that_says_why(self):
        event = sample("copy-completed", destinationRecoveryPointArn={})
        self.assertEqual("alarm", self.hand(event, Aws(DescribeCopyJob=refusal("AccessDeniedException", "not you"))))
        self.assertEqual("mrbackup default: recovery point to us-west-2 could not be checked (EBS)", self.told()[0])
        self.assertIn("which one it is, or where. AccessDeniedException: not you\n", self.told()[1])

    def judged(self, point, arn=MANAGED_POINT, **changes):
        outcome = self.hand(sample("copy-completed", destinationRecoveryPointArn=arn, **changes), Aws(DescribeRecoveryPoint=point))
        return self.told()[2]["problems"] if outcome == "alarm" else outcome

    def test_sound_ones_are_passed_in_silence(self):
        after_copy = {"Lifecycle": {"DeleteAfterEvent": "DELETE_AFTER_COPY"}}
        for change in ({}, {"Status": "AVAILABLE"}, {"Status": "CREATING"}, after_copy):
            self.assertEqual("silent", self.judged({**SOUND, **change}))

    def test_a_bad_status_is_a_problem(self):
        for status in ("PARTIAL", "EXPIRED", "DELETING", "STOPPED"):
            self.assertEqual([f"Its status is {status}. Half of it."],
                             self.judged({**SOUND, "Status": status, "StatusMessage": "Half of it."}))
        self.assertEqual(["Its status is unknown."], self.judged({key: SOUND[key] for key in ("Lifecycle", "IsEncrypted")}))

    def test_one_that_never_expires_is_a_problem(self):
        for lifecycle in ({}, {"DeleteAfterDays": -1}, {"MoveToColdStorageAfterDays": 30}):
            self.assertEqual(["It has no expiry: it is kept, and paid for, until it is deleted."],
                             self.judged({**SOUND, "Lifecycle": lifecycle}))
        self.assertEqual(1, len(self.judged({"Status": "COMPLETED"})))

    def test_encryption_is_judged_only_where_the_vaults_key_encrypts(self):
        plain = {**SOUND, "IsEncrypted": False}
        self.assertEqual(["It is not encrypted, though the vault's key should have seen to that."], self.judged(plain))
        # A backup is as its source is; a copy is encrypted, but for those of clusters.
        self.assertEqual("silent", self.hand(sample("backup-completed"), Aws(DescribeRecoveryPoint=plain)))
        snapshot = "arn:aws:rds:us-west-2:111122223333:cluster-snapshot:awsbackup:copyjob-1"
        for type_ in ("Aurora", "DocumentDB", "Neptune"):
            self.assertEqual("silent", self.judged(plain, snapshot, resourceType=type_))
        for type_ in ("EBS", "RDS"):
            self.assertEqual(["It is not encrypted, though AWS Backup encrypts copies of this type whatever their source is."],
                             self.judged(plain, "arn:aws:ec2:us-west-2::snapshot/snap-0a9b8c7d6e5f40312", resourceType=type_))
        self.assertEqual("silent", self.judged({"Status": "COMPLETED", "Lifecycle": {"DeleteAfterDays": 1}}))

    def test_a_copy_is_under_the_key_of_its_vault_or_in_one_on_awss_own_key_under_its_services(self):
        own, other = (f"arn:aws:kms:us-west-2:111122223333:key/{name}" for name in ("1234", "aws-ebs"))
        snapshot = "arn:aws:ec2:us-west-2::snapshot/snap-0a9b8c7d6e5f40312"
        with_key = f"{DESTINATION}_{hashlib.sha256(own.encode()).hexdigest()[:8]}"
        under = {key: {**SOUND, "EncryptionKeyArn": key} for key in (own, other)}
        for point in (snapshot, MANAGED_POINT):
            self.assertEqual("silent", self.judged(under[other], point))
            self.assertEqual("silent", self.judged(under[own], point, destinationBackupVaultArn=with_key))
            self.assertEqual("silent", self.judged(SOUND, point, destinationBackupVaultArn=with_key))
            self.assertEqual([f"It is under another key than its vault: {other}."],
                             self.judged(under[other], point, destinationBackupVaultArn=with_key))
        # The backup itself keeps the key of its source.
        vault = with_key.replace("us-west-2", "us-east-1")
        self.assertEqual("silent", self.hand(sample("backup-completed", backupVaultArn=vault, backupVaultName=vault.rsplit(":")[-1]),
                                             Aws(DescribeRecoveryPoint=under[other])))

    def test_all_problems_are_told_at_once_word_for_word(self):
        self.assertEqual(3, len(self.judged({"Status": "PARTIAL", "IsEncrypted": False})))
        subject, letter, _ = self.told()
        self.assertEqual("mrbackup default: recovery point to us-west-2 is not sound (EBS)", subject)
        place = "--backup-vault-name mrbackup-default --region us-west-2"
        self.assertEqual(f"""\
A copy job to us-west-2 of deployment "default" COMPLETED, but its recovery point is not sound.

Resource:  arn:aws:ec2:us-east-1:111122223333:volume/vol-0a1b2c3d4e5f60718 (EBS)
From:      vault mrbackup-default in us-east-1
To:        vault mrbackup-default in us-west-2
When:      2026-07-30 02:17 UTC
Job:       0175DE71-5784-589F-D8AC-541ACCB4CAC8
Point:     {MANAGED_POINT}

Problem: Its status is PARTIAL.
What to do: Do not count on restoring from it; make a new one.

Problem: It has no expiry: it is kept, and paid for, until it is deleted.
What to do: Give it one: `aws backup update-recovery-point-lifecycle {place} --recovery-point-arn {MANAGED_POINT} --lifecycle \
DeleteAfterDays=DAYS`, and also the rule or command that made it.

Problem: It is not encrypted, though the vault's key should have seen to that.
What to do: Check the vault's key: `aws backup describe-backup-vault {place}`.

Look closer:
  aws backup describe-recovery-point {place} --recovery-point-arn {MANAGED_POINT}
  aws backup describe-copy-job --copy-job-id 0175DE71-5784-589F-D8AC-541ACCB4CAC8 --region us-east-1
  mrbackup status --name default

More of the same until 2026-07-30 02:32 UTC will come as one summary.""", letter)

    def test_a_missing_one_is_an_alarm(self):
        self.assertEqual(["The vault does not hold it: it was deleted since, or never written."],
                         self.judged(refusal("ResourceNotFoundException")))
        self.assertEqual("mrbackup default: recovery point to us-west-2 is missing (EBS)", self.told()[0])

    def test_a_missing_vault_or_a_refused_look_is_an_alarm(self):
        words = "Insufficient privileges to perform this action."
        self.assertEqual([f"AccessDeniedException: {words}"], self.judged(refusal("AccessDeniedException", words, 403)))
        self.assertIn("Either the vault is gone or the validator may not see it.", self.told()[1])

    def test_throttling_and_server_errors_are_outlasted(self):
        for fault in (refusal("ThrottlingException"), refusal("TooManyRequestsException", status=429),
                      refusal("ServiceUnavailableException"), refusal("Whatever", status=503),
                      ConnectTimeoutError(endpoint_url="x"), ReadTimeoutError(endpoint_url="x")):
            with self.subTest(str(fault)):
                answers = iter([fault, fault, fault, SOUND])
                self.assertEqual("silent", self.judged(lambda _: next(answers)))
                self.assertGreater(self.clock.slept, 3)

    def test_what_remains_is_an_alarm_in_good_time(self):
        for fault in (refusal("ThrottlingException", "Rate exceeded"), refusal("Whatever", status=500),
                      ConnectTimeoutError(endpoint_url="x")):
            with self.subTest(str(fault)):
                self.assertEqual(1, len(self.judged(fault)))
                self.assertEqual("mrbackup default: recovery point to us-west-2 could not be checked (EBS)", self.told()[0])
                self.assertTrue(300 < self.clock.slept <= 600, self.clock.slept)

    def test_other_errors_are_not_repeated(self):
        self.assertEqual(["InvalidParameterValueException: said AWS"], self.judged(refusal("InvalidParameterValueException")))
        self.assertEqual(1, len(self.aws.asked("DescribeRecoveryPoint")))


class Issues(ValidatorTest):
    """Jobs that AWS's console calls "completed with issues": COMPLETED with a status message, or of another category than success."""

    SAID = (
        ("backup-completed", "Windows VSS Backup attempt failed because of timeout on VSS enabled snapshot creation", "after a power cut",
         "aws ssm describe-instance-information"),
        ("backup-completed", "Windows VSS Backup Job Error encountered, trying for regular backup", "after a power cut", "ssm"),
        ("backup-completed", "Some objects were skipped because access was denied", "left out", "may read"),
        ("backup-completed", "Your backup succeeded, but we were unable to persist NetworkInterfaces metadata as its size exceeded our "
         "internal limits.", "settings", "get-recovery-point-restore-metadata"),
        ("copy-completed", "We are unable to copy resource tags to your backup because of the Internal Failure.", "tags",
         "aws backup list-tags --resource-arn arn:aws:ec2:us-west-2::snapshot/"),
        ("copy-completed", "Out of luck", "Something is missing", "the command below"))

    def test_what_was_skipped_is_said(self):
        for name, message, why, step in self.SAID:
            with self.subTest(message):
                self.assertEqual("alarm", self.hand(sample(name, statusMessage=f'"{message}"')))
                subject, letter, machine = self.told()
                kind, place = name.split("-")[0], "to us-west-2" if name.startswith("copy") else "in us-east-1"
                self.assertEqual(f"mrbackup default: recovery point {place} was made with issues (EBS)", subject)
                self.assertTrue(letter.startswith(f'A {kind} job {place} of deployment "default" COMPLETED, but its recovery point was '
                                                  "made with issues.\n"))
                problem, step_told = re.search("\nProblem: (.*)\nWhat to do: (.*)\n", letter).groups()
                self.assertTrue(problem.startswith(f"AWS Backup reports: {message.rstrip('.')}. "), problem)
                self.assertIn(why, problem)
                self.assertIn(step, step_told)
                self.assertEqual((message, [problem]), (machine["reason"], machine["problems"]))

    def test_a_category_other_than_success_is_an_issue_too(self):
        for category in ("AccessDenied", "MISCELLANEOUS", "VSS"):
            for name in ("backup-completed", "copy-completed"):
                self.assertEqual("alarm", self.hand(sample(name, messageCategory=category)))
                self.assertIn(f"\nProblem: AWS Backup reports: category {category}. ", self.told()[1])
                self.assertEqual(category, self.told()[2]["category"])
        for category in ("SUCCESS", "success", "Success", "", None, {}):
            for name in ("backup-completed", "copy-completed"):
                self.assertEqual("silent", self.hand(sample(name, messageCategory=category, statusMessage='""')))

    def test_what_the_look_up_tells_counts_too(self):
        event = sample("copy-completed", destinationRecoveryPointArn={})
        job = {"DestinationRecoveryPointArn": MANAGED_POINT, "State": "COMPLETED", "StatusMessage": "Half of it", "MessageCategory": "X"}
        self.assertEqual("alarm", self.hand(event, Aws(DescribeCopyJob={"CopyJob": job})))
        self.assertIn("AWS Backup reports: Half of it (category X). ", self.told()[1])

    def test_an_issue_stands_beside_what_is_wrong_with_the_point(self):
        event = sample("copy-completed", statusMessage="Half of it")
        self.hand(event, Aws(DescribeRecoveryPoint={**SOUND, "Status": "PARTIAL"}))
        self.assertEqual("mrbackup default: recovery point to us-west-2 is not sound (EBS)", self.told()[0])
        self.assertEqual(2, len(self.told()[2]["problems"]))
        for fault in (refusal("ResourceNotFoundException"), CLOSED):
            self.hand(event, Aws(DescribeRecoveryPoint=fault))
            self.assertEqual(2, len(self.told()[2]["problems"]))


class Storm:
    """AWS Backup's list of failed copy jobs, as it is at the clock's time."""

    def __init__(self, ends, reason=lambda number: f"Access denied to arn:aws:ec2:us-east-1::snapshot/snap-{number:04}"):
        self.jobs = [{
            "CopyJobId": f"job-{number:04}", "State": "FAILED", "CompletionDate": at(end), "StatusMessage": reason(number),
            "SourceBackupVaultArn": SOURCE, "DestinationBackupVaultArn": DESTINATION,
            "ResourceArn": f"arn:aws:ec2:us-east-1:111122223333:volume/vol-{number:04}",
            "ResourceType": "RDS" if number % 5 == 0 else "EBS"} for number, end in enumerate(ends)]
        self.clock = Clock()

    def aws(self, size=1000):
        def page(query):
            assert query["ByState"] == "FAILED" and query["ByDestinationVaultArn"] == DESTINATION
            known = [job for job in reversed(self.jobs)
                     if query["ByCompleteAfter"] < job["CompletionDate"] and job["CompletionDate"].timestamp() <= self.clock.now]
            start = int(query.get("NextToken", 0))
            more = {"NextToken": str(start + size)} if start + size < len(known) else {}
            return {"CopyJobs": known[start:start + size], **more}
        return Aws(ListCopyJobs=page)

    def event(self, job, delay=0):
        """As the samples are: without a completion date. The clock stands at its arrival."""
        self.clock = Clock(at(job["CompletionDate"].timestamp() + delay).isoformat())
        event = sample("copy-failed", copyJobId=job["CopyJobId"], statusMessage=f'"{job["StatusMessage"]}"',
                       resourceArn=job["ResourceArn"], resourceType=job["ResourceType"])
        event["time"] = at(self.clock.now).isoformat().replace("+00:00", "Z")
        return event


NOON = moment("2026-07-30T12:00:00Z")


class Weather(ValidatorTest):
    def weather(self, storm, delay=lambda number: 0, size=1000):
        """Each job's outcome, in order."""
        read, listed, outcomes = validator.job_from, {}, []

        def read_once(kind, record):  # a thousand events each read the same thousand records
            number = record.get("CopyJobId")
            if number and number not in listed:
                listed[number] = read(kind, record)
            return listed[number] if number else read(kind, record)

        with mock.patch.object(validator, "job_from", read_once):
            for number, job in enumerate(storm.jobs):
                event = storm.event(job, delay(number))
                outcomes.append(self.hand(event, storm.aws(size), storm.clock))
        return outcomes


class Storms(Weather):
    def test_a_thousand_failures_are_one_alarm_and_one_summary(self):
        storm = Storm([NOON + number * 0.3 for number in range(1000)])
        outcomes = self.weather(storm)
        self.assertEqual(["alarm", "summary"] + ["left_to_summary"] * 998, outcomes)

    def test_the_summary_word_for_word(self):
        storm = Storm([NOON + number * 0.3 for number in range(1000)])
        self.assertEqual("summary", self.hand(storm.event(storm.jobs[1]), storm.aws(), storm.clock))
        self.assertEqual(NOON + 870.3, self.clock.now, "waited as long as the function may run")
        subject, letter, machine = self.told()
        self.assertEqual("mrbackup default: 1000 copy jobs FAILED to us-west-2, same cause", subject)
        self.assertEqual(f"""\
1000 copy jobs to us-west-2 of deployment "default" ended as FAILED, for one reason.
The first was reported by itself; single alarms for the others were withheld.

Resources: arn:aws:ec2:us-east-1:111122223333:volume/vol-0000
           arn:aws:ec2:us-east-1:111122223333:volume/vol-0001
           arn:aws:ec2:us-east-1:111122223333:volume/vol-0002
           arn:aws:ec2:us-east-1:111122223333:volume/vol-0003
           arn:aws:ec2:us-east-1:111122223333:volume/vol-0004
           and 995 more
Types:     800 EBS, 200 RDS
From:      vault mrbackup-default in us-east-1
To:        vault mrbackup-default in us-west-2
When:      2026-07-30 12:00 UTC to 2026-07-30 12:04 UTC
Why:       Access denied to arn:aws:ec2:us-east-1::snapshot/snap-0000 (of the first)

Probable cause: The service role lacks a permission, or a policy denies it (SCP, permissions boundary, vault, bucket or key policy).
What to do: Run `mrbackup status --name default` to see what is missing; `mrbackup up --name default` restores the role.

Look closer:
  aws backup list-copy-jobs --by-state FAILED --by-destination-vault-arn {DESTINATION} --by-complete-after 2026-07-30T12:00:00Z \
--region us-east-1
  mrbackup status --name default""", letter)
        self.assertEqual((1000, {"EBS": 800, "RDS": 200}), (machine["count"], machine["types"]))

    def test_a_storm_of_a_night_has_an_alarm_and_a_summary_in_every_window(self):
        storm = Storm([NOON + number * 60 for number in range(8 * 60)])
        outcomes = self.weather(storm, delay=lambda number: number * 97 % 300)
        self.assertEqual((["alarm", "summary"] + ["left_to_summary"] * 13) * 32, outcomes)

    def test_a_storm_over_midnight_is_not_lost(self):
        storm = Storm([moment("2026-07-30T23:55:00Z") + number * 5 for number in range(120)])
        outcomes = self.weather(storm, delay=lambda number: 240)
        quiet = ["left_to_summary"] * 58
        self.assertEqual(["alarm", "summary", *quiet] * 2, outcomes)

    def test_failures_a_quarter_of_an_hour_apart_are_alarms_each(self):
        self.assertEqual(["alarm", "summary", "alarm", "alarm"], self.weather(Storm([NOON, NOON + 899, NOON + 900, NOON + 1800])))

    def test_the_window_can_be_set(self):
        os.environ["STORM_WINDOW_SECONDS"] = "60"
        self.assertEqual(["alarm", "summary", "alarm"], self.weather(Storm([NOON, NOON + 59, NOON + 60])))

    def test_different_causes_are_alarms_each(self):
        reasons = "KMS key is disabled", "Access denied", "Rate exceeded"
        self.assertEqual(["alarm"] * 3, self.weather(Storm([NOON, NOON + 1, NOON + 2], reasons.__getitem__)))

    def test_the_same_reason_about_another_resource_is_the_same_cause(self):
        for one, other in (("No access to arn:aws:s3:::a", "No access to arn:aws:s3:::bb"), ("Retry 3 of 4", "Retry 1 of 4"),
                           ("Snapshot snap-0a1 failed", "Snapshot snap-9 failed"),
                           ('Group "prod" is in use.', 'Group "test" is in use.'),
                           ("Can't read 'a', it's gone", "Can't read 'b c', it's gone")):
            self.assertEqual(validator.essence(one), validator.essence(other))
        self.assertNotEqual(validator.essence("Can't read it"), validator.essence("Can't write it"))

    def test_equal_times_have_one_order(self):
        self.assertEqual(["alarm", "summary", "left_to_summary"], self.weather(Storm([NOON] * 3)))

    def test_all_pages_are_read(self):
        outcomes = self.weather(Storm([NOON] * 25), size=10)
        self.assertEqual(["alarm", "summary"] + ["left_to_summary"] * 23, outcomes)

    def test_a_job_without_a_completion_date_silences_nothing(self):
        storm = Storm([NOON] * 3)
        event = storm.event(storm.jobs[2])
        undated = [{key: value for key, value in job.items() if key != "CompletionDate"} for job in storm.jobs]
        self.assertEqual("alarm", self.hand(event, Aws(ListCopyJobs={"CopyJobs": undated}), storm.clock))

    def test_backup_jobs_are_listed_by_their_vaults_name(self):
        event = sample("backup-aborted")
        earlier = {"BackupJobId": "0", "State": "ABORTED", "StatusMessage": "Backup job was stopped by user.",
                   "BackupVaultArn": SOURCE, "CompletionDate": at(moment("2026-07-30T02:19:00Z"))}
        self.assertEqual("summary", self.hand(event, Aws(ListBackupJobs={"BackupJobs": [earlier]})))
        region, query = self.aws.asked("ListBackupJobs")[0]
        self.assertEqual("us-east-1", region)
        self.assertEqual({"ByState": "ABORTED", "ByBackupVaultName": "mrbackup-default", "MaxResults": 1000,
                          "ByCompleteAfter": at(moment("2026-07-29T00:00:00Z"))}, query)
        self.assertIn("2 backup jobs ABORTED in us-east-1, same cause", self.told()[0])

    def test_a_list_that_cannot_be_read_silences_nothing(self):
        storm = Storm([NOON] * 3)
        for fault in (refusal("AccessDeniedException"), refusal("ThrottlingException"), ConnectTimeoutError(endpoint_url="x"),
                      {"CopyJobs": [], "NextToken": "again"}, lambda query: {"NextToken": query.get("NextToken", "") + "x"}):
            with self.subTest(str(fault)):
                self.assertEqual("alarm", self.hand(storm.event(storm.jobs[2]), Aws(ListCopyJobs=fault), storm.clock))
                self.assertIn("could not be read, so each failure comes by itself (", self.told()[1])
        os.environ["STORM_WINDOW_SECONDS"] = "soon"
        self.assertEqual("alarm", self.hand(storm.event(storm.jobs[2]), storm.aws(), storm.clock))

    def test_a_throttled_list_is_outlasted(self):
        storm = Storm([NOON] * 3)
        event, aws = storm.event(storm.jobs[2]), storm.aws()
        page, faults = aws.answers["ListCopyJobs"], [refusal("ThrottlingException")] * 6
        aws.answers["ListCopyJobs"] = lambda query: faults.pop() if faults else page(query)
        self.assertEqual("left_to_summary", self.hand(event, aws, storm.clock))

    def test_a_summary_needs_only_the_first_reading(self):
        storm = Storm([NOON] * 2)
        event, aws = storm.event(storm.jobs[1]), storm.aws()
        page, faults = aws.answers["ListCopyJobs"], iter([False, True])
        aws.answers["ListCopyJobs"] = lambda query: refusal("AccessDeniedException") if next(faults) else page(query)
        self.assertEqual("summary", self.hand(event, aws, storm.clock))
        self.assertEqual(2, self.told()[2]["count"])
        self.assertTrue(self.told()[1].endswith("\n\nAWS Backup's list of jobs could not be read again when the window was over "
                                                "(AccessDeniedException: said AWS), so there may be more of them."))

    def test_pages_that_come_slowly_do_not_outlast_the_function(self):
        for slow in (19, 90):
            storm = Storm([NOON] * 3)
            begun = storm.event(storm.jobs[2]) and storm.clock.now

            def page(query):
                storm.clock.now += slow
                return {"CopyJobs": [], "NextToken": query.get("NextToken", "") + "x"}
            self.assertEqual("alarm", self.hand(storm.event(storm.jobs[2]), Aws(ListCopyJobs=page), storm.clock))
            self.assertIn("could not be read, so each failure comes by itself (RuntimeError: ", self.told()[1])
            self.assertLess(storm.clock.now, begun + 900)

    def test_a_window_that_is_over_is_not_waited_for(self):
        storm = Storm([NOON, NOON + 1])
        self.assertEqual("summary", self.hand(storm.event(storm.jobs[1], delay=2000), storm.aws(), storm.clock))
        self.assertEqual(0, self.clock.slept)


class CompletedStorm(Storm):
    """AWS Backup's list of copies that completed, and the recovery points they wrote: sound but for what `flaw` says of each."""

    def __init__(self, ends, flaw):
        super().__init__(ends)
        self.flaw, self.looks = flaw, 0
        for number, job in enumerate(self.jobs):
            del job["StatusMessage"]
            job.update(State="COMPLETED", DestinationRecoveryPointArn=f"{MANAGED_POINT[:-4]}{number:04}")

    def aws(self, size=1000):
        def describe(query):
            self.looks += 1
            flaw = self.flaw(int(query["RecoveryPointArn"][-4:]))
            return flaw if isinstance(flaw, Exception) else {**SOUND, **(flaw or {})}

        def page(query):
            assert query["ByState"] == "COMPLETED" and query["ByDestinationVaultArn"] == DESTINATION
            known = [job for job in self.jobs
                     if query["ByCompleteAfter"] < job["CompletionDate"] and job["CompletionDate"].timestamp() <= self.clock.now]
            return {"CopyJobs": known}
        return Aws(ListCopyJobs=page, DescribeRecoveryPoint=describe)

    def event(self, job, delay=0):
        self.clock = Clock(at(job["CompletionDate"].timestamp() + delay).isoformat())
        return sample("copy-completed", copyJobId=job["CopyJobId"], resourceArn=job["ResourceArn"], resourceType=job["ResourceType"],
                      destinationRecoveryPointArn=job["DestinationRecoveryPointArn"],
                      completionDate=job["CompletionDate"].isoformat())


FOR_EVER = {"Lifecycle": {}}
CLOSED = refusal("AccessDeniedException", "Insufficient privileges to perform this action.", 403)


class CompletedStorms(Weather):
    def test_three_hundred_that_cannot_be_looked_at_are_one_alarm_and_one_summary(self):
        for fault in (CLOSED, refusal("ResourceNotFoundException", "Cannot find it"), refusal("Whatever")):
            storm = CompletedStorm([NOON + number for number in range(300)], lambda _: fault)
            self.assertEqual(["alarm", "summary"] + ["left_to_summary"] * 298, self.weather(storm))

    def test_three_hundred_without_expiry_are_one_alarm_and_one_summary(self):
        storm = CompletedStorm([NOON + number for number in range(300)], lambda _: FOR_EVER)
        self.assertEqual(["alarm", "summary"] + ["left_to_summary"] * 298, self.weather(storm))
        self.assertLess(storm.looks, 300 * 4)

    def test_the_summary_word_for_word(self):
        storm = CompletedStorm([NOON + number for number in range(7)], lambda _: FOR_EVER)
        self.assertEqual("summary", self.hand(storm.event(storm.jobs[1]), storm.aws(), storm.clock))
        subject, letter, machine = self.told()
        self.assertEqual("mrbackup default: 7 recovery points to us-west-2 are not sound, same cause", subject)
        self.assertEqual(f"""\
7 copy jobs to us-west-2 of deployment "default" COMPLETED, but their recovery points are not sound, for one reason.
The first was reported by itself; single alarms for the others were withheld.

Resources: arn:aws:ec2:us-east-1:111122223333:volume/vol-0000
           arn:aws:ec2:us-east-1:111122223333:volume/vol-0001
           arn:aws:ec2:us-east-1:111122223333:volume/vol-0002
           arn:aws:ec2:us-east-1:111122223333:volume/vol-0003
           arn:aws:ec2:us-east-1:111122223333:volume/vol-0004
           and 2 more
Types:     5 EBS, 2 RDS
From:      vault mrbackup-default in us-east-1
To:        vault mrbackup-default in us-west-2
When:      2026-07-30 12:00 UTC to 2026-07-30 12:00 UTC

Problem: It has no expiry: it is kept, and paid for, until it is deleted.
What to do: Give it one: `aws backup update-recovery-point-lifecycle --backup-vault-name mrbackup-default --region us-west-2 \
--recovery-point-arn {MANAGED_POINT[:-4]}0001 --lifecycle DeleteAfterDays=DAYS`, and also the rule or command that made it.

Look closer:
  aws backup list-copy-jobs --by-state COMPLETED --by-destination-vault-arn {DESTINATION} --by-complete-after \
2026-07-30T12:00:00Z --region us-east-1
  mrbackup status --name default""", letter)
        self.assertEqual((7, {"EBS": 5, "RDS": 2}, ["It has no expiry: it is kept, and paid for, until it is deleted."]),
                         (machine["count"], machine["types"], machine["problems"]))

    def test_sound_ones_in_a_storm_are_silent_and_count_for_nothing(self):
        storm = CompletedStorm([NOON + number for number in range(9)], lambda number: number % 3 == 2 and FOR_EVER)
        self.assertEqual(["silent", "silent", "alarm", "silent", "silent", "summary", "silent", "silent", "left_to_summary"],
                         self.weather(storm))

    def test_three_hundred_with_the_same_issue_are_one_alarm_and_one_summary(self):
        for record in ({"StatusMessage": "Skipped 7 objects of arn:aws:s3:::a"}, {"MessageCategory": "AccessDenied"}):
            storm = CompletedStorm([NOON + number for number in range(300)], lambda _: None)
            for number, job in enumerate(storm.jobs):
                job.update(record if number % 2 else {})
            issues = {name[:1].lower() + name[1:]: value for name, value in record.items()}
            event = storm.event
            storm.event = lambda job, delay=0: {**event(job), "detail": {**event(job)["detail"], **(
                issues if record.items() <= job.items() else {})}}
            quiet = ["silent", "left_to_summary"] * 148
            self.assertEqual(["silent", "alarm", "silent", "summary", *quiet], self.weather(storm))

    def test_different_problems_are_alarms_each(self):
        flaws = FOR_EVER, {"Status": "PARTIAL"}, {"IsEncrypted": False}, CLOSED, refusal("ResourceNotFoundException")
        self.assertEqual(["alarm"] * 5, self.weather(CompletedStorm([NOON + number for number in range(5)], flaws.__getitem__)))

    def test_a_bad_one_among_very_many_sound_ones_is_an_alarm_after_a_bounded_number_of_looks(self):
        storm = CompletedStorm([NOON + number * 0.5 for number in range(900)], lambda number: number in (5, 890) and FOR_EVER)
        self.assertEqual("alarm", self.hand(storm.event(storm.jobs[890]), storm.aws(), storm.clock))
        self.assertLessEqual(storm.looks, validator.LOOKS + 1)
        self.assertIn("More jobs completed before it than could be read", self.told()[1])

    def test_a_list_that_cannot_be_read_silences_nothing(self):
        storm = CompletedStorm([NOON] * 3, lambda _: FOR_EVER)
        for fault in (CLOSED, refusal("ThrottlingException"), ConnectTimeoutError(endpoint_url="x")):
            aws = storm.aws()
            event = storm.event(storm.jobs[2])
            aws.answers["ListCopyJobs"] = fault
            self.assertEqual("alarm", self.hand(event, aws, storm.clock))
            self.assertIn("could not be read, so each comes by itself (", self.told()[1])

    def test_throttled_looks_are_one_alarm_and_one_summary(self):
        storm = CompletedStorm([NOON + number for number in range(4)], lambda _: refusal("ThrottlingException", "Rate exceeded"))
        outcomes = self.weather(storm)
        self.assertEqual(["alarm", "summary"] + ["left_to_summary"] * 2, outcomes)
        self.assertLess(self.clock.slept, 870)

    def test_what_a_rule_keeps_for_ever_is_meant(self):
        os.environ["KEPT_FOR_EVER"] = "weekly:us-east-1,us-west-2 monthly:eu-west-1"
        self.addCleanup(os.environ.pop, "KEPT_FOR_EVER")
        plan = {"BackupPlanId": "1a2b3c4d", "BackupRuleId": "9f8e7d6c"}
        for creator, outcome in (({**plan, "BackupRuleName": "weekly"}, "silent"), ({**plan, "BackupRuleName": "daily"}, "alarm"),
                                 ({**plan, "BackupRuleName": "monthly"}, "alarm"), (plan, "silent"), ({}, "alarm")):
            with self.subTest(creator):
                event = sample("copy-completed", destinationRecoveryPointArn=MANAGED_POINT, createdBy={})
                found = {**SOUND, "Lifecycle": {"DeleteAfterDays": -1}, "CreatedBy": creator}
                self.assertEqual(outcome, self.hand(event, Aws(DescribeRecoveryPoint=found)))
        # The event's own word of its plan counts where the recovery point has none.
        event = sample("copy-completed", destinationRecoveryPointArn=MANAGED_POINT)
        self.assertEqual("silent", self.hand(event, Aws(DescribeRecoveryPoint={**SOUND, **FOR_EVER})))
        os.environ["KEPT_FOR_EVER"] = "monthly:eu-west-1"
        self.assertEqual("alarm", self.hand(event, Aws(DescribeRecoveryPoint={**SOUND, **FOR_EVER})))


if __name__ == "__main__":
    unittest.main()
