"""The application as a server process loads it."""

import gc
import sys

from starlette.types import ASGIApp

# How long a thread that cleans a long text may keep the event loop from running: of Python's own 5 ms,
# a visitor would wait several times over.
_SWITCH_SECONDS = 0.001


def build() -> ASGIApp:
    """What `cms.main` builds; all that it is made of is kept out of the collector's rounds.

    It lives as long as the process: to look through it again and again would take a tenth of the time
    of starting, and a pause of each full collection later.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.disable()
    try:
        from cms import main  # noqa: PLC0415 -- most of what is made is made by importing

        return main.build()
    finally:
        gc.freeze()
        gc.enable()
