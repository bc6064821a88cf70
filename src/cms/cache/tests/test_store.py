"""What the cache's memory keeps, finds and forgets."""

from cms.cache.store import Entry, Store


def make_entry(
    path: str = "list", *, slug: str | None = None, size: int = 100, query: bytes = b""
) -> Entry:
    return Entry(
        key=(path.encode(), query),
        route="/posts",
        tables=("posts", "tags"),
        slug=slug,
        headers=[(b"etag", b'"1"')],
        not_modified=[],
        content={"type": "http.response.body", "body": b"x" * size},
        etag=b'"1"',
        stored_at=0.0,
    )


def filled(*entries: Entry, max_bytes: int = 100_000) -> Store:
    store = Store(max_bytes)
    for entry in entries:
        store.put(entry)
    return store


def paths(store: Store, *names: str) -> list[str]:
    """Those of the names that it still knows."""
    return [name for name in names if store.get((name.encode(), b""))]


def test_an_entry_is_found_by_the_request_it_was_stored_for_and_no_other() -> None:
    entry = make_entry("/posts", query=b"page=1")
    store = filled(entry)

    assert store.get((b"/posts", b"page=1")) is entry
    assert store.get((b"/posts", b"page=2")) is None
    assert store.get((b"/posts", b"")) is None


def test_a_change_forgets_the_lists_of_its_table_and_the_document_alone() -> None:
    store = filled(make_entry("list"), make_entry("one", slug="one"), make_entry("two", slug="two"))

    store.change("posts", "one")

    assert paths(store, "list", "one", "two") == ["two"]


def test_a_change_of_any_table_that_an_answer_shows_forgets_it() -> None:
    store = filled(make_entry("list"), make_entry("one", slug="one"))

    store.change("tags", "one")

    assert len(store) == 0
    assert store.bytes == 0


def test_a_change_of_another_table_forgets_nothing() -> None:
    store = filled(make_entry())

    store.change("pages", None)

    assert len(store) == 1


def test_a_change_of_a_whole_table_forgets_all_its_documents() -> None:
    store = filled(make_entry("one", slug="one"), make_entry("two", slug="two"))

    store.change("posts", None)

    assert len(store) == 0
    assert store.bytes == 0
    assert not store._documents  # or the names of all that ever was would stay


def test_a_gap_forgets_everything() -> None:
    store = filled(make_entry("list"), make_entry("one", slug="one"))

    store.clear()

    assert (len(store), store.bytes, paths(store, "list", "one")) == (0, 0, [])


def test_memory_is_bounded_and_what_is_used_stays_longest() -> None:
    store = filled(make_entry("first"), make_entry("second"), max_bytes=30_000)
    store.get((b"first", b""))
    for number in range(100):
        store.put(make_entry(f"other-{number}"))
        store.get((b"first", b""))
        assert store.bytes <= 30_000

    assert paths(store, "first", "second") == ["first"]


def test_long_requests_count_too() -> None:
    long = [str(number) * 1_000 for number in range(10, 110)]
    for entries in (map(make_entry, long), (make_entry(query=each.encode()) for each in long)):
        assert len(filled(*entries)) < 40


def test_an_answer_too_large_for_its_share_is_not_kept() -> None:
    store = filled(make_entry(size=20_000), max_bytes=30_000)

    assert (len(store), store.bytes) == (0, 0)


def test_storing_an_answer_again_replaces_it() -> None:
    store = filled(make_entry(size=100))
    before = store.bytes
    newer = make_entry(size=100)
    store.put(newer)

    assert store.get(newer.key) is newer
    assert store.bytes == before
    store.change("posts", None)
    assert store.bytes == 0
