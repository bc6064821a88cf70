"""Access tokens, forged by hand: what signs them here is no code of ours, nor of the library."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx import Response
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.identity.model import User
from cms.identity.tests.calls import Tokens, ask, bearer, is_alive, log_in_as, refresh, send
from cms.identity.tests.conftest import MakeApp, Sql
from cms.kernel.tests.statements import recorded
from tests.fixtures import JWT_SECRET

OLD_SECRET = JWT_SECRET
NEW_SECRET = "another key for tests, also of more than thirty-two bytes"
HEADER = {"alg": "HS256", "typ": "JWT"}
CLAIMS = ["sub", "sid", "iat", "exp", "jti", "iss", "aud"]

type Claims = dict[str, Any]


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(payload: bytes, header: bytes | None = None, key: str = JWT_SECRET) -> str:
    header = header or json.dumps(HEADER, separators=(",", ":")).encode()
    text = f"{base64url(header)}.{base64url(payload)}"
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64url(digest)}"


def token_of(claims: Claims, header: Any = None, key: str = JWT_SECRET) -> str:
    head = None if header is None else json.dumps(header, separators=(",", ":")).encode()
    return signed(json.dumps(claims).encode(), head, key)


@pytest.fixture
def claims(tokens: Tokens) -> Claims:
    """What a good token says."""
    claims: Claims = json.loads(from_base64url(tokens.access.split(".")[1]))
    return claims


async def show(app: FastAPI, token: str) -> Response:
    return await ask(app, Tokens(access=token, refresh=""))


async def assert_refused(app: FastAPI, *tokens: str) -> None:
    for token in tokens:
        response = await show(app, token)
        assert response.status_code == 401, response.text
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.headers["cache-control"] == "no-store"
        assert response.json() == {
            "type": "about:blank",
            "title": "Unauthorized",
            "status": 401,
            "detail": "Valid credentials are required.",
        }


async def test_an_access_token_holds_seven_claims_and_nothing_of_the_user(
    app: FastAPI, user: User, tokens: Tokens, claims: Claims
) -> None:
    assert json.loads(from_base64url(tokens.access.split(".")[0])) == HEADER
    assert list(claims) == CLAIMS
    assert claims["sub"] == str(user.id)
    assert claims["exp"] - claims["iat"] == 900
    assert abs(claims["iat"] - time.time()) < 60


async def test_a_token_forged_as_ours_are_made_is_good(
    app: FastAPI, tokens: Tokens, claims: Claims
) -> None:
    assert token_of(claims).split(".")[0] == tokens.access.split(".")[0]
    assert (await show(app, token_of(claims))).status_code == 200


async def test_no_two_tokens_have_the_same_number(app: FastAPI, user: User) -> None:
    tokens = [await log_in_as(app, user.email) for _ in range(2)]

    numbers = {json.loads(from_base64url(each.access.split(".")[1]))["jti"] for each in tokens}
    assert len(numbers) == 2


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
async def test_t1_a_token_without_a_signature_is_refused(
    app: FastAPI, claims: Claims, algorithm: str
) -> None:
    token = token_of(claims, HEADER | {"alg": algorithm})
    unsigned = token.rpartition(".")[0]

    await assert_refused(app, token, unsigned, unsigned + ".", unsigned + "." + "A" * 43)


async def test_t1_a_token_without_its_signature_is_refused(app: FastAPI, tokens: Tokens) -> None:
    unsigned = tokens.access.rpartition(".")[0]

    await assert_refused(app, unsigned, unsigned + ".", unsigned + "." + "A" * 43)


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [("HS384", hashlib.sha384), ("HS512", hashlib.sha512), ("hs256", hashlib.sha256)],
)
async def test_t2_another_algorithm_with_the_right_key_is_refused(
    app: FastAPI, claims: Claims, algorithm: str, digest: Callable[..., Any]
) -> None:
    text = token_of(claims, HEADER | {"alg": algorithm}).rpartition(".")[0]
    signature = hmac.new(JWT_SECRET.encode(), text.encode(), digest).digest()

    await assert_refused(app, f"{text}.{base64url(signature)}")


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "JWT", "alg": None},
        {"typ": "JWT", "alg": ["HS256"]},
        {"typ": "JWT", "alg": {"HS256": 1}},
        {"typ": "JWT", "alg": 256},
        {"typ": "JWT", "alg": True},
        {},
        [],
        [HEADER],
        "HS256",
        0,
        False,
    ],
    ids=str,
)
async def test_t3_an_odd_header_is_refused(app: FastAPI, claims: Claims, header: Any) -> None:
    await assert_refused(app, token_of(claims, header))


@pytest.mark.parametrize("header", [b"null", b"", b"{", b"\xff\xfe", b'{"alg":NaN}', b"\0"])
async def test_t3_a_broken_header_is_refused(app: FastAPI, claims: Claims, header: bytes) -> None:
    _, payload, signature = token_of(claims).split(".")

    await assert_refused(
        app,
        signed(json.dumps(claims).encode(), header or b" "),
        f"{base64url(header)}.{payload}.{signature}",
    )


@pytest.mark.parametrize("name", CLAIMS)
async def test_t4_a_claim_changed_under_the_old_signature_is_refused(
    app: FastAPI, claims: Claims, name: str
) -> None:
    header, _, signature = token_of(claims).split(".")
    changed = claims | {name: claims[name] + 1 if name in {"iat", "exp"} else str(uuid4())}

    await assert_refused(app, f"{header}.{base64url(json.dumps(changed).encode())}.{signature}")


async def test_t4_a_token_signed_with_another_key_is_refused(app: FastAPI, claims: Claims) -> None:
    await assert_refused(
        app, token_of(claims, key=NEW_SECRET), token_of(claims, key=""), token_of(claims, key="\0")
    )


@pytest.mark.parametrize("name", CLAIMS)
async def test_t5_a_token_without_a_claim_is_refused(
    app: FastAPI, claims: Claims, name: str
) -> None:
    del claims[name]

    await assert_refused(app, token_of(claims))


@pytest.mark.parametrize("name", CLAIMS)
async def test_t6_a_claim_of_another_type_is_refused(
    app: FastAPI, claims: Claims, name: str
) -> None:
    wrong = ["null", "true", "[]", "{}", '""', '"x"', "-1", "0.5"]
    wrong += ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400, "1" + "0" * 2000]
    payload = json.dumps(claims | {name: "VALUE"})

    await assert_refused(app, *(signed(payload.replace('"VALUE"', v).encode()) for v in wrong))


@pytest.mark.parametrize("name", ["iat", "exp"])
async def test_t6_a_time_that_is_no_whole_number_in_range_is_refused(
    app: FastAPI, claims: Claims, name: str
) -> None:
    wrong = [str(2**63), str(2**53 + 1), "1e10", "9999999999.0", "99e8"]
    payload = json.dumps(claims | {name: "VALUE"})

    await assert_refused(app, *(signed(payload.replace('"VALUE"', v).encode()) for v in wrong))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "cms-api "),
        ("iss", "CMS-API"),
        ("iss", ["cms-api"]),
        ("aud", "another-api"),
        ("aud", ["cms-api"]),
        ("aud", ["cms-api", "another-api"]),
        ("aud", {"cms-api": True}),
        ("jti", "1"),
        ("sub", "admin"),
        ("sub", "' OR true --"),
        ("sid", "00000000-0000-0000-0000-000000000000"),
        ("exp", "9999999999"),
    ],
)
async def test_t6_a_claim_with_another_value_is_refused(
    app: FastAPI, claims: Claims, name: str, value: Any
) -> None:
    await assert_refused(app, token_of(claims | {name: value}))


@pytest.mark.parametrize(
    "payload", [b"null", b"[]", b'"x"', b"1", b"{", b"\xff", b"[" * 3000, b"{}", b" ", b"\0"]
)
async def test_t6_a_payload_that_is_no_object_of_claims_is_refused(
    app: FastAPI, payload: bytes
) -> None:
    await assert_refused(app, signed(payload))


@pytest.mark.parametrize("claim", ["nbf", "role", "azp", "sub2"])
async def test_t5_a_token_with_another_claim_is_refused(
    app: FastAPI, claims: Claims, claim: str
) -> None:
    await assert_refused(app, token_of(claims | {claim: 0}))


@pytest.mark.parametrize("age", [901, 960, 10_000_000])
async def test_t7_an_expired_token_is_refused(app: FastAPI, claims: Claims, age: int) -> None:
    await assert_refused(
        app, token_of(claims | {"iat": claims["iat"] - age, "exp": claims["exp"] - age})
    )


async def test_t7_a_token_is_good_to_its_end(app: FastAPI, claims: Claims) -> None:
    age = 900 - 30  # half a minute for a machine that is slow to run this test
    old = claims | {"iat": claims["iat"] - age, "exp": claims["exp"] - age}

    assert (await show(app, token_of(old))).status_code == 200


async def test_t7_a_token_from_the_future_is_refused(app: FastAPI, claims: Claims) -> None:
    await assert_refused(app, token_of(claims | {"iat": claims["iat"] + 60}))


@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_t7_a_token_for_the_future_is_refused(
    app: FastAPI, claims: Claims, claim: str
) -> None:
    later = claims["exp"]

    await assert_refused(app, token_of(claims | {claim: later, "exp": later + 900}))


@pytest.mark.parametrize("skew", [-3600, 3600])
async def test_f10_the_clock_of_the_database_is_the_one_that_counts(
    app: FastAPI, user: User, tokens: Tokens, monkeypatch: pytest.MonkeyPatch, skew: float
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + skew)

    late = await log_in_as(app, user.email)

    assert await is_alive(app, tokens)
    assert await is_alive(app, late)
    assert abs(json.loads(from_base64url(late.access.split(".")[1]))["iat"] - now) < 60


async def test_t8_a_refresh_token_is_no_bearer_token(app: FastAPI, tokens: Tokens) -> None:
    await assert_refused(app, tokens.refresh)


async def test_t9_a_token_of_over_4_kb_is_refused(app: FastAPI, claims: Claims) -> None:
    await assert_refused(app, token_of(claims | {"jti": "x" * 4096}))


async def test_t9_a_long_token_is_refused_though_it_is_rightly_signed(
    app: FastAPI, claims: Claims
) -> None:
    payload = json.dumps(claims).encode()
    padding = b" " * 3000

    assert (await show(app, signed(payload + b" " * 100))).status_code == 200
    assert len(signed(payload + padding)) > 4096
    await assert_refused(app, signed(payload + padding))


@pytest.mark.parametrize("depth", [500, 20_000])
@pytest.mark.parametrize("bracket", ['{"a":', "["])
async def test_t9_a_deep_header_is_refused(
    app: FastAPI, claims: Claims, bracket: str, depth: int
) -> None:
    token = signed(json.dumps(claims).encode(), (bracket * depth).encode())

    # Beyond 32 KB no header of any request is read.
    if len(token) > 32 * 1024:
        assert (await show(app, token)).status_code == 431
    else:
        await assert_refused(app, token)


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False, "crit": ["b64"]},
        {"jwk": {"kty": "oct", "k": base64url(b"mine")}},
        {"jku": "http://127.0.0.1:1/keys"},
        {"x5u": "http://127.0.0.1:1/key"},
        {"x5c": ["MIIB"]},
        {"kid": "../../../dev/null"},
        {"kid": "' UNION SELECT 'mine' --"},
        {"typ": "at+jwt"},
        {"cty": "JWT"},
        {"zip": "DEF"},
        {"enc": "A128GCM"},
        {"x": 1},
    ],
    ids=str,
)
async def test_t10_a_header_that_says_more_is_refused(
    app: FastAPI, claims: Claims, extra: Claims
) -> None:
    header = HEADER | extra

    await assert_refused(
        app,
        token_of(claims, header),
        token_of(claims, header, key="mine"),
        token_of(claims, header, key="\0"),
    )


async def test_t10_the_header_has_one_spelling(app: FastAPI, claims: Claims) -> None:
    payload = json.dumps(claims).encode()
    spaced = json.dumps(HEADER).encode()
    swapped = b'{"typ":"JWT","alg":"HS256"}'
    doubled = b'{"alg":"none","alg":"HS256","typ":"JWT"}'

    await assert_refused(app, *(signed(payload, header) for header in (spaced, swapped, doubled)))


def respelt(token: str) -> str:
    """The same signature in another spelling: the last character carries two bits of nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


