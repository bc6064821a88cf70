"""What holds the architecture together, as functions over a copy of the source tree."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Of a slice, from the top down; a file of another name is refused.
_SLICE_LAYERS = (
    "slice",
    "router",
    "(limits) : (cookie) : (watcher)",
    "(service) | (indexing)",
    "(repository)",
    "(model) : (schema)",
    "(passwords) | (tokens) | (paths) | (highlight) | (query)",
)


# Below the slices, from the top down; `dev`, above them all, is another package.
_ROOMS = ("cache | documents", "launch", "edge | richtext", "kernel | demo", "postgres")
_BIG_ROOMS = ("cache", "documents", "edge", "richtext", "postgres")


def slice_folders(src: Path) -> list[str]:
    return sorted(file.parent.name for file in src.glob("cms/*/slice.py"))


def listed_slices(src: Path) -> list[str]:
    """The names that `main.py` gives to `load_slices`."""
    tree = ast.parse((src / "cms" / "main.py").read_text())
    (call,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "load_slices"
    )
    return [str(ast.literal_eval(argument)) for argument in call.args]


def lint_imports(src: Path, workspace: Path) -> tuple[bool, str]:
    """Whether the imports of `src/cms` keep to the architecture, and what import-linter says.

    Tests may import from everywhere, so they are left out of what is looked at; nothing else is.
    """
    package = workspace / "cms"
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(src / "cms", package, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    configuration = workspace / "importlinter.toml"
    configuration.write_text(_contracts(src))
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", configuration, "--no-cache"],
        cwd=workspace,
        env={"PYTHONPATH": str(workspace), "NO_COLOR": "1", "COLUMNS": "200"},
        check=False,
        capture_output=True,
        text=True,
    )
    return result.returncode == 0, result.stdout + result.stderr


def _contracts(src: Path) -> str:
    slices = slice_folders(src)
    faces = ("kernel", "documents", "cache")
    behind = [
        ".".join(file.relative_to(src).with_suffix("").parts)
        for room in faces
        for file in sorted((src / "cms" / room).glob("[!_]*.py"))
    ]
    not_for_slices = [*behind, "cms.edge", "cms.richtext", "cms.postgres", "cms.launch"]
    not_for_launch = [
        "cms.main",
        "cms.serving",
        "cms.seeding",
        "cms.demo",
        *(f"cms.{name}" for name in slices),
    ]
    not_for_launch += ["cms.cache", "cms.documents", "cms.richtext"]
    return "\n".join(
        [
            '[tool.importlinter]\nroot_package = "cms"\ninclude_external_packages = true',
            _contract(
                "the house is built from the top down",
                "layers",
                containers=["cms"],
                layers=["reindex | serving", "main | seeding", " | ".join(slices), *_ROOMS],
                exhaustive=True,
            ),
            _contract(
                "a slice is built from the top down",
                "layers",
                containers=[f"cms.{name}" for name in slices],
                layers=_SLICE_LAYERS,
                exhaustive=True,
            ),
            _contract(
                "a slice imports from three rooms, by their front doors",
                "forbidden",
                source_modules=[f"cms.{name}" for name in slices],
                forbidden_modules=not_for_slices,
                allow_indirect_imports=True,
            ),
            _contract(
                "the launcher knows nothing of content",
                "forbidden",
                source_modules=["cms.launch"],
                forbidden_modules=not_for_launch,
            ),
            _contract(
                "what is in the image knows nothing of what is not",
                "forbidden",
                source_modules=["cms"],
                forbidden_modules=["dev"],
            ),
            _contract(
                "routers and schemas speak no SQL",
                "forbidden",
                source_modules=["cms.*.router", "cms.*.schema"],
                forbidden_modules=["sqlalchemy", "asyncpg"],
                allow_indirect_imports=True,
            ),
            _contract(
                "only what is next to PostgreSQL speaks to its driver",
                "forbidden",
                source_modules=_without_driver(src),
                forbidden_modules=["asyncpg"],
                allow_indirect_imports=True,
            ),
            _contract(
                "no room has cycles",
                "acyclic_siblings",
                ancestors=[f"cms.{room}" for room in ("kernel", *_BIG_ROOMS)],
            ),
        ]
    )


def _without_driver(src: Path) -> list[str]:
    modules = {
        ".".join(file.relative_to(src).with_suffix("").parts) for file in src.glob("cms/*/*.py")
    }
    return sorted(
        module
        for module in modules
        if not module.startswith("cms.postgres.")
        and module != "cms.kernel.database"
        and not module.endswith("__init__")
        and ".tests" not in module
    )


def _contract(name: str, kind: str, **options: object) -> str:
    lines = ["[[tool.importlinter.contracts]]", f'name = "{name}"', f'type = "{kind}"']
    for option, value in options.items():
        # Lists and strings of TOML are written as Python writes them.
        shown = str(value).lower() if isinstance(value, bool) else str(list(value))  # type: ignore[call-overload]
        lines.append(f"{option} = {shown}")
    return "\n".join(lines)


def calls_of(name: str, src: Path) -> Iterator[str]:
    """Where a method of this name is called, as `file:line`, outside of tests."""
    for file in production_files(src):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr=attribute)) if attribute == name:
                    yield f"{file.relative_to(src)}:{node.lineno}"


def production_files(src: Path) -> list[Path]:
    return [file for file in sorted(src.rglob("*.py")) if "tests" not in file.parts]
