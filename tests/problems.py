"""What every error of this API looks like: the contract's "Errors"."""

import re
from typing import Any

from httpx import Response

_MEMBERS = {"type", "title", "status", "detail"}
_EXTRA_MEMBERS = {412: {"current_etag"}, 422: {"errors"}}
_TITLES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
# For whoever filled in a field: no words of Pydantic's, no code.
_SENTENCE = re.compile(r"(?!Value error|Input should|.*at least 1 item)[A-Z][^^\\]*[.?]")
_HEADERS = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}
# Words of a stack, of SQL or of our own modules.
_INTERNALS = ("Traceback", 'File "', "SELECT", "INSERT", "asyncpg", "sqlalchemy", "cms.", "0x")


def assert_problem(response: Response, *statuses: int, unsaid: str = "") -> dict[str, Any]:
    """The problem's members, once it is one in every respect and does not repeat `unsaid`."""
    assert response.status_code in statuses, (response.request, response.status_code, response.text)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Request-ID"]
    if response.status_code in _HEADERS:
        assert response.headers[_HEADERS[response.status_code]]
    assert not [word for word in _INTERNALS if word in response.text]
    assert not unsaid or unsaid not in response.text

    problem: dict[str, Any] = response.json()
    extra = problem.keys() - _MEMBERS
    if response.status_code == 409:  # where one field, or one rule, is to blame
        extra -= {"errors", "rule"}
    assert problem.keys() >= _MEMBERS
    assert extra == _EXTRA_MEMBERS.get(response.status_code, set())
    assert problem["type"] == "about:blank" or problem["type"].startswith("urn:")
    assert problem["status"] == response.status_code
    assert problem["title"] == _TITLES.get(response.status_code, problem["title"])
    assert isinstance(problem["detail"], str)
    for error in problem.get("errors", ()):
        assert error.keys() == {"loc", "msg", "type"}
        assert isinstance(error["loc"], list)
        assert _SENTENCE.fullmatch(error["msg"]), error["msg"]
        assert isinstance(error["type"], str)
    return problem
