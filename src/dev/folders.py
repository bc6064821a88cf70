"""Folders and files that belong to one user and one run."""

import fcntl
import hashlib
import os
import pwd
import stat
from collections.abc import Callable
from pathlib import Path

from cms.launch.problems import LaunchError


def private_folder(path: Path) -> Path:
    """Makes a folder for this user alone. Raises `LaunchError` when it is another's."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.lstat()
    except PermissionError:
        raise LaunchError(_belongs_to_another(path)) from None
    except OSError as error:
        raise LaunchError(f"{path} cannot be used: {error.strerror}.") from None
    if status.st_uid != os.geteuid():
        raise LaunchError(_belongs_to_another(path))
    if not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o077:
        raise LaunchError(f"{path} must be a folder that is closed to other users (mode 0700).")
    return path


def socket_folder(data: Path) -> Path:
    """A folder of `data`'s own whose path is short and plain, as that of a socket must be."""
    digest = hashlib.sha256(f"{os.geteuid()}:{data}".encode()).hexdigest()
    return private_folder(Path("/tmp") / f"cms-{digest[:16]}")  # noqa: S108 (checked to be ours)


def lock(path: Path) -> int:
    """Takes the lock that the kernel drops with this process; returns its descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise LaunchError(
            f"{path.parent} is in use by another run: stop that one, or set another DATA_DIR."
        ) from None
    return descriptor


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret in that file, which is made and readable by its owner alone if it is not there."""
    try:
        if path.exists() and (kept := path.read_text().strip()):
            return kept
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(secret := make())
        draft.replace(path)
    except PermissionError:
        raise LaunchError(_belongs_to_another(path)) from None
    return secret


def _belongs_to_another(path: Path) -> str:
    nearest = path
    while not os.access(nearest, os.F_OK):
        nearest = nearest.parent
    uid = nearest.stat().st_uid
    try:
        owner = pwd.getpwuid(uid).pw_name
    except KeyError:
        owner = f"user {uid}"
    return f"{nearest} belongs to {owner}: start as that user, or set another DATA_DIR."
