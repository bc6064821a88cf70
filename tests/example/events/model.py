from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.kernel.content import Document


class Event(Document):
    __tablename__ = "events"

    title: Mapped[str] = mapped_column(String(200))
    place: Mapped[str | None] = mapped_column(String(200))


Index(None, Event.published, Event.created_at.desc(), Event.id.desc())
