"""The start in production: nothing is made up, and no launcher stays in memory."""

import os
import sys
from typing import NoReturn

from cms.kernel.config import Settings
from cms.launch.address import free_address
from cms.launch.console import say, step
from cms.launch.database import look, migrate, seed
from cms.launch.processes import environment
from cms.launch.server import COMMAND
from cms.launch.signals import Signals


def start(settings: Settings, signals: Signals) -> NoReturn:
    """Migrates, makes the first administrator if one is named, and becomes the server."""
    address = free_address(settings.host, settings.port)
    stored = look(settings.direct_database_url)
    variables = environment(PORT=str(address.port))
    if not stored.is_migrated:
        with step("Migrating the database"):
            migrate(variables, signals.check)
    password = settings.admin_password.get_secret_value()
    if not stored.has_admin and password and "admin_email" in settings.model_fields_set:
        named = {"ADMIN_EMAIL": settings.admin_email, "ADMIN_PASSWORD": password}
        with step("Looking for an administrator"):
            seed(variables | named, signals.check, "--admin-only")
    signals.check()
    say(f"Starting the API: {address.url}/api/v1 (documentation: {address.url}/docs)")
    sys.stdout.flush()
    os.execve(COMMAND[0], COMMAND, variables)  # noqa: S606 (there is no shell to want)
