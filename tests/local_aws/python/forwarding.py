"""Events that a rule sends to a bus of another region, as EventBridge's user guide has it ("Sending and receiving events between
AWS Regions"): MiniStack drops them."""

import json

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import eventbridge, iam

import policies

SERVICE = "events.amazonaws.com"


def patch():
    invoke = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        region = region_of_bus(target.get("Arn", ""))
        if region in (None, get_region()):
            return invoke(target, event, rule, view)
        # "EventBridge can't route events received from a sender event bus to a third event bus."
        if "_SentFrom" not in event and role_sends(target):
            send(event, target["Arn"], region)

    eventbridge._invoke_target = invoke_target


def region_of_bus(arn):
    """The region of a bus of this account; None of what is no such bus."""
    parts = arn.split(":", 5)
    is_bus = len(parts) == 6 and parts[2] == "events" and parts[5].startswith("event-bus/")
    return parts[3] if is_bus and parts[4] == get_account_id() else None


def role_sends(target):
    """Whether EventBridge can assume the target's role, and that may put events on the bus."""
    role = iam._roles.get(target.get("RoleArn", "").rsplit("/", 1)[-1])
    return role is not None and trusts(role) and policies.role_may(target["RoleArn"], "events:PutEvents", target["Arn"])


def trusts(role):
    statements = json.loads(role["AssumeRolePolicyDocument"]).get("Statement", [])
    return any(
        statement["Effect"] == "Allow"
        and statement["Action"] == "sts:AssumeRole"
        and statement["Principal"] == {"Service": SERVICE}
        for statement in statements
    )


def send(event, bus, region):
    """The event arrives as it is: of the region, the account and the id that it had."""
    arriving = {**event, "EventBusName": bus.rsplit("/", 1)[-1], "_SentFrom": get_region()}
    with request_scope(get_account_id(), region):
        eventbridge._ensure_default_bus()
        eventbridge._events_log_list().append(arriving)
        eventbridge._dispatch_event(arriving)
