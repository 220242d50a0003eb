"""The Python half of the local AWS: runs MiniStack and answers the tests' questions over HTTP.

    server.py PROXY_URL RUN_DIRECTORY EMULATORS

prints one line of JSON with the ports once everything is warm, and lives until its standard input is closed. There are as
many MiniStacks as asked for, because one runs on one core only; the accounts are divided between them. They are its children
and end the same way, when the pipe from here closes, so that not even SIGKILL leaves anything running.
"""

import asyncio
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.dont_write_bytecode = True  # the modules beside this file belong to the source tree

HOST = "127.0.0.1"
START_TIMEOUT = 60
WARMED = {
    "backup": "list_backup_vaults",
    "cloudwatch": "describe_alarms",
    "events": "list_rules",
    "iam": "list_roles",
    "lambda": "list_functions",
    "logs": "describe_log_groups",
    "resourcegroupstaggingapi": "get_resources",
    "sns": "list_topics",
    "sqs": "list_queues",
    "sts": "get_caller_identity",
}


def when_stdin_closes(then):
    """Calls `then` once the parent has closed our standard input, which its death does too."""

    def watch():
        while os.read(0, 4096):
            pass
        then()

    threading.Thread(target=watch, daemon=True).start()


def run_ministack(descriptor):
    """The child: MiniStack on a socket that the parent has bound, so that no other process can take the port."""
    when_stdin_closes(lambda: os._exit(0))
    from ministack.app import app

    from backdoor import behind
    from ministack_patches import QUESTIONS, patch
    from serving import serve

    patch()
    asyncio.run(serve(behind(app, QUESTIONS), socket.socket(fileno=descriptor)))


def ministack_environment(port, proxy, directory):
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": proxy,  # what functions call is answered as everything else is
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SECRET_ACCESS_KEY": "local",
        "GATEWAY_PORT": str(port),
        "HOME": str(directory),
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_WARM_TTL_SECONDS": "20",  # each test has its own functions, and none comes back to them
        "LOG_LEVEL": "WARNING",
        "MINISTACK_HOST": HOST,
        "SFTP_ENABLED": "0",
        "TMPDIR": str(directory),
    }


def start_ministack(proxy, directory):
    directory.mkdir(parents=True, exist_ok=True)
    listener = socket.create_server((HOST, 0), backlog=512)
    port = listener.getsockname()[1]
    log = directory / "ministack.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, __file__, "--ministack", str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=directory,
            env=ministack_environment(port, proxy, directory),
            pass_fds=[listener.fileno()],
        )
    listener.close()
    deadline = time.monotonic() + START_TIMEOUT
    while not healthy(port):
        if child.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            child.kill()
            sys.exit(f"MiniStack did not start (exit status {child.poll()}):\n{tail}")
        time.sleep(0.05)
    return child, port


def healthy(port):
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


class Server(ThreadingHTTPServer):
    """Takes the questions of many test threads at once: with the default queue of 5, some were reset."""

    daemon_threads = True
    request_queue_size = 128


class Api(BaseHTTPRequestHandler):
    """POST /QUESTION with a JSON object; every answer is one JSON document."""

    questions = {}
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            answer, status = self.questions[self.path.strip("/")](**json.loads(body)), 200
        except Exception as error:  # noqa: BLE001 - told to the test, which panics with it
            answer, status = f"{type(error).__name__}: {error}", 500
        data = json.dumps(answer, sort_keys=True).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def main(proxy, directory, emulators):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, whose end is ours
    directory = Path(directory)
    count = int(emulators)
    with ThreadPoolExecutor(1 + count) as pool:
        imports = pool.submit(__import__, "calls")  # takes as long as MiniStack's start
        started = list(pool.map(lambda index: start_ministack(proxy, directory / f"emulator-{index}"), range(count)))
        calls = imports.result()
    ports = [port for _, port in started]

    def end():
        for child, _ in started:
            child.kill()
        for child, _ in started:
            child.wait()
        shutil.rmtree(directory, ignore_errors=True)
        os._exit(0)

    when_stdin_closes(end)
    import backdoor
    import inventory
    import model

    aws = calls.Aws([f"http://{HOST}:{port}" for port in ports], proxy)
    first = [(str(index).zfill(12), entry) for index in range(count) for entry in WARMED.items()]
    with ThreadPoolExecutor(len(WARMED)) as pool:
        list(pool.map(lambda call: aws.call(call[0], "us-east-1", *call[1], {}, "emulator"), first))

    def ask(question, account, **members):
        return backdoor.ask(ports[calls.share(account, count)], question, account=account, **members)

    Api.questions = {
        "call": aws.call,
        "inventory": lambda account, regions: inventory.of(aws, account, regions, ask("restored", account)),
        "calls": model.calls,
        "check": model.check,
        "routes": model.routes,
        "advance": functools.partial(ask, "advance"),
        "draw_next": functools.partial(ask, "draw_next"),
        "obstruct": functools.partial(ask, "obstruct"),
        "plant": functools.partial(ask, "plant"),
        "put_crowd": functools.partial(ask, "put_crowd"),
        "run_schedule": functools.partial(ask, "run_schedule"),
    }
    server = Server((HOST, 0), Api)
    print(json.dumps({"emulators": ports, "helper": server.server_address[1]}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "--ministack":
        run_ministack(int(sys.argv[2]))
    else:
        main(*sys.argv[1:])
