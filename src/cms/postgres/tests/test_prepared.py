from sqlalchemy import Dialect, Text, bindparam, select
from sqlalchemy.types import TypeDecorator

from cms.kernel import Database
from cms.postgres.prepared import PreparedQuery


class Noted(TypeDecorator[str]):
    """Says of a value which way it went."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:  # noqa: ARG002
        return f"{value}, sent"

    def process_result_value(self, value: str | None, dialect: Dialect) -> str:  # noqa: ARG002
        return f"{value}, received"


async def test_a_columns_type_has_its_say_both_ways(database: Database) -> None:
    query = PreparedQuery(select(bindparam("word", type_=Noted()).label("word")))

    rows = await database.fetch(query, word="A word")

    assert rows == [{"word": "A word, sent, received"}]
