"""What the tests of every document type know of one: its own schemas and columns tell it."""

import json
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import ARRAY, Boolean, Column, String, Text
from sqlalchemy.dialects.postgresql import JSONB

import cms.main  # noqa: F401 - its slices register the types
from cms.documents import DOCUMENT_TYPES, Document, DocumentType, Html
from cms.documents.model import table_of
from cms.documents.payload import READ_ONLY
from cms.richtext import SafeHtml

SAME_ID = {"X-Request-ID": "one"}
JSON = {"Content-Type": "application/json"}


class Kind:
    """A document type, and the document that its OpenAPI example shows."""

    def __init__(self, of: DocumentType) -> None:
        fields = {k: v for k, v in of.write.model_fields.items() if k not in READ_ONLY}
        self.type = of
        self.name = of.name
        self.model = of.model
        self.table = table_of(of.model)
        self.columns = {name: self.table.c[name] for name in fields}
        self.singleton = "slug" not in fields
        """There is one, which is neither listed, nor named, nor ever a draft."""
        self.path = f"/api/v1/{of.name}"
        self.example: dict[str, Any] = of.write.model_json_schema()["example"]
        self.document = self.path if self.singleton else f"{self.path}/{self.example['slug']}"
        self.readonly = [name for name in READ_ONLY - {"etag"} if name in of.read.model_fields]
        self.minimal = {name: self.example[name] for name in fields if fields[name].is_required()}
        self.texts = {k: v.type.length for k, v in self.columns.items() if is_text(v)}
        """The fields of plain text, and how long it may be."""
        self.title = next(name for name in self.texts if name in self.minimal)
        self.rich = [name for name, column in self.columns.items() if isinstance(column.type, Html)]
        self._values = of.write.model_validate_json(json.dumps(self.example))

    def __str__(self) -> str:
        return self.name

    @property
    def bare(self) -> dict[str, Any]:
        """The document of which only what is needed was given, but for its slug."""
        defaults = {name: _default(column) for name, column in self.columns.items()}
        return {k: v for k, v in (defaults | self.minimal).items() if k != "slug"}

    @property
    def changed(self) -> dict[str, Any]:
        """The example with another value in every field, but that it stays public where it is."""
        others = {name: _other(column) for name, column in self.columns.items()}
        return others | {k: self.example[k] for k in ("slug", "published") if not self.singleton}

    def values(self) -> dict[str, Any]:
        """The example as it is stored."""
        values = {name: getattr(self._values, name) for name in self.columns}
        return values | {name: SafeHtml(values[name]) for name in self.rich}

    def build(self, **changes: object) -> Document:
        return self.model(**self.values() | changes)

    def batch(self, count: int, **changes: object) -> list[Document]:
        return [self.build(slug=f"one-of-{count}-{n}", **changes) for n in range(count)]

    def written(self, response: Response) -> dict[str, Any]:
        """What an answer says of what can be written; it says no more than that and when."""
        answer = public(response)
        for name in self.readonly:
            del answer[name]
        return answer


def is_text(column: Column[Any]) -> bool:
    """Plain text of any kind: slugs, rich text and links have rules of their own."""
    return type(column.type) is String and column.name != "slug"


def _default(column: Column[Any]) -> object:
    if column.nullable:
        return None
    match column.type:
        case Boolean():
            return False
        case ARRAY():
            return []
        case JSONB():
            return {}
        case _:
            return ""


def _other(column: Column[Any]) -> object:
    match column.type:
        case Boolean():
            return True
        case ARRAY():
            return ["other"]
        case JSONB():
            return {"other": "/other"}
        case Html():
            return "<p>Other</p>"
        case String() | Text():
            return "/other"
        case other:
            raise NotImplementedError(f"no value for {other!r}")


def public(response: Response) -> dict[str, Any]:
    """A document as visitors get it: editors are told its ETag too, rightly."""
    answer: dict[str, Any] = response.json()
    etag = answer.pop("etag", response.headers["etag"])
    assert etag == response.headers["etag"]
    return answer


def everything(response: Response) -> tuple[int, object, bytes]:
    return response.status_code, response.headers, response.content


KINDS = [Kind(each) for each in DOCUMENT_TYPES.values()]
COLLECTIONS = [kind for kind in KINDS if not kind.singleton]

each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
each_collection = pytest.mark.parametrize("kind", COLLECTIONS, ids=str)
each_read = pytest.mark.parametrize(
    ("kind", "path"),
    [
        *(pytest.param(kind, kind.document, id=f"one of {kind}") for kind in KINDS),
        *(pytest.param(kind, kind.path, id=f"list of {kind}") for kind in COLLECTIONS),
    ],
)
each_write = pytest.mark.parametrize(
    ("kind", "method"),
    [
        *((kind, method) for kind in KINDS for method in ("PUT", "PATCH")),
        *((kind, "DELETE") for kind in COLLECTIONS),
    ],
    ids=str,
)
