from sqlalchemy import MetaData, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.documents.model import Document
from cms.kernel.database import Base
from cms.richtext.column import Html


class Note(Document):
    """A document type of no slice, in a schema that migrations do not look at."""

    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    __tablename__ = "notes"

    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Html)
