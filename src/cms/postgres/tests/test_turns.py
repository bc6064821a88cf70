import asyncio

import pytest

from cms.postgres.turns import Turns


@pytest.fixture
def served() -> list[str]:
    return []


async def test_what_is_free_is_taken_at_once_and_no_more() -> None:
    turns = Turns(2)

    assert [turns.take() for _ in range(3)] == [True, True, False]
    turns.give_back()
    assert [turns.take() for _ in range(2)] == [True, False]


async def test_whoever_has_the_least_time_left_is_next_and_then_whoever_came_first(
    served: list[str],
) -> None:
    async def wait(name: str, ends: float) -> None:
        await turns.wait(ends)
        served.append(name)
        turns.give_back()

    turns = Turns(1)
    turns.take()
    async with asyncio.TaskGroup() as group:
        for name, ends in (("first", 2), ("second", 2), ("has waited before", 1), ("last", 3)):
            group.create_task(wait(name, ends))
        await asyncio.sleep(0)
        turns.give_back()
        assert not turns.take()  # it is somebody's already

    assert served == ["has waited before", "first", "second", "last"]
    assert turns.take()


@pytest.mark.parametrize("when", ["before", "just as it is given"])
async def test_whoever_leaves_takes_nobody_s_turn(when: str) -> None:
    turns = Turns(1)
    turns.take()
    leaving, patient = (asyncio.create_task(turns.wait(ends)) for ends in (1, 2))
    await asyncio.sleep(0)

    if when == "before":
        leaving.cancel()
        await asyncio.wait([leaving])
        turns.give_back()
    else:
        turns.give_back()
        leaving.cancel()

    await patient
    assert leaving.cancelled()
    assert not turns.take()
    turns.give_back()
    assert turns.take()
