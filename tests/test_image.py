"""What the container is made of. That it really runs so, building it by hand has to show."""

import re
import shlex
from fnmatch import fnmatch

import pytest

from cms.kernel import ROOT

DOCKERFILE = [
    line.split(maxsplit=1)
    for line in re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    if line.strip() and not line.startswith("#")
]
# Only what the last stage does is in the image.
STAGE = DOCKERFILE[max(n for n, line in enumerate(DOCKERFILE) if line[0] == "FROM") :]
IGNORED = [
    line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"
]
COMPOSE = (ROOT / "compose.yaml").read_text()


def said(instruction: str) -> list[str]:
    return [line[1] for line in STAGE if line[0] == instruction]


def is_sent(path: str) -> bool:
    """Whether the builder gets to see a file of this folder, as .dockerignore has it."""
    sent = True
    for rule in IGNORED:
        pattern = rule.removeprefix("!").removeprefix("**/")
        places = [path, *(str(parent) for parent in _parents(path))]
        if rule.removeprefix("!").startswith("**/"):
            places += [part for place in places for part in place.split("/")]
        if any(fnmatch(place, pattern) for place in places):
            sent = rule.startswith("!")
    return sent


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


@pytest.mark.attack("D3")
def test_the_container_runs_as_a_user_with_a_number() -> None:
    # By number: Kubernetes cannot tell whether a name is root's.
    [user] = said("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    after = STAGE[[line[0] for line in STAGE].index("USER") :]
    assert {line[0] for line in after} <= {"USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"}


@pytest.mark.attack("D3")
@pytest.mark.parametrize(("service", "following"), [("api", "site"), ("site", "database")])
def test_it_is_started_with_a_read_only_root_and_without_capabilities(
    service: str, following: str
) -> None:
    started = COMPOSE.partition(f"\n  {service}:\n")[2].partition(f"\n  {following}:\n")[0]
    for line in ("read_only: true", "cap_drop:\n      - ALL", "no-new-privileges:true"):
        assert line in started
    assert ("profiles:\n      - site\n" in started) == (service == "site")


@pytest.mark.attack("D3")
def test_the_example_site_runs_as_a_user_with_a_number_and_takes_only_its_build() -> None:
    text = (ROOT / "src/web/site/Dockerfile").read_text()
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    assert re.findall(r"^COPY (.*) \S+$", last, re.MULTILINE) == [
        "--from=build /opt/node/node",
        "--from=build /web/site/build",
    ]
    # The same images as the API's: one to keep up to date.
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {
        line[1].split()[0] for line in DOCKERFILE if line[0] == "FROM"
    }


@pytest.mark.attack("D3")
def test_nothing_is_written_where_the_root_is_read_only() -> None:
    [environment] = said("ENV")
    assert "PYTHONDONTWRITEBYTECODE=1" in shlex.split(environment)


@pytest.mark.attack("D7")
def test_only_what_is_named_is_sent_to_the_builder() -> None:
    assert IGNORED[0] == "*"
    for file in (
        "src/cms/main.py",
        "src/cms/launch/__main__.py",
        "migrations/env.py",
        "seed.py",
        "requirements.txt",
    ):
        assert is_sent(file)
    for file in (
        *(".git/config", ".env", ".env.example", "src/.env", "src/cms/.env", "migrations/.env"),
        *(".data/jwt-secret", ".data/admin-password", "compose.yaml", "tests/fixtures.py"),
        *("src/dev/__main__.py", "src/conftest.py", "benchmarks/bench.py"),
        *("src/cms/posts/tests/test_posts.py", "src/cms/__pycache__/main.pyc", "id_rsa"),
    ):
        assert not is_sent(file), file


@pytest.mark.attack("D7")
def test_the_image_takes_no_whole_folder_of_ours_and_no_secret() -> None:
    copied = {word for line in said("COPY") for word in line.split()[:-1] if word[:2] != "--"}
    assert copied == {
        "/opt/venv",
        "alembic.ini",
        "seed.py",
        "migrations",
        "src/cms",
        "/web/admin/build",
    }
    assert not [line for line in DOCKERFILE if line[0] in {"ADD", "ARG"}]
    for line in DOCKERFILE:
        assert not re.search(r"secret|password|token", line[1], re.IGNORECASE)


@pytest.mark.attack("D7")
def test_no_secret_stands_in_the_files_that_deploy() -> None:
    for setting in ("POSTGRES_PASSWORD", "JWT_SECRET", "ADMIN_PASSWORD"):
        for value in re.findall(rf"^ *{setting}: (\S+)", COMPOSE, re.MULTILINE):
            assert value.startswith("${")
        assert not re.search(rf"^{setting}=\S", (ROOT / ".env.example").read_text(), re.MULTILINE)
