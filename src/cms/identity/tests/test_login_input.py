"""What is taken for an email and a password, and whose email it is."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Response
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.documents.tests.statements import recorded
from cms.identity import passwords
from cms.identity.model import User
from cms.identity.tests.calls import ask, log_in_as, send, try_login
from cms.identity.tests.factories import PASSWORD, UserFactory
from tests.fixtures import Save


def fields_at_fault(response: Response) -> set[str]:
    assert response.status_code == 422, response.text
    return {error["loc"][1] for error in response.json()["errors"]}


@pytest.mark.attack("L2")
@pytest.mark.parametrize("email", ["KNOWN@example.com", "unknown@example.com"])
@pytest.mark.parametrize(
    "password",
    ["x" * 73, "é" * 37, "x" * 1_000_000, "x" * 20 + "\0"],
    ids=["73 bytes", "37 two-byte letters", "1 MB", "NUL"],
)
async def test_a_password_that_nobody_can_have_is_refused_before_any_look_up(
    app: FastAPI, save: Save, engine: AsyncEngine, password: str, email: str
) -> None:
    await save(UserFactory.build(email="known@example.com"))

    with recorded(engine) as statements:
        response = await try_login(app, email, password)

    assert fields_at_fault(response) == {"password"}
    assert not [each.sql for each in statements if "users" in each.sql]


@pytest.mark.attack("L1")
@pytest.mark.parametrize(
    "password", ["", "x" * 11, "é" * 5], ids=["empty", "11 bytes", "5 letters"]
)
async def test_a_password_too_short_for_anyone_is_wrong_like_any_other(
    app: FastAPI, user: User, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    compared: list[str] = []
    verify = passwords._verify

    def compare(given: str, stored_hash: str | None, rounds: int) -> bool:
        compared.append(given)
        return verify(given, stored_hash, rounds)

    monkeypatch.setattr(passwords, "_verify", compare)
    wrong = await try_login(app, user.email, "not the password of anyone")

    short = await try_login(app, user.email, password)

    assert (short.status_code, short.content) == (401, wrong.content)
    assert compared == ["not the password of anyone", password]  # which is what takes its time


@pytest.mark.attack("L2")
async def test_a_password_of_a_megabyte_is_refused(app: FastAPI, user: User) -> None:
    response = await try_login(app, user.email, "x" * 1024 * 1024)

    assert response.status_code == 413


@pytest.mark.attack("L2")
@pytest.mark.parametrize("password", ["x" * 72, "é" * 36], ids=["ASCII", "two-byte letters"])
async def test_all_72_bytes_of_a_password_count(app: FastAPI, save: Save, password: str) -> None:
    user = UserFactory.build(password_hash=passwords._hash(password, 4))
    await save(user)

    assert (await try_login(app, user.email, password)).status_code == 200
    assert (await try_login(app, user.email, password[:-1])).status_code == 401


@pytest.mark.attack("L3")
@pytest.mark.parametrize("field", ["email", "password"])
@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800"], ids=["NUL", "surrogate"])
async def test_what_is_no_text_is_refused(app: FastAPI, field: str, escape: str) -> None:
    values = {"email": "a@example.com", "password": PASSWORD, field: "made of letters and {}"}
    body = '{{"email": "{email}", "password": "{password}"}}'.format(**values)

    response = await send(
        app,
        "POST",
        "/auth/login",
        content=body.replace("{}", escape),
        headers={"Content-Type": "application/json"},
    )

    assert fields_at_fault(response) == {field}
    assert "made of letters" not in response.text


@pytest.mark.attack("L4")
@pytest.mark.parametrize(
    "written", ["Ada.King@Example.com", "ADA.KING@EXAMPLE.COM", "  ada.king@example.com\t\n"]
)
async def test_an_email_is_found_in_any_case_and_with_outer_spaces(
    app: FastAPI, save: Save, written: str
) -> None:
    await save(UserFactory.build(email="ada.king@EXAMPLE.com"))

    assert (await try_login(app, written)).status_code == 200


@pytest.mark.attack("L4")
@pytest.mark.parametrize(
    "written",
    [
        "\u212aing@example.com",  # the Kelvin sign: its lower case is k
        "ＫＩＮＧ@example.com",
        "kıng@example.com",
        "kİng@example.com",
        "ki\u0301ng@example.com",
        "ki\u200bng@example.com",
        "k ing@example.com",
        "king@example。com",
        "king@ｅxample.com",
        "king@example.com.",
        "king@example.com%00",
    ],
)
async def test_a_look_alike_reaches_nobody(app: FastAPI, save: Save, written: str) -> None:
    await save(UserFactory.build(email="king@example.com"))

    assert (await try_login(app, written)).status_code == 401


@pytest.mark.attack("L4")
@pytest.mark.parametrize(
    ("email", "look_alike"),
    [("kelvin@example.com", "\u212aelvin@example.com"), ("ß@example.com", "ẞ@example.com")],
)
async def test_a_look_alike_is_an_account_of_its_own(
    app: FastAPI, save: Save, email: str, look_alike: str
) -> None:
    own = UserFactory.build(email=look_alike)
    await save(UserFactory.build(email=email), own)

    tokens = await log_in_as(app, look_alike)

    assert (await ask(app, tokens)).json()["id"] == str(own.id)


@pytest.mark.attack("L5")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@example.com"},
        {"password": PASSWORD},
        {"email": ["a@example.com"], "password": PASSWORD},
        {"email": {"$ne": ""}, "password": PASSWORD},
        {"email": True, "password": PASSWORD},
        {"email": None, "password": PASSWORD},
        {"email": 1, "password": PASSWORD},
        {"email": "a@example.com", "password": 123456789012},
        {"email": "a@example.com", "password": [PASSWORD]},
        {"email": "a@example.com", "password": PASSWORD, "role": "admin"},
        {"email": "a" * 1001, "password": PASSWORD},
        [],
        ["a@example.com", PASSWORD],
        True,
        None,
        "a@example.com",
    ],
    ids=str,
)
async def test_a_login_is_an_object_of_two_strings(app: FastAPI, body: Any) -> None:
    response = await send(app, "POST", "/auth/login", json=body)

    assert response.status_code == 422
    assert PASSWORD not in response.text


@pytest.mark.attack("L5")
@pytest.mark.parametrize(
    "body",
    [
        {"data": {"username": "a@example.com", "password": PASSWORD}},
        {"data": {"email": "a@example.com", "password": PASSWORD}},
        {"files": {"email": b"a@example.com", "password": PASSWORD.encode()}},
        {"content": f'{{"email": "a@example.com", "password": "{PASSWORD}"}}'},
    ],
    ids=["OAuth form", "form", "multipart", "no type"],
)
async def test_a_login_is_json(app: FastAPI, body: dict[str, Any]) -> None:
    response = await send(app, "POST", "/auth/login", **body)

    assert response.status_code == 415
