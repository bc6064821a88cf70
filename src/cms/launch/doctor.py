"""Says in plain words what a deployment lacks: `make doctor`, `python -m cms.launch.doctor`.

It changes nothing, and nothing it says holds a secret.
"""

import sys
from collections.abc import Iterator
from ipaddress import ip_address

from cms.kernel.config import Settings
from cms.kernel.revision import head_revision
from cms.launch.configuration import read_settings
from cms.launch.console import say
from cms.launch.database import stored_revision
from cms.launch.facts import Facts, read_facts
from cms.launch.problems import LaunchError
from cms.postgres import read_url

_CLOCK_SECONDS = 2
_ARCHIVE_SECONDS = 24 * 60 * 60
# Migrations, pg_dump and whoever looks after the database want some too.
_SPARE_CONNECTIONS = 5


def main() -> int:
    """1 where something is amiss, 2 where the settings cannot be used at all."""
    try:
        settings = read_settings()
    except LaunchError as error:
        say(str(error))
        return error.exit_code
    found, facts = list(of_settings(settings)), None
    if settings.database_url:
        found += of_revision(settings.direct_database_url)
        facts = read_facts(settings.database_url, settings.direct_database_url)
        found += [facts] if isinstance(facts, str) else of_database(facts, settings)
    for sentence in found:
        say(f"- {sentence}")
    if not found:
        say("Nothing is missing that can be seen from here.")
    say("To be known elsewhere:")
    for sentence in unknown(facts if isinstance(facts, Facts) else None):
        say(f"- {sentence}")
    return 1 if found else 0


def of_settings(settings: Settings) -> Iterator[str]:
    if settings.environment != "production":
        yield "ENVIRONMENT is not production: what is missing is made up, what is unsafe tolerated."
        try:
            read_settings(environment="production")
        except LaunchError as error:
            yield from (f"Production would not start: {each}" for each in str(error).splitlines())
    if settings.trusted_proxies == "*":
        yield (
            "FORWARDED_ALLOW_IPS is *: whoever reaches this port may pretend to be any address. "
            "Name the proxy, unless nobody else can reach it."
        )
    elif settings.environment == "production" and not settings.trusted_proxies:
        yield (
            "FORWARDED_ALLOW_IPS names no proxy: behind one, all visitors count as one address, "
            "and log in at most a few times a minute together."
        )
    if settings.admin_password.get_secret_value():
        yield "ADMIN_PASSWORD is set: once the first administrator has logged in, take it out."
    if settings.metrics_port is not None and not _is_loopback(settings.metrics_host):
        yield "METRICS_HOST is not of this machine alone: see that no visitor reaches METRICS_PORT."


def of_revision(url: str) -> Iterator[str]:
    """Also whether the database is there, recent enough, and ours to migrate."""
    try:
        stored = stored_revision(url)
    except LaunchError as error:
        yield str(error)
        return
    if stored < head_revision():
        yield (
            f"Migrations are missing: the database is at {stored or 'none'}, "
            f"this version needs {head_revision()}. A start of it migrates."
        )


def of_database(facts: Facts, settings: Settings) -> Iterator[str]:
    if facts.is_remote and not facts.is_encrypted:
        yield "The way to the database is not encrypted: add sslmode=verify-full to DATABASE_URL."
    elif facts.is_remote and not _checks_certificate(settings.database_url):
        yield (
            "The database is not asked for its certificate: "
            "add sslmode=verify-full (and sslrootcert) to DATABASE_URL."
        )
    if facts.listener_is_pooler:
        yield (
            "Changes are listened for behind a pooler, which passes none on, so that nothing is "
            "answered from memory: have LISTEN_DATABASE_URL lead to PostgreSQL itself."
        )
    if facts.is_pooler and not settings.database_behind_pooler:
        yield (
            "DATABASE_URL leads to a pooler: set DATABASE_BEHIND_POOLER=true, "
            "unless it lends each connection for a whole session."
        )
    if facts.is_superuser:
        yield "The API's database role is a superuser: one that owns this database is enough."
    if not facts.is_durable:
        yield "PostgreSQL may lose what it has acknowledged: fsync and the like are turned off."
    if abs(facts.clock_ahead) > _CLOCK_SECONDS:
        yield (
            f"The database's clock and this machine's differ by {abs(facts.clock_ahead):.0f} s: "
            "tokens end too early or too late. Synchronise both (NTP)."
        )
    wanted = settings.web_concurrency * (settings.database_pool_size + 1) + _SPARE_CONNECTIONS
    if wanted > facts.connections and not facts.is_pooler:
        yield (
            f"PostgreSQL takes {facts.connections} connections, and each replica may want {wanted}: "
            "lower DATABASE_POOL_SIZE or WEB_CONCURRENCY, or raise max_connections."
        )


def unknown(facts: Facts | None) -> Iterator[str]:
    age = facts.archived_seconds_ago if facts is not None else None
    if facts is None or not facts.archives:
        yield (
            "When the last backup was made, and whether it can be restored: "
            "PostgreSQL archives nothing here, and pg_dump leaves no trace (README, Backup)."
        )
    elif age is None or age > _ARCHIVE_SECONDS:
        last = "nothing yet" if age is None else f"the last {age / 3600:.0f} hours ago"
        yield f"Whether its archive of changes (WAL) works: it has archived {last}."
    else:
        yield f"Whether a backup can be restored: changes (WAL) were archived {age:.0f} s ago."
    yield "Whether visitors come by TLS, and how long the proxy lets a request take to arrive."


def _checks_certificate(url: str) -> bool:
    place = read_url(url)
    return place.trusts_system or "sslmode=verify-" in place.dsn


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    sys.exit(main())
