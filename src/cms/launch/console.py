"""What the person who starts the system sees."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from time import monotonic


def say(line: str) -> None:
    print(line, flush=True)


@contextmanager
def step(title: str) -> Generator[None]:
    """Prints the title, a dot for each second the body lasts, and then the time it took."""
    print(title, end=" .", flush=True)
    started = monotonic()
    finished = threading.Event()
    ticker = threading.Thread(target=_tick, args=(finished,), daemon=True)
    ticker.start()
    outcome = "stopped"
    try:
        yield
        outcome = f"{monotonic() - started:.1f} s"
    finally:
        finished.set()
        ticker.join()
        say(f" {outcome}")


def _tick(finished: threading.Event) -> None:
    while not finished.wait(1.0):
        print(".", end="", flush=True)
