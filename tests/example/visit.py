"""Asks the application of a copied tree, as a client would; prints what it answered."""

import asyncio
import json
import os
from typing import Any

from httpx import ASGITransport, AsyncClient

from cms.main import build


async def main() -> list[Any]:
    app = build()
    editor = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    event = {"title": "Open day", "place": "Malmö", "published": True}
    inner = app.app
    async with (
        inner.router.lifespan_context(inner),
        AsyncClient(transport=ASGITransport(app), base_url="http://testserver") as client,
    ):
        answers = [
            await client.get("/readyz"),
            await client.post("/api/v1/events", json=event),
            await client.post("/api/v1/events", json=event, headers=editor),
            await client.get("/api/v1/events/open-day"),
            await client.get("/api/v1/events"),
            await client.get("/openapi.json"),
        ]
    return [(answer.status_code, answer.json()) for answer in answers]


print(json.dumps(asyncio.run(main())))  # noqa: T201
