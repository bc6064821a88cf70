from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from cms.kernel.content import Document
from cms.kernel.listing import list_indexes


class Event(Document):
    __tablename__ = "events"

    title: Mapped[str] = mapped_column(String(200))
    place: Mapped[str | None] = mapped_column(String(200))


list_indexes(Event)