@pytest.mark.parametrize(
    "change",
    [
        respelt,
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token + "A",
        lambda token: token + ".",
        lambda token: token + ".e30",
        lambda token: token + " junk",
        lambda token: token + ",junk",
        lambda token: token + "%00",
        lambda token: token[:-1],
        lambda token: token[1:],
        lambda token: "." + token,
        lambda token: token.replace(".", "..", 1),
        lambda token: token.replace(".", "=.", 1),
        lambda token: token.replace(".", "\t.", 1),
        lambda token: f'"{token}"',
        lambda token: token.swapcase(),
        lambda token: token[:-44] + token[-44:].replace(token[-2], "+"),
        lambda token: token.encode().replace(b".", b"\xe9.", 1).decode("latin-1"),
    ],
)
async def test_t11_a_token_has_one_spelling(
    app: FastAPI, tokens: Tokens, change: Callable[[str], str]
) -> None:
    changed = change(tokens.access)
    header = {b"Authorization": b"Bearer " + changed.encode("latin-1")}

    response = await send(app, "GET", "/users/me", headers=header)

    assert changed != tokens.access
    assert response.status_code == 401


async def test_t11_spaces_around_a_token_are_not_of_it(app: FastAPI, tokens: Tokens) -> None:
    assert (await show(app, f"  {tokens.access}  ")).status_code == 200


