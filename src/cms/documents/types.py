"""The document types that there are, each registered once by its slice."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Self

from fastapi import Depends, Path
from pydantic import AfterValidator, BaseModel, GetJsonSchemaHandler
from pydantic_core import CoreSchema
from sqlalchemy import ARRAY, String

from cms.documents.model import Document
from cms.documents.payload import SingletonWrite
from cms.kernel import API_PREFIX, NotFound
from cms.richtext import Html


@dataclass(frozen=True, slots=True)
class SearchFields:
    """The columns that search looks into. A word in the title counts most, one in the body least."""

    title: tuple[str, ...]
    summary: tuple[str, ...]
    body: tuple[str, ...]

    @classmethod
    def of(cls, model: type[Document]) -> Self:
        """What the columns say: rich text is the body, and other words, such as tags, are a summary
        of it. Words are of limited length: what is not is an address."""
        title, summary, body = list[str](), list[str](), list[str]()
        for column in model.__table__.columns:
            if column.name == "title":
                title.append(column.name)
            elif isinstance(column.type, Html):
                body.append(column.name)
            elif isinstance(column.type, ARRAY) or (
                type(column.type) is String and column.name != "slug"
            ):
                summary.append(column.name)
        return cls(tuple(title), tuple(summary), tuple(body))


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A kind of document: what is stored, what an editor sends, and what a reader gets."""

    name: str
    """As it stands in addresses, such as `posts`."""
    model: type[Document]
    write: type[SingletonWrite]
    read: type[BaseModel]
    search: SearchFields | None = None
    """None: as the columns say."""

    @property
    def searched(self) -> SearchFields:
        return self.search or SearchFields.of(self.model)

    @property
    def is_singleton(self) -> bool:
        """Whether there is one document of it, which is never named, nor a draft."""
        return "slug" not in self.write.model_fields

    def location(self, slug: str) -> str:
        """The address of one of its documents."""
        path = f"{API_PREFIX}/{self.name}"
        return path if self.is_singleton else f"{path}/{slug}"


_registered: dict[str, DocumentType] = {}

DOCUMENT_TYPES: Mapping[str, DocumentType] = MappingProxyType(_registered)
"""Every registered type by its name."""


def register(document_type: DocumentType) -> DocumentType:
    """Call it once, in `slice.py`. Raises `ValueError` for a name or table that is taken."""
    tables = {each.model.__tablename__ for each in _registered.values()}
    if document_type.name in _registered or document_type.model.__tablename__ in tables:
        raise ValueError(f"a document type is registered twice: {document_type.name}")
    _registered[document_type.name] = document_type
    return document_type


def collections() -> tuple[DocumentType, ...]:
    """The types of which there are many documents, each with a slug."""
    return tuple(each for each in DOCUMENT_TYPES.values() if not each.is_singleton)


def collection_tables() -> tuple[str, ...]:
    """For `@cached`, where an answer shows documents of all these types."""
    return tuple(each.model.__tablename__ for each in collections())


def type_of_table(table: str) -> DocumentType | None:
    """The type that is stored there; None for one that no slice has any more."""
    found = (each for each in DOCUMENT_TYPES.values() if each.model.__tablename__ == table)
    return next(found, None)


def _is_registered(name: str) -> str:
    if name not in DOCUMENT_TYPES:
        raise ValueError(f"This must be one of {', '.join(DOCUMENT_TYPES)}.")
    return name


class _RegisteredNames:
    """Tells OpenAPI the names: they are not all there before every slice is loaded."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "enum": list(DOCUMENT_TYPES)}


TypeName = Annotated[str, AfterValidator(_is_registered), _RegisteredNames()]
"""The name of a registered type, in a query or a body: any other is a 422."""


async def _type_in_path(
    name: Annotated[
        str, _RegisteredNames(), Path(alias="type", description="The type.", examples=["posts"])
    ],
) -> DocumentType:
    if name not in DOCUMENT_TYPES:
        raise NotFound
    return DOCUMENT_TYPES[name]


TypeInPath = Annotated[DocumentType, Depends(_type_in_path)]
"""The registered type that `{type}` in a path names: any other is a 404."""
