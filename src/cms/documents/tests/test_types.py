"""Types that are named in a request, and documents that are named by their id."""

from uuid import uuid4

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import Document
from cms.documents.content import content_of, stored_content
from cms.documents.tests.notes import Note, create, values
from cms.documents.types import (
    DocumentType,
    SearchFields,
    TypeInPath,
    TypeName,
    register,
    type_of_table,
)
from cms.documents.writing import SlugTaken, delete_document, insert_again, lock_document_by_id
from cms.kernel.errors import Invalid, Problem, handle_problem
from cms.pages.model import Page
from cms.pages.schema import PageRead, PageWrite
from tests.fixtures import make_client

PAGE = {"title": "Hello", "body": "<p>Hello<script>1</script></p>", "id": str(uuid4())}


class Named(BaseModel):
    type: TypeName


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI(exception_handlers={Problem: handle_problem})

    @app.get("/{type}")
    async def read(type_: TypeInPath, other: TypeName | None = None) -> str:
        return f"{type_.location('x')} {other}"

    @app.post("/")
    async def write(body: Named) -> str:
        return body.type

    return app


async def test_only_a_registered_type_is_found_in_a_path_and_taken_elsewhere(app: FastAPI) -> None:
    async with make_client(app) as client:
        assert (await client.get("/pages?other=posts")).json() == "/api/v1/pages/x posts"
        assert (await client.get("/settings")).json() == "/api/v1/settings None"
        assert (await client.get("/users")).status_code == 404
        assert (await client.get("/pages?other=users")).status_code == 422
        assert (await client.post("/", json={"type": "posts"})).json() == "posts"
        assert (await client.post("/", json={"type": "site_settings"})).status_code == 422


def test_openapi_names_the_types_that_there_are(app: FastAPI) -> None:
    document = app.openapi()
    names = ["pages", "posts", "settings"]

    path, query = document["paths"]["/{type}"]["get"]["parameters"]
    assert sorted(path["schema"]["enum"]) == names
    assert sorted(query["schema"]["anyOf"][0]["enum"]) == names
    named = document["components"]["schemas"]["Named"]["properties"]["type"]
    assert sorted(named["enum"]) == names


def test_a_type_is_known_by_its_table() -> None:
    found = type_of_table("site_settings")

    assert found
    assert found.name == "settings"
    assert found.is_singleton
    assert type_of_table("users") is None


@pytest.mark.parametrize(("name", "model"), [("pages", Note), ("leaflets", Page)])
def test_a_name_and_a_table_have_one_type(name: str, model: type[Document]) -> None:
    with pytest.raises(ValueError, match=f"registered twice: {name}"):
        register(DocumentType(name, model, PageWrite, PageRead))


def test_words_are_searched_and_addresses_are_not() -> None:
    assert SearchFields.of(Page) == SearchFields(
        ("title",), ("meta_title", "meta_description"), ("body",)
    )


async def test_a_part_of_a_body_is_held_to_the_schema_and_cleaned() -> None:
    content = await content_of(PageWrite, PAGE, "body", "content")

    assert content.values["body"] == "<p>Hello</p>"
    assert str(content.told["id"]) == PAGE["id"]
    deep = PAGE | {"body": "<b>" * 10_000}
    for broken, field in ((PAGE | {"title": ""}, "title"), (PAGE | {"x": 1}, "x"), (deep, "body")):
        with pytest.raises(Invalid) as caught:
            await content_of(PageWrite, broken, "body", "content")
        assert caught.value.extra["errors"][0]["loc"] == ["body", "content", field]  # type: ignore[index]  # it is what answers show


async def test_of_what_was_stored_before_unknown_fields_are_dropped() -> None:
    content = await stored_content(PageWrite, PAGE | {"subtitle": "Gone"}, "document")

    assert content.told == {}
    assert (content.values["title"], content.values["meta_title"]) == ("Hello", None)


@pytest.mark.usefixtures("notes")
async def test_a_document_is_locked_by_its_id(session: AsyncSession) -> None:
    note = await create(session)

    assert await lock_document_by_id(session, Note, note["id"]) == note
    assert await lock_document_by_id(session, Note, uuid4()) is None


@pytest.mark.usefixtures("notes")
async def test_a_deleted_document_returns_with_its_id_once(session: AsyncSession) -> None:
    note = await create(session)
    again = values(slug="news", id=note["id"], version=2)
    assert await insert_again(session, Note, again, numbered=True) is None
    await delete_document(session, Note, note)
    await create(session)

    with pytest.raises(SlugTaken):
        await insert_again(session, Note, again, numbered=False)
    returned = await insert_again(session, Note, again, numbered=True)

    assert returned
    assert (returned["id"], returned["version"], returned["slug"]) == (note["id"], 2, "news-2")
