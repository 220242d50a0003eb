"""Tries the watchdog with the table of what is fresh, late, never and pending that `status` is tried with too."""

import json
import unittest
from pathlib import Path

from test_watchdog import DAY, EAST, HOUR, NOW, REGIONS, SELECTION, TAGS, VAULT, WatchdogTest, at, watchdog

CASES = json.loads((Path(__file__).resolve().parent.parent / "freshness" / "cases.json").read_text())

WORDS = {"late": "late", "never": "never", "stopped": "stopped", "cannot-be-copied": "uncopyable"}
TYPES = {"dynamodb:table": "DynamoDB", "rds:cluster": "Aurora", "redshift-serverless:namespace": "Redshift Serverless"}


class Cases(WatchdogTest):
    def allow(self, region, allowance_hours=12, allowance_hours_by_type=None):
        """As the watchdog is told of it; a setup of the tests has the usual allowance."""
        usual = region["promised_minutes"] - 12 * 60
        region["promised_minutes"] = usual + 60 * allowance_hours
        if allowance_hours_by_type:
            region["promised_minutes_by_type"] = {kind: usual + 60 * hours for kind, hours in allowance_hours_by_type.items()}

    def test_each_case_of_the_table_is_judged_as_it_says(self):
        for case in CASES:
            with self.subTest(case["what"]):
                self.setUp()
                account, expected, said = self.account, set(), {}
                account.made = dict.fromkeys(REGIONS, NOW - case["vaults_made_days_ago"] * DAY)
                account.selections = {SELECTION: NOW}  # a deployment of today, to which the past was given
                account.opted.update(dict.fromkeys(case["opted_out"], False))
                account.managed.update(case.get("managed", {}))
                self.setup["types"].update(TYPES)
                account.filters = sorted({*watchdog.ALSO, *self.setup["types"]})
                account.resources, account.points, account.jobs = {}, {region: {} for region in REGIONS}, []
                for region in self.setup["regions"].values():
                    self.allow(region, **case.get("freshness", {}))
                for number, resource in enumerate(case["resources"]):
                    service, _, name = resource.get("resource", f"ec2:volume/vol-{number}").partition(":")
                    arn = f"arn:aws:{service}:{name}" if name.startswith("::") else f"arn:aws:{service}:{EAST}:111122223333:{name}"
                    account.resources[arn] = dict(TAGS)
                    for region, points in resource["points"].items():
                        account.points[region][arn] = [(NOW - hours * HOUR, *more) for hours, *more in points]
                    account.jobs += [{"BackupJobId": f"{arn} {hours}", "BackupVaultName": VAULT, "ResourceArn": arn,
                                      "CreationDate": at(NOW - hours * HOUR), "State": "COMPLETED",
                                      "CreatedBy": {"BackupPlanId": "p1"}} for hours in resource["jobs"]]
                    if "seen" in resource:
                        account.metrics.append((NOW - HOUR, "WaitingSince", {"Deployment": "default", "Resource": arn},
                                                NOW - resource["seen"] * HOUR))
                    # It tells of what is wrong; of what is fresh or still to come it has nothing to say.
                    expected |= {(WORDS[word], region, arn) for region, word in resource["expected"].items() if word in WORDS}
                    said.update({(region, arn): words for region, words in resource.get("said", {}).items()})
                self.run_once()
                told = [json.loads(message["Message"].partition("----- for machines -----\n")[2])["findings"]
                        for message in self.messages]
                found = {(each["kind"], each["region"], each["resource"]): each["text"] for findings in told for each in findings}
                self.assertEqual(expected, {each for each in found if each[0] in WORDS.values()})
                texts = {(region, arn): text for (_, region, arn), text in found.items()}
                self.assertEqual({}, {key: texts[key] for key, words in said.items() if words not in texts[key]})


class Existence(unittest.TestCase):
    def test_each_kind_of_resource_has_a_command_that_shows_whether_it_is_there(self):
        table = json.loads((Path(__file__).resolve().parent.parent / "freshness" / "existence.json").read_text())
        self.assertEqual(table, [[arn, watchdog.existence_check(arn)] for arn, _ in table])


if __name__ == "__main__":
    unittest.main()
