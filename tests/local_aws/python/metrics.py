"""CloudWatch inside MiniStack as it is on AWS: an alarm judges its own metric only, missing data counts, time can pass, actions are in the history."""

import json
import operator
import threading
import time
from collections import defaultdict

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

import policies

# How many periods beyond those it needs an alarm looks back for data, as in the examples of CloudWatch's documentation.
REACH = 2

# Data points of a GetMetricData, where nothing else is asked for.
DATAPOINTS = 100_800
# Days for which there are data points of so many seconds, and the seconds after which there are none ("GetMetricData").
RETENTION = ((15, 60), (63, 300))
FORGOTTEN = 455 * 86400

# Functions' own metrics come from the threads that they run on.
ONE_AT_A_TIME = threading.Lock()
ONE_HISTORY = threading.Lock()

ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
}


def patch():
    dispatch, put, record, store = (
        cloudwatch._dispatch_alarm_actions,
        cloudwatch._put_metric_alarm,
        cloudwatch.record_metric,
        cloudwatch._store_datum,
    )
    written, entries = set(), cloudwatch._history_entries

    def history_entries():
        """One list, whichever of two threads asks for it first: what is in another would be lost."""
        with ONE_HISTORY:
            return entries()

    def store_datum(namespace, name, dimensions, *rest):
        written.add((namespace, name, cloudwatch._dims_key(dimensions)))
        store(namespace, name, dimensions, *rest)

    def evaluate_all_alarms():
        """At PutMetricData: only what has new data is judged; that data is missing shows as time passes."""
        evaluate_alarms_of(written)
        written.clear()

    def record_metric(namespace, name, value, unit="None", dimensions=None):
        record(namespace, name, value, unit, dimensions)
        evaluate_alarms_of({(namespace, name, cloudwatch._dims_key(dimensions or {}))})

    def put_metric_alarm(params, data, *rest):
        answer = put(params, data, *rest)
        alarm = cloudwatch._alarms.get(data.get("AlarmName")) or {}
        for unset in [key for key, value in alarm.items() if value in (None, "")]:
            del alarm[unset]
        return answer

    def dispatch_alarm_actions(alarm, old, new, reason):
        """Each action of the new state is tried by itself, and the history says what became of it."""
        if not alarm.get("ActionsEnabled", True):
            return
        actions = ACTIONS[new]
        for arn in alarm.get(actions) or ():
            refusal = policies.alarm_refusal(arn, alarm)
            if refusal is None:
                dispatch({**alarm, actions: [arn]}, old, new, reason)
            record_action(alarm, arn, new, reason, refusal)

    cloudwatch._dispatch_alarm_actions = dispatch_alarm_actions
    cloudwatch._evaluate_alarm = lambda alarm: evaluate_alarms_of({metric_of(alarm)}, [alarm])
    cloudwatch._evaluate_all_alarms = evaluate_all_alarms
    cloudwatch._put_metric_alarm = put_metric_alarm
    cloudwatch._get_metric_data = get_metric_data
    cloudwatch._history_entries = history_entries
    cloudwatch._store_datum = store_datum
    cloudwatch.record_metric = record_metric


def record_action(alarm, arn, state, reason, refusal):
    """What became of an action, in the words of "Why didn't I receive an SNS notification for my CloudWatch alarm trigger?"."""
    now = time.time()
    summary = f"Successfully executed action {arn}"
    if refusal is not None:
        summary = f'Failed to execute action {arn}. Received error: "{refusal}"'
    told = {"AlarmName": alarm["AlarmName"], "NewStateValue": state, "NewStateReason": reason}
    data = {
        "actionState": "Succeeded" if refusal is None else "Failed",
        "stateUpdateTimestamp": int(now * 1000),
        "notificationResource": arn,
        "publishedMessage": json.dumps({"default": json.dumps(told)}),
        "error": refusal,
    }
    entry = {
        "AlarmName": alarm["AlarmName"],
        "AlarmType": "MetricAlarm",
        "Timestamp": now,
        "HistoryItemType": "Action",
        "HistorySummary": summary[:255],
        "HistoryData": json.dumps(data),
    }
    cloudwatch._history_entries().append(entry)


def advance(account, seconds):
    """All that CloudWatch has of the account becomes older, and its alarms are looked at whenever a period is over."""
    alarms = [alarm for key, alarm in cloudwatch._alarms.all_items() if key[0] == account]
    step = min([alarm["Period"] for alarm in alarms], default=seconds)
    while seconds > 0:
        passed = min(step, seconds)
        seconds -= passed
        for key, points in cloudwatch._metrics.all_items():
            for point in points if key[0] == account else ():
                point["Timestamp"] -= passed
        for key, alarm in cloudwatch._alarms.all_items():
            if key[0] == account:
                with request_scope(account, key[1]):
                    evaluate(alarm)


def evaluate_alarms_of(metrics, alarms=None):
    for alarm in cloudwatch._alarms.values() if alarms is None else alarms:
        if metric_of(alarm) in metrics and any(point is not None for point in datapoints(alarm)):
            evaluate(alarm)


def metric_of(alarm):
    dimensions = cloudwatch._dims_from_list(alarm["Dimensions"])
    return alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions)


def statistic(points, name):
    return cloudwatch._stat_value(cloudwatch._calc_stats(points), name, points)


