"""A new slice touches its own folder, one line in `main.py` and one migration.

The slice of `tests/example` is put into a copy of the tree, which then migrates and serves.
"""

import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import render_python_code
from alembic.operations import ops
from alembic.script import ScriptDirectory

from cms.identity.tests.factories import UserFactory
from cms.kernel import ROOT, head_revision
from cms.launch.problems import LaunchError
from cms.posts.model import Post
from dev.revise import changes_nothing, revise
from tests.architecture import lint_imports, listed_slices, slice_folders
from tests.fixtures import JWT_SECRET, connected, make_settings, make_token

EXAMPLE = ROOT / "tests" / "example"
MIGRATION = "20991231_01_events.py"


class Tree:
    """A copy of what is deployed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.src = folder / "src"
        ignored = shutil.ignore_patterns("tests", "__pycache__", "web")
        for name in ("src", "migrations"):
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        shutil.copy(ROOT / "alembic.ini", folder)

    def add_folder(self) -> None:
        shutil.copytree(EXAMPLE / "events", self.src / "cms" / "events")

    def list_in_main(self) -> None:
        main = self.src / "cms" / "main.py"
        main.write_text(
            main.read_text().replace('    "identity",\n', '    "identity",\n    "events",\n')
        )

    def add_migration(self) -> None:
        migration = (EXAMPLE / MIGRATION).read_text()
        migration, found = re.subn(
            r"^down_revision = .*",
            f'down_revision = "{head_revision()}"',
            migration,
            flags=re.MULTILINE,
        )
        assert found == 1
        (self.folder / "migrations" / "versions" / MIGRATION).write_text(migration)

    def changes_outside_of(self, folder: Path) -> dict[str, list[str]]:
        """The lines that differ from the original, by file."""
        changes = {}
        for file in sorted(self.folder.rglob("*.py")):
            name = file.relative_to(self.folder)
            original = ROOT / name
            lines = difflib.ndiff(
                original.read_text().splitlines() if original.exists() else [],
                file.read_text().splitlines(),
            )
            changed = [line for line in lines if line.startswith(("+", "-"))]
            if changed and not file.is_relative_to(folder):
                changes[str(name)] = changed
        return changes

    def run(self, url: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs Python in the tree, on a database."""
        paths = {"PYTHONPATH": str(self.src), "DATABASE_URL": url, "JWT_SECRET": JWT_SECRET}
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=os.environ | paths | environment,
            check=False,
            capture_output=True,
            text=True,
        )


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "tree")


def test_a_folder_that_main_does_not_list_is_noticed(tree: Tree) -> None:
    tree.add_folder()
    tree.add_migration()

    assert set(slice_folders(tree.src)) - set(listed_slices(tree.src)) == {"events"}


@pytest.fixture
async def token(own_database_url: str) -> str:
    """An access token that the copy accepts, too."""
    settings = make_settings(own_database_url)
    async with connected(settings) as database:
        user = UserFactory.build()
        async with database.session() as session:
            session.add(user)
        return await make_token(database, settings, user)


async def test_a_new_slice_is_a_folder_a_line_and_a_migration(
    tree: Tree, own_database_url: str, token: str, tmp_path: Path
) -> None:
    tree.add_folder()
    tree.list_in_main()

    unmigrated = tree.run(own_database_url, "-m", "alembic", "check")
    assert unmigrated.returncode != 0
    assert "New upgrade operations detected" in unmigrated.stdout + unmigrated.stderr

    tree.add_migration()
    for command in (("upgrade", "head"), ("check",)):
        migrated = tree.run(own_database_url, "-m", "alembic", *command)
        assert migrated.returncode == 0, migrated.stderr

    served = tree.run(own_database_url, str(EXAMPLE / "visit.py"), TOKEN=token, LOG_LEVEL="warning")
    assert served.returncode == 0, served.stderr
    ready, anonymous, created, read, listed, document, *prepared = answers_of(served)
    assert (ready[0], anonymous[0], created[0], read[0]) == (200, 401, 201, 200)
    assert created[1].pop("etag")  # for its editor only
    assert read[1] == created[1]
    assert read[1]["published_at"] == read[1]["created_at"]
    assert listed[1]["items"] == [created[1]]
    assert "/api/v1/events/{slug}" in document[1]["paths"]

    shown, published, recorded, *_ = (answer for _, answer in prepared)
    assert [status for status, _ in prepared[3:]] == [200, 404, 200]
    assert prepared[5][1]["title"] == "Open day"
    assert shown["document"]["title"] == published["title"] == "Open days"
    assert shown["path"] == "/events/open-day"
    assert [each["action"] for each in recorded["items"]] == ["updated", "created"]

    changes = tree.changes_outside_of(tree.src / "cms" / "events")
    assert changes.pop("src/cms/main.py") == ['+     "events",']
    assert changes.keys() == {f"migrations/versions/{MIGRATION}"}
    kept, told = lint_imports(tree.src, tmp_path)
    assert kept, told
    assert sorted(listed_slices(tree.src)) == slice_folders(tree.src)


@pytest.mark.parametrize("name", ["", "Add events", "../events", "a" * 21])
def test_a_migration_has_a_plain_and_short_name(name: str) -> None:
    with pytest.raises(LaunchError, match="in 20 small letters"):
        revise(name)


def test_a_revision_is_written_from_a_model_and_says_when_there_was_none(tmp_path: Path) -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"), version_locations=[str(tmp_path)])
    table: Any = Post.__table__
    operations = [ops.CreateTableOp.from_table(table)]
    operations += [ops.CreateIndexOp.from_index(index) for index in table.indexes]

    for number, (changes, is_empty) in enumerate([(operations, False), ([], True)]):
        upgrades = render_python_code(ops.UpgradeOps(changes))
        revision = scripts.generate_revision(
            f"{number}", "events", upgrades=upgrades, head="base", splice=True
        )

        assert revision is not None
        assert changes_nothing(Path(revision.path).read_text()) == is_empty


def answers_of(run: subprocess.CompletedProcess[str]) -> list[tuple[int, Any]]:
    """The last line; those before are the log's."""
    answers: list[tuple[int, Any]] = json.loads(run.stdout.splitlines()[-1])
    return answers
