"""`python -m cms.reindex` indexes every document anew, as `SEARCH_LANGUAGE` says."""

import asyncio
import sys
from importlib import import_module

from cms.kernel import Database, Settings
from cms.search import indexing


async def main() -> None:
    import_module("cms.main")  # whose slices register the types
    settings = Settings()
    database = Database.connect(settings)
    try:
        await indexing.begin(database, settings.search_language, anew=True)
        sys.stdout.write(f"{await indexing.go_on(database):,} documents indexed.\n")
    finally:
        await database.close()


asyncio.run(main())
