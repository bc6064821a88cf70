"""Access tokens whose form is not quite right: header, signature and length."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from cms.identity.model import User
from cms.identity.tests.calls import Tokens, log_in_as, send
from cms.identity.tests.forging import (
    CLAIMS,
    HEADER,
    Claims,
    assert_refused,
    base64url,
    claims_of,
    from_base64url,
    show,
    signed,
    token_of,
)
from cms.identity.tokens import (
    TokenHeaderUnknown,
    TokenMalformed,
    TokenRefused,
    verify_access_token,
)
from tests.fixtures import JWT_SECRET

ANOTHER_SECRET = "another key for tests, also of more than thirty-two bytes"


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

    numbers = {claims_of(each.access)["jti"] for each in tokens}
    assert len(numbers) == 2


@pytest.mark.attack("T1")
@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
async def test_a_token_without_a_signature_is_refused(
    app: FastAPI, claims: Claims, algorithm: str
) -> None:
    token = token_of(claims, HEADER | {"alg": algorithm})
    unsigned = token.rpartition(".")[0]

    await assert_refused(app, token, unsigned, unsigned + ".", unsigned + "." + "A" * 43)


@pytest.mark.attack("T1")
async def test_a_token_without_its_signature_is_refused(app: FastAPI, tokens: Tokens) -> None:
    unsigned = tokens.access.rpartition(".")[0]

    await assert_refused(app, unsigned, unsigned + ".", unsigned + "." + "A" * 43)


@pytest.mark.attack("T2")
@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [("HS384", hashlib.sha384), ("HS512", hashlib.sha512), ("hs256", hashlib.sha256)],
)
async def test_another_algorithm_with_the_right_key_is_refused(
    app: FastAPI, claims: Claims, algorithm: str, digest: Callable[..., Any]
) -> None:
    text = token_of(claims, HEADER | {"alg": algorithm}).rpartition(".")[0]
    signature = hmac.new(JWT_SECRET.encode(), text.encode(), digest).digest()

    await assert_refused(app, f"{text}.{base64url(signature)}")


@pytest.mark.attack("T3")
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
async def test_an_odd_header_is_refused(app: FastAPI, claims: Claims, header: Any) -> None:
    await assert_refused(app, token_of(claims, header))


@pytest.mark.attack("T3")
@pytest.mark.parametrize("header", [b"null", b"", b"{", b"\xff\xfe", b'{"alg":NaN}', b"\0"])
async def test_a_broken_header_is_refused(app: FastAPI, claims: Claims, header: bytes) -> None:
    _, payload, signature = token_of(claims).split(".")

    await assert_refused(
        app,
        signed(json.dumps(claims).encode(), header or b" "),
        f"{base64url(header)}.{payload}.{signature}",
    )


@pytest.mark.attack("T4")
@pytest.mark.parametrize("name", CLAIMS)
async def test_a_claim_changed_under_the_old_signature_is_refused(
    app: FastAPI, claims: Claims, name: str
) -> None:
    header, _, signature = token_of(claims).split(".")
    changed = claims | {name: claims[name] + 1 if name in {"iat", "exp"} else str(uuid4())}

    await assert_refused(app, f"{header}.{base64url(json.dumps(changed).encode())}.{signature}")


@pytest.mark.attack("T4")
async def test_a_token_signed_with_another_key_is_refused(app: FastAPI, claims: Claims) -> None:
    await assert_refused(
        app,
        token_of(claims, key=ANOTHER_SECRET),
        token_of(claims, key=""),
        token_of(claims, key="\0"),
    )


@pytest.mark.attack("T8")
async def test_a_refresh_token_is_no_bearer_token(app: FastAPI, tokens: Tokens) -> None:
    await assert_refused(app, tokens.refresh)


@pytest.mark.attack("T9")
async def test_a_token_of_over_4_kb_is_refused(app: FastAPI, claims: Claims) -> None:
    await assert_refused(app, token_of(claims | {"jti": "x" * 4096}))


@pytest.mark.attack("T9")
async def test_a_long_token_is_refused_though_it_is_rightly_signed(
    app: FastAPI, claims: Claims
) -> None:
    payload = json.dumps(claims).encode()
    padding = b" " * 3000

    assert (await show(app, signed(payload + b" " * 100))).status_code == 200
    assert len(signed(payload + padding)) > 4096
    await assert_refused(app, signed(payload + padding))


@pytest.mark.attack("T9")
@pytest.mark.parametrize("depth", [500, 20_000])
@pytest.mark.parametrize("bracket", ['{"a":', "["])
async def test_a_deep_header_is_refused(
    app: FastAPI, claims: Claims, bracket: str, depth: int
) -> None:
    token = signed(json.dumps(claims).encode(), (bracket * depth).encode())

    # Beyond 32 KB no header of any request is read.
    if len(token) > 32 * 1024:
        assert (await show(app, token)).status_code == 431
    else:
        await assert_refused(app, token)


@pytest.mark.attack("T9")
@pytest.mark.parametrize(
    ("header", "padding", "refusal"),
    [
        pytest.param(None, 4_000, TokenMalformed, id="long"),
        pytest.param(b"[" * 20_000, 0, TokenMalformed, id="20 000 deep"),
        pytest.param(b"[" * 1_000, 0, TokenHeaderUnknown, id="1 000 deep"),
        pytest.param(b'{"alg":' * 300, 0, TokenHeaderUnknown, id="300 objects deep"),
    ],
)
def test_nothing_of_such_a_token_is_parsed(
    header: bytes | None, padding: int, refusal: type[TokenRefused]
) -> None:
    # Whatever is looked at later has another refusal: first the signature, then the claims.
    with pytest.raises(refusal):
        verify_access_token(signed(b"{" + b" " * padding, header), [JWT_SECRET])


@pytest.mark.attack("T10")
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
async def test_a_header_that_says_more_is_refused(
    app: FastAPI, claims: Claims, extra: Claims
) -> None:
    header = HEADER | extra

    await assert_refused(
        app,
        token_of(claims, header),
        token_of(claims, header, key="mine"),
        token_of(claims, header, key="\0"),
    )


@pytest.mark.attack("T10")
async def test_the_header_has_one_spelling(app: FastAPI, claims: Claims) -> None:
    payload = json.dumps(claims).encode()
    spaced = json.dumps(HEADER).encode()
    swapped = b'{"typ":"JWT","alg":"HS256"}'
    doubled = b'{"alg":"none","alg":"HS256","typ":"JWT"}'

    await assert_refused(app, *(signed(payload, header) for header in (spaced, swapped, doubled)))


def respelt(token: str) -> str:
    """The same signature in another spelling: the last character carries two bits of nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


@pytest.mark.attack("T11")
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
async def test_a_token_has_one_spelling(
    app: FastAPI, tokens: Tokens, change: Callable[[str], str]
) -> None:
    changed = change(tokens.access)
    header = {b"Authorization": b"Bearer " + changed.encode("latin-1")}

    response = await send(app, "GET", "/users/me", headers=header)

    assert changed != tokens.access
    assert response.status_code == 401


@pytest.mark.attack("T11")
async def test_spaces_around_a_token_are_not_of_it(app: FastAPI, tokens: Tokens) -> None:
    assert (await show(app, f"  {tokens.access}  ")).status_code == 200
