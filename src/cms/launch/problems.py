"""What ends a start early."""


class LaunchError(Exception):
    """Why the system did not start, in a sentence for the person who started it."""

    def __init__(self, sentence: str, *, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class Interrupted(BaseException):
    """A signal asked the launcher to stop."""
