"""Requests for one working copy that meet, over real connections and commits."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import delete, select

from cms.documents import WORKING_COPIES
from cms.identity.tests.factories import UserFactory
from cms.main import assemble
from cms.posts.model import Post
from cms.posts.tests.factories import PostFactory
from tests.fixtures import connected, make_client, make_settings, make_token

_MEETINGS = 5


@dataclass(frozen=True)
class Copy:
    """The working copy of the one post, at an editor's."""

    editor: AsyncClient
    path: str

    async def save(self, title: str, **condition: str) -> Response:
        headers = {name.replace("_", "-"): value for name, value in condition.items()}
        body = {"content": {"title": title}}
        return await self.editor.put(self.path, json=body, headers=headers)

    async def publish(self, etag: str) -> Response:
        return await self.editor.post(f"{self.path}/publish", headers={"If-Match": etag})

    async def read(self) -> Response:
        return await self.editor.get(self.path)


@pytest.fixture
async def copy(own_database_url: str) -> AsyncIterator[Copy]:
    settings = make_settings(own_database_url)
    async with connected(settings) as database:
        user = UserFactory.build()
        async with database.session() as session:
            await session.execute(delete(WORKING_COPIES))
            await session.execute(delete(Post))
            await session.execute(delete(type(user)))
            session.add_all([user, PostFactory.build(slug="one", published=True)])
            await session.flush()
            id_ = await session.scalar(select(Post.id))
        token = await make_token(database, settings, user)
        headers = {"Authorization": f"Bearer {token}"}
        app = assemble(settings, database=database)
        async with make_client(app, headers=headers) as client:
            yield Copy(client, f"/api/v1/working-copies/posts/{id_}")


def statuses(responses: Iterable[Response]) -> list[int]:
    return sorted(each.status_code for each in responses)


async def test_of_two_that_start_or_go_on_at_once_one_does_and_the_other_hears_of_it(
    copy: Copy,
) -> None:
    started = await asyncio.gather(*(copy.save(name, If_None_Match="*") for name in "ab"))
    assert statuses(started) == [201, 412]
    etag = next(each.headers["ETag"] for each in started if each.status_code == 201)
    for _ in range(_MEETINGS):
        saved = await asyncio.gather(*(copy.save(name, If_Match=etag) for name in "cd"))
        assert statuses(saved) == [200, 412]
        [won] = [each for each in saved if each.is_success]
        [lost] = [each for each in saved if not each.is_success]
        etag = won.headers["ETag"]
        assert lost.json()["current_etag"] == etag
        stored = await copy.read()
        assert (stored.json(), stored.headers["ETag"]) == (won.json(), etag)
        etag = (await copy.save("between", If_Match=etag)).headers["ETag"]


async def test_of_a_save_and_a_publication_at_once_either_comes_first_and_nothing_is_lost(
    copy: Copy,
) -> None:
    for number in range(_MEETINGS):
        started = await copy.save(f"seen {number}", If_None_Match="*")
        etag = started.headers["ETag"]
        saved, published, again = await asyncio.gather(
            copy.save(f"unseen {number}", If_Match=etag),
            copy.publish(etag),
            copy.publish(etag),
        )
        if saved.is_success:
            assert statuses([published, again]) == [412, 412]
            assert (await copy.read()).json() == saved.json()
            await copy.publish(saved.headers["ETag"])
        else:
            assert saved.status_code == 404
            assert statuses([published, again]) == [200, 404]
            [live] = [each for each in (published, again) if each.is_success]
            assert live.json()["title"] == f"seen {number}"
            assert (await copy.read()).status_code == 404
