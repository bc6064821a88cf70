"""Runs `seed.py`, which knows the slices that the launcher does not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from runpy import run_path

from cms.kernel.config import ROOT
from cms.launch.problems import LaunchError
from cms.launch.processes import python, run_to_end

_PROGRAM = ROOT / "seed.py"


def lacks_admin(url: str) -> bool:
    """Asked in this process: another one takes as long to start as the server itself."""
    ask: Callable[[str], Awaitable[bool]] = run_path(str(_PROGRAM))["lacks_admin"]

    async def answer() -> bool:
        return await ask(url)

    return asyncio.run(answer())


def seed(environment: Mapping[str, str], check: Callable[[], None], *options: str) -> None:
    """Raises `LaunchError` with what the program said if it fails."""
    code, output = run_to_end(python(str(_PROGRAM), *options), environment, check)
    if code != 0:
        raise LaunchError(f"The database could not be seeded: {output.strip()}")
