"""Tries the watchdog with the table of what is fresh, late, never and pending that `status` is tried with too."""

import json
import unittest
from pathlib import Path

from test_watchdog import DAY, EAST, HOUR, NOW, REGIONS, SELECTION, TAGS, VAULT, WatchdogTest, at, watchdog

CASES = json.loads((Path(__file__).resolve().parent.parent / "freshness" / "cases.json").read_text())

WORDS = {"late": "late", "never": "never", "cannot-be-copied": "uncopyable"}
TYPES = {"dynamodb:table": "DynamoDB", "rds:cluster": "Aurora", "redshift-serverless:namespace": "Redshift Serverless"}


class Cases(WatchdogTest):
    def test_each_case_of_the_table_is_judged_as_it_says(self):
        for case in CASES:
            with self.subTest(case["what"]):
                self.setUp()
                account, expected = self.account, set()
                account.made = dict.fromkeys(REGIONS, NOW - case["vaults_made_days_ago"] * DAY)
                account.selections = {SELECTION: NOW}  # a deployment of today, to which the past was given
                account.opted.update(dict.fromkeys(case["opted_out"], False))
                account.managed.update(case.get("managed", {}))
                self.setup["types"].update(TYPES)
                account.filters = sorted({*watchdog.ALSO, *self.setup["types"]})
                account.resources, account.points, account.jobs = {}, {region: {} for region in REGIONS}, []
                for number, resource in enumerate(case["resources"]):
                    service, _, name = resource.get("resource", f"ec2:volume/vol-{number}").partition(":")
                    arn = f"arn:aws:{service}:{EAST}:111122223333:{name}"
                    account.resources[arn] = dict(TAGS)
                    for region, points in resource["points"].items():
                        account.points[region][arn] = [(NOW - hours * HOUR, status) for hours, status in points]
                    account.jobs += [{"BackupJobId": f"{arn} {hours}", "BackupVaultName": VAULT, "ResourceArn": arn,
                                      "CreationDate": at(NOW - hours * HOUR), "State": "COMPLETED",
                                      "CreatedBy": {"BackupPlanId": "p1"}} for hours in resource["jobs"]]
                    # It tells of what is wrong; of what is fresh or still to come it has nothing to say.
                    expected |= {(WORDS[word], region, arn) for region, word in resource["expected"].items() if word in WORDS}
                self.run_once()
                told = [json.loads(message["Message"].partition("----- for machines -----\n")[2])["findings"]
                        for message in self.messages]
                # What never had a good point but a stopped one is told as that.
                found = {({"stopped": "never"}.get(each["kind"], each["kind"]), each["region"], each["resource"])
                         for findings in told for each in findings}
                self.assertEqual(expected, {each for each in found if each[0] in WORDS.values()})


if __name__ == "__main__":
    unittest.main()
