"""Two weeks of nights, with validator and watchdog as they run beside each other: silence while all is well, and of each fault
one message when it begins and one when it is over, or as many as are meant; none in between."""

import os
import sys
import unittest
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from unittest import mock

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "validator"), str(TESTS / "watchdog")]

import test_validator as judged  # noqa: E402
import test_watchdog as watched  # noqa: E402
from test_watchdog import BUCKET, DAY, DENIED, EAST, EU, GONE, HOUR, NOW, PLAN, REGIONS, RULES, SELECTION, TOPICS, VOLUME, WEST  # noqa: E402

NIGHTS = 14
BEGINS, ENDS = 5, 8  # nights: three of them are bad
KIND = {EAST: "backup", WEST: "copy", EU: "copy"}
OLD = 1000  # points that each vault holds for long
OPTIONS = "The snapshot requires a target option group with the following options: TDE"
VAULTS = {region: f"arn:aws:backup:{region}:111122223333:backup-vault:mrbackup-default" for region in REGIONS}


def at(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc)


class Weather(watched.WatchdogTest):
    minutes = 240

    def setUp(self):
        super().setUp()
        self.setup["minutes"] = self.minutes
        self.night, self.done, self.told = 0, [], {"validator": [], "watchdog": [], "alarm": []}
        self.account.others = dict.fromkeys(REGIONS, OLD)
        self.ran, self.fate, self.look = True, lambda region, resource: {}, lambda region, resource: {}
        self.judge, self.alarmed = judged.ValidatorTest("hand"), False
        self.expires, self.held, self.gone = False, [], Counter()

    def bad(self):
        return BEGINS <= self.night < ENDS

    def two_weeks(self, begin=lambda: None, end=lambda: None):
        """Each night at two o'clock the plan runs; by day the fault begins and, some nights later, ends, at six in the evening."""
        for self.night in range(NIGHTS):
            midnight = NOW + (self.night + 0.5) * DAY  # it begins at noon
            for mark, change in ((BEGINS, begin), (ENDS, end)):
                if self.night == mark:
                    self.look_until(midnight - 6 * HOUR)
                    change()
            self.look_until(midnight + 2 * HOUR)
            if self.ran:
                self.run_plan(midnight + 2 * HOUR)
        self.look_until(NOW + NIGHTS * DAY)

    def look_until(self, moment):
        """The watchdog's runs until then, and CloudWatch's alarm on what it finds."""
        while self.account.now < moment:
            if self.expires:
                nights, hour = divmod((self.account.now - NOW) / HOUR + 12, 24)
                deleted = nights - (hour < 9) if nights % 5 not in (2, 3) else nights // 5 * 5 + 1
                self.held.append(int(100 * (7 + nights + (hour >= 2) - deleted)))
                self.account.others.update(dict.fromkeys(REGIONS, self.held[-1]))
                for region in REGIONS:
                    self.delete(region, self.held[-2] - self.held[-1] if len(self.held) > 1 else 0, due=-9 * HOUR)
            self.run_once(hours=self.minutes / 60)
            self.told["watchdog"] += {message["Subject"].partition(": ")[2]: None for message in self.messages}
            alarmed = self.put["Findings", None] > 0
            self.told["alarm"] += [("OK", "ALARM")[alarmed]] * (alarmed != self.alarmed)
            self.alarmed = alarmed

    def run_plan(self, begun):
        """The jobs of a night: the backups first, then the copies; and the events of their ends."""
        jobs = []
        for step, region in enumerate(REGIONS):
            for number, resource in enumerate(sorted(self.account.resources)):
                ended = begun + (20 + 20 * step + number) * 60
                fate = {"State": "COMPLETED", **(self.fate(region, resource) if self.bad() else {})}
                self.account.jobs += [{
                    "BackupJobId": "1", "BackupVaultName": "mrbackup-default", "ResourceArn": resource, "CreationDate": at(begun),
                    "State": fate["State"], "CreatedBy": {"BackupPlanId": "p1"}}] * (region == EAST)
                if fate["State"] == "COMPLETED":
                    self.account.points[region][resource] = [*self.account.points[region][resource][-9:], (ended, "COMPLETED")]
                jobs.append(self.job(region, resource, ended, fate))
        self.done += jobs
        for region, resource, job in jobs:
            self.hand_in(region, resource, job)

    def job(self, region, resource, ended, fate):
        point = f"arn:aws:backup:{region}:111122223333:recovery-point:{len(self.done)}-{resource[-3:]}-{ended:.0f}"
        kind = KIND[region]
        more = {"BackupVaultArn": VAULTS[region], "RecoveryPointArn": point} if kind == "backup" else {
            "SourceBackupVaultArn": VAULTS[EAST], "DestinationBackupVaultArn": VAULTS[region], "DestinationRecoveryPointArn": point}
        return region, resource, {f"{kind.title()}JobId": f"{kind}-{region}-{resource[-3:]}-{ended:.0f}", "ResourceArn": resource,
                                  "ResourceType": "EBS", "CompletionDate": at(ended), **more, **fate}

    def hand_in(self, region, resource, job):
        """AWS emits events some minutes late. The validator sees the jobs that have ended by its clock."""
        clock = judged.Clock(at(job["CompletionDate"].timestamp() + 300).isoformat())

        def listed(kind):
            def page(query):
                vault = query.get("ByDestinationVaultArn") or VAULTS[EAST]
                return {f"{kind.title()}Jobs": [
                    each for where, _, each in self.done if KIND[where] == kind and VAULTS[where] == vault
                    and each["State"] == query["ByState"] and query["ByCompleteAfter"] < each["CompletionDate"] <= at(clock.now)]}
            return page

        def describe(query):
            found = self.look(region, resource) if self.bad() else {}
            return found if isinstance(found, Exception) else {**judged.SOUND, **found}
        aws = judged.Aws(ListBackupJobs=listed("backup"), ListCopyJobs=listed("copy"), DescribeRecoveryPoint=describe)
        detail = {name[:1].lower() + name[1:]: value for name, value in job.items()}
        detail["completionDate"] = job["CompletionDate"].isoformat()
        event = {"detail-type": f"{KIND[region].title()} Job State Change", "detail": detail,
                 "resources": [job["RecoveryPointArn"]] if "RecoveryPointArn" in job else []}
        with mock.patch.dict(os.environ, TOPIC_ARN=judged.TOPIC):
            self.judge.hand(event, aws, clock)
        self.told["validator"] += [(self.night, message["Subject"].partition(": ")[2]) for message in aws.published]

    def delete(self, region, count, due=300 * DAY):
        """The events of so many recovery points that are deleted now, and would expire then, as their own region's validator, or
        for the tertiary the secondary's, gets them."""
        aws, clock = judged.Aws(), judged.Clock(at(self.account.now + 300).isoformat())
        for number in range(count):
            event = judged.sample("recovery-point-deleting", backupVaultArn=VAULTS[region], calculatedLifeCycle={
                "deleteAt": at(self.account.now + due).isoformat()})
            event.update(region=region, time=at(self.account.now).isoformat(), resources=[f"arn:aws:ec2:{region}::snapshot/snap-{number}"])
            with mock.patch.dict(os.environ, TOPIC_ARN=judged.TOPIC):
                self.gone[self.judge.hand(event, aws, clock)] += 1
        self.told["validator"] += [(self.night, message["Subject"].partition(": ")[2]) for message in aws.published]

    def heard(self, watchdog=(), validator=(), alarm=("ALARM", "OK")):
        self.assertEqual({"watchdog": list(watchdog), "validator": list(validator), "alarm": list(alarm)}, self.told)

    def each_night(self, *subjects):
        return [(night, subject) for night in range(BEGINS, ENDS) for subject in subjects]


