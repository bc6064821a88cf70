"""What `make doctor` says, and never says."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cms.kernel import Settings, head_revision
from cms.launch.doctor import of_database, of_revision, of_settings, unknown
from cms.launch.facts import Facts, read_facts
from dev.embedded import EmbeddedPostgres
from tests.checkout import Checkout, copy_image
from tests.fixtures import ask, make_settings

GOOD = Facts(
    is_encrypted=True,
    is_remote=True,
    is_superuser=False,
    is_durable=True,
    connections=97,
    archives=True,
    archived_seconds_ago=60.0,
    clock_ahead=0.01,
    is_pooler=False,
    listener_is_pooler=False,
)
SECURE = "postgresql://cms:hidden@db.example/cms?sslmode=verify-full"
SECRET = secrets.token_urlsafe()


def production(url: str = SECURE, **values: Any) -> Settings:
    given = {"environment": "production", "jwt_secret": SECRET, "forwarded_allow_ips": "10.0.0.1"}
    return make_settings(url, **(given | values))


def test_a_deployment_that_lacks_nothing_is_told_so() -> None:
    measured = production(metrics_port=9100, metrics_host="localhost")

    assert [*of_settings(measured), *of_database(GOOD, measured)] == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"forwarded_allow_ips": "*"}, "FORWARDED_ALLOW_IPS is *"),
        ({"forwarded_allow_ips": ""}, "FORWARDED_ALLOW_IPS names no proxy"),
        ({"admin_password": SECRET}, "ADMIN_PASSWORD is set"),
        ({"metrics_port": 9100, "metrics_host": "0.0.0.0"}, "METRICS_HOST is not of this machine"),
        ({"metrics_port": 9100, "metrics_host": "db"}, "METRICS_HOST is not of this machine"),
    ],
)
def test_what_the_settings_lack_is_told(settings: dict[str, Any], sentence: str) -> None:
    [told] = of_settings(production(**settings))

    assert told.startswith(sentence)
    assert SECRET not in told


def test_what_production_would_refuse_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "change-me-" * 4)
    monkeypatch.setenv("DATABASE_URL", SECURE)
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://admin.example.com")

    told = list(of_settings(make_settings(SECURE)))

    assert told[0].startswith("ENVIRONMENT is not production")
    assert told[1:] == [
        "Production would not start: JWT_SECRET looks like a placeholder; make a random one"
    ]


def pooled(settings: Settings) -> Settings:
    values = {"database_behind_pooler": True, "listen_database_url": SECURE}
    return settings.model_copy(update=values)


@pytest.mark.parametrize(
    ("facts", "settings", "sentence"),
    [
        ({"is_encrypted": False}, production(), "The way to the database is not encrypted"),
        ({}, production(SECURE.replace("verify-full", "require")), "The database is not asked"),
        ({"listener_is_pooler": True}, production(), "Changes are listened for behind a pooler"),
        ({"is_pooler": True}, production(), "DATABASE_URL leads to a pooler"),
        ({"is_superuser": True}, production(), "The API's database role is a superuser"),
        ({"is_durable": False}, production(), "PostgreSQL may lose"),
        ({"clock_ahead": -90.2}, production(), "The database's clock and this machine's differ by"),
        ({"connections": 15}, production(), "PostgreSQL takes 15 connections, and each"),
        ({"connections": 60}, production(web_concurrency=9), "PostgreSQL takes 60 connections"),
    ],
)
def test_what_the_database_lacks_is_told(
    facts: dict[str, Any], settings: Settings, sentence: str
) -> None:
    [told] = of_database(replace(GOOD, **facts), settings)

    assert told.startswith(sentence)
    assert "hidden" not in told


@pytest.mark.parametrize(
    ("facts", "settings"),
    [
        ({"is_encrypted": False, "is_remote": False}, production("postgresql://db/cms")),
        ({"is_pooler": True, "connections": 1}, pooled(production())),
        ({"clock_ahead": 1.5}, production()),
    ],
)
def test_what_is_as_it_should_be_is_not_told(facts: dict[str, Any], settings: Settings) -> None:
    assert list(of_database(replace(GOOD, **facts), settings)) == []


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (None, "When the last backup was made"),
        (replace(GOOD, archives=False), "When the last backup was made"),
        (replace(GOOD, archived_seconds_ago=None), "Whether its archive of changes (WAL) works"),
        (replace(GOOD, archived_seconds_ago=90_000.0), "Whether its archive of changes (WAL)"),
        (GOOD, "Whether a backup can be restored: changes (WAL) were archived 60 s ago"),
    ],
)
def test_what_is_unknown_of_backups_is_told(facts: Facts | None, sentence: str) -> None:
    assert next(unknown(facts)).startswith(sentence)


def test_a_real_database_tells_its_facts(postgres: EmbeddedPostgres, database_url: str) -> None:
    postgres.create_database("unmigrated")
    url = postgres.url("unmigrated")

    facts = read_facts(url, url)

    assert isinstance(facts, Facts)
    assert abs(facts.clock_ahead) < 1
    assert (facts.is_remote, facts.is_encrypted, facts.is_pooler) == (False, False, False)
    assert (facts.is_superuser, facts.is_durable, facts.archives) == (True, False, False)
    [told] = of_revision(url)
    assert told.startswith(
        f"Migrations are missing: the database is at none, this version needs {head_revision()}"
    )
    assert list(of_revision(database_url)) == []
    ask(url, "CREATE TABLE alembic_version AS SELECT '99991231_01_later' AS version_num")
    assert list(of_revision(url)) == []


@pytest.fixture(scope="module")
def doctor(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return replace(copy_image(tmp_path_factory.mktemp("doctor")), module="cms.launch.doctor")


@pytest.mark.parametrize(
    ("url_of", "code"),
    [
        (lambda url: url, 1),
        (lambda _: "postgresql://cms:h1dden@127.0.0.1:1/cms", 1),
        (lambda _: "postgresql://cms:h1d@den@127.0.0.1:1/cms", 2),
    ],
)
def test_whatever_it_finds_it_says_no_secret(
    doctor: Checkout, database_url: str, url_of: Callable[[str], str], code: int
) -> None:
    told = doctor.refusal(
        ENVIRONMENT="production",
        DATABASE_URL=url_of(database_url),
        JWT_SECRET=SECRET,
        ALLOWED_ORIGINS="https://admin.example.com",
        ADMIN_PASSWORD=SECRET,
    )

    assert told.returncode == code
    assert told.stderr == ""
    assert not any(secret in told.stdout for secret in (SECRET, "h1dden", "h1d", "den@"))
    assert ("ADMIN_PASSWORD is set" in told.stdout) == (code == 1)