async def test_t23_a_previous_secret_is_accepted_only_while_it_is_listed(
    make_app: MakeApp, tokens: Tokens
) -> None:
    listed = make_app(jwt_secret=NEW_SECRET, jwt_previous_secrets=[OLD_SECRET])
    unlisted = make_app(jwt_secret=NEW_SECRET)

    assert await is_alive(listed, tokens)
    await assert_refused(unlisted, tokens.access)


async def test_t23_only_the_newest_secret_signs(make_app: MakeApp, user: User) -> None:
    app = make_app(jwt_secret=NEW_SECRET, jwt_previous_secrets=[OLD_SECRET])

    tokens = await log_in_as(app, user.email)

    for pair in (tokens, await refresh(app, tokens)):
        assert await is_alive(make_app(jwt_secret=NEW_SECRET), pair)
        await assert_refused(make_app(jwt_secret=OLD_SECRET), pair.access)


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


async def test_a_token_names_its_user_and_a_session_of_that_user(
    app: FastAPI, other_user: User, claims: Claims
) -> None:
    others = await log_in_as(app, other_user.email)
    other_claims = json.loads(from_base64url(others.access.split(".")[1]))

    await assert_refused(
        app,
        token_of(claims | {"sub": other_claims["sub"]}),
        token_of(claims | {"sid": other_claims["sid"]}),
        token_of(claims | {"sub": str(uuid4())}),
        token_of(claims | {"sid": str(uuid4())}),
    )


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM auth_sessions",
        "DELETE FROM users",
        "UPDATE users SET is_active = false",
        "UPDATE auth_sessions SET expires_at = now() - interval '1 second'",
    ],
)
async def test_a_token_stops_at_once_with_its_session_or_user(
    app: FastAPI, tokens: Tokens, sql: Sql, change: str
) -> None:
    await sql(change)

    await assert_refused(app, tokens.access)


