"""The document types that there are, each registered once by its slice."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import BaseModel

from cms.documents.model import Document
from cms.kernel import Payload


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A kind of document: what is stored, what an editor sends, and what a reader gets."""

    name: str
    """As it stands in addresses, such as `posts`."""
    model: type[Document]
    write: type[Payload]
    read: type[BaseModel]


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
