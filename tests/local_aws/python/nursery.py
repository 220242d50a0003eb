"""Starts functions as copies of a process that has imported boto3 already: each import took longer than most functions run.

MiniStack starts an interpreter a function. Here one process a MiniStack waits with what all functions import, and forks
where one is to start; it does so on Linux alone, whose file descriptors of processes tell when a copy has ended.
"""

import io
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

SERVICES = ("backup", "cloudwatch", "resourcegroupstaggingapi", "sns")
LONGEST_REQUEST = 1 << 20


def patch():
    if hasattr(os, "pidfd_open"):
        from ministack.core import lambda_runtime  # the waiting process has no use for it

        lambda_runtime.subprocess = Subprocess(Nursery())


class Subprocess:
    """The module `subprocess`, but for Python processes whose three streams are pipes."""

    def __init__(self, nursery):
        self.nursery = nursery

    def __getattr__(self, name):
        return getattr(subprocess, name)

    def Popen(self, command, **options):  # noqa: N802 - the module's name
        streams = [options.get(name) for name in ("stdin", "stdout", "stderr")]
        if command[0] == sys.executable and len(command) == 2 and streams == [subprocess.PIPE] * 3:
            return self.nursery.start(command[1], options["cwd"], options["env"])
        return subprocess.Popen(command, **options)


class Nursery:
    """The waiting process, and the way to it."""

    def __init__(self):
        self.socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.lock = threading.Lock()
        with other:
            self.process = subprocess.Popen(
                [sys.executable, __file__, str(other.fileno())], pass_fds=[other.fileno()], stdin=subprocess.DEVNULL
            )

    def start(self, script, directory, environment):
        pipes = [os.pipe() for _ in range(3)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        request = json.dumps({"script": script, "directory": directory, "environment": environment})
        with self.lock:
            socket.send_fds(self.socket, [request.encode()], theirs)
            said, [process], *_ = socket.recv_fds(self.socket, 64, 1)
        for descriptor in theirs:
            os.close(descriptor)
        return Copy(int(said), process, pipes[0][1], pipes[1][0], pipes[2][0])


class Copy:
    """What `subprocess.Popen` is to its caller. How the process ended is not known: only that it has."""

    def __init__(self, pid, process, stdin, stdout, stderr):
        self.pid, self.returncode = pid, None
        self.process = io.FileIO(process)  # closed once, whoever asks, and at the latest when nobody knows of it any more
        self.lock = threading.Lock()
        self.stdin = open(stdin, "w", buffering=1)
        self.stdout, self.stderr = open(stdout), open(stderr)

    def poll(self):
        with self.lock:
            if self.returncode is None:
                ended = select.poll()  # `select` takes no descriptor above 1023
                ended.register(self.process, select.POLLIN)
                if ended.poll(0):
                    self.returncode = 0
                    self.process.close()
            return self.returncode

    def wait(self, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"function {self.pid}", timeout)
            time.sleep(0.005)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            with self.lock:
                if self.returncode is None:
                    signal.pidfd_send_signal(self.process.fileno(), number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


def imported():
    """Imports what functions import, and reads the models of the services that they call."""
    import boto3

    boto3.setup_default_session()
    loader = boto3.DEFAULT_SESSION._session.get_component("data_loader")
    for name in ("endpoints", "partitions", "_retry", "sdk-default-configuration"):
        loader.load_data(name)
    for service in SERVICES:
        for kind in ("service-2", "endpoint-rule-set-1"):
            loader.load_service_model(service, kind)


def wait_for_requests(requests):
    imported()
    while True:
        request, descriptors, *_ = socket.recv_fds(requests, LONGEST_REQUEST, 3)
        if not request:
            return
        reap()
        pid = os.fork()
        if pid == 0:
            requests.close()
            run(json.loads(request), descriptors)
        process = os.pidfd_open(pid)
        socket.send_fds(requests, [str(pid).encode()], [process])
        for descriptor in (process, *descriptors):
            os.close(descriptor)


def reap():
    """Takes back what copies that ended have left. A descriptor of one has to be opened before that."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def run(request, descriptors):
    """Becomes the function's process, and does not return."""
    status = 1
    try:
        for place, descriptor in enumerate(descriptors):
            os.dup2(descriptor, place)
            os.close(descriptor)
        sys.stdin, sys.stdout, sys.stderr = open(0, closefd=False), open(1, "w", closefd=False), stream_of_errors()
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["directory"])
        random.seed()
        script = request["script"]
        sys.argv, sys.path[0] = [script], str(Path(script).parent)
        exec(compile(Path(script).read_text(), script, "exec"), {"__name__": "__main__", "__file__": script})
        status = 0
    except BaseException:  # noqa: BLE001 - as an interpreter does
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def stream_of_errors():
    return io.TextIOWrapper(open(2, "wb", buffering=0, closefd=False), write_through=True)


if __name__ == "__main__":
    wait_for_requests(socket.socket(fileno=int(sys.argv[1])))
