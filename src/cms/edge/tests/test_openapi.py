from typing import Any

import pytest
from fastapi import FastAPI

from tests.fixtures import make_settings
from tests.probe import make_probe

PROBE = "/api/v1/probe"


@pytest.fixture
def app() -> FastAPI:
    """An application that never asks its database."""
    return make_probe(make_settings("postgresql://db/cms"))


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.app.openapi()


def statuses(document: dict[str, Any], method: str, path: str) -> set[str]:
    return set(document["paths"][path][method]["responses"])


def test_every_operation_names_what_it_can_answer_without_a_word_of_its_own(
    document: dict[str, Any],
) -> None:
    assert statuses(document, "get", PROBE) == {
        "200", "400", "414", "422", "431", "503",
    }  # fmt: skip
    assert statuses(document, "post", PROBE) == {
        "201", "400", "413", "414", "415", "422", "431", "503",
    }  # fmt: skip
    assert statuses(document, "get", f"{PROBE}/private") == {
        "200", "400", "401", "414", "422", "431", "503",
    }  # fmt: skip
    assert statuses(document, "get", "/healthz") == {
        "200", "400", "414", "422", "431",
    }  # fmt: skip


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    responses = document["paths"][f"{PROBE}/private"]["get"]["responses"]

    for status, model in (("401", "ProblemDetails"), ("422", "ValidationProblem")):
        schema = responses[status]["content"]["application/problem+json"]["schema"]
        assert schema["allOf"][0] == {"$ref": f"#/components/schemas/{model}"}
    assert responses["401"]["headers"]["WWW-Authenticate"]["required"]
    assert responses["503"]["headers"]["Retry-After"]["required"]


def test_the_frameworks_own_error_is_not_mentioned(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(document)
    assert "ValidationError" not in document["components"]["schemas"]


def test_a_path_parameter_of_that_name_is_not_the_status_of_a_view(
    document: dict[str, Any],
) -> None:
    assert "security" not in document["paths"][f"{PROBE}/refuse/{{status}}"]["get"]


def test_the_document_is_made_once(app: FastAPI) -> None:
    assert app.app.openapi() is app.app.openapi()
