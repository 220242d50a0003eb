"""How many points a vault holds, and its lock: what goes faster than expiry explains is told once, and is over a day later."""

import math
import unittest

import test_watchdog as tests
from test_watchdog import (DAY, DENIED, EAST, EU, GONE, INTERVALS, NOW, REGIONS, RULES, VAULT, VOLUME, WEST, Account,
                           refusal, watchdog)

GONE_IN_EU = "1 finding: 1 points gone in eu-west-1"
UNLOCKED_IN_EU = "1 finding: 1 unlocked in eu-west-1"


class VaultTest(tests.WatchdogTest):
    def setUp(self):
        super().setUp()
        self.begin()

    def begin(self, points=994):
        """Vaults of many old points: with the six of the account a thousand each. Nothing of it gets late in the days that follow."""
        self.account = Account()
        self.account.others = dict.fromkeys(REGIONS, points)
        for region in REGIONS:
            self.setup["regions"][region]["promised_minutes"] = 10 ** 6

    def keep(self, days, schedule="cron(0 2 ? * * *)", **more):
        """The plan is of one rule, whose points live that long in each region."""
        lifecycle = {"Lifecycle": {"DeleteAfterDays": days} if days else {}}
        rule = {**RULES[0], **lifecycle, "ScheduleExpression": schedule, **more,
                "CopyActions": [{**copy, **lifecycle} for copy in RULES[0]["CopyActions"]]}
        self.account.plans["p1"]["Rules"] = [rule]
        self.setup["plan"]["digest"] = watchdog.digest_of_plan({"Rules": [rule]})


class Given(tests.WatchdogTest):
    """A vault that others use too: what is theirs says nothing of the deployment's copies."""

    OURS = {"CreatedBy": {"BackupPlanId": "p1", "BackupPlanName": "mrbackup-default"}}
    THEIRS = {"CreatedBy": {"BackupPlanId": "p2", "BackupPlanName": "theirs"}, "IamRoleArn": "arn:ours"}

    def begin(self, region):
        self.account = Account()
        self.setup["given_vaults"] = {"regions": [region], "plans": ["mrbackup-default", "former"], "roles": ["arn:ours"]}
        for points in self.account.points[region].values():
            points[:] = [(*point, self.OURS) for point in points]

    def test_points_of_others_do_not_make_copies_fresh(self):
        for region in (EAST, WEST):
            self.begin(region)
            self.run_at_peace()
            old, new = NOW - 80 * 3600, NOW - 3600
            self.account.points[region][VOLUME] = [(old, "COMPLETED", self.OURS), (new, "COMPLETED", self.THEIRS)]
            self.told(f"1 finding: 1 late in {region}")
            for fresh in ({"IamRoleArn": "arn:ours"}, {"CreatedBy": {"BackupPlanId": "former"}}):
                self.begin(region)
                self.account.points[region][VOLUME] = [(old, "COMPLETED", self.OURS), (new, "COMPLETED", fresh)]
                self.run_at_peace()

    def test_what_others_take_out_is_no_loss(self):
        self.begin(EU)
        self.account.others[EU] = 1000
        self.run_at_peace()
        self.account.others[EU] = 0
        self.run_at_peace()
        self.assertNotIn(("RecoveryPoints", EU), self.put)

    def test_jobs_of_others_are_no_sign_that_ours_was_to_come(self):
        for made_by, is_told in ((self.THEIRS, False), (self.OURS, True)):
            self.begin(EAST)
            for region in REGIONS:
                self.account.points[region][VOLUME] = []
            for job in self.account.jobs:
                job["CreatedBy"] = made_by["CreatedBy"]
            self.run_once()
            letters = "".join(message["Message"] for message in self.messages)
            self.assertEqual(is_told, "there are jobs or points of it" in letters, letters)

    def test_one_that_is_gone_is_not_made_again_by_mrbackup(self):
        self.begin(EU)
        del self.account.made[EU]
        letter, _ = self.told("1 finding: 1 given vault gone in eu-west-1")
        self.assertIn("--set vault.eu-west-1=NAME", letter)
        self.assertNotIn("makes it again", letter)


