"""The column in which rich text is stored."""

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from cms.richtext.sanitiser import SafeHtml


class Html(TypeDecorator[str]):
    """A text column that stores nothing but sanitised HTML."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is not None and not isinstance(value, SafeHtml):
            raise TypeError("HTML must be sanitised before it is stored")
        return value
