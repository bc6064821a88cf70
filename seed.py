"""Fills an empty database: the first admin and, unless told otherwise, a demo website.

    python seed.py [--admin-only]

Running it again changes nothing: an admin is made only where there is none, content only where
there is none. Reads ADMIN_EMAIL, ADMIN_PASSWORD and DATABASE_URL, like everything else.
"""

import argparse
import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from pydantic import ValidationError
from sqlalchemy import column, exists, select, table

from cms.kernel import Settings
from cms.postgres import make_single_engine


async def lacks_admin(url: str) -> bool:
    """Without identity's models, whose import would make every start of production slower."""
    users = table("users", column("role"))
    engine = make_single_engine(url)
    async with engine.connect() as connection:
        lacks = bool(await connection.scalar(select(~exists().where(users.c.role == "admin"))))
    await engine.dispose()
    return lacks


def main() -> int:
    parser = argparse.ArgumentParser(description="Fills an empty database.")
    parser.add_argument("--admin-only", action="store_true", help="only the first admin")
    arguments = parser.parse_args()

    from cms.kernel.errors import Problem
    from cms.seeding import seed

    try:
        made = asyncio.run(seed(Settings(), admin_only=arguments.admin_only))
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            field = ".".join(str(part) for part in fault["loc"])
            print(f"{field or 'settings'}: {fault['msg']}", file=sys.stderr)
        return 2
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    print("\n".join(made) or "nothing to seed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
