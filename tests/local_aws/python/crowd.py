"""What others made in an account, in bulk: made by a call each, an account at AWS's quotas takes a minute and more."""

import json

from ministack.core.responses import request_scope
from ministack.services import backup, eventbridge, iam

TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


async def put_crowd(account, region, vaults, plans, rules, roles):
    """As the creating calls do it, with names that are theirs."""
    with request_scope(account, region):
        eventbridge._ensure_default_bus()
        for number in range(vaults):
            made(backup._create_vault(f"team-{number}", {}))
        for number in range(plans):
            made(backup._create_plan({"BackupPlan": plan(number)}))
        for number in range(rules):
            made(eventbridge._put_rule({"Name": f"team-{number}", "EventPattern": '{"source": ["aws.ec2"]}'}))
        for number in range(roles):
            made(iam._create_role({"RoleName": [f"team-{number}"], "AssumeRolePolicyDocument": [json.dumps(TRUST)]}))


def plan(number):
    rule = {"RuleName": "nightly", "TargetBackupVaultName": f"team-{number}", "ScheduleExpression": "cron(0 5 ? * * *)"}
    return {"BackupPlanName": f"team-{number}", "Rules": [rule]}


def made(answer):
    status, _, body = answer
    if status >= 300:
        raise RuntimeError(f"it was refused: {body}")
