"""Any AWS call by its boto3 name, for any account, in plain JSON."""

import base64
import datetime
import io
import threading
import zipfile

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody

PLACEHOLDER = "000000000000"

# How the proxy tells who calls: the tests' own looks and preparations are neither recorded nor hit by faults.
AGENTS = {"emulator": "mrbackup-test/look", "proxy": "mrbackup-test/look", "program": "mrbackup-test/program"}


def share(account, count):
    """Which of so many emulators has the account. The proxy divides them in the same way."""
    return int(account) % count


class Aws:
    def __init__(self, emulators, proxy):
        self.emulators, self.proxy = emulators, proxy
        self.session = botocore.session.Session()
        self.clients = {}
        self.lock = threading.Lock()
        self.account = threading.local()

    def client(self, account, region, service, via="emulator"):
        """One client for all accounts: making one costs far more than a call, so the account is written in at the end."""
        self.account.id = account
        with self.lock:
            endpoint = self.emulators[share(account, len(self.emulators))] if via == "emulator" else self.proxy
            key = (service, region, via, endpoint)
            if key not in self.clients:
                self.clients[key] = self.make(*key)
            return self.clients[key]

    def make(self, service, region, via, endpoint):
        client = self.session.create_client(
            service,
            region,
            endpoint_url=endpoint,
            aws_access_key_id=PLACEHOLDER,
            aws_secret_access_key="local",
            config=Config(
                retries={"total_max_attempts": 1},
                user_agent_extra=AGENTS[via],
                read_timeout=120,
                max_pool_connections=32,
            ),
        )
        client.meta.events.register("before-send", self.sign_as_account)
        return client

    def sign_as_account(self, request, **_):
        header = request.headers["Authorization"]
        if isinstance(header, bytes):
            header = header.decode()
        request.headers["Authorization"] = header.replace(f"Credential={PLACEHOLDER}", f"Credential={self.account.id}")

    def call(self, account, region, service, operation, args, via="proxy"):
        client = self.client(account, region, service, via)
        try:
            return {"ok": plain(getattr(client, operation)(**arguments(args)))}
        except ClientError as error:
            details = error.response.get("Error", {})
            return {
                "error": {
                    "code": str(details.get("Code")),
                    "message": details.get("Message") or error.response.get("message") or "",
                    "status": error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0),
                    "response": plain(error.response),
                }
            }
        except BotoCoreError as error:
            return {"error": {"code": type(error).__name__, "message": str(error), "status": 0, "response": None}}


def arguments(value):
    """{"$base64": "..."} stands for bytes, {"$zip": {"a.py": "..."}} for those of a zip file."""
    if isinstance(value, dict):
        if set(value) == {"$base64"}:
            return base64.b64decode(value["$base64"])
        if set(value) == {"$zip"}:
            return zipped(value["$zip"])
        return {key: arguments(each) for key, each in value.items()}
    if isinstance(value, list):
        return [arguments(each) for each in value]
    return value


def spelled(value):
    """The other way round: JSON from which `arguments` makes the value."""
    if isinstance(value, dict):
        return {key: spelled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [spelled(each) for each in value]
    if isinstance(value, bytes):
        return {"$base64": base64.b64encode(value).decode()}
    return value


def zipped(files):
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return buffer.getvalue()


def plain(value):
    """JSON of an answer: times in ISO form, bytes and streams as text."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items() if key != "ResponseMetadata"}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, StreamingBody):
        value = value.read()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value