class Well(Weather):
    def test_two_weeks_in_which_all_is_well_are_silent(self):
        self.two_weeks()
        self.heard(alarm=())
        self.assertEqual(NIGHTS * 9, len(self.done))

    def test_expiry_at_steady_state_is_silent(self):
        """A week is kept of a hundred resources each night; AWS Backup deletes late, and after two nights in which it does not, all."""
        rule = {**watched.RULES[0], "ScheduleExpression": "cron(0 2 ? * * *)", "Lifecycle": {"DeleteAfterDays": 7}, "CopyActions": [
            {**copy, "Lifecycle": {"DeleteAfterDays": 7}} for copy in watched.RULES[0]["CopyActions"]]}
        self.account.plans["p1"]["Rules"] = [rule]
        self.setup["plan"]["digest"] = watched.watchdog.digest_of_plan({"Rules": [rule]})
        self.expires = True
        self.two_weeks()
        self.heard(alarm=())
        self.assertEqual(max(self.held) - min(self.held), 200)
        self.assertEqual({"silent"}, set(self.gone))
        self.assertGreater(self.gone["silent"], 1000)

    def test_a_rule_without_an_end_is_silent(self):
        with mock.patch.dict(os.environ, KEPT_FOR_EVER="daily:us-east-1,us-west-2,eu-west-1"):
            self.look = lambda region, resource: {"Lifecycle": {}, "CreatedBy": {"BackupPlanId": "p1", "BackupRuleName": "daily"}}
            self.two_weeks()
        self.heard(alarm=())


