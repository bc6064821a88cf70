"""The start in production: nothing is made up, and no launcher stays in memory."""

import os
import sys
from typing import NoReturn

from cms.kernel.config import Settings
from cms.launch.address import free_address
from cms.launch.configuration import UNUSABLE_SETTINGS
from cms.launch.console import say, step
from cms.launch.database import migrate
from cms.launch.problems import LaunchError
from cms.launch.processes import SERVE, environment
from cms.launch.seeding import lacks_admin, seed
from cms.launch.signals import Signals


def start(settings: Settings, signals: Signals) -> NoReturn:
    """Migrates, makes the first administrator if one is named, and becomes the server."""
    if settings.environment != "production":
        raise LaunchError(
            "ENVIRONMENT is not production: this starts nothing else, and `make run` does.",
            exit_code=UNUSABLE_SETTINGS,
        )
    address = free_address(settings.host, settings.port)
    url = settings.direct_database_url
    variables = environment(PORT=str(address.port))
    is_ours = migrate(url, variables, signals.check)
    password = settings.admin_password.get_secret_value()
    is_named = password and "admin_email" in settings.model_fields_set
    if is_ours and is_named and lacks_admin(url):
        admin = {"ADMIN_EMAIL": settings.admin_email, "ADMIN_PASSWORD": password}
        with step("Making the first administrator"):
            seed(variables | admin, signals.check, "--admin-only")
    signals.check()
    say(f"Starting the API: {address.url}/api/v1 (documentation: {address.url}/docs)")
    sys.stdout.flush()
    os.execve(SERVE[0], SERVE, variables)  # noqa: S606 (there is no shell to want)
