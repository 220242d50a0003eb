"""Lambda's asynchronous invocations inside MiniStack: run as often as configured, and then told to their destination."""

import contextvars
import json
import threading
import time
from datetime import datetime, timezone

from ministack.core.responses import json_response, new_uuid, request_scope
from ministack.services import lambda_svc, sns

import policies

# The destinations that functions here have.
TOPICS = "arn:aws:sns:"


def patch():
    put = lambda_svc._put_event_invoke_config

    def put_event_invoke_config(name, qualifier, data):
        function = lambda_svc._functions.get(name)
        for kind in ("OnSuccess", "OnFailure"):
            arn = destination(data, kind)
            if function and arn.startswith(TOPICS) and not policies.role_may_publish(arn, function["config"]["Role"]):
                return lambda_svc._invalid_parameter_value(unauthorized(arn))
        answer = put(name, qualifier, data)
        if answer[0] != 200 or qualifier:
            return answer
        settings = lambda_svc._functions[name]["event_invoke_config"]
        settings["FunctionArn"] += ":$LATEST"
        return json_response(settings)

    execute = lambda_svc._execute_function_warm

    def execute_function_warm(function, event, request_id):
        return name_error(execute(function, event, request_id))

    def invoke_async_with_retry(function, event):
        scope = contextvars.copy_context()
        threading.Thread(target=scope.run, args=(run, function, event), daemon=True).start()

    lambda_svc._execute_function_warm = execute_function_warm
    lambda_svc._put_event_invoke_config = put_event_invoke_config
    lambda_svc.invoke_async_with_retry = invoke_async_with_retry


def unauthorized(arn):
    return (
        f"The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination={arn})) "
        f"is invalid. The function's execution role is not authorized to call Publish on {arn}"
    )


def name_error(result):
    """MiniStack says HandlerError of whatever a function raises; the log ends with the trace, and that with the class."""
    body = result.get("body")
    if result.get("error") and body.get("errorType") == "Runtime.HandlerError" and "Traceback" in result["log"]:
        last = result["log"].rstrip().removesuffix(body["errorMessage"].rstrip()).splitlines()[-1]
        body["errorType"] = last.rstrip(": ").rsplit(".", 1)[-1]
    return result


def destination(settings, kind):
    return ((settings.get("DestinationConfig") or {}).get(kind) or {}).get("Destination") or ""


def run(function, event):
    """Runs the function until it succeeds or has no retries left, tells its destination, and returns the last result."""
    config, settings = function["config"], function.get("event_invoke_config") or {}
    request_id = new_uuid()
    with request_scope(*config["FunctionArn"].split(":")[4:2:-1]):
        for attempt in range(settings.get("MaximumRetryAttempts", 2) + 1):
            if attempt:
                time.sleep(lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS * 2 ** (attempt - 1))
            began = time.time()
            result = lambda_svc._execute_function(function, event)
            spent = (time.time() - began) * 1000
            lambda_svc._emit_lambda_metrics(config["FunctionName"], spent, bool(result.get("error")), False)
            if not result.get("error"):
                break
        tell(function, settings, record(config, request_id, attempt + 1, event, result), event, result)
    return result


def tell(function, settings, told, event, result):
    config = function["config"]
    arn = destination(settings, "OnFailure" if result.get("error") else "OnSuccess")
    letters = (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if arn.startswith(TOPICS):
        if policies.role_reaches(arn, config["Role"]):
            sns.publish_internal(arn, json.dumps(told))
    elif result.get("error") and (arn or letters):
        lambda_svc._route_async_failure(arn or letters, config["FunctionName"], event, result)


def record(config, request_id, attempts, event, result):
    """As "Capturing records of Lambda asynchronous invocations" documents it."""
    failed = bool(result.get("error"))
    context = {"statusCode": 200, "executedVersion": "$LATEST"}
    if failed:
        context["functionError"] = result.get("function_error") or "Unhandled"
    return {
        "version": "1.0",
        "timestamp": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{config['FunctionArn']}:$LATEST",
            "condition": "RetriesExhausted" if failed else "Success",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": context,
        "responsePayload": payload(result),
    }


def payload(result):
    """What the function has returned or raised, out of MiniStack's several forms of it."""
    body = result.get("body")
    if isinstance(body, bytes):
        body = body.decode(errors="replace")
    if isinstance(body, str) and (result.get("raw_payload") or result.get("error")):
        try:
            return json.loads(body)
        except ValueError:
            return body
    return body
