"""What the cache's memory keeps, finds and forgets."""

from cms.kernel.store import Entry, Store, Totals

SPELLING = ("/posts", b"")


def make_entry(key: str = "list", *, slug: str | None = None, size: int = 100) -> Entry:
    return Entry(
        key=(key,),
        route="/posts",
        table="posts",
        slug=slug,
        headers=[(b"etag", b'"1"')],
        not_modified=[],
        content={"type": "http.response.body", "body": b"x" * size},
        etag=b'"1"',
        stored_at=0.0,
    )


def put(store: Store, entry: Entry, path: str = "") -> bool:
    return store.put(entry, (path or str(entry.key[0]), b""), store.ticket(entry.table))


def test_an_entry_is_found_by_the_spelling_it_was_stored_under() -> None:
    store = Store(100_000)
    entry = make_entry()
    assert put(store, entry, "/posts")

    assert store.by_spelling["/posts", b""] is entry


def test_another_spelling_of_a_key_finds_the_same_entry() -> None:
    store = Store(100_000)
    entry = make_entry()
    put(store, entry, "/posts")

    assert store.find(entry.key, ("/posts", b"page=1")) is entry
    assert store.by_spelling["/posts", b"page=1"] is entry
    assert len(store) == 1


def test_a_change_forgets_the_lists_of_its_table_and_the_document_alone() -> None:
    store = Store(100_000)
    for name, slug in (("list", None), ("one", "one"), ("two", "two")):
        put(store, make_entry(name, slug=slug))

    store.change("posts", "one")

    assert [name for name, _ in store.by_spelling] == ["two"]


def test_a_change_of_another_table_forgets_nothing() -> None:
    store = Store(100_000)
    put(store, make_entry())

    store.change("pages", None)

    assert len(store) == 1


def test_a_change_of_a_whole_table_forgets_all_its_documents() -> None:
    store = Store(100_000)
    for name in ("one", "two"):
        put(store, make_entry(name, slug=name))

    store.change("posts", None)

    assert len(store) == 0
    assert store.bytes == 0


def test_an_answer_that_a_change_has_overtaken_is_not_stored() -> None:
    store = Store(100_000)
    ticket = store.ticket("posts")
    store.change("posts", "something")

    assert not store.put(make_entry(), SPELLING, ticket)
    assert len(store) == 0


def test_an_answer_that_a_gap_has_overtaken_is_not_stored() -> None:
    store = Store(100_000)
    ticket = store.ticket("posts")
    store.gap()

    assert not store.put(make_entry(), SPELLING, ticket)


def test_a_gap_forgets_everything() -> None:
    store = Store(100_000)
    put(store, make_entry())

    store.gap()

    assert len(store) == 0
    assert store.bytes == 0
    assert not store.by_spelling


def test_memory_is_bounded_and_the_least_recently_used_goes_first() -> None:
    store = Store(30_000)
    first, second = make_entry("first"), make_entry("second")
    put(store, first)
    put(store, second)
    store.used(first)
    for number in range(100):
        put(store, make_entry(f"other-{number}"))
        store.used(first)
        assert store.bytes <= 30_000

    assert "first" in {name for name, _ in store.by_spelling}
    assert "second" not in {name for name, _ in store.by_spelling}


def test_many_spellings_of_one_request_count_too() -> None:
    store = Store(30_000)
    entry = make_entry()
    put(store, entry)
    for number in range(1_000):
        store.find(entry.key, ("/posts", b"page=1&n=%d" % number))
        assert store.bytes <= 30_000
        if not len(store):
            put(store, entry := make_entry())


def test_an_answer_too_large_for_its_share_is_not_kept() -> None:
    store = Store(30_000)

    assert not put(store, make_entry(size=20_000))
    assert store.bytes == 0


def test_storing_a_key_again_replaces_its_entry() -> None:
    store = Store(100_000)
    put(store, make_entry(size=100))
    before = store.bytes
    newer = make_entry(size=100)
    put(store, newer)

    assert store.by_spelling["list", b""] is newer
    assert store.bytes == before


def test_a_total_is_known_until_its_table_changes() -> None:
    store = Store(100_000)
    totals = Totals(store, lambda: True)
    totals.put("posts", "all", 7, totals.ticket("posts"))

    store.change("pages", None)
    assert totals.get("posts", "all") == 7
    assert totals.get("posts", "tagged") is None
    store.change("posts", "one")
    assert totals.get("posts", "all") is None


def test_a_total_that_a_change_has_overtaken_is_not_kept() -> None:
    store = Store(100_000)
    totals = Totals(store, lambda: True)
    ticket = totals.ticket("posts")
    store.change("posts", "one")
    totals.put("posts", "all", 7, ticket)

    assert totals.get("posts", "all") is None


def test_no_total_is_trusted_while_changes_may_go_unheard() -> None:
    totals = Totals(Store(100_000), lambda: False)
    totals.put("posts", "all", 7, totals.ticket("posts"))

    assert totals.get("posts", "all") is None


def test_totals_are_bounded_in_number() -> None:
    totals = Totals(Store(100_000), lambda: True)
    for number in range(5_000):
        totals.put("posts", number, number, totals.ticket("posts"))

    assert len(totals._totals) <= 1_000
