"""The rules of the house, held by machines."""

import inspect
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.documents import DOCUMENT_TYPES, CurrentView, Document
from cms.kernel import ROOT, Base, get_current_user, get_session
from cms.main import SLICES, assemble
from tests.architecture import (
    calls_of,
    lint_imports,
    listed_slices,
    production_files,
    slice_folders,
)
from tests.fixtures import make_settings

SRC = ROOT / "src"
MAX_LINES = 250

# Reads that show nothing that could be a draft.
# `get_preview` shows what its token is for, draft or not.
WITHOUT_A_VIEW = {
    "list_tags",
    "list_redirects",
    "get_sitemap",
    "get_settings",
    "get_preview",
    "healthz",
    "readyz",
}


def make_app() -> FastAPI:
    """An application that never asks its database."""
    return assemble(make_settings("postgresql://db/cms")).app


ROUTES = [
    context
    for context in iter_route_contexts(make_app().routes)
    if isinstance(context.original_route, APIRoute)
]
WRITES = [
    route for route in ROUTES if (route.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
]
READS = [
    route
    for route in ROUTES
    if route.original_route.include_in_schema and "GET" in (route.methods or set())
]


def dependants(route: RouteContext) -> Iterator[Dependant]:
    pending: list[Dependant] = [route.dependant]
    while pending:
        dependant = pending.pop()
        yield dependant
        pending.extend(dependant.dependencies)


def dependencies(route: RouteContext) -> list[Any]:
    return [dependant.call for dependant in dependants(route)][1:]


def is_async(call: Any) -> bool:
    function = call if inspect.isroutine(call) else type(call).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


# Imports


def test_imports_point_down(tmp_path: Path) -> None:
    kept, told = lint_imports(SRC, tmp_path)

    assert kept, told


HOUSE = "the house is built from the top down"
SLICE = "a slice is built from the top down"
DOORS = "a slice imports from three rooms, by their front doors"
WRONG = [
    (HOUSE, "kernel/errors.py", "def f() -> None: import cms.posts.model"),
    (HOUSE, "posts/service.py", "import cms.pages.model"),
    (HOUSE, "posts/repository.py", "import cms.main"),
    (HOUSE, "cache/store.py", "import cms.documents"),
    (HOUSE, "edge/docs.py", "import cms.richtext"),
    (HOUSE, "kernel/errors.py", "import cms.edge"),
    (HOUSE, "postgres/pool.py", "import cms.kernel.config"),
    (SLICE, "posts/repository.py", "import cms.posts.router"),
    (DOORS, "posts/repository.py", "import cms.edge"),
    (DOORS, "posts/schema.py", "import cms.documents.fields"),
    (DOORS, "posts/router.py", "import cms.postgres"),
    ("routers and schemas speak no SQL", "posts/schema.py", "import sqlalchemy"),
    ("only what is next to PostgreSQL speaks to its driver", "documents/writing.py", "import asyncpg"),
    ("the launcher knows nothing of content", "launch/serve.py", "import cms.documents"),
    ("what is in the image knows nothing of what is not", "launch/serve.py", "import dev"),
]  # fmt: skip
STRAY = {HOUSE: "stray", SLICE: "posts.helpers"}
CYCLES = [("kernel/errors.py", "import cms.kernel.app"), ("edge/headers.py", "import cms.edge.install")]  # fmt: skip


def test_imports_that_do_not_are_noticed(tmp_path: Path) -> None:
    src = tmp_path / "src"
    shutil.copytree(SRC, src, ignore=shutil.ignore_patterns("tests", "__pycache__", "web"))
    for file, line in [*(each[1:] for each in WRONG), *CYCLES]:
        with (src / "cms" / file).open("a") as module:
            module.write(f"\n{line}\n")
    for name in STRAY.values():
        (src / "cms" / f"{name.replace('.', '/')}.py").touch()

    kept, told = lint_imports(src, tmp_path)

    assert not kept
    parts = re.split(r"\n([^\n]+)\n-{5,}\n", told)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    for contract, file, line in WRONG:
        module, imported = file.removesuffix(".py").replace("/", "."), line.rpartition(" ")[2]
        assert f"cms.{module} -> {imported} (l." in found[contract]
    for contract, name in STRAY.items():
        assert f"\n- cms.{name}\n" in found[contract]
    for file, _ in CYCLES:
        room = file.partition("/")[0]
        assert f"No cycles are allowed in cms.{room}." in found["no room has cycles"]


def test_every_slice_is_listed_once_in_the_composition_root() -> None:
    assert sorted(listed_slices(SRC)) == slice_folders(SRC)
    assert [each.name for each in SLICES] == listed_slices(SRC)


def test_a_slice_is_called_as_its_folder_and_its_tag() -> None:
    for each in SLICES:
        assert each.router.tags == [each.name]


def test_every_kind_of_document_is_registered_once() -> None:
    registered = [each.model.__name__ for each in DOCUMENT_TYPES.values()]

    kinds = [each for each in Document.__subclasses__() if ".tests." not in each.__module__]
    assert sorted(registered) == sorted(each.__name__ for each in kinds)


# Endpoints


def test_there_is_something_to_look_at() -> None:
    assert len(WRITES) > 10
    assert len(READS) > 10


def test_every_write_outside_of_auth_asks_who_it_is() -> None:
    for route in WRITES:
        asks = get_current_user in dependencies(route)
        assert asks != str(route.path).startswith("/api/v1/auth/"), route.name


def test_every_public_read_has_a_view() -> None:
    view = CurrentView.__metadata__[0].dependency  # type: ignore[attr-defined]
    for route in READS:
        guards = [each for each in (view, get_current_user) if each in dependencies(route)]
        assert len(guards) == (0 if route.name in WITHOUT_A_VIEW else 1), route.name


def test_every_endpoint_and_its_dependencies_run_on_the_event_loop() -> None:
    for route in ROUTES:
        assert inspect.iscoroutinefunction(route.endpoint), route.name
        assert [call for call in dependencies(route) if not is_async(call)] == [], route.name


def test_every_session_is_committed_before_the_answer_leaves() -> None:
    for route in ROUTES:
        sessions = [each for each in dependants(route) if each.call is get_session]
        assert {each.scope for each in sessions} <= {"function"}, route.name


# Database


def test_nobody_but_the_session_dependency_commits() -> None:
    assert not [
        place for place in calls_of("commit", SRC) if not place.startswith("cms/kernel/database.py")
    ]


def document_tables() -> set[str]:
    tables = Base.metadata.tables.values()
    return {table.name for table in tables if {"version", "published"} <= set(table.c.keys())}


WATCHES = ["touch", "record", "record_update"]
WATCHES += [f"announce_{event}" for event in ("insert", "update", "delete", "truncate")]


@pytest.mark.parametrize("name", WATCHES)
async def test_every_document_is_watched(connection: AsyncConnection, name: str) -> None:
    """Its version moves by itself, and each kind of change is announced and recorded."""
    watched = await connection.scalars(
        text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = :name"),
        {"name": f"cms_{name}"},
    )

    assert document_tables() == set(watched)
    assert len(document_tables()) >= 3


def test_every_public_read_of_documents_names_a_table_that_is_watched() -> None:
    given = [each for route in ROUTES for each in getattr(route.endpoint, "cached_tables", ())]
    marked = {name for each in given for name in ([each] if isinstance(each, str) else each())}

    # The others have triggers of their own.
    assert marked == document_tables() | {"redirects", "search_texts"}


# Files


def test_no_file_is_longer_than_two_screens_and_a_bit() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text().splitlines())
        for file in production_files(SRC)
    }

    assert {file: length for file, length in lengths.items() if length > MAX_LINES} == {}
