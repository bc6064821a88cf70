"""The start in development: whatever is not set is made up and kept in DATA_DIR."""

import secrets
from contextlib import ExitStack
from pathlib import Path
from time import sleep

from cms.kernel.config import ROOT, Settings
from cms.launch.address import Address, free_address
from cms.launch.console import say, step
from cms.launch.database import migrate
from cms.launch.problems import LaunchError
from cms.launch.processes import environment
from cms.launch.seeding import lacks_admin, seed
from cms.launch.signals import Signals
from dev.admin import FirstAdmin
from dev.embedded import EmbeddedPostgres
from dev.folders import kept_secret
from dev.server import Server

_POLL_SECONDS = 0.2


def start(settings: Settings, signals: Signals) -> None:
    """Serves until a signal comes. Raises `Interrupted` then, `LaunchError` if something fails."""
    address = free_address(settings.host, settings.port)
    data_dir = ROOT / settings.data_dir
    with ExitStack() as stack:
        postgres = None if settings.database_url else _postgres(data_dir, signals, stack)
        url = postgres.url() if postgres else settings.direct_database_url
        variables = environment(
            DATABASE_URL=postgres.url() if postgres else settings.database_url,
            JWT_SECRET=_jwt_secret(settings, data_dir),
            PORT=str(address.port),
        )
        is_ours = migrate(url, variables, signals.check)
        admin = FirstAdmin(settings, data_dir)
        is_made = is_ours and lacks_admin(url)
        if is_ours:
            with step("Seeding the database if it is empty"):
                seed(variables | admin.variables, signals.check)
        server = Server(address, variables)
        stack.callback(server.stop, signals.is_urgent)
        with step("Starting the API"):
            server.wait_until_healthy(signals.check)
        editors = f"{settings.root_path}/admin" if server.answers("/admin") else ""
        _welcome(address, admin.introduction(is_made), editors)
        stack.callback(say, "\nStopping.")
        while True:
            signals.check()
            server.require_alive()
            if postgres and postgres.pid is None:
                raise LaunchError(f"PostgreSQL ended by itself (see {postgres.log}).")
            sleep(_POLL_SECONDS)


def _postgres(data_dir: Path, signals: Signals, stack: ExitStack) -> EmbeddedPostgres:
    postgres = EmbeddedPostgres(data_dir / "postgres")
    with step(f"Starting PostgreSQL in {postgres.folder}"):
        postgres.start(signals.check)
    stack.callback(postgres.stop, signals.is_urgent)
    return postgres


def _jwt_secret(settings: Settings, data_dir: Path) -> str:
    given = settings.jwt_secret.get_secret_value()
    return given or kept_secret(data_dir / "jwt-secret", secrets.token_urlsafe)


def _welcome(address: Address, admin: str, editors_path: str) -> None:
    editors = f"  Editors   {address.url}{editors_path}\n" if editors_path else ""
    say(f"""
  API       {address.url}/api/v1
  Docs      {address.url}/docs
{editors}  Admin     {admin}

Ctrl-C stops everything.""")
