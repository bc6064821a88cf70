"""Hits, misses and writes beside their yardsticks, and two workers beside one."""

import argparse
import json
from contextlib import ExitStack
from itertools import cycle

from benchmarks.load import head, in_turns, rows
from benchmarks.serving import EMAIL, JSON_TYPE, PASSWORD, Case, Server, Site
from cms import demo

BODY_LENGTH = 6_000
LIST = Case("post list", "/api/v1/posts")
_FINDING = [
    Case("search", "/api/v1/search?q=rider"),
    Case("sitemap", "/api/v1/sitemap"),
    Case("tags", "/api/v1/tags"),
    Case("redirects", "/api/v1/redirects"),
]


def hits(site: Site, options: argparse.Namespace) -> None:
    """What is answered from memory, with the request log off and on."""
    with ExitStack() as stack:
        api = stack.enter_context(site.api())
        logging = stack.enter_context(site.api(LOG_LEVEL="info"))
        one = _one_post(api)
        etag = dict(api.send(one)["headers"])["etag"]
        cases = [LIST, one, Case("settings", "/api/v1/settings"), *_FINDING]
        unchanged = Case("304", one.path, headers={"If-None-Match": etag}, status=304)
        answers = {case.key: api.send(case) for case in (*cases, unchanged)}
        bare = stack.enter_context(site.bare(answers))
        head("Hits", "rate to bare ASGI")
        for case in (*cases, unchanged):
            logging.send(case)
            servers = {"this API": api, "this API, request log on": logging, "bare ASGI": bare}
            readings = in_turns(case, servers, options.seconds, options.runs)
            rows(case, readings, "bare ASGI")


def misses(site: Site, options: argparse.Namespace) -> None:
    """What has to be asked of PostgreSQL: here every request, with no memory at all."""
    with ExitStack() as stack:
        api = stack.enter_context(site.api(CACHE_MAX_BYTES="0"))
        plain = stack.enter_context(site.plain())
        cases = [LIST, _one_post(api)]
        bare = stack.enter_context(site.bare({case.key: api.send(case) for case in cases}))
        head("Misses", "rate to the plain way")
        for case in cases:
            servers = {"this API": api, "the plain way": plain, "bare ASGI": bare}
            readings = in_turns(case, servers, options.seconds, options.runs)
            rows(case, readings, "the plain way")


def writes(site: Site, options: argparse.Namespace) -> None:
    """Creating a post (the plain way checks no token and cleans nothing), and bcrypt."""
    with site.api() as api, site.plain() as plain:
        login = Case(
            "login", "/api/v1/auth/login", "POST", JSON_TYPE,
            json.dumps({"email": EMAIL, "password": PASSWORD}),
        )  # fmt: skip
        token = json.loads(api.send(login)["body"])["access_token"]
        create = Case(
            "create", "/api/v1/posts", "POST", {**JSON_TYPE, "Authorization": f"Bearer {token}"},
            json.dumps({"title": "Benchmark", "slug": "bench-UNIQUE", "body": long_body(BODY_LENGTH)}), 201,
        )  # fmt: skip
        head("Writes", "p50 to the plain way")
        readings = in_turns(
            create, {"this API": api, "the plain way": plain}, options.seconds, options.runs
        )
        rows(create, readings, "the plain way", "p50_ms")
        # One at a time: it is bcrypt that is measured, not the queue for it.
        readings = in_turns(login, {"this API": api}, options.seconds, options.runs, connections=1)
        rows(login, readings, "this API", "p50_ms")


def workers(site: Site, options: argparse.Namespace) -> None:
    """One worker and two, on all cores, which the load generator shares with them."""
    with (
        site.api(pinned=False) as one,
        site.api(pinned=False, WEB_CONCURRENCY="2") as two,
    ):
        head("Workers", "rate to one worker")
        for _ in range(20):  # until both have it in memory
            two.send(LIST)
        readings = in_turns(
            LIST,
            {"one worker": one, "two workers": two},
            options.seconds,
            options.runs,
            pinned=False,
        )
        rows(LIST, readings, "one worker")


def _one_post(api: Server) -> Case:
    slug = json.loads(api.send(LIST)["body"])["items"][0]["slug"]
    return Case("one post", f"/api/v1/posts/{slug}")


def long_body(length: int) -> str:
    """Rich text as an editor sends it, of the demo site's own, of almost so many characters."""
    body = ""
    for post in cycle(demo.load().posts):
        if len(body) + len(post["body"]) > length:
            return body
        body += post["body"]
    raise AssertionError("the demo site has no posts")
