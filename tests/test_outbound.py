"""Nothing that a client sends makes the server call anyone."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import AsyncClient

from cms.identity.tests.forging import HEADER, token_of


class Bystander:
    """A server on this machine that nobody has a reason to call."""

    def __init__(self, listening: socket.socket) -> None:
        self._socket = listening
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/x.png"

    def was_called(self) -> bool:
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture
def bystander() -> Iterator[Bystander]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield Bystander(listening)


def test_a_call_would_be_noticed(bystander: Bystander) -> None:
    host, _, port = bystander.url.removeprefix("http://").partition("/")[0].partition(":")
    with socket.create_connection((host, int(port))):
        assert bystander.was_called()
    assert not bystander.was_called()


@pytest.mark.attack("T10")
@pytest.mark.parametrize("name", ["jku", "x5u", "kid", "jwk", "x5c"])
async def test_a_key_that_a_token_names_is_not_fetched(
    client: AsyncClient, bystander: Bystander, name: str
) -> None:
    for key in (bystander.url, [bystander.url], {"k": bystander.url}):
        token = token_of({"iss": bystander.url}, HEADER | {name: key})

        response = await client.get(
            "/api/v1/users/me", headers={"Authorization": f"Bearer {token}"}
        )

        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert not bystander.was_called()


def documents(url: str) -> dict[str, dict[str, Any]]:
    html = f'<p><img src="{url}"><a href="{url}">x</a></p><iframe src="{url}"></iframe>'
    html += f'<link rel="stylesheet" href="{url}"><script src="{url}"></script>'
    return {
        "POST /api/v1/pages": {"title": "x", "og_image_url": url, "body": html},
        "POST /api/v1/posts": {"title": "x", "featured_image_url": url, "body": html},
        "PUT /api/v1/settings": {
            "site_name": "x",
            "logo_url": url,
            "social_links": {"x": url},
            "footer_text": html,
        },
    }


@pytest.mark.attack("U3")
@pytest.mark.parametrize("write", documents("http://x.example"))
async def test_a_url_is_stored_and_read_and_never_fetched(
    client: AsyncClient, editor: AsyncClient, bystander: Bystander, write: str
) -> None:
    method, path = write.split()
    document = documents(bystander.url)[write]
    if method == "POST":
        document |= {"slug": "linking", "published": True}
        path = f"{path}/linking"

    written = await editor.request(method, write.split()[1], json=document)
    read = await client.get(path)

    assert written.is_success
    assert bystander.url in json.dumps(read.json())
    assert not bystander.was_called()


@pytest.mark.attack("U3")
async def test_nothing_else_that_looks_like_an_address_is_fetched(
    client: AsyncClient, bystander: Bystander
) -> None:
    names = ("Referer", "Origin", "X-Forwarded-Host", "X-Original-URL", "X-Callback-URL", "Host")
    headers = dict.fromkeys(names, bystander.url.removesuffix("/x.png"))

    assert (await client.get("/api/v1/posts", headers=headers)).status_code == 200
    assert not bystander.was_called()
