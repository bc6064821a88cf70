"""Values that are remembered until their table changes."""

import pytest

from cms.postgres import Changes, Memo


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> Changes:
    """It listens to nobody: what it hears, the tests tell it."""
    changes = Changes("", 1)
    monkeypatch.setattr(changes, "is_current", lambda: True)
    return changes


def test_a_value_is_known_until_its_table_changes(changes: Changes) -> None:
    memo = Memo(changes)
    memo.put("posts", "all", 7, memo.ticket("posts"))

    changes.change("pages", None)
    assert memo.get("posts", "all") == 7
    assert memo.get("posts", "tagged") is None
    assert memo.get("pages", "all") is None
    changes.change("posts", "one")
    assert memo.get("posts", "all") is None


def test_a_value_that_a_change_has_overtaken_is_not_known(changes: Changes) -> None:
    memo = Memo(changes)
    ticket = memo.ticket("posts")
    changes.change("posts", "one")
    memo.put("posts", "all", 7, ticket)

    assert memo.get("posts", "all") is None


def test_a_value_that_a_gap_has_overtaken_is_not_known(changes: Changes) -> None:
    memo = Memo(changes)
    memo.put("posts", "all", 7, memo.ticket("posts"))
    changes.gap()

    assert memo.get("posts", "all") is None


def test_no_value_is_trusted_while_changes_may_go_unheard() -> None:
    memo = Memo(Changes("", 1))
    memo.put("posts", "all", 7, memo.ticket("posts"))

    assert memo.get("posts", "all") is None


def test_the_least_recent_values_go_when_there_are_too_many(changes: Changes) -> None:
    memo = Memo(changes)
    for number in range(5_000):
        memo.put("posts", number, number, memo.ticket("posts"))

    known = [number for number in range(5_000) if memo.get("posts", number) is not None]
    assert known == [*range(4_000, 5_000)]
