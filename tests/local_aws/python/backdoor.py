"""What the tests may ask of MiniStack though AWS has no call for it, under a path of its own."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PATH = "/_local_aws/"


def behind(app, questions):
    """The app with a way in for questions: each takes the members of a JSON object, and answers with JSON."""

    async def serve(scope, receive, send):
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            return await app(scope, receive, send)
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        try:
            answer, status = await questions[scope["path"].removeprefix(PATH)](**json.loads(body)), 200
        except Exception as error:  # noqa: BLE001 - told to the test, which panics with it
            answer, status = f"{type(error).__name__}: {error}", 500
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    return serve


def ask(port, question, **members):
    """From the other side."""
    url = f"http://127.0.0.1:{port}{PATH}{question}"
    try:
        with urlopen(Request(url, json.dumps(members).encode()), timeout=600) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise RuntimeError(error.read().decode()) from None
