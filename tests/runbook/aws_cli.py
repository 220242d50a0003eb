"""AWS CLI for a shell that runs a whole runbook: loaded once, and forked for each command.

Called with the folder for it, this makes the program `aws` there and answers it, until its input closes. Each command is one run
of AWS CLI in a process of its own, with the streams of the one that called; only its start is not paid every time.
"""

import json
import os
import shutil
import socket
import sys
import tempfile
import threading

from awscli import clidriver

SERVICES = ("backup", "efs", "rds", "resourcegroupstaggingapi", "sts")
PROGRAM = """#!{python} -IS
import json, os, socket, sys
there = socket.socket(socket.AF_UNIX)
there.connect({path!r})
asked = json.dumps([sys.argv[1:], os.getcwd()]).encode()
socket.send_fds(there, [len(asked).to_bytes(4, "big")], [0, 1, 2])
there.sendall(asked)
sys.exit(int(there.recv(8) or 255))
"""


def serve(folder):
    # A socket's path is short.
    short = tempfile.mkdtemp()
    path = os.path.join(short, "aws")
    program = os.path.join(folder, "aws")
    with open(program, "w") as file:
        file.write(PROGRAM.format(python=sys.executable, path=path))
    os.chmod(program, 0o755)
    driver = clidriver.create_clidriver()
    for service in SERVICES:
        driver.session.get_service_model(service)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    threading.Thread(target=end_with_input, args=[short], daemon=True).start()
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        length, streams, _, _ = socket.recv_fds(connection, 4, 3)
        child = os.fork()
        if child == 0:
            answer(driver, connection, int.from_bytes(length, "big"), streams)
        for stream in streams:
            os.close(stream)
        connection.close()
        os.waitpid(child, 0)


def end_with_input(folder):
    sys.stdin.read()
    shutil.rmtree(folder)
    os._exit(0)


def answer(driver, connection, length, streams):
    """Runs one command, and ends the process."""
    asked = b""
    while len(asked) < length:
        asked += connection.recv(length - len(asked))
    arguments, folder = json.loads(asked)
    os.chdir(folder)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    try:
        code = driver.main(arguments)
    except SystemExit as end:
        code = end.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(str(code).encode())
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