def datapoints(alarm):
    """The values of the periods that end now, the newest first, None where there is no data of the alarm's unit."""
    now, unit = time.time(), alarm.get("Unit")
    periods = defaultdict(list)
    for point in cloudwatch._metrics.get(metric_of(alarm)) or ():
        if unit and point["Unit"] != unit:
            continue
        periods[int((now - point["Timestamp"]) // alarm["Period"])].append(point)
    name = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    reach = range(alarm["EvaluationPeriods"] + REACH)
    return [statistic(periods[age], name) if age in periods else None for age in reach]


def judge(alarm, points):
    """The state that the points call for, None for the state it is in: "How CloudWatch alarms treat missing data"."""
    needed = alarm["EvaluationPeriods"]
    to_alarm = alarm.get("DatapointsToAlarm") or needed
    breaches, _ = COMPARISONS[alarm["ComparisonOperator"]]
    ages = [age for age, point in enumerate(points) if point is not None]
    found = [breaches(points[age], alarm["Threshold"]) for age in ages][:needed]
    missing = needed - len(found)
    if sum(found) >= to_alarm:
        return "ALARM"
    if missing == 0:
        return "OK"
    treated = alarm["TreatMissingData"]
    if treated in ("breaching", "notBreaching"):
        return "ALARM" if treated == "breaching" and sum(found) + missing >= to_alarm else "OK"
    if not all(found):
        return "OK"
    if treated == "ignore":
        return None
    if not found:
        return "INSUFFICIENT_DATA"
    # It has breached, nobody has seen it recover, and that for long enough.
    return "ALARM" if max(ages) + 1 >= to_alarm else None


def evaluate(alarm):
    """Takes the alarm to the state that its metric calls for. Whoever is to be told of the change is told once."""
    points = datapoints(alarm)
    with ONE_AT_A_TIME:
        old, new = alarm["StateValue"], judge(alarm, points)
        if new in (None, old):
            return
        reason, now = why(alarm, points, new), int(time.time())
        alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=now, StateTransitionedTimestamp=now)
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def why(alarm, points, state):
    found = [str(float(point)) for point in points if point is not None][: alarm["EvaluationPeriods"]]
    missing = alarm["EvaluationPeriods"] - len(found)
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {missing} datapoints were unknown."
    if not found:
        treated = alarm["TreatMissingData"]
        treated = treated[0].upper() + treated[1:]
        return (
            f"Threshold Crossed: no datapoints were received for {missing} periods and {missing} missing datapoints "
            f"were treated as [{treated}]."
        )
    _, words = COMPARISONS[alarm["ComparisonOperator"]]
    was = "was" if state == "ALARM" else "was not"
    return (
        f"Threshold Crossed: {len(found)} datapoints [{', '.join(found)}] {was} {words} the threshold "
        f"({alarm['Threshold']})."
    )


def get_metric_data(_, data, is_cbor, is_json=False):
    """The newest first unless asked otherwise, each metric by all of its dimensions, and each period that begins in time."""
    start, end = cloudwatch._parse_ts(data["StartTime"]), cloudwatch._parse_ts(data["EndTime"])
    if start >= end:
        message = "The parameter StartTime must be less than the parameter EndTime."
        return cloudwatch._error("ValidationError", message, 400, is_json, is_cbor)
    token = str(data.get("NextToken") or 0)
    if not token.isdigit():
        return cloudwatch._error("InvalidNextToken", "The next token specified is invalid.", 400, is_json, is_cbor)
    results = [
        series(query, start, end, data.get("ScanBy") != "TimestampAscending")
        for query in data["MetricDataQueries"]
        if query.get("ReturnData", True)
    ]
    results, following = page_of(results, int(token), data.get("MaxDatapoints") or DATAPOINTS)
    if is_cbor:
        results = [cloudwatch._cbor_metric_data_result(result) for result in results]
    answer = {"MetricDataResults": results, "Messages": [], **({"NextToken": following} if following else {})}
    return cloudwatch._cbor_ok(answer) if is_cbor else cloudwatch._json_ok(answer)


def page_of(results, begin, size):
    """So many data points of all results from one on, and the token of what follows."""
    page, at = [], 0
    for result in results:
        count = len(result["Values"])
        first, last = max(begin - at, 0), min(begin + size - at, count)
        at += count
        if first < last or (not count and not begin):
            part = {name: result[name][first:last] for name in ("Timestamps", "Values")}
            page.append({**result, **part, "StatusCode": "Complete" if last >= count else "PartialData"})
    return page, str(begin + size) if at > begin + size else None


def shortest_period(start, now):
    """Of what is so old; with a shorter one there are no data points ("MetricStat", `Period`)."""
    age = now - start
    return next((period for days, period in RETENTION if age <= days * 86400), 3600)


def series(query, start, end, newest_first):
    asked = query["MetricStat"]
    metric, period, now = asked["Metric"], asked["Period"], time.time()
    dimensions = cloudwatch._dims_from_list(metric.get("Dimensions") or [])
    key = metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions)
    periods = defaultdict(list)
    is_kept = period % shortest_period(start, now) == 0
    for point in cloudwatch._metrics.get(key) or () if is_kept else ():
        begin = int(point["Timestamp"] // period) * period
        is_forgotten = now - point["Timestamp"] > FORGOTTEN
        if start // period * period <= begin < end and not is_forgotten:
            periods[begin].append(point)
    times = sorted(periods, reverse=newest_first)
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or metric["MetricName"],
        "Timestamps": times,
        "Values": [float(statistic(periods[each], asked["Stat"])) for each in times],
        "StatusCode": "Complete",
    }
