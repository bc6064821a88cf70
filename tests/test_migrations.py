"""The migrations: one line of history, both ways, and safe to run while others do."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import count

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import make_url

from cms.kernel import ROOT, head_revision
from dev.cluster import program
from dev.embedded import EmbeddedPostgres
from tests.fixtures import migrate

CONFIG = Config(ROOT / "alembic.ini")
SCRIPTS = ScriptDirectory.from_config(CONFIG)
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()]

_numbers = count()


@pytest.fixture
def url(postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database, where Alembic finds it."""
    name = f"migrations_{next(_numbers)}"
    postgres.create_database(name)
    monkeypatch.setenv("DATABASE_URL", postgres.url(name))
    return postgres.url(name)


def schema(url: str) -> str:
    """Everything in the database but its rows."""
    place = make_url(url)
    command = [program("pg_dump"), "--schema-only", "--restrict-key=same", "-U", "postgres"]
    command += ["-h", str(place.query["host"]), str(place.database)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def query(url: str, sql: str) -> str:
    result = subprocess.run([*psql(url), "-c", sql], check=True, capture_output=True, text=True)
    return result.stdout.strip()


def psql(url: str) -> list[str]:
    place = make_url(url)
    options = ["-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h", str(place.query["host"])]
    return [program("psql"), *options, str(place.database)]


def alembic(url: str, *words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "alembic", *words],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


# History


def test_history_is_one_line_whose_head_the_application_knows() -> None:
    assert SCRIPTS.get_heads() == [head_revision()]
    assert not any(script.is_branch_point for script in SCRIPTS.walk_revisions())


def test_a_revision_is_its_file_name_and_they_sort_by_date() -> None:
    assert sorted(REVISIONS, reverse=True) == REVISIONS
    for script in SCRIPTS.walk_revisions():
        name = script.revision
        assert script.module.__file__ == str(ROOT / "migrations" / "versions" / f"{name}.py")
        assert re.fullmatch(r"20\d{6}_\d{2}_[a-z0-9_]{1,20}", name)
        assert script.doc


# Up and down


def test_the_models_say_nothing_that_no_migration_does(url: str) -> None:
    migrate(url)

    command.check(CONFIG)


def test_all_the_way_down_leaves_nothing_and_up_again_the_same(url: str) -> None:
    empty = schema(url)
    migrate(url)
    first = schema(url)
    assert "CREATE TABLE public.posts" in first

    migrate(url, "base")
    bookkeeping = schema(url)
    migrate(url)

    assert schema(url) == first
    left = set(bookkeeping.splitlines()) - set(empty.splitlines())
    kept = ("alembic_version", "uuidv7")  # the second where the server has none of its own
    assert all(
        any(name in line for name in kept) or not line.startswith(("CREATE", "ALTER"))
        for line in left
    )


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_step_can_be_taken_back_and_taken_again(url: str, revision: str) -> None:
    migrate(url, revision)
    after = schema(url)

    command.downgrade(CONFIG, "-1")
    assert schema(url) != after
    command.upgrade(CONFIG, "+1")

    assert schema(url) == after


def test_the_first_migration_brings_the_settings(url: str) -> None:
    migrate(url, REVISIONS[-1])

    assert query(url, "SELECT slug, published, site_name <> '' FROM site_settings") == "site|t|t"


def test_the_tags_of_posts_that_were_there_before_are_found(url: str) -> None:
    migrate(url, "20261123_02_announce_changes")
    query(
        url,
        "INSERT INTO posts (slug, title, body, tags, published) VALUES "
        "('both', 'Both', '', '{a,b}', true), ('twice', 'Twice', '', '{a,a}', true), "
        "('none', 'None', '', '{}', true), ('draft', 'Draft', '', '{a}', false)",
    )

    found = "SELECT tag, slug FROM post_tags JOIN posts ON posts.id = post_id ORDER BY 1, 2"
    for revision in ("20261124_01_index_lists", "head"):
        migrate(url, revision)
        assert query(url, found).split() == ["a|both", "a|twice", "b|both"]
    assert query(url, "SELECT tag, posts FROM tag_counts ORDER BY tag").split() == ["a|2", "b|1"]


def test_what_was_public_before_is_so_since_it_was_created_and_answers_say_so(url: str) -> None:
    migrate(url, "20261124_01_index_lists")
    query(
        url,
        "INSERT INTO posts (slug, title, body, tags, published, created_at) VALUES "
        "('out', 'Out', '', '{}', true, '2020-01-01Z'), ('in', 'In', '', '{}', false, '2020-01-01Z')",
    )
    edited = query(url, "SELECT slug, updated_at FROM posts ORDER BY slug")

    migrate(url)

    found = "SELECT slug, published_at = created_at, version FROM posts ORDER BY slug"
    assert query(url, found).split() == ["in||1", "out|t|2"]
    assert query(url, "SELECT slug, updated_at FROM posts ORDER BY slug") == edited
    assert query(url, "SELECT published_at = created_at FROM site_settings") == "t"


def test_history_begins_with_each_document_as_it_stands(url: str) -> None:
    migrate(url, "20261126_01_published_at")
    query(
        url,
        "INSERT INTO posts (slug, title, body, tags) VALUES ('old', 'Old', '', '{}'); "
        "INSERT INTO posts (slug, title, body, tags) "
        "SELECT 'post-' || n, 'Post', '', '{}' FROM generate_series(1, 500) AS n",
    )
    query(url, "UPDATE posts SET title = 'New' WHERE slug = 'old'")

    migrate(url)

    entries = (
        "SELECT action, title, version, user_id, count(*) FROM history WHERE type = 'posts' {}"
    )
    assert query(url, entries.format("GROUP BY 1, 2, 3, 4 ORDER BY 2")).split() == [
        "updated|New|2||1",
        "created|Post|1||500",
    ]
    same = (
        "SELECT count(*) FROM history JOIN posts ON posts.id = document_id "
        "WHERE content ->> 'slug' = posts.slug AND changed_at = posts.updated_at "
        "AND (content ->> 'created_at')::timestamptz = posts.created_at"
    )
    assert query(url, same) == "501"
    newest = "SELECT slug FROM history WHERE type = 'posts' ORDER BY id DESC LIMIT 1"
    assert query(url, newest) == "old"
    assert query(url, "SELECT sum(entries) FROM history_counts") == "502"


def test_what_was_stored_before_is_as_it_would_be_written_now(url: str) -> None:
    migrate(url, "20261126_01_published_at")
    query(
        url,
        "INSERT INTO posts (slug, title, body, excerpt, author, tags, published) VALUES "
        "('odd', 'x', '', '', U&'Zoe\\0308', U&'{Data,data,e\\0301,b,DATA}', true), "
        "('even', 'x', '', 'x', U&'Zo\\00EB', '{Data,b}', true)",
    )

    migrate(url)

    found = "SELECT slug, excerpt, author, tags, version FROM posts ORDER BY slug"
    assert query(url, found).split() == ["even|x|Zoë|{Data,b}|1", "odd||Zoë|{Data,é,b}|4"]
    tags = "SELECT tag, name, slug FROM post_tags JOIN posts ON id = post_id ORDER BY slug, tag"
    assert query(url, tags).split() == [
        *("b|b|even", "data|Data|even"),
        *("b|b|odd", "data|Data|odd", "é|é|odd"),
    ]


def test_a_new_documents_table_is_watched_like_those_that_are_there(url: str) -> None:
    migrate(url)
    query(url, "CREATE TABLE events (LIKE site_settings); SELECT cms_watch('events')")

    triggers = (
        "SELECT replace(pg_get_triggerdef(pg_trigger.oid), relname, 'x') FROM pg_trigger JOIN pg_class "
        "ON pg_class.oid = tgrelid WHERE relname = '{}' AND NOT tgisinternal ORDER BY 1"
    )
    of_settings = query(url, triggers.format("site_settings"))
    assert "cms_publish" in of_settings
    assert query(url, triggers.format("events")) == of_settings


def test_what_fires_finds_its_tables_without_a_search_path(url: str) -> None:
    migrate(url)
    for sql in (
        "INSERT INTO public.posts (slug, title, body, tags, published) VALUES ('a', 'A', '', '{t}', true)",
        "UPDATE public.posts SET tags = '{u}', title = 'B'",
        "UPDATE public.site_settings SET tagline = 'x'",
        "DELETE FROM public.posts",
        "TRUNCATE public.posts",
    ):
        query(url, f"SET search_path = ''; {sql}")
        left = query(url, "SELECT tag FROM post_tags")
        assert left == {"I": "t", "U": "u"}.get(sql[0], "")


# While others do


@pytest.mark.attack("D4")
def test_two_runs_at_once_both_succeed(url: str) -> None:
    runs = [alembic(url, "upgrade", "head") for _ in range(2)]

    outputs = [run.communicate(timeout=30)[0] for run in runs]

    assert [run.returncode for run in runs] == [0, 0], outputs
    assert query(url, "SELECT version_num FROM alembic_version") == head_revision()
    assert query(url, "SELECT count(*) FROM site_settings") == "1"
    assert query(url, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0"


@pytest.fixture
def long_reader(url: str) -> Iterator[subprocess.Popen[str]]:
    """A transaction that has read from a table, and goes on."""
    migrate(url)
    with subprocess.Popen(
        psql(url), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin
        assert reader.stdout
        reader.stdin.write("BEGIN; SELECT count(*) FROM users;\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "0\n"
        yield reader
        reader.stdin.close()


@pytest.mark.attack("F11")
@pytest.mark.usefixtures("long_reader")
def test_a_migration_that_waits_for_a_table_gives_up_and_leaves_all_as_it_was(url: str) -> None:
    before = schema(url)

    run = alembic(url, "downgrade", "base", LOCK_TIMEOUT_SECONDS="0.2")
    output, _ = run.communicate(timeout=30)

    assert run.returncode == 1
    assert "lock timeout" in output
    assert schema(url) == before
    assert query(url, "SELECT count(*) FROM pages") == "0"


def test_a_column_that_a_development_version_has_made_is_taken_as_it_is(url: str) -> None:
    migrate(url, "20261126_12_search_phrases")
    query(url, "ALTER TABLE redirects ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL")
    migrate(url)


def test_a_database_newer_than_the_code_is_refused(url: str) -> None:
    migrate(url)
    query(url, "UPDATE alembic_version SET version_num = '20991231_01_later'")

    with pytest.raises(
        CommandError, match="Can't locate revision identified by '20991231_01_later'"
    ):
        migrate(url)
