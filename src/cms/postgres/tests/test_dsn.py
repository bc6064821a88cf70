"""What is understood of a connection string, and what is refused by its name."""

import ssl

import pytest

from cms.postgres import read_url


@pytest.mark.parametrize(
    ("url", "dsn"),
    [
        ("postgres://u:p@h/db", "postgresql://u:p@h/db?"),
        ("postgresql+asyncpg://u:p@h/db", "postgresql://u:p@h/db?"),
        ("postgresql:///db", "postgresql:///db?"),
        ("postgresql://u:p%40%2F@h:6432/db", "postgresql://u:p%40%2F@h:6432/db?"),
        ("postgresql://u:p[ü]@h/db", "postgresql://u:p%5B%C3%BC%5D@h/db?"),
        ("postgresql://[::1]:5433/db", "postgresql://[::1]:5433/db?"),
        ("postgresql://a:1,b:2/db", "postgresql://a:1,b:2/db?"),
        (
            "postgresql://a,b/db?target_session_attrs=read-write",
            "postgresql://a,b/db?target_session_attrs=read-write",
        ),
        (
            "postgresql://u@/db?host=/run/pg&port=5433",
            "postgresql://u@/db?host=%2Frun%2Fpg&port=5433",
        ),
        (
            "postgresql://h/db?sslmode=verify-full&sslrootcert=/ca.pem",
            "postgresql://h/db?sslmode=verify-full&sslrootcert=%2Fca.pem",
        ),
        ("postgresql://h/db?ssl=require", "postgresql://h/db?sslmode=require"),
        ("postgresql://h/db?ssl=true", "postgresql://h/db?sslmode=require"),
        ("postgresql://h/db?ssl=off", "postgresql://h/db?sslmode=disable"),
        ("postgresql://h/db?channel_binding=require", "postgresql://h/db?sslmode=require"),
        (
            "postgresql://h/db?sslmode=verify-full&channel_binding=require",
            "postgresql://h/db?sslmode=verify-full",
        ),
        ("postgresql://h/db?connect_timeout=10&gssencmode=disable", "postgresql://h/db?"),
        (
            "postgresql://h/db?options=-c%20work_mem%3D8MB",
            "postgresql://h/db?options=-c%20work_mem%3D8MB",
        ),
        ("postgresql://h/db?options=a+b", "postgresql://h/db?options=a%2Bb"),
        ("postgresql://h/db?sslcert=", "postgresql://h/db?"),
    ],
)
def test_connection_strings_are_understood_as_libpq_does(url: str, dsn: str) -> None:
    assert read_url(url).arguments() == {"dsn": dsn}


def test_the_systems_own_authorities_can_be_trusted() -> None:
    arguments = read_url("postgresql://h/db?sslrootcert=system").arguments()
    assert arguments["dsn"] == "postgresql://h/db?"
    assert arguments["ssl"].check_hostname
    assert arguments["ssl"].verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("pgbouncer=true", "its parameter pgbouncer is not supported"),
        ("sslmode=no-verify", "its parameter sslmode is none of disable, allow,"),
        ("ssl=maybe", "its parameter sslmode is none of disable, allow,"),
        (
            "channel_binding=always",
            "its parameter channel_binding has a value that is not supported",
        ),
        ("client_encoding=latin1", "its parameter client_encoding has a value"),
        ("target_session_attrs=any-way", "its parameter target_session_attrs is none of any,"),
        ("port=x", "its port is not a number"),
    ],
)
def test_what_is_not_understood_is_refused_by_its_name(query: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        read_url(f"postgresql://u:p@h/db?{query}")


@pytest.mark.parametrize(
    "place",
    [
        "u:hid@den/wo#rd@h/db",
        "u:hid@den@h/db",
        "u:hid/den@h/db",
        "u:hid#den@h/db",
        "u:hid?den@h/db",
        "u:hid?den=x@h/db",
        "u:hid%zzden@h/db",
        "u:hid den@h/db",
        "u:hidden/db",
        "u:hid[den/db",
    ],
)
def test_a_sentence_repeats_no_part_of_a_password(place: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|not a number") as refused:
        read_url(f"postgresql://{place}")
    assert "hid" not in str(refused.value)
    assert "den" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.attack("D8")
def test_people_are_not_shown_the_password() -> None:
    assert (
        read_url("postgresql://cms:hidden@h:5433/db?sslmode=require").shown == "cms:***@h:5433/db"
    )