class WellEveryHour(Well):
    minutes = 60


class BadNights(Weather):
    """Jobs that end badly are told night after night, once for each cause, and twice where there are many."""

    def test_a_copy_that_fails(self):
        self.fate = lambda region, resource: {"State": "FAILED", "StatusMessage": OPTIONS} if (region, resource) == (WEST, VOLUME) else {}
        self.two_weeks()
        self.heard(["1 finding: 1 late in us-west-2"], self.each_night("copy job FAILED to us-west-2 (EBS)"))

    def test_all_copies_fail(self):
        self.fate = lambda region, resource: {"State": "FAILED", "StatusMessage": "KMS key is disabled"} if region == WEST else {}
        self.two_weeks()
        self.heard(["3 findings: 3 late in us-west-2"], self.each_night(
            "copy job FAILED to us-west-2 (EBS)", "3 copy jobs FAILED to us-west-2, same cause"))

    def test_the_plan_runs_no_more(self):
        def stop(ran):
            self.ran = ran
        self.two_weeks(lambda: stop(False), lambda: stop(True))
        self.heard(["6 findings: 3 late in us-east-1, 3 late in us-west-2"])

    def test_points_without_expiry(self):
        self.look = lambda region, resource: {"Lifecycle": {}} if region == WEST else {}
        self.two_weeks()
        self.heard(validator=self.each_night("recovery point to us-west-2 is not sound (EBS)",
                                             "3 recovery points to us-west-2 are not sound, same cause"), alarm=())

    def test_points_that_nobody_may_look_at(self):
        self.look = lambda region, resource: judged.CLOSED
        self.two_weeks()
        subjects = [subject for place in ("in us-east-1", "to us-west-2", "to eu-west-1") for subject in (
            f"recovery point {place} could not be checked (EBS)", f"3 recovery points {place} could not be checked, same cause")]
        self.heard(validator=self.each_night(*subjects), alarm=())

    def test_jobs_with_issues(self):
        self.fate = lambda region, resource: {"StatusMessage": "Skipped objects"} if (region, resource) == (EAST, BUCKET) else {}
        self.two_weeks()
        self.heard(validator=self.each_night("recovery point in us-east-1 was made with issues (EBS)"), alarm=())


