"""Asks the application of a copied tree, as a client would; prints what it answered."""

import asyncio
import json
import os
from typing import Any

from httpx import ASGITransport, AsyncClient, Response

from cms.main import build


async def prepare(client: AsyncClient, editor: dict[str, str], id_: str) -> list[Response]:
    """What every document has by its type's registration: a working copy, previews, history."""
    content = {"title": "Open days", "place": "Malmö", "published": True}
    copy, new = f"/api/v1/working-copies/events/{id_}", {"If-None-Match": "*"}
    saved = await client.put(copy, json={"content": content}, headers=editor | new)
    link = {"type": "events", "id": id_}
    made = await client.post("/api/v1/previews", json=link, headers=editor)
    shown = await client.get(f"/api/v1/preview/{made.json()['token']}")
    seen = {"If-Match": saved.headers["ETag"]}
    published = await client.post(f"{copy}/publish", headers=editor | seen)
    changes = await client.get("/api/v1/history?type=events", headers=editor)
    times = {"unpublish_at": "2020-01-01T00:00:00Z"}
    ended = await client.put(f"/api/v1/schedule/events/{id_}", json=times, headers=editor)
    hidden = await client.get("/api/v1/events/open-day")
    first = changes.json()["items"][-1]["id"]
    restored = await client.post(f"/api/v1/history/{first}/restore", headers=editor)
    return [shown, published, changes, ended, hidden, restored]


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
        answers += await prepare(client, editor, answers[2].json()["id"])
    return [(answer.status_code, answer.json()) for answer in answers]


print(json.dumps(asyncio.run(main())))  # noqa: T201
