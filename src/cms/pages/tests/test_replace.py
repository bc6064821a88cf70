import pytest
from httpx import AsyncClient

from cms.pages.tests.conftest import CountRows, FindRow
from cms.pages.tests.factories import PageFactory
from tests.fixtures import Save

PAGE = "/api/v1/pages/about"
READ_ONLY = ("id", "created_at", "updated_at")


@pytest.fixture(autouse=True)
async def page(save: Save) -> None:
    await save(PageFactory.build(slug="about"))


async def test_every_field_is_replaced(client: AsyncClient, editor: AsyncClient) -> None:
    payload = {
        "slug": "about",
        "title": "New",
        "body": "<h2>New</h2>",
        "meta_title": "New",
        "meta_description": "New.",
        "og_image_url": "/new.jpg",
        "published": True,
    }

    response = await editor.put(PAGE, json=payload)

    assert response.status_code == 200
    assert {name: response.json()[name] for name in payload} == payload
    read = await client.get(PAGE)
    assert read.json() == response.json()
    assert read.headers["etag"] == response.headers["etag"]


async def test_what_is_left_out_goes_back_to_its_default(editor: AsyncClient) -> None:
    page = (await editor.put(PAGE, json={"title": "Bare"})).json()

    for name in READ_ONLY:
        del page[name]
    assert page == {
        "slug": "about",
        "title": "Bare",
        "body": "",
        "meta_title": None,
        "meta_description": None,
        "og_image_url": None,
        "published": False,
    }


async def test_a_change_keeps_id_and_creation_and_moves_version_and_update(
    editor: AsyncClient, find_row: FindRow
) -> None:
    before = await find_row("about")

    await editor.put(PAGE, json={"title": "New"})

    after = await find_row("about")
    assert before is not None
    assert after is not None
    assert after["id"] == before["id"]
    assert after["created_at"] == before["created_at"]
    assert after["version"] == before["version"] + 1
    assert after["updated_at"] > before["updated_at"]


async def test_a_put_of_what_was_read_changes_nothing(
    client: AsyncClient, editor: AsyncClient, find_row: FindRow
) -> None:
    read = await client.get(PAGE)
    before = await find_row("about")
    payload = {k: v for k, v in read.json().items() if k not in READ_ONLY}

    response = await editor.put(PAGE, json=payload)

    assert response.json() == read.json()
    assert response.headers["etag"] == read.headers["etag"]
    assert await find_row("about") == before


async def test_html_is_cleaned_before_it_is_stored(editor: AsyncClient, find_row: FindRow) -> None:
    body = "<p onclick=x>Hello<script>x</script></p>"

    response = await editor.put(PAGE, json={"title": "Hello", "body": body})

    assert response.json()["body"] == "<p>Hello</p>"
    row = await find_row("about")
    assert row is not None
    assert row["body"] == "<p>Hello</p>"


async def test_another_slug_moves_the_page(client: AsyncClient, editor: AsyncClient) -> None:
    payload = {"title": "New", "slug": "moved", "published": True}
    response = await editor.put(PAGE, json=payload)

    assert response.status_code == 200
    assert (await client.get(PAGE)).status_code == 404
    read = await client.get("/api/v1/pages/moved")
    assert read.json() == response.json()
    assert read.headers["etag"] == response.headers["etag"]


async def test_a_move_onto_a_taken_slug_is_409_and_changes_neither(
    editor: AsyncClient, save: Save, find_row: FindRow
) -> None:
    await save(PageFactory.build(slug="taken", published=False))
    before = [await find_row("about"), await find_row("taken")]

    response = await editor.put(PAGE, json={"title": "New", "slug": "taken"})

    assert response.status_code == 409
    assert [await find_row("about"), await find_row("taken")] == before


async def test_a_page_that_is_missing_is_404_and_not_made(
    editor: AsyncClient, count_rows: CountRows
) -> None:
    for slug in ("missing", "About", "about%00"):
        response = await editor.put(f"/api/v1/pages/{slug}", json={"title": "New"})
        assert response.status_code == 404

    assert await count_rows() == 1


@pytest.mark.attack("A1")
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer garbage"}], ids=["none", "bad"])
@pytest.mark.parametrize("slug", ["about", "missing"])
@pytest.mark.parametrize("payload", [{"title": "New"}, {}], ids=["good", "empty"])
async def test_without_a_good_token_nothing_is_replaced_and_nothing_told(
    client: AsyncClient,
    find_row: FindRow,
    slug: str,
    payload: dict[str, str],
    header: dict[str, str],
) -> None:
    before = await find_row("about")

    response = await client.put(f"/api/v1/pages/{slug}", json=payload, headers=header)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert await find_row("about") == before