class BadDays(Weather):
    """What the watchdog finds is told when it begins; that it is over, CloudWatch tells."""

    DELETED = "recovery point in eu-west-1 is being DELETED (EBS)"

    def test_few_points_that_the_count_does_not_show(self):
        """Less than expiry explains: the event alone tells."""
        self.two_weeks(lambda: self.delete(EU, 3))
        self.heard(validator=[(BEGINS, self.DELETED)], alarm=())

    def between(self, begin, end, subject, *at_once):
        """`at_once`: what the validator says when it begins."""
        self.two_weeks(begin, end)
        self.heard([subject], [(BEGINS, told) for told in at_once])

    def test_a_plan_that_is_gone(self):
        plans = dict(self.account.plans)
        self.between(self.account.plans.clear, lambda: self.account.plans.update(plans), "1 finding: 1 plan gone in us-east-1")

    def test_a_plan_that_was_edited(self):
        self.between(lambda: self.account.plans.update(p1={"BackupPlanName": PLAN, "Rules": RULES[:1]}),
                     lambda: self.account.plans.update(p1={"BackupPlanName": PLAN, "Rules": RULES}),
                     "1 finding: 1 plan changed in us-east-1")

    def test_a_selection_that_is_gone(self):
        self.between(self.account.selections.clear, lambda: self.account.selections.update({SELECTION: NOW - 60 * DAY}),
                     "1 finding: 1 selection gone in us-east-1")

    def test_a_vault_that_is_gone(self):
        self.between(lambda: self.account.made.pop(EU), lambda: self.account.made.update({EU: NOW - 90 * DAY}),
                     "1 finding: 1 vault gone in eu-west-1")

    def test_a_vault_whose_points_are_gone(self):
        """AWS Backup's event tells of the first at once, and of no more within the hour; the watchdog's count of the whole. It is
        over by itself a day later; what comes back later than that is no news."""
        def delete():
            self.account.others[EU] = 0
            self.delete(EU, OLD)
        self.between(delete, lambda: self.account.others.update({EU: OLD}), "1 finding: 1 points gone in eu-west-1", self.DELETED)
        self.assertEqual({"alarm": 1, "left_to_watchdog": OLD - 1}, self.gone)

    def test_all_points_of_the_tertiary_deleted_with_the_newest(self):
        """Each night's copies come again, and nothing else shows it: in the third region none is late for a week."""
        def delete():
            self.account.others[EU] = 0
            self.account.points[EU] = {arn: [] for arn in self.account.resources}
            self.delete(EU, OLD)
        self.two_weeks(delete)
        self.heard(["1 finding: 1 points gone in eu-west-1"], [(BEGINS, self.DELETED)])

    def test_a_vault_lock_that_is_gone(self):
        self.account.locked.add(EU)
        self.between(self.account.locked.clear, lambda: self.account.locked.add(EU), "1 finding: 1 unlocked in eu-west-1")

    def test_faults_of_reading(self):
        for fault, subject in (
                ({EU: GONE}, "1 finding: 1 unreachable in eu-west-1"),
                ({("ListRecoveryPointsByBackupVault", EU): watched.refusal("ThrottlingException")},
                 "1 finding: 1 unchecked in eu-west-1"),
                ({("GetResources", EAST): DENIED}, "1 finding: 1 unreadable in us-east-1")):
            with self.subTest(subject):
                self.setUp()
                self.between(lambda: self.account.faults.update(fault), self.account.faults.clear, subject)

    def test_a_subscriber_that_is_lost(self):
        topic = self.account.topics[TOPICS[EAST]]
        self.between(lambda: topic.pop("Bob@Example.com"), lambda: topic.update({"Bob@Example.com": "arn:b"}),
                     "1 finding: 1 subscriber lost in us-east-1")

    def test_a_topic_that_is_gone(self):
        topic = self.account.topics[TOPICS[EAST]]
        self.between(lambda: self.account.topics.pop(TOPICS[EAST]), lambda: self.account.topics.update({TOPICS[EAST]: topic}),
                     "1 finding: 1 topic gone in us-east-1")


if __name__ == "__main__":
    unittest.main()
