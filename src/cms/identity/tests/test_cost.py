"""What bcrypt costs, at the cost of production, and what becomes of hashes of another one."""

import asyncio
from itertools import combinations
from statistics import median
from threading import Barrier, BrokenBarrierError
from time import perf_counter

import pytest
from anyio.lowlevel import RunVar
from fastapi import FastAPI

from cms.identity import passwords
from cms.identity.model import User
from cms.identity.tests.calls import is_alive, log_in_as, try_login
from cms.identity.tests.conftest import Arena, MakeApp, Sql
from cms.identity.tests.factories import PASSWORD, UserFactory
from cms.kernel import Settings
from tests.fixtures import Save, make_settings

WRONG = "not the password of anyone"
NEW = "a longer horse battery"
ROUNDS = int(Settings.model_fields["bcrypt_rounds"].default)


async def seconds(app: FastAPI, email: str) -> float:
    started = perf_counter()
    assert (await try_login(app, email, WRONG)).status_code == 401
    return perf_counter() - started


async def are_told_apart(app: FastAPI, emails: list[str]) -> bool:
    """Whether the times of their logins, taken in turn, differ by more than a fifth."""
    turns = [[await seconds(app, email) for email in emails] for _ in range(5)]
    medians = [median(times) for times in zip(*turns, strict=True)]
    return any(abs(a - b) > 0.2 * min(a, b) for a, b in combinations(medians, 2))


@pytest.mark.attack("L1")
async def test_nothing_can_be_told_by_the_time_of_a_refusal(make_app: MakeApp, save: Save) -> None:
    stored = passwords._hash(PASSWORD, ROUNDS)
    known = UserFactory.build(password_hash=stored)
    inactive = UserFactory.build(password_hash=stored, is_active=False)
    await save(known, inactive)
    app = make_app(bcrypt_rounds=ROUNDS)
    emails = [known.email, inactive.email, "nobody@example.com"]
    await seconds(app, emails[-1])  # makes the hash that stands for none

    # What another process takes of the machine may fall on one of them, but not each time.
    for _ in range(3):
        if not await are_told_apart(app, emails):
            return
    pytest.fail("the accounts can be told apart")


async def cost(sql: Sql) -> str:
    [(stored,)] = await sql("SELECT password_hash FROM users")
    return str(stored)[:7]


@pytest.mark.parametrize(("rounds", "expected"), [(5, "$2b$05$"), (4, "$2b$04$")])
async def test_a_login_brings_the_hash_to_the_cost_that_is_set(
    make_app: MakeApp, user: User, sql: Sql, rounds: int, expected: str
) -> None:
    before = await sql("SELECT id, updated_at FROM users")
    app = make_app(bcrypt_rounds=rounds)

    assert (await try_login(app, user.email)).status_code == 200

    assert await cost(sql) == expected
    assert await sql("SELECT id, updated_at FROM users") == before
    assert (await try_login(app, user.email)).status_code == 200
    assert (await try_login(app, user.email, WRONG)).status_code == 401


async def test_a_failed_login_leaves_the_hash(make_app: MakeApp, user: User, sql: Sql) -> None:
    await try_login(make_app(bcrypt_rounds=5), user.email, WRONG)

    assert await cost(sql) == "$2b$04$"


async def test_a_new_cost_ends_no_session(app: FastAPI, make_app: MakeApp, user: User) -> None:
    earlier = await log_in_as(app, user.email)

    await log_in_as(make_app(bcrypt_rounds=5), user.email)

    assert await is_alive(app, earlier)


async def test_logins_at_once_at_a_new_cost_all_succeed(own_database_url: str) -> None:
    user = UserFactory.build()
    async with Arena.open(make_settings(own_database_url, bcrypt_rounds=5)) as arena:
        await arena.add(user)

        answers = await asyncio.gather(*(try_login(arena.app, user.email) for _ in range(10)))

        assert [answer.status_code for answer in answers] == [200] * 10
        assert arena.checked_out() == 0


async def test_a_changed_password_is_not_undone_by_a_login_at_a_new_cost(
    own_database_url: str,
) -> None:
    user = UserFactory.build()
    changed = passwords._hash(NEW, 4)
    async with Arena.open(make_settings(own_database_url, bcrypt_rounds=5)) as arena:
        await arena.add(user)
        async with arena.transaction() as someone:
            await someone.exec_driver_sql(
                f"UPDATE users SET password_hash = '{changed}' WHERE id = '{user.id}'"
            )
            late = asyncio.ensure_future(try_login(arena.app, user.email))
            await arena.until_waiting()

        assert (await late).status_code == 401
        assert (await try_login(arena.app, user.email, NEW)).status_code == 200


@pytest.mark.attack("L6")
async def test_no_more_threads_than_half_the_cores_hash_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    monkeypatch.setattr(passwords, "_limiters", RunVar("another"))
    one_too_many = Barrier(3)

    def meet(*_: object) -> bool:
        try:
            one_too_many.wait(0.5)
        except BrokenBarrierError:
            return False
        return True

    monkeypatch.setattr(passwords, "_verify", meet)
    monkeypatch.setattr(passwords, "_hash", meet)

    have_met = await asyncio.gather(
        *(passwords.verify_password(PASSWORD, None, 4) for _ in range(6)),
        *(passwords.hash_password(PASSWORD, 4) for _ in range(6)),
    )

    assert have_met == [False] * 12
    assert passwords._limiter().total_tokens == 2
