"""Every setting of the system, read once from the environment and `.env`."""

import re
from collections.abc import Callable
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from limits import RateLimitItem, parse
from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cms.postgres import EngineOptions, read_url

ROOT = Path(__file__).resolve().parents[3]

type Network = IPv4Network | IPv6Network

_SECRET_BYTES = 32  # RFC 7518, 3.2: at least the size of the hash
_PASSWORD_BYTES = 12  # as of every other user
_PLACEHOLDER = re.compile(r"change.?me|secret|example|password|admin|qwert|12345", re.IGNORECASE)
_DIFFERENT_CHARACTERS = 6
_ORIGIN = re.compile(r"https?://[^\s/\\?#@*]+", re.IGNORECASE)
_ROOT_PATH = re.compile(r"(?!/(api|docs|redoc|admin)(/|$))(/[A-Za-z0-9_~-]+)+")
_HOST_NAME = re.compile(
    r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+"
)

_SITE = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+[A-Za-z0-9._~/%-]*")
_SITE_PATH = re.compile(r"[a-z0-9_]+(=/[\w./~%-]*\{slug\}[\w./~%-]*|/[a-z0-9-]+=/[\w./~%-]*)")


def _is_guessable(secret: str) -> bool:
    return bool(_PLACEHOLDER.search(secret)) or len(set(secret)) < _DIFFERENT_CHARACTERS


