"""What a preview link shows, which no memory of public answers may hold."""

import pytest

from cms.identity.tests.factories import UserFactory
from cms.kernel import Settings
from tests.cache.site import POSTS, Site
from tests.fixtures import make_token


@pytest.mark.attack("A17")
async def test_a_preview_is_asked_of_the_database_each_time(
    site: Site, live_settings: Settings
) -> None:
    user = UserFactory.build()
    async with site.database.session() as session:
        session.add(user)
    token = await make_token(site.database, live_settings, user)
    site.client.headers["Authorization"] = f"Bearer {token}"
    post = (await site.client.post(POSTS, json={"title": "First"})).json()
    made = await site.client.post("/api/v1/previews", json={"type": "posts", "id": post["id"]})
    preview = f"/api/v1/preview/{made.json()['token']}"

    titles: list[str] = []
    for title in ("First", "Second"):
        await site.client.patch(f"{POSTS}/first", json={"title": title})
        for _ in range(2):
            before = len(site.statements)
            titles.append((await site.get(preview)).json()["document"]["title"])
            assert len(site.statements) > before
    await site.execute("DELETE FROM posts WHERE slug = 'first'")

    assert titles == ["First", "First", "Second", "Second"]
    assert (await site.get(preview)).status_code == 404
