"""Connection strings as libpq has them and hosters hand them out, made into what asyncpg takes.

https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING
"""

import re
import ssl
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlencode

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SWITCHES: dict[str, str] = {
    **dict.fromkeys(("true", "on", "yes", "1"), "require"),
    **dict.fromkeys(("false", "off", "no", "0"), "disable"),
}

# What asyncpg takes from a connection string. It would send any other name to the server.
# fmt: off
_TAKEN = {
    "host", "port", "dbname", "user", "password", "passfile", "service",
    "sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation",
    "ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs",
    "krbsrvname", "gsslib", "application_name", "options",
}
# fmt: on
# What is as it is here whatever they say: the time to connect has a limit of its own, the text is
# UTF-8, and asyncpg binds no channel, so that `require` asks for TLS and for nothing more.
_UNHEEDED = {
    "channel_binding": re.compile("disable|prefer|require"),
    "client_encoding": re.compile("utf-?8|auto", re.IGNORECASE),
    "connect_timeout": re.compile("[0-9]+"),
    "fallback_application_name": re.compile(".*"),
    "gssencmode": re.compile("disable|prefer"),
    "load_balance_hosts": re.compile("disable"),
}
_CHOICES = {
    "sslmode": _SSL_MODES,
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": (
        "any",
        "read-write",
        "read-only",
        "primary",
        "standby",
        "prefer-standby",
    ),
}
_SCHEME = re.compile(r"postgres(ql)?(\+asyncpg)?://")
_UNESCAPED = re.compile(r"[#\s\x00-\x1f\x7f]|%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^\[\]:]*)(:(?P<port>[0-9]*))?")
_MAX_PORT = 65_535
_UNREADABLE = (
    "it cannot be read: what is special in a URL, such as @ / # ? %, "
    "has to be percent-encoded in a password (@ is %40)"
)


@dataclass(frozen=True, slots=True)
class ConnectionString:
    """A database's place."""

    dsn: str
    """As asyncpg takes it."""
    shown: str
    """For people, without the password."""
    application_name: str | None
    trusts_system: bool
    """Whether the server's certificate is checked with the system's own authorities."""

    def arguments(self) -> dict[str, Any]:
        """For `asyncpg.connect`."""
        if self.trusts_system:
            return {"dsn": self.dsn, "ssl": ssl.create_default_context()}
        return {"dsn": self.dsn}


@lru_cache(maxsize=8)
def read_url(url: str) -> ConnectionString:
    """Raises `ValueError` with one sentence, which repeats nothing but the name of a parameter."""
    scheme = _SCHEME.match(url)
    if scheme is None:
        raise ValueError("only postgresql:// URLs are supported")
    place, _, query = url[scheme.end() :].partition("?")
    authority, slash, name = place.partition("/")
    # A password in which one of these stands unescaped would be taken for something else, and shown.
    if _UNESCAPED.search(url) or "/" in name or "@" in name + query or authority.count("@") > 1:
        raise ValueError(_UNREADABLE)
    credentials, at, hosts = authority.rpartition("@")
    for each in hosts.split(","):
        _require_host(each)
    user, colon, password = credentials.partition(":")
    secret = colon and f":{quote(unquote(password), safe='')}"
    parameters = _parameters(query)
    trusts_system = parameters.get("sslrootcert") == "system"
    if trusts_system:
        del parameters["sslrootcert"]
        parameters.pop("sslmode", None)
    return ConnectionString(
        dsn=f"postgresql://{quote(unquote(user), safe='')}{secret}{at}{hosts}{slash}{name}"
        f"?{urlencode(parameters, quote_via=quote)}",
        shown=f"{user}{':***' if colon else ''}{at}{hosts}{slash}{name}",
        application_name=parameters.get("application_name"),
        trusts_system=trusts_system,
    )


def _require_host(host: str) -> None:
    found = _HOST.fullmatch(host)
    if found is None or int(found["port"] or 1) > _MAX_PORT:
        raise ValueError("its port is not a number up to 65535")


def _parameters(query: str) -> dict[str, str]:
    """What asyncpg takes; raises for what nobody here understands."""
    given: dict[str, str] = {}
    for item in filter(None, query.split("&")):
        name, equals, value = item.partition("=")
        if not equals or not re.fullmatch("[a-z_]+", name):
            raise ValueError(_UNREADABLE)
        if value:  # as for libpq, one that is empty is not given
            given[name] = unquote(value)
    if "database" in given:
        given.setdefault("dbname", given.pop("database"))
    if switch := given.pop("ssl", None):
        given.setdefault("sslmode", _SWITCHES.get(switch.lower(), switch))
    if given.get("channel_binding") == "require" and given.get("sslmode") in (
        None,
        *_SSL_MODES[1:3],
    ):
        given["sslmode"] = "require"
    for name, value in given.items():
        _require_meaning(name, value)
    return {name: value for name, value in given.items() if name in _TAKEN}


def _require_meaning(name: str, value: str) -> None:
    if name in _UNHEEDED:
        if not _UNHEEDED[name].fullmatch(value):
            raise ValueError(f"its parameter {name} has a value that is not supported")
    elif name not in _TAKEN:
        raise ValueError(f"its parameter {name} is not supported")
    elif name in _CHOICES and value not in _CHOICES[name]:
        raise ValueError(f"its parameter {name} is none of {', '.join(_CHOICES[name])}")
    elif name == "port" and not re.fullmatch("[0-9]{1,5}(,[0-9]{1,5})*", value):
        raise ValueError("its port is not a number up to 65535")