class PointsGone(VaultTest):
    def fall(self, points, region=EU):
        self.account.others[region] -= points

    def bound(self, bound, prepare=lambda: None, region=EU):
        """So many may expire, and one more is told."""
        for points in (bound, bound + 1):
            self.begin()
            prepare()
            self.run_at_peace()
            self.fall(points, region)
            if points == bound:
                self.run_at_peace()
            else:
                _, ((kind, where, vault, text),) = self.told(f"1 finding: 1 points gone in {region}")
                self.assertEqual(("points_gone", region, VAULT), (kind, where, vault))
                self.assertIn(f"expiry explains {bound} at most", text)

    def test_more_than_expiry_explains_is_told_with_its_numbers(self):
        self.run_at_peace()
        self.fall(1000 - 6)
        letter, findings = self.told(GONE_IN_EU)
        self.assertEqual([("points_gone", EU, VAULT, "it held 1000 recovery points at 2026-07-30 12:00 UTC and holds 6 now; "
                           "expiry explains 5 at most")], findings)
        self.assertEqual("mrbackup-default in eu-west-1, since 30 Jul 12:00 UTC. Run: mrbackup status", letter.split("\n")[0])
        self.assertIn("--backup-vault-name mrbackup-default --region eu-west-1`", letter)

    def test_the_bound_is_of_retention_gap_window_and_room(self):
        """One day that is remembered, three in which AWS Backup was late, and the days between two runs."""
        for days, schedule, per_mille in (
                (100, "cron(0 2 ? * * *)", 50), (100, "cron(0 * ? * * *)", 50), (100, "cron(0 3 ? * SUN *)", 110),
                (100, "cron(0 3 1 * ? *)", 350), (100, "cron(0 3 ? * 2#1 *)", 390), (100, "cron(0 3 ? * 6L *)", 390),
                (1000, "cron(0 3 1 1,7 ? *)", 370), (2555, "cron(0 3 ? * SUN *)", 5)):
            with self.subTest(schedule, days=days):
                self.bound(per_mille, lambda: self.keep(days, schedule))

    def test_of_several_rules_the_one_with_the_largest_share_counts(self):
        """Of the account's plan only one reaches the third region, and both the first."""
        self.bound(14, region=EAST)  # 5 of 365 days, and not 11 of 2555
        self.bound(5, region=EU)

    def test_an_interval_of_a_day_is_remembered_for_longer(self):
        def prepare():
            self.keep(100)
            self.setup["minutes"] = 1440
        self.bound(70, prepare)

    def test_a_vault_whose_every_point_may_expire_tells_nothing(self):
        """As where a month's only point lives for a month: all of them go on one day."""
        for days, schedule in ((31, "cron(0 3 1 * ? *)"), (5, "cron(0 2 ? * * *)"), (300, "cron(0 3 1 1 ? *)"),
                               (300, "cron(0 3 1 1 ? 2027)")):
            self.begin()
            self.keep(days, schedule)
            self.run_at_peace()
            self.fall(994)
            self.account.points[EU][VOLUME].pop()
            self.run_at_peace()

    def test_continuous_backups_are_one_point_of_each_and_may_all_end_on_one_day(self):
        self.keep(35, EnableContinuousBackup=True)
        self.run_at_peace()
        self.fall(994, EAST)
        self.run_at_peace()
        self.begin()
        self.keep(35, EnableContinuousBackup=True)  # its copies are snapshots
        self.run_at_peace()
        self.fall(994)
        self.told(GONE_IN_EU)
        self.begin()
        daily, continuous = dict(RULES[1]), {**RULES[1], "RuleName": "often", "EnableContinuousBackup": True}
        daily["Lifecycle"] = {"DeleteAfterDays": 99}
        continuous["Lifecycle"] = {"DeleteAfterDays": 35}
        self.assertAlmostEqual(5 / 99 + 1 / 100, watchdog.expiring_share(watchdog.Sight(self.setup, EAST, NOW, NOW), [daily, continuous]))

    def test_where_nothing_expires_a_few_may_go(self):
        for points, outcome in ((5, "silent"), (6, "told")):
            self.begin()
            self.keep(None)
            self.run_at_peace()
            self.fall(points)
            self.assertEqual(outcome, self.run_once()["outcome"])

    def test_a_copy_without_an_end_of_its_own_may_end_with_its_source(self):
        def prepare():
            self.keep(100)
            for copy in self.account.plans["p1"]["Rules"][0]["CopyActions"]:
                copy["Lifecycle"] = {}
            self.setup["plan"]["digest"] = watchdog.digest_of_plan(self.account.plans["p1"])
        self.bound(50, prepare)

    def test_a_small_vault_does_not_cry_for_a_few(self):
        for points, outcome in ((5, "silent"), (6, "told")):
            self.begin(points)
            self.run_at_peace()
            self.fall(points)
            self.assertEqual(outcome, self.run_once()["outcome"])

    def test_steady_expiry_is_silence_in_batches_and_late_too(self):
        """A hundred resources each night, of which a week is kept; some nights AWS Backup deletes nothing, and then all of it."""
        for minutes in (60, 240, 1440):
            self.begin(700)
            self.keep(7)
            self.setup["minutes"] = minutes
            looks = 14 * 1440 // minutes
            for look in range(looks):
                night, hour = divmod(look * minutes // 60, 24)
                made = 700 + 100 * (night + (hour >= 2))
                late = night % 5 in (1, 2)
                self.account.others[EU] = made - (100 * (night - night % 5) if late else 100 * (night + (hour >= 9)))
                self.run_at_peace(hours=minutes / 60)

    def test_a_fleet_that_has_shrunk_is_silence_to_its_last_point(self):
        """A hundred resources of a month's nights are gone; theirs expire until none is left, and the rule keeps for longer by now."""
        self.begin(3000)
        self.keep(30)
        self.run_at_peace(hours=24)
        self.keep(365)
        for _ in range(30):
            self.fall(100)
            self.run_at_peace(hours=24)
        self.assertEqual(0, self.account.others[EU])

    def test_what_fell_bit_by_bit_within_a_day_is_told_once(self):
        self.keep(100)
        outcomes = []
        for _ in range(12):
            outcomes.append(self.run_once()["outcome"])
            self.fall(20)
        self.assertEqual(["silent"] * 3 + ["told"] + ["silent"] * 8, outcomes)  # 20, 40, 60 of a thousand
        self.assertEqual(1, self.put["Findings", EU])

    def test_it_is_over_a_day_later_at_any_interval(self):
        for minutes in INTERVALS:
            with self.subTest(minutes):
                self.begin()
                self.setup["minutes"] = minutes
                self.run_at_peace(hours=minutes / 60)
                self.fall(994)
                self.told(GONE_IN_EU, hours=minutes / 60)
                held = max(24 * 60, 3 * minutes) // minutes
                for look in range(held + 2):
                    self.run_at_peace(hours=minutes / 60)
                    self.assertEqual(int(look < held - 1), self.put["Findings", EU], look)

    def test_a_count_that_could_not_be_read_is_no_fall(self):
        self.run_at_peace()
        for fault in (GONE, refusal("ThrottlingException"), {"BackupVaultList": [
                {"BackupVaultName": VAULT, "CreationDate": tests.at(NOW - 90 * DAY)}]}):
            self.account.faults = {("ListBackupVaults", EU): fault}
            self.run_at_peace()
            self.assertNotIn(("RecoveryPoints", EU), self.put)
            self.account.faults = {}
            self.run_at_peace()
            self.assertEqual(1000, self.put["RecoveryPoints", EU])

    def test_a_finding_outlives_two_looks_in_vain(self):
        self.run_at_peace()
        self.fall(994)
        self.told(GONE_IN_EU)
        self.account.faults = {("ListBackupVaults", EU): refusal("ThrottlingException")}
        for _ in range(2):
            self.run_at_peace()
            self.assertEqual(1, self.put["Findings", EU])
        self.account.faults = {}
        self.run_at_peace()
        self.assertEqual(1, self.put["Findings", EU])

    def test_what_fell_while_a_run_did_not_come_is_told_within_the_memory_only(self):
        self.run_at_peace(hours=23)
        self.fall(994)
        self.told(GONE_IN_EU)
        self.begin()
        self.run_at_peace(hours=25)
        self.fall(994)
        self.run_at_peace()

    def test_a_first_look_and_a_rise_find_nothing(self):
        self.run_at_peace()
        self.fall(-5000)
        self.run_at_peace()

    def test_a_vault_that_was_made_again_has_lost_nothing(self):
        """What the one before it held was told when it was gone."""
        self.account.locked.add(EU)
        self.run_at_peace()
        made, points = self.account.made.pop(EU), self.account.points[EU]
        self.told("1 finding: 1 vault gone in eu-west-1")
        self.account.made[EU], self.account.others[EU] = self.account.now, 0
        self.account.locked.clear()
        self.run_at_peace()
        self.assertLess(made, self.account.made[EU])
        self.assertEqual(3, len(points))

    def test_another_vault_in_its_place_has_a_memory_of_its_own(self):
        self.run_at_peace()
        other = self.setup["regions"][EU]["vault"] = f"{VAULT}_0a1b2c3d"
        self.account.faults = {
            ("ListBackupVaults", EU): {"BackupVaultList": [
                {"BackupVaultName": other, "CreationDate": tests.at(NOW - 90 * DAY), "NumberOfRecoveryPoints": 6}]},
            ("ListRecoveryPointsByBackupVault", EU): {"RecoveryPoints": []}}
        self.run_at_peace()
        self.assertEqual(6, self.put["RecoveryPoints", EU])

    def test_without_the_primary_the_record_says_what_may_expire(self):
        self.keep(100)
        for points, outcome in ((50, "silent"), (51, "told")):
            self.begin()
            self.keep(100)
            self.run_at_peace()
            self.fall(points)
            self.account.faults = {EAST: GONE}
            self.assertEqual(outcome, self.run_once()["outcome"])

    def test_where_nobody_knows_what_expires_nothing_is_said(self):
        self.account.faults = {("GetBackupPlan", EAST): DENIED}
        self.told("1 finding: 1 unreadable in us-east-1")
        self.assertNotIn(("Expiring", EU), self.put)
        self.fall(994)
        self.run_at_peace()
        self.account.faults = {}
        self.told(GONE_IN_EU)

    def test_retention_is_of_the_region_and_the_vault(self):
        self.assertEqual(math.inf, watchdog.retention_in(watchdog.Sight(self.setup, EAST, NOW, NOW), {
            "TargetBackupVaultName": VAULT, "Lifecycle": {"DeleteAfterDays": -1}}))
        self.assertEqual([0, 365, 2555], [watchdog.retention_in(watchdog.Sight(self.setup, region, NOW, NOW), rule)
                                          for region, rule in ((WEST, RULES[1]), (WEST, RULES[0]), (EU, RULES[0]))])
        elsewhere = {**RULES[0], "TargetBackupVaultName": "another", "CopyActions": [
            {**copy, "DestinationBackupVaultArn": f"{copy['DestinationBackupVaultArn']}-2"} for copy in RULES[0]["CopyActions"]]}
        for region in REGIONS:
            self.assertEqual(0, watchdog.retention_in(watchdog.Sight(self.setup, region, NOW, NOW), elsewhere))

    def test_the_record_is_asked_only_of_a_fall(self):
        self.run_at_peace()
        self.fall(5)
        self.run_at_peace()
        calls = len(self.account.asked("GetMetricData"))
        self.fall(1)
        self.told(GONE_IN_EU)
        self.assertEqual(calls + 1, len(self.account.asked("GetMetricData")))

    def test_a_record_that_cannot_be_asked_leaves_it_for_the_next_look(self):
        self.run_at_peace()
        self.fall(994)
        self.account.faults = {"GetMetricData": lambda query: refusal("ThrottlingException") if any(
            each["MetricStat"]["Period"] == DAY for each in query["MetricDataQueries"]) else None}
        self.run_at_peace()
        self.assertEqual([EU], list(self.log["unchecked"]))
        self.account.faults = {}
        self.told(GONE_IN_EU)

    def test_all_of_it_goes_in_every_region(self):
        self.run_at_peace()
        for region in REGIONS:
            self.fall(994, region)
        _, findings = self.told("3 findings: 1 points gone in eu-west-1, 1 points gone in us-east-1, ...")
        self.assertEqual(sorted(REGIONS), sorted(region for _, region, _, _ in findings))


class Unlocked(VaultTest):
    def test_a_lock_that_is_gone_is_told_once_and_over_a_day_later(self):
        for minutes in INTERVALS:
            with self.subTest(minutes):
                self.begin()
                self.account.locked.add(EU)
                self.setup["minutes"] = minutes
                self.run_at_peace(hours=minutes / 60)
                self.account.locked.clear()
                letter, findings = self.told(UNLOCKED_IN_EU, hours=minutes / 60)
                self.assertEqual([("unlocked", EU, VAULT, "the vault lock that was on at 2026-07-30 12:00 UTC is off")], findings)
                self.assertEqual("mrbackup-default in eu-west-1, since 30 Jul 12:00 UTC. Run: mrbackup status", letter.split("\n")[0])
                held = max(24 * 60, 3 * minutes) // minutes
                for look in range(held + 2):
                    self.run_at_peace(hours=minutes / 60)
                    self.assertEqual(int(look < held - 1), self.put["Findings", EU], look)

    def test_a_lock_put_on_and_one_that_stays_are_no_finding(self):
        self.run_at_peace()
        self.assertNotIn(("Locked", EU), self.put)
        self.account.locked.add(EU)
        for _ in range(30):
            self.run_at_peace()
            self.assertEqual(1, self.put["Locked", EU])

    def test_a_lock_that_is_put_on_again_ends_it(self):
        self.account.locked.add(EU)
        self.run_at_peace()
        self.account.locked.clear()
        self.told(UNLOCKED_IN_EU)
        self.account.locked.add(EU)
        self.run_at_peace()
        self.assertEqual(0, self.put["Findings", EU])

    def test_a_look_in_vain_is_no_lock_that_is_gone(self):
        self.account.locked.add(EU)
        self.run_at_peace()
        for fault in (GONE, refusal("ThrottlingException")):
            self.account.faults = {("ListBackupVaults", EU): fault}
            self.run_at_peace()
        self.account.faults = {}
        self.run_at_peace()

    def test_with_its_points_gone_too_it_is_two_findings(self):
        self.account.locked.add(EU)
        self.run_at_peace()
        self.account.locked.clear()
        self.account.others[EU] = 0
        self.told("2 findings: 1 unlocked in eu-west-1, 1 points gone in eu-west-1")


if __name__ == "__main__":
    unittest.main()
