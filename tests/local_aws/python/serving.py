"""Serves an ASGI app over HTTP/1.1, as far as the proxy and the helper speak it.

Hypercorn, which MiniStack brings, is a whole server and takes more of the time than what MiniStack does with a request.
Here a body has a length, and an answer is one piece: what else comes is refused.
"""

import asyncio
from http import HTTPStatus
from urllib.parse import unquote

LONGEST_HEAD = 1 << 20


async def serve(app, listener):
    """Answers for ever on a socket that listens."""
    lifespan = await start(app)
    server = await asyncio.start_server(
        lambda *streams: connection(app, *streams), sock=listener, limit=LONGEST_HEAD, backlog=512
    )
    await asyncio.gather(server.serve_forever(), lifespan)


async def start(app):
    """Tells the app that it starts, and waits until it has. It is never told the end: the process is killed.

    Returns the task in which the app waits for that.
    """
    started = asyncio.get_running_loop().create_future()

    async def receive():
        if not started.done():
            return {"type": "lifespan.startup"}
        return await asyncio.Future()

    async def send(message):
        if message["type"] != "lifespan.startup.complete":
            raise RuntimeError(f"the app does not start: {message}")
        started.set_result(None)

    task = asyncio.create_task(app({"type": "lifespan"}, receive, send))
    await asyncio.wait((started, task), return_when=asyncio.FIRST_COMPLETED)
    if not started.done():
        await task
    return task


async def connection(app, reader, writer):
    """Answers the requests of one connection, one after the other."""
    try:
        more = True
        while more:
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head[:-4].split(b"\r\n")
            method, target, _ = first.split(b" ")
            headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
            fields = dict(headers)
            if b"transfer-encoding" in fields:
                raise ValueError("a body without a length")
            body = await reader.readexactly(int(fields.get(b"content-length", 0)))
            scope = scope_of(method, target, headers)
            # A task of its own, so that what the app notes for one request is not there at the next.
            answer = await asyncio.create_task(answered(app, scope, body))
            writer.write(answer)
            await writer.drain()
            more = fields.get(b"connection", b"").lower() != b"close"
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the other side is done
    finally:
        writer.close()


def scope_of(method, target, headers):
    raw, _, query = target.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method.decode(),
        "scheme": "http",
        "path": unquote(raw.decode()),
        "raw_path": raw,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }


async def answered(app, scope, body):
    """The bytes of the app's answer."""
    requests = iter([{"type": "http.request", "body": body, "more_body": False}])
    messages = []

    async def receive():
        return next(requests, None) or {"type": "http.disconnect"}

    async def send(message):
        messages.append(message)

    await app(scope, receive, send)
    start, *parts = messages
    content = b"".join(part.get("body", b"") for part in parts)
    status = start["status"]
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    lines += [name + b": " + value for name, value in start["headers"] if name.lower() != b"content-length"]
    lines.append(b"content-length: %d\r\n\r\n" % len(content))
    return b"\r\n".join(lines) + (b"" if scope["method"] == "HEAD" else content)
