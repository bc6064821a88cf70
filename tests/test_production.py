"""The launcher in production, where nothing is made up and nothing unsafe is tolerated."""

import secrets
import signal
from pathlib import Path

import pytest

from dev.embedded import EmbeddedPostgres
from tests.checkout import Checkout, copy_image, eventually, is_healthy

SETTINGS = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://cms@127.0.0.1:1/cms",
    "ALLOWED_ORIGINS": "https://www.example.com",
    "JWT_SECRET": secrets.token_urlsafe(),
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return copy_image(tmp_path_factory.mktemp("production") / "image")


def assert_refused(checkout: Checkout, sentence: str, **settings: str) -> None:
    """The system does not start, and says why in one sentence that repeats no secret."""
    refused = checkout.refusal(**(SETTINGS | settings))

    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.startswith(sentence), refused.stderr
    assert refused.stderr.count("\n") == 1
    for name in ("JWT_SECRET", "JWT_PREVIOUS_SECRETS", "ADMIN_PASSWORD"):
        assert not settings.get(name) or settings[name] not in refused.stderr


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL is required in production"),
        ({"PORT": "99999"}, "PORT is not valid: input should be less than or equal to 65535"),
    ],
)
def test_unusable_settings_are_refused_in_one_sentence(
    checkout: Checkout, settings: dict[str, str], sentence: str
) -> None:
    assert_refused(checkout, sentence, **settings)


@pytest.mark.parametrize("origins", ["", "*"])
def test_c5_production_does_not_start_for_origins_that_are_none(
    checkout: Checkout, origins: str
) -> None:
    assert_refused(checkout, "ALLOWED_ORIGINS is", ALLOWED_ORIGINS=origins)


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        ("", "JWT_SECRET must have 32 bytes or more"),
        ("change-me", "JWT_SECRET must have 32 bytes or more"),
        ("change-me-" * 4, "JWT_SECRET looks like a placeholder"),
    ],
)
def test_d1_without_a_good_secret_production_does_not_start_and_says_why(
    checkout: Checkout, secret: str, sentence: str
) -> None:
    assert_refused(checkout, sentence, JWT_SECRET=secret)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("admin", "ADMIN_PASSWORD must have 12 bytes or more"),
        ("change-me-now", "ADMIN_PASSWORD looks like a placeholder"),
        ("first@ours.test", "ADMIN_PASSWORD looks like a placeholder"),
    ],
)
def test_d2_a_weak_password_of_the_first_admin_is_refused(
    checkout: Checkout, password: str, sentence: str
) -> None:
    assert_refused(checkout, sentence, ADMIN_EMAIL="first@ours.test", ADMIN_PASSWORD=password)


def test_in_production_the_server_takes_the_launchers_place(
    checkout: Checkout, postgres: EmbeddedPostgres
) -> None:
    postgres.create_database("production")
    start = checkout.start(
        "production", **(SETTINGS | {"DATABASE_URL": postgres.url("production")})
    )
    try:
        start.wait_for("Starting the API")
        process = Path(f"/proc/{start.process.pid}/cmdline")
        eventually(lambda: b"cms.launch.serve" in process.read_bytes())
        eventually(lambda: is_healthy(start.url))
        assert checkout.processes() == [process.with_name("comm").read_text().strip()]
    finally:
        start.stop(signal.SIGTERM)
    assert start.process.returncode == 0


def test_what_is_there_already_is_not_made_again(
    checkout: Checkout, postgres: EmbeddedPostgres
) -> None:
    postgres.create_database("again")
    admin = {"ADMIN_EMAIL": "first@ours.test", "ADMIN_PASSWORD": secrets.token_urlsafe()}
    settings = SETTINGS | {"DATABASE_URL": postgres.url("again")} | admin
    outputs: list[str] = []
    for name in ("making", "again"):
        start = checkout.start(name, **settings)
        try:
            eventually(lambda: "Starting the API" in start.output and is_healthy(start.url))  # noqa: B023
        finally:
            start.stop(signal.SIGTERM)
        outputs.append(start.output)

    first, second = outputs
    assert "Migrating the database" in first
    assert "Looking for an administrator" in first
    assert "Migrating the database" not in second
    assert "Looking for an administrator" not in second