async def test_the_role_is_the_stored_one_and_not_what_it_was_at_the_login(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    assert (await ask(app, tokens, "/users")).status_code == 403

    await sql("UPDATE users SET role = 'admin'")

    assert (await ask(app, tokens, "/users")).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_user_and_session_are_looked_up_in_one_query(
    app: FastAPI, engine: AsyncEngine, tokens: Tokens, method: str
) -> None:
    body = {"json": {"site_name": "Written"}} if method == "PUT" else {}
    path = "/settings" if method == "PUT" else "/users/me"

    with recorded(engine) as statements:
        await send(app, method, path, headers=bearer(tokens.access), **body)

    look_ups = [each.sql for each in statements if "auth_sessions" in each.sql]
    assert len(look_ups) == 1
    assert "users" in look_ups[0]


async def test_what_no_key_signed_costs_no_query(
    app: FastAPI, engine: AsyncEngine, claims: Claims
) -> None:
    with recorded(engine) as statements:
        await show(app, token_of(claims, key=NEW_SECRET))

    assert not statements


WRITES = [
    ("PUT", "/users/me/password"),
    ("DELETE", f"/users/me/sessions/{uuid4()}"),
    ("POST", "/users"),
    ("PATCH", f"/users/{uuid4()}"),
    ("DELETE", f"/users/{uuid4()}"),
]
READS = [
    ("GET", "/users/me"),
    ("GET", "/users/me/sessions"),
    ("GET", "/users"),
    ("GET", f"/users/{uuid4()}"),
]


@pytest.mark.parametrize(("method", "path"), WRITES + READS)
@pytest.mark.parametrize("body", [None, {"unknown": "field"}], ids=["no body", "wrong body"])
async def test_a1_nothing_of_users_is_done_without_a_token(
    app: FastAPI, method: str, path: str, body: Any
) -> None:
    response = await send(app, method, path, json=body)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), WRITES + READS)
