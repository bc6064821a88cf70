"""The baseline: a bare ASGI app that sends what the API sent, byte for byte, and does no work.

Reads `BARE_RESPONSES`, a JSON file of `{"METHOD PATH": {"status", "headers", "body"}}`.
"""

import json
import os
from pathlib import Path
from typing import Any

_recorded = json.loads(Path(os.environ["BARE_RESPONSES"]).read_text())
_messages = {
    key: (
        {
            "type": "http.response.start",
            "status": response["status"],
            "headers": [(name.encode(), value.encode()) for name, value in response["headers"]],
        },
        {"type": "http.response.body", "body": response["body"].encode()},
    )
    for key, response in _recorded.items()
}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    key = f"{scope['method']} {scope['path']}"
    if (b"if-none-match") in dict(scope["headers"]):
        key += " 304"
    if scope["method"] == "POST":
        while (await receive()).get("more_body"):
            pass
    start, body = _messages[key]
    await send(start)
    await send(body)
