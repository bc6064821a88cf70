"""The operating-system user that the embedded PostgreSQL runs as; it refuses to be root."""

import os
import pwd
from dataclasses import dataclass

from cms.launch.problems import LaunchError
from cms.launch.processes import dying_with_parent

_CAPABILITY = "-all,+dac_override"


@dataclass(frozen=True)
class Account:
    """A way to run PostgreSQL."""

    prefix: tuple[str, ...]
    """What stands before its commands."""
    uid: int
    gid: int
    """The owner of its files, as this process sees them."""
    client: str
    """The user that PostgreSQL takes this process for when it connects."""


def accounts() -> tuple[Account, ...]:
    """The ways open to this user, the best first. Raises `LaunchError` when there is none."""
    uid = os.geteuid()
    try:
        user = pwd.getpwuid(uid)
        if uid != 0:
            return (Account(dying_with_parent("INT"), uid, os.getegid(), user.pw_name),)
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        missing = "a user named nobody" if uid == 0 else f"a name for user {uid}"
        raise LaunchError(
            f"PostgreSQL needs {missing} in the list of users: add it, or set DATABASE_URL."
        ) from None
    return _as_nobody(nobody, user.pw_name), _in_a_user_namespace(pwd.getpwuid(1))


def _as_nobody(nobody: pwd.struct_passwd, client: str) -> Account:
    """Keeps one capability: to pass through the closed folders above ours, such as a 0700 home."""
    prefix = (
        "setpriv",
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
        "--securebits=+no_setuid_fixup",  # or access(2) would not count the capability
        f"--inh-caps={_CAPABILITY}",
        f"--ambient-caps={_CAPABILITY}",
        "--pdeathsig=INT",  # set last: a change of user clears it
        "--",
    )
    return Account(prefix, nobody.pw_uid, nobody.pw_gid, client)


def _in_a_user_namespace(user: pwd.struct_passwd) -> Account:
    """For a root without the power to change users: still root outside, another user inside.

    Not nobody, whom everybody else on the machine is taken for there.
    """
    prefix = (
        "unshare",
        "--user",
        f"--map-user={user.pw_uid}",
        f"--map-group={user.pw_gid}",
        "--",
        *dying_with_parent("INT"),
    )
    return Account(prefix, 0, 0, user.pw_name)
