"""Scheduled rules: they run when a test says that it is time, and never by themselves."""

import json

from ministack.core.responses import new_uuid, request_scope
from ministack.services import eventbridge, lambda_svc, scheduler

import invocations
import policies


def patch():
    eventbridge.start_scheduler = scheduler.start_scheduler = lambda: None


def run(account, region, rule):
    """Runs the one target of the rule, a function, to its end. Says what it returned, or why it did not."""
    with request_scope(account, region):
        key = eventbridge._rule_key(rule, "default")
        found = eventbridge._rules.get(key)
        if found is None:
            return refused(f"there is no rule {rule} in {region}")
        if not found.get("ScheduleExpression"):
            return refused(f"{rule} has no schedule")
        if found.get("State") != "ENABLED":
            return refused(f"{rule} is {found.get('State')}")
        targets = eventbridge._targets.get(key) or []
        if len(targets) != 1:
            return refused(f"{rule} has {len(targets)} targets")
        (target,) = targets
        function, config, _ = lambda_svc._get_func_record_for_ref(target["Arn"])
        if not function:
            return refused(f"there is no function {target['Arn']}")
        if not policies.rule_reaches(target["Arn"], found["Arn"]):
            return refused(f"{rule} has no permission to invoke {target['Arn']}")
        event = json.loads(target["Input"]) if target.get("Input") else event_of(found, account, region)
        record = lambda_svc._execution_record_for_config(function, config)
        result = invocations.run(record, event)
    return {"error" if result.get("error") else "ok": invocations.payload(result)}


def refused(why):
    return {"refused": why}


def event_of(rule, account, region):
    """As "Scheduled Event" is documented."""
    return {
        "version": "0",
        "id": new_uuid(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": eventbridge._iso_time(int(eventbridge._now_ts())),
        "region": region,
        "resources": [rule["Arn"]],
        "detail": {},
    }
