"""The secrets that sign access tokens, and how they are changed."""

import pytest

from cms.identity.model import User
from cms.identity.tests.calls import Tokens, is_alive, log_in_as, refresh, send
from cms.identity.tests.conftest import MakeApp
from cms.identity.tests.forging import Claims, assert_refused, show, token_of
from cms.identity.tokens import successor_of
from tests.fixtures import JWT_SECRET

OLD_SECRET = JWT_SECRET
NEW_SECRET = "another key for tests, also of more than thirty-two bytes"


@pytest.mark.attack("T23")
async def test_a_previous_secret_is_accepted_only_while_it_is_listed(
    make_app: MakeApp, tokens: Tokens
) -> None:
    listed = make_app(jwt_secret=NEW_SECRET, jwt_previous_secrets=[OLD_SECRET])
    unlisted = make_app(jwt_secret=NEW_SECRET)

    assert await is_alive(listed, tokens)
    await assert_refused(unlisted, tokens.access)


@pytest.mark.attack("T23")
async def test_only_the_newest_secret_signs(make_app: MakeApp, user: User) -> None:
    app = make_app(jwt_secret=NEW_SECRET, jwt_previous_secrets=[OLD_SECRET])

    tokens = await log_in_as(app, user.email)

    for pair in (tokens, await refresh(app, tokens)):
        assert await is_alive(make_app(jwt_secret=NEW_SECRET), pair)
        await assert_refused(make_app(jwt_secret=OLD_SECRET), pair.access)


def test_what_follows_a_refresh_token_is_known_to_whoever_has_the_secret_alone() -> None:
    assert successor_of("token", OLD_SECRET) != successor_of("token", NEW_SECRET)


@pytest.mark.parametrize(
    "secret",
    ['"a secret that happens to be a string of JSON"', '{"keys": []}' + " " * 20, "1" * 32],
)
async def test_a_secret_is_bytes_whatever_it_looks_like(
    make_app: MakeApp, user: User, secret: str
) -> None:
    app = make_app(jwt_secret=secret)
    tokens = await log_in_as(app, user.email)

    assert await is_alive(app, tokens)
    assert token_of({}, key=secret).split(".")[0] == tokens.access.split(".")[0]


async def test_an_empty_secret_signs_and_opens_nothing(
    make_app: MakeApp, user: User, claims: Claims
) -> None:
    app = make_app(jwt_secret="")

    assert (await show(app, token_of(claims, key=""))).status_code == 500
    payload = {"email": user.email, "password": "correct horse battery staple"}
    assert (await send(app, "POST", "/auth/login", json=payload)).status_code == 500
