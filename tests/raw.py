"""What an application itself sends: httpx and the server drop the content of HEAD and 304 for it."""

import asyncio

from starlette.types import ASGIApp, Message


async def messages_of(app: ASGIApp, method: str, path: str) -> list[Message]:
    """The ASGI messages that answer a request without headers or body."""
    sent: list[Message] = []

    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # nobody leaves
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.1", 50_000),
        "server": ("testserver", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return sent


def content_of(messages: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in messages)
