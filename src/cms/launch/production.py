"""The start in production: nothing is made up."""

import os

from cms.kernel.config import Settings
from cms.launch import serve
from cms.launch.address import free_address
from cms.launch.configuration import UNUSABLE_SETTINGS
from cms.launch.console import say, step
from cms.launch.database import migrate
from cms.launch.problems import LaunchError
from cms.launch.processes import environment
from cms.launch.seeding import lacks_admin, seed
from cms.launch.signals import Signals


def start(settings: Settings, signals: Signals) -> None:
    """Migrates, makes the first administrator if one is named, and serves."""
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
    os.environ["PORT"] = str(address.port)
    serve.main()  # in this process: another one would only import everything once more
