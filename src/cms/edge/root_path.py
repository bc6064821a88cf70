"""A path in front of everything, such as `/cms`, which the proxy removes or passes on (`ROOT_PATH`).

Inside, nobody knows of it: ASGI's `root_path` would have to be at the start of `path` too, which is
matched in several places.
"""

type Headers = list[tuple[bytes, bytes]]


def without_root(path: str, root: str) -> str:
    """The path as the routes have it, whether or not the proxy has removed the root already."""
    return path.removeprefix(root) if path.startswith(f"{root}/") else path


def with_root(headers: Headers, root: bytes) -> Headers:
    """A `Location` on this host as the client sees it."""
    return [(n, root + v if n == b"location" and v.startswith(b"/") else v) for n, v in headers]
