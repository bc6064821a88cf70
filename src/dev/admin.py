"""The first administrator in development, whose password is made up unless it is set."""

import secrets
import string
from pathlib import Path

from cms.kernel.config import Settings
from dev.folders import kept_secret

_LENGTH = 20
# Without those that are easily taken for one another.
_ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))


class FirstAdmin:
    """Raises `LaunchError` when the made-up password cannot be kept in `data_dir`."""

    def __init__(self, settings: Settings, data_dir: Path) -> None:
        self._file = data_dir / "admin-password"
        self._is_new = not self._file.exists()
        given = settings.admin_password.get_secret_value()
        self._is_given = bool(given)
        self._email = settings.admin_email
        self._password = given or kept_secret(self._file, _make_up)

    @property
    def variables(self) -> dict[str, str]:
        """What the seed makes the account from."""
        return {"ADMIN_EMAIL": self._email, "ADMIN_PASSWORD": self._password}

    def introduction(self, is_made: bool) -> str:
        """What to tell the person who starts the system, who sees a made-up password only once."""
        if self._is_given:
            said = "the ADMIN_PASSWORD you set" if is_made else "as at the first start"
        elif is_made:
            said = f"{self._password}  (shown once; kept in {self._file})"
        elif self._is_new:
            self._file.unlink()
            said = "as it was set when this database was seeded"
        else:
            said = f"shown at the first start; kept in {self._file}"
        return f"{self._email}\n  Password  {said}"


def _make_up() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
