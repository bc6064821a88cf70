"""What the container is made of. That it really runs so, building it by hand has to show."""

import re
import shlex
from fnmatch import fnmatch

import pytest
import yaml

from cms.kernel import ROOT

Lines = list[list[str]]


def read_dockerfile(path: str) -> Lines:
    text = re.sub(r"\\\n\s*", " ", (ROOT / path).read_text())
    return [
        line.split(maxsplit=1)
        for line in text.splitlines()
        if line.strip() and not line.startswith("#")
    ]


def last_stage(lines: Lines) -> Lines:
    """Only what the last stage does is in the image."""
    return lines[max(n for n, line in enumerate(lines) if line[0] == "FROM") :]


SITE = "src/web/site/Dockerfile"
IGNORE_FILES = {"Dockerfile": ".dockerignore", SITE: f"{SITE}.dockerignore"}
DOCKERFILE = read_dockerfile("Dockerfile")
STAGE = last_stage(DOCKERFILE)
COMPOSE = (ROOT / "compose.yaml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]


def said(instruction: str, stage: Lines = STAGE) -> list[str]:
    return [line[1] for line in stage if line[0] == instruction]


def is_sent(path: str, ignore_file: str = ".dockerignore") -> bool:
    """Whether the builder gets to see a file of this folder."""
    rules = (ROOT / ignore_file).read_text().splitlines()
    sent = True
    for rule in [line for line in rules if line and line[0] != "#"]:
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
@pytest.mark.parametrize("name", ["api", "site"])
def test_it_is_started_with_a_read_only_root_and_without_capabilities(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("profiles") == (["site"] if name == "site" else None)


def test_each_setting_in_the_env_file_reaches_the_api_and_none_the_site() -> None:
    assert SERVICES["api"]["env_file"] == ".env"
    assert "env_file" not in SERVICES["site"]
    # What would have it listen elsewhere, or start as if at a desk, is not for that file to say.
    decided = SERVICES["api"]["environment"]
    assert (decided["ENVIRONMENT"], decided["HOST"], decided["PORT"]) == (
        "production",
        "0.0.0.0",
        8000,
    )
    assert "@database:5432/cms" in decided["DATABASE_URL"]


@pytest.mark.parametrize(("name", "file"), [("api", "Dockerfile"), ("site", SITE)])
def test_what_is_published_is_what_the_image_listens_on_and_is_asked_about(
    name: str, file: str
) -> None:
    stage = last_stage(read_dockerfile(file))
    [port] = said("EXPOSE", stage)
    assert f"PORT={port}" in shlex.split(" ".join(said("ENV", stage)))
    [published] = SERVICES[name]["ports"]
    assert published.endswith(f":{port}")
    assert published.startswith("${BIND:-127.0.0.1}:")
    assert len(said("HEALTHCHECK", stage)) == 1
    assert said("STOPSIGNAL", stage) == ["SIGTERM"]


@pytest.mark.attack("D3")
def test_the_example_site_runs_as_a_user_with_a_number_and_takes_only_its_build() -> None:
    lines = read_dockerfile(SITE)
    [user] = said("USER", last_stage(lines))
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert said("COPY", last_stage(lines)) == [
        "--from=build /opt/node/node /usr/local/bin/node",
        "--from=build /web/site/build build",
    ]
    # The same images as the API's: one to keep up to date.
    assert {line.split()[0] for line in said("FROM", lines)} == {
        line.split()[0] for line in said("FROM", DOCKERFILE)
    }


@pytest.mark.skipif(not (ROOT / "src/web/kit").exists(), reason="a copy without src/web")
@pytest.mark.parametrize("file", IGNORE_FILES)
def test_the_builder_gets_to_see_all_that_is_copied(file: str) -> None:
    for line in said("COPY", read_dockerfile(file)):
        if line.startswith("--from="):
            continue
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            within = source if (ROOT / source).is_file() else f"{source}/package.json"
            assert is_sent(within, IGNORE_FILES[file]), within


@pytest.mark.attack("D3")
def test_nothing_is_written_where_the_root_is_read_only() -> None:
    [environment] = said("ENV")
    assert "PYTHONDONTWRITEBYTECODE=1" in shlex.split(environment)


@pytest.mark.attack("D7")
def test_only_what_is_named_is_sent_to_the_builder() -> None:
    for ignore_file in IGNORE_FILES.values():
        assert (ROOT / ignore_file).read_text().startswith("*\n")
        assert not is_sent("src/web/admin/tests/a.test.ts", ignore_file)
        assert not is_sent("src/web/node_modules/a/index.js", ignore_file)
        assert not is_sent("src/web/site/.env", ignore_file)
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


@pytest.mark.attack("D9")
def test_the_api_connects_with_the_role_that_is_made_for_it() -> None:
    [script] = [
        mount.split(":")[0]
        for mount in SERVICES["database"]["volumes"]
        if ":/docker-entrypoint-initdb.d/" in mount
    ]
    made = re.findall(r"CREATE (?:ROLE|DATABASE) (\w+)", (ROOT / script).read_text())
    used = re.findall(r"//(\w+):.*@database:5432/(\w+)", COMPOSE)

    assert used == [tuple(made)]


@pytest.mark.attack("D7")
def test_no_secret_stands_in_the_files_that_deploy() -> None:
    for setting in ("POSTGRES_PASSWORD", "JWT_SECRET", "ADMIN_PASSWORD"):
        for value in re.findall(rf"^ *{setting}: (\S+)", COMPOSE, re.MULTILINE):
            assert value.startswith("${")
        assert not re.search(rf"^{setting}=\S", (ROOT / ".env.example").read_text(), re.MULTILINE)
