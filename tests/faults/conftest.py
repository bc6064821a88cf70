"""What the fault tests share: a PostgreSQL that can be killed, and a checkout to serve from."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cms.kernel.config import ROOT
from tests.faults.harness import DurablePostgres, add_admin


@pytest.fixture(scope="session")
def postgres() -> Iterator[DurablePostgres]:
    """Instead of the throwaway one, which loses what it has promised when it is killed."""
    with (
        TemporaryDirectory(prefix="cms-faults-", ignore_cleanup_errors=True) as folder,
        DurablePostgres(Path(folder)) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, without anybody's `.env`, that nobody edits meanwhile."""
    root = tmp_path_factory.mktemp("faults") / "checkout"
    for folder in ("src", "migrations"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("web"))
    shutil.copy(ROOT / "alembic.ini", root)
    return root


@pytest.fixture(scope="module")
async def site_url(own_database_url: str) -> str:
    """This module's own database, with an admin."""
    await add_admin(own_database_url)
    return own_database_url
