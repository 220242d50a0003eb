"""What is patched inside MiniStack 1.5.33 itself, because no proxy in front of it can."""

import functools
import json

import crowd
import dashboards
import databases
import forwarding
import invocations
import metrics
import nursery
import obstacles
import policies
import regions
import restores
import schedules
from ministack.core.concurrency import run_reentrant
from ministack.core.responses import get_account_id, get_region
from ministack.services import backup, eventbridge, iam, lambda_svc, sns


def patch():
    lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = 0.1  # a test that wants a slow function says so to the proxy
    keep_to_the_account()
    events_need_permission()
    services_send_events()
    subscribers_are_not_called()
    ids_can_be_told()
    for part in (dashboards, databases, forwarding, invocations, metrics, nursery, policies, regions, schedules):
        part.patch()


def keep_to_the_account():
    """Reconfiguring a function killed the running functions of that name in every account and region."""
    kill = lambda_svc.invalidate_worker

    def invalidate_worker(name, qualifier=None, account=None, region=None):
        kill(name, qualifier, account or get_account_id(), region or get_region())

    lambda_svc.invalidate_worker = invalidate_worker


def events_need_permission():
    """Rules reached functions without a permission for it, and a function that failed was not run again."""
    invoke = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        if ":lambda:" not in target.get("Arn", "") or policies.rule_reaches(target["Arn"], rule["Arn"]):
            invoke(target, event, rule, view)

    def dispatch_to_lambda(arn, payload):
        function, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if function:
            record = lambda_svc._execution_record_for_config(function, config)
            lambda_svc.invoke_async_with_retry(record, json.loads(payload))

    eventbridge._invoke_target = invoke_target
    eventbridge._dispatch_to_lambda = dispatch_to_lambda


def services_send_events():
    """Nobody could send `aws.backup`'s events. Now the proxy refuses them, and whoever gets past it is AWS Backup."""
    eventbridge._put_events = functools.partial(eventbridge._put_events, allow_aws_source=True)


def subscribers_are_not_called():
    """URLs were called for real, and a topic without a key had an empty one."""

    async def nobody(*_):
        pass

    set_attributes = sns._set_topic_attributes

    def set_topic_attributes(params):
        answer = set_attributes(params)
        attributes = (sns._get_topic(sns._p(params, "TopicArn"))[0] or {}).get("attributes", {})
        if not attributes.get("KmsMasterKeyId"):
            attributes.pop("KmsMasterKeyId", None)
        return answer

    sns._deliver_to_http = sns._send_subscription_confirmation = nobody
    sns._set_topic_attributes = set_topic_attributes


TOLD = {}  # ids, by account and prefix


def ids_can_be_told():
    """Ids were always drawn; an account that is made again has those of the first time."""

    def told_first(draw):
        def drawn(*prefix):
            return TOLD.pop((get_account_id(), *prefix), None) or draw(*prefix)

        return drawn

    iam._gen_id = told_first(iam._gen_id)
    backup.new_uuid = told_first(backup.new_uuid)


async def draw_next(account, id):
    role = "AROA"
    TOLD[(account, role) if id.startswith(role) else (account,)] = id


async def advance(account, seconds):
    """Not on another thread: what MiniStack itself does in between would see half of it."""
    metrics.advance(account, seconds)


async def run_schedule(account, region, rule):
    return await run_reentrant(schedules.run, account, region, rule)


# What tests ask of MiniStack.
QUESTIONS = {
    "advance": advance,
    "draw_next": draw_next,
    "make_restored": restores.make_restored,
    "obstruct": obstacles.obstruct,
    "plant": restores.plant,
    "put_crowd": crowd.put_crowd,
    "restored": obstacles.restored,
    "run_schedule": run_schedule,
}