@pytest.mark.parametrize(
    "respell",
    [
        lambda path: path + "/",
        lambda path: "/" + path,
        lambda path: path.replace("/users", "/users/"),
        lambda path: path.replace("/users", "/Users"),
        lambda path: path.replace("/users", "%2fusers"),
        lambda path: path.replace("/users", "/auth/../users"),
        lambda path: path.replace("/users", "/users;a=b"),
        lambda path: path + "%00",
    ],
)
async def test_a1_no_other_spelling_of_a_path_is_a_way_in(
    app: FastAPI, method: str, path: str, respell: Callable[[str], str]
) -> None:
    response = await send(app, method, respell(path))

    assert response.status_code in {401, 404}


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "bearer",
        "Basic dXNlcjpwYXNzd29yZA==",
        "Token {token}",
        "{token}",
        "Bearer: {token}",
        "Bearer{token}",
        "Bearer token={token}",
        "Bearer {token}, Bearer {token}",
        "Basic e30=, Bearer {token}",
        "JWT {token}",
        "",
    ],
)
async def test_t13_only_a_bearer_token_counts(
    app: FastAPI, tokens: Tokens, authorization: str
) -> None:
    headers = {"Authorization": authorization.format(token=tokens.access)}

    response = await send(app, "GET", "/users/me", headers=headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_t13_the_scheme_is_written_in_any_case(
    app: FastAPI, tokens: Tokens, scheme: str
) -> None:
    headers = {"Authorization": f"{scheme} {tokens.access}"}

    assert (await send(app, "GET", "/users/me", headers=headers)).status_code == 200


async def test_t13_two_headers_are_refused_though_both_are_good(
    app: FastAPI, tokens: Tokens
) -> None:
    headers = [("Authorization", f"Bearer {tokens.access}")] * 2

    response = await send(app, "GET", "/users/me", headers=headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["access_token", "token", "authorization"])
async def test_t13_a_token_elsewhere_is_not_looked_for(
    app: FastAPI, tokens: Tokens, name: str
) -> None:
    written = {"json": {"site_name": "Written"}}
    in_query = await send(app, "PUT", "/settings", params={name: tokens.access}, **written)
    in_cookie = await send(app, "GET", "/users/me", headers={"Cookie": f"{name}={tokens.access}"})
    in_header = await send(app, "GET", "/users/me", headers={f"X-{name}": tokens.access})

    assert [each.status_code for each in (in_query, in_cookie, in_header)] == [401] * 3
