from base64 import urlsafe_b64decode
from hashlib import sha256

import pytest
from fastapi import FastAPI

from cms.identity.model import User
from cms.identity.tests.calls import (
    Tokens,
    change_password,
    change_user,
    is_alive,
    log_in_as,
    log_out,
    refresh,
    send,
    try_login,
    try_refresh,
)
from cms.identity.tests.conftest import Log, Sql
from cms.identity.tests.factories import PASSWORD
from cms.kernel import Base
from tests.fixtures import JWT_SECRET

NEW = "a longer horse battery"


def spellings(refresh_token: str) -> list[str]:
    """How a token might be written: as it is sent, and its bytes in hexadecimal."""
    return [refresh_token, urlsafe_b64decode(refresh_token + "=").hex()]


async def dump(sql: Sql) -> str:
    """Every row of every table, as text."""
    rows = [
        row[0]
        for table in Base.metadata.tables
        for row in await sql(f'SELECT "{table}"::text FROM "{table}"')
    ]
    return "\n".join(rows)


@pytest.mark.attack("T22")
async def test_no_token_and_no_password_can_be_read_from_the_database(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    second = await refresh(app, tokens)

    text = await dump(sql)

    for used in (tokens, second):
        # The dump would show a token: it does show its hash.
        assert sha256(used.refresh.encode()).hexdigest() in text
        assert not [spelling for spelling in spellings(used.refresh) if spelling in text]
        assert used.access.split(".")[2] not in text
    assert PASSWORD not in text
    assert JWT_SECRET not in text


@pytest.mark.attack("T22")
async def test_nothing_secret_is_logged(
    logging_app: FastAPI,
    user: User,
    tokens: Tokens,
    admin_tokens: Tokens,
    sql: Sql,
    log: Log,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    app = logging_app

    async with log.of(app):
        second = await refresh(app, tokens)
        await is_alive(app, second)
        await change_user(app, admin_tokens, user.id, password=NEW)
        third = await log_in_as(app, user.email, NEW)
        await change_password(app, third, NEW, PASSWORD)
        await try_login(app, user.email, NEW)
        await send(app, "GET", f"/users/me?access_token={third.access}")
        await send(app, "GET", f"/{third.refresh}")
        stolen = await log_in_as(app, user.email)
        await refresh(app, stolen)
        await sql("UPDATE refresh_tokens SET spent_at = spent_at - interval '1 minute'")
        await try_refresh(app, stolen.refresh)
        await log_out(app, admin_tokens.refresh)

    # What the test's own client logs is its own affair.
    others = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    text = log.text() + "\n".join(others)
    for used in (tokens, second, third, stolen, admin_tokens):
        for secret in (*spellings(used.refresh), *used.access.split(".")[1:]):
            assert secret not in text
    for secret in (PASSWORD, NEW, JWT_SECRET, "Bearer", "$2b$"):
        assert secret not in text


@pytest.mark.attack("T22")
async def test_a_fault_of_ours_shows_no_secret(
    logging_app: FastAPI, tokens: Tokens, sql: Sql, log: Log
) -> None:
    await sql(
        "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a fault in refresh_tokens'; END $$"
    )
    await sql(
        "CREATE TRIGGER fault BEFORE INSERT OR UPDATE ON refresh_tokens "
        "FOR EACH ROW EXECUTE FUNCTION fault()"
    )

    async with log.of(logging_app):
        response = await try_refresh(logging_app, tokens.refresh)

    assert response.status_code == 500
    assert "refresh_tokens" not in response.text
    text = log.text()
    assert '"level":"error"' in text
    assert "[parameters" not in text
    assert not [spelling for spelling in spellings(tokens.refresh) if spelling in text]
    assert sha256(tokens.refresh.encode()).hexdigest() not in text
