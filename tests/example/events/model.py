from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from cms.documents import Document, list_indexes


class Event(Document):
    __tablename__ = "events"

    title: Mapped[str] = mapped_column(String(200))
    place: Mapped[str | None] = mapped_column(String(200))


list_indexes(Event)
