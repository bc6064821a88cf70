"""What production does not start with."""

from typing import Any

import pytest
from pydantic import ValidationError

from cms.kernel.config import Settings
from tests.fixtures import make_settings

GOOD = "9f86d081884c7d659a2feaa0c55ad015"


def production(**values: Any) -> Settings:
    given = {"environment": "production", "jwt_secret": GOOD, **values}
    return make_settings("postgresql://db/cms", **given)


def assert_refused(reason: str, **values: Any) -> None:
    with pytest.raises(ValidationError, match=reason):
        production(**values)


def test_production_starts_with_settings_that_are_safe() -> None:
    assert production(jwt_previous_secrets=[GOOD[::-1]], admin_password="a tree by the lake")
    assert production(admin_password="")


@pytest.mark.attack("D1")
@pytest.mark.parametrize("secret", ["", "change-me", GOOD[1:], "é" * 15 + "x"])
def test_a_secret_of_under_32_bytes_is_refused(secret: str) -> None:
    assert_refused("32 bytes", jwt_secret=secret)
    assert_refused("32 bytes", jwt_previous_secrets=[secret or "x"])


@pytest.mark.attack("D1")
@pytest.mark.parametrize(
    "secret",
    [
        "change-me-" * 4,
        "please_ChangeMe_before_you_deploy_this",
        "the secret that came with the example",
        "0" * 64,
        "ab" * 32,
    ],
)
def test_a_secret_that_anybody_would_guess_is_refused(secret: str) -> None:
    assert_refused("placeholder", jwt_secret=secret)
    assert_refused("placeholder", jwt_previous_secrets=[secret])


@pytest.mark.attack("D2")
@pytest.mark.parametrize("password", ["admin", "Tr0ub4dor&3", "x"])
def test_a_short_password_of_the_first_admin_is_refused(password: str) -> None:
    assert_refused("12 bytes", admin_password=password)


@pytest.mark.attack("D2")
@pytest.mark.parametrize(
    "password",
    [
        "change-me-now",
        "Password2026!",
        "administrator",
        "123456789012",
        "qwertyuiop[]",
        "aaaaaaaaaaaaaaaa",
        "first@ours.test",
    ],
)
def test_a_password_of_the_first_admin_that_anybody_would_guess_is_refused(
    password: str,
) -> None:
    assert_refused("placeholder", admin_email="first@ours.test", admin_password=password)


@pytest.mark.attack("D8")
@pytest.mark.parametrize("name", ["jwt_secret", "admin_password"])
def test_a_setting_that_is_refused_is_not_repeated(name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        production(**{name: "change-me, s3cr3t"})

    assert "s3cr3t" not in str(refusal.value.errors(include_input=False, include_context=False))
    assert "s3cr3t" not in repr(production())


@pytest.mark.attack("S4")
def test_production_trusts_no_proxy_that_is_not_named() -> None:
    named = production(forwarded_allow_ips="127.0.0.1, 10.0.0.0/8")

    assert production().trusted_proxies == ()
    assert [str(network) for network in named.trusted_proxies] == ["127.0.0.1/32", "10.0.0.0/8"]
    assert len(make_settings("postgresql://db/cms").trusted_proxies) == 2


def test_a_pooler_needs_a_way_past_it() -> None:
    with pytest.raises(ValidationError, match="LISTEN_DATABASE_URL"):
        make_settings("postgresql://pooler/cms", database_behind_pooler=True)
