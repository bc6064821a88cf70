"""The application as a server process loads it."""

import gc

from starlette.types import ASGIApp


def build() -> ASGIApp:
    """What `cms.main` builds; all that it is made of is kept out of the collector's rounds.

    It lives as long as the process: to look through it again and again would take a tenth of the time
    of starting, and a pause of each full collection later.
    """
    gc.disable()
    try:
        from cms import main  # noqa: PLC0415 -- most of what is made is made by importing

        return main.build()
    finally:
        gc.freeze()
        gc.enable()
