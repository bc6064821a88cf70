"""Which state of the database this code is made for."""

from functools import cache

from cms.kernel.config import ROOT

_VERSIONS = ROOT / "migrations" / "versions"


@cache
def head_revision() -> str:
    """The newest migration of this code: they are named by date, and a revision is its file's name."""
    return max((path.stem for path in _VERSIONS.glob("[0-9]*.py")), default="")


def is_newer(revision: str) -> bool:
    """Whether a later release has migrated the database, which this one can go on to serve."""
    return revision > head_revision()