def _split(value: object) -> object:
    """Turns `a, b` into a list; an environment variable has no lists of its own."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


_COMMA_SEPARATED = BeforeValidator(_split)


def _read_by(read: Callable[[str], object]) -> AfterValidator:
    def check(value: str) -> str:
        if value:
            read(value)  # which raises ValueError for what it does not understand
        return value

    return AfterValidator(check)


def _like(pattern: re.Pattern[str], example: str) -> AfterValidator:
    def read(value: str) -> None:
        if not pattern.fullmatch(value):
            raise ValueError(f"give it as in {example}")

    return _read_by(read)


def _as_browsers_write_it(origin: str) -> str:
    """Lower case, punycode, no default port."""
    try:
        return str(AnyHttpUrl(origin)).removesuffix("/")
    except ValueError:
        raise ValueError(f"{origin!r} names no host") from None


_Origin = Annotated[
    str,
    _like(_ORIGIN, "https://www.example.com, each without a path, a slash or a wildcard"),
    AfterValidator(_as_browsers_write_it),
]
_SitePath = Annotated[str, _like(_SITE_PATH, "posts=/blog/{slug}")]
_HostName = Annotated[
    str, StringConstraints(to_lower=True), _like(_HOST_NAME, "www.youtube-nocookie.com")
]
_Peer = Annotated[str, _read_by(lambda peer: peer == "*" or ip_network(peer, strict=False))]
_Rate = Annotated[str, _read_by(parse)]
_DatabaseUrl = Annotated[str, _read_by(read_url)]
_SITE_PATHS = ["pages=/{slug}", "pages/home=/", "posts=/blog/{slug}"]
_OWN_ROUTES = ["admin", "login", "preview", "search"]


class Settings(BaseSettings):
    """The settings. Raises `pydantic.ValidationError` when one is missing or unsafe.

    Production refuses to start on a value that development makes up or tolerates.
    """

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    environment: Literal["development", "production"] = "development"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    root_path: Annotated[str, _like(_ROOT_PATH, "/cms, but none of our own such as /api")] = ""
    web_concurrency: Annotated[int, Field(ge=1, le=256)] = 1
    allowed_origins: Annotated[list[_Origin], NoDecode, _COMMA_SEPARATED] = []
    forwarded_allow_ips: Annotated[list[_Peer], NoDecode, _COMMA_SEPARATED] = ["127.0.0.1", "::1"]
    cache_max_bytes: Annotated[int, Field(ge=0)] = 64 * 1024 * 1024
    stale_if_error: Annotated[int, Field(ge=0)] = 24 * 60 * 60
    embed_hosts: Annotated[list[_HostName], NoDecode, _COMMA_SEPARATED] = []
    history_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    admin_app: Literal["on", "off"] = "on"
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int | None, Field(ge=1, le=65535)] = None
    keep_alive_seconds: Annotated[int, Field(ge=1, le=3600)] = 75

    site_url: Annotated[str, _like(_SITE, "https://www.example.com")] = ""
    site_paths: Annotated[list[_SitePath], NoDecode, _COMMA_SEPARATED] = _SITE_PATHS
    reserved_slugs: Annotated[list[str], NoDecode, _COMMA_SEPARATED] = _OWN_ROUTES
    search_language: Annotated[str, _like(re.compile(r"[a-z_]+"), "english")] = "english"

    database_url: _DatabaseUrl = ""
    listen_database_url: _DatabaseUrl = ""
    database_behind_pooler: bool = False
    data_dir: Path = ROOT / ".data"
    database_pool_size: Annotated[int, Field(ge=1)] = 10
    database_timeout_seconds: Annotated[float, Field(gt=0)] = 1.5
    statement_timeout_seconds: Annotated[float, Field(gt=0)] = 1.2
    lock_timeout_seconds: Annotated[float, Field(gt=0)] = 0.8

    jwt_secret: SecretStr = SecretStr("")
    jwt_previous_secrets: Annotated[list[SecretStr], NoDecode, _COMMA_SEPARATED] = []
    refresh_grace_seconds: Annotated[int, Field(ge=0, le=300)] = 10
    bcrypt_rounds: Annotated[int, Field(ge=4, le=16)] = 12
    auth_rate_limit: _Rate = "5/minute"
    refresh_rate_limit: _Rate = "60/minute"

    admin_email: str = "admin@example.com"
    admin_password: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _can_listen(self) -> Self:
        # A pooler takes LISTEN without a word, and no notification ever comes.
        if self.database_behind_pooler and not self.listen_database_url:
            raise ValueError("DATABASE_BEHIND_POOLER needs LISTEN_DATABASE_URL, past the pooler")
        return self

    @model_validator(mode="after")
    def _production_is_explicit(self) -> Self:
        if self.environment != "production":
            return self
        if not self.database_url:
            raise ValueError("DATABASE_URL is required in production")
        if not self.allowed_origins:
            raise ValueError("ALLOWED_ORIGINS is required in production")
        for secret in (self.jwt_secret, *self.jwt_previous_secrets):
            value = secret.get_secret_value()
            if len(value.encode()) < _SECRET_BYTES:
                raise ValueError("JWT_SECRET must have 32 bytes or more in production")
            if _is_guessable(value):
                raise ValueError("JWT_SECRET looks like a placeholder; make a random one")
        password = self.admin_password.get_secret_value()
        if password and len(password.encode()) < _PASSWORD_BYTES:
            raise ValueError("ADMIN_PASSWORD must have 12 bytes or more in production")
        if password and (_is_guessable(password) or password == self.admin_email):
            raise ValueError("ADMIN_PASSWORD looks like a placeholder; choose another")
        return self

    @cached_property
    def jwt_keys(self) -> tuple[str, ...]:
        """The signing secret first, then those that are still accepted."""
        return tuple(s.get_secret_value() for s in (self.jwt_secret, *self.jwt_previous_secrets))

    @property
    def engine_options(self) -> EngineOptions:
        return EngineOptions(
            url=self.database_url,
            pool_size=self.database_pool_size,
            wait_seconds=self.database_timeout_seconds,
            statement_seconds=self.statement_timeout_seconds,
            lock_seconds=self.lock_timeout_seconds,
            behind_pooler=self.database_behind_pooler,
        )

    @cached_property
    def direct_database_url(self) -> str:
        """The database past any pooler: for LISTEN, and for migrations."""
        return self.listen_database_url or self.database_url

    @cached_property
    def trusted_proxies(self) -> tuple[Network, ...] | Literal["*"]:
        """The networks whose `X-Forwarded-For` is believed; `*` for whoever connects.

        In production nobody's, unless it is said: the peer may be a tunnel that passes it through.
        """
        if self.environment == "production" and "forwarded_allow_ips" not in self.model_fields_set:
            return ()
        if "*" in self.forwarded_allow_ips:
            return "*"
        return tuple(ip_network(entry, strict=False) for entry in self.forwarded_allow_ips)

    @cached_property
    def auth_rate(self) -> RateLimitItem:
        return parse(self.auth_rate_limit)
