"""The document that clients are generated from."""

from collections.abc import Iterator
from typing import Any

import pytest

from cms.main import SLICES, assemble
from tests.fixtures import make_settings

METHODS = {"get", "put", "post", "delete", "patch"}
DOCUMENT = assemble(make_settings("postgresql://db/cms")).app.openapi()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
SCHEMAS: dict[str, dict[str, Any]] = DOCUMENT["components"]["schemas"]

# Clients are generated from these names: one that changes breaks them.
OPERATION_IDS = {
    "POST /api/v1/auth/login": "login",
    "POST /api/v1/auth/refresh": "refresh",
    "POST /api/v1/auth/logout": "logout",
    "GET /api/v1/users/me": "get_me",
    "PUT /api/v1/users/me/password": "change_my_password",
    "GET /api/v1/users/me/sessions": "list_my_sessions",
    "DELETE /api/v1/users/me/sessions/{session_id}": "revoke_my_session",
    "GET /api/v1/users": "list_users",
    "POST /api/v1/users": "create_user",
    "GET /api/v1/users/{user_id}": "get_user",
    "PATCH /api/v1/users/{user_id}": "update_user",
    "DELETE /api/v1/users/{user_id}": "delete_user",
    "GET /api/v1/pages": "list_pages",
    "POST /api/v1/pages": "create_page",
    "GET /api/v1/pages/{slug}": "get_page",
    "PUT /api/v1/pages/{slug}": "replace_page",
    "PATCH /api/v1/pages/{slug}": "update_page",
    "DELETE /api/v1/pages/{slug}": "delete_page",
    "GET /api/v1/posts": "list_posts",
    "POST /api/v1/posts": "create_post",
    "GET /api/v1/posts/{slug}": "get_post",
    "PUT /api/v1/posts/{slug}": "replace_post",
    "PATCH /api/v1/posts/{slug}": "update_post",
    "DELETE /api/v1/posts/{slug}": "delete_post",
    "GET /api/v1/settings": "get_settings",
    "PUT /api/v1/settings": "replace_settings",
    "PATCH /api/v1/settings": "update_settings",
    "GET /api/v1/search": "search",
    "GET /api/v1/tags": "list_tags",
    "GET /api/v1/sitemap": "get_sitemap",
    "GET /api/v1/sitemap/addresses": "get_addresses",
    "GET /api/v1/redirects": "list_redirects",
    "POST /api/v1/redirects": "create_redirect",
    "GET /api/v1/redirects/{id}": "get_redirect",
    "PUT /api/v1/redirects/{id}": "replace_redirect",
    "DELETE /api/v1/redirects/{id}": "delete_redirect",
    "GET /api/v1/history": "list_history",
    "GET /api/v1/history/{entry}": "get_history_entry",
    "POST /api/v1/history/{entry}/restore": "restore_history_entry",
    "POST /api/v1/rich-text/clean": "clean_rich_text",
    "GET /api/v1/previews": "list_previews",
    "POST /api/v1/previews": "create_preview",
    "DELETE /api/v1/previews/{preview}": "revoke_preview",
    "GET /api/v1/preview/{token}": "get_preview",
    "GET /api/v1/working-copies": "list_working_copies",
    "GET /api/v1/working-copies/{type}/{id}": "get_working_copy",
    "PUT /api/v1/working-copies/{type}/{id}": "save_working_copy",
    "POST /api/v1/working-copies/{type}/{id}/publish": "publish_working_copy",
    "DELETE /api/v1/working-copies/{type}/{id}": "delete_working_copy",
    "GET /api/v1/schedule": "list_schedule",
    "GET /api/v1/schedule/{type}/{id}": "get_schedule",
    "PUT /api/v1/schedule/{type}/{id}": "replace_schedule",
    "DELETE /api/v1/schedule/{type}/{id}": "delete_schedule",
    "GET /healthz": "healthz",
    "GET /readyz": "readyz",
}
# Statuses beyond those that every operation of a kind shares.
STATUSES = {
    "list_pages": {200, 304, 401},
    "list_posts": {200, 304, 401},
    "get_page": {200, 301, 304, 401, 404},
    "get_post": {200, 301, 304, 401, 404},
    "get_settings": {200, 304},
    "create_page": {201, 401, 409},
    "create_post": {201, 401, 409},
    "update_page": {200, 401, 404, 409, 412},
    "replace_page": {200, 401, 404, 409, 412},
    "update_post": {200, 401, 404, 409, 412},
    "replace_post": {200, 401, 404, 409, 412},
    "update_settings": {200, 401, 412},
    "replace_settings": {200, 401, 412},
    "delete_page": {204, 401, 404, 412},
    "delete_post": {204, 401, 404, 412},
    "login": {200, 401, 429},
    "refresh": {200, 401, 429},
    "logout": {204, 429},
    "get_me": {200, 401},
    "change_my_password": {204, 401, 403, 429},
    "list_my_sessions": {200, 401},
    "revoke_my_session": {204, 401, 404},
    "list_users": {200, 401, 403},
    "create_user": {201, 401, 403, 409},
    "get_user": {200, 401, 403, 404},
    "update_user": {200, 401, 403, 404, 409},
    "delete_user": {204, 401, 403, 404, 409},
    "search": {200, 304, 401},
    "list_tags": {200, 304},
    "get_sitemap": {200, 304},
    "get_addresses": {200, 401},
    "list_redirects": {200, 304},
    "create_redirect": {201, 401, 409},
    "get_redirect": {200, 304, 401, 404},
    "replace_redirect": {200, 401, 404, 409, 412},
    "delete_redirect": {204, 401, 404, 412},
    "list_history": {200, 401},
    "get_history_entry": {200, 401, 404},
    "restore_history_entry": {200, 201, 401, 404, 409, 412},
    "clean_rich_text": {200, 401},
    "list_previews": {200, 401},
    "create_preview": {201, 401, 404},
    "revoke_preview": {204, 401, 404},
    "get_preview": {200, 404},
    "list_working_copies": {200, 401},
    "get_working_copy": {200, 401, 404},
    "save_working_copy": {200, 201, 401, 404, 412, 428},
    "publish_working_copy": {200, 401, 404, 409, 412, 428},
    "delete_working_copy": {204, 401, 404, 412, 428},
    "list_schedule": {200, 401},
    "get_schedule": {200, 401, 404},
    "replace_schedule": {200, 401, 404},
    "delete_schedule": {204, 401, 404},
    "healthz": {200},
    "readyz": {200},
}

# What needs no token, and knows none.
PUBLIC = {
    *("/api/v1/settings", "/api/v1/preview/{token}", "/healthz", "/readyz"),
    *("/api/v1/tags", "/api/v1/redirects", "/api/v1/sitemap"),
}

each_operation = pytest.mark.parametrize("name", OPERATIONS)


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and all within it; names of properties are no keywords."""
    if isinstance(schema, list):
        for each in schema:
            yield from subschemas(each)
    elif isinstance(schema, dict):
        yield schema
        for keyword, value in schema.items():
            if keyword in {"properties", "$defs"}:
                yield from subschemas(list(value.values()))
            elif keyword not in {
                "example",
                "examples",
                "default",
                "const",
                "enum",
                "discriminator",
            }:
                yield from subschemas(value)


def test_it_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert DOCUMENT["info"].keys() >= {"title", "version", "description"}


def test_each_slice_has_a_described_tag() -> None:
    described = {tag["name"]: tag["description"] for tag in DOCUMENT["tags"]}

    assert described.keys() == {*(each.name for each in SLICES), "health"}
    assert all(text.endswith(".") for text in described.values())


@each_operation
def test_an_operation_has_one_described_tag_a_summary_and_a_description(name: str) -> None:
    operation = OPERATIONS[name]

    (tag,) = operation["tags"]
    assert tag in {each["name"] for each in DOCUMENT["tags"]}
    assert operation["summary"]
    assert operation["description"].rstrip().endswith((".", "`", ")"))
    assert operation["summary"] != operation["description"]


def test_operations_keep_their_names() -> None:
    assert {name: each["operationId"] for name, each in OPERATIONS.items()} == OPERATION_IDS


@each_operation
def test_an_operation_lists_what_it_can_answer(name: str) -> None:
    operation = OPERATIONS[name]
    method, _, path = name.partition(" ")
    expected = set(STATUSES[operation["operationId"]]) | {400, 414, 431}
    if method == "GET" or "parameters" in operation or "requestBody" in operation:
        expected.add(422)
    if "requestBody" in operation:
        expected |= {413, 415}
    if path != "/healthz":
        expected.add(503)

    assert {int(status) for status in operation["responses"]} == expected


@each_operation
def test_every_error_of_an_operation_is_a_problem(name: str) -> None:
    special = {"409": "ConflictProblem", "412": "PreconditionProblem", "422": "ValidationProblem"}
    header = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}
    for status, response in OPERATIONS[name]["responses"].items():
        assert response["description"]
        if status < "400":
            continue
        ((media_type, content),) = response["content"].items()
        assert media_type == "application/problem+json"
        schema = special.get(status, "ProblemDetails")
        reference, constant = content["schema"]["allOf"]
        assert reference == {"$ref": f"#/components/schemas/{schema}"}
        assert constant["properties"] == {"status": {"const": int(status)}}
        assert constant["required"] == ["status"]
        if status in header:
            assert response["headers"][header[status]]["required"]


@each_operation
def test_an_answer_without_content_declares_none(name: str) -> None:
    for status, response in OPERATIONS[name]["responses"].items():
        assert ("content" in response) == (status not in {"204", "301", "304"})


@each_operation
def test_every_parameter_is_described(name: str) -> None:
    for parameter in OPERATIONS[name].get("parameters", ()):
        assert parameter["description"]


def test_every_schema_has_an_example_or_each_of_its_properties_does() -> None:
    without = [
        name
        for name, schema in SCHEMAS.items()
        if schema["type"] == "object"
        and "example" not in schema
        and not all("$ref" in str(p) or "examples" in p for p in schema["properties"].values())
    ]

    assert without == []


def test_an_example_has_every_property_and_no_other() -> None:
    for name, schema in SCHEMAS.items():
        if "example" in schema:
            assert schema["example"].keys() <= schema["properties"].keys(), name
            assert set(schema.get("required", ())) <= schema["example"].keys(), name


def test_limits_are_told_in_the_words_of_json_schema() -> None:
    words_of_pydantic = {"ge", "le", "gt", "lt", "min_length", "max_length"}

    assert [s for s in subschemas(DOCUMENT["paths"]) if words_of_pydantic & s.keys()] == []
    assert [s for s in subschemas(SCHEMAS) if words_of_pydantic & s.keys()] == []


def test_request_bodies_take_no_unknown_fields() -> None:
    for operation in OPERATIONS.values():
        if "requestBody" in operation:
            contents = operation["requestBody"]["content"]
            content = contents["application/json"]
            assert all(each == content for each in contents.values())
            name = content["schema"]["$ref"].rpartition("/")[2]
            assert SCHEMAS[name]["additionalProperties"] is False


def test_a_part_of_a_document_is_sent_as_a_merge_patch_and_lacks_nothing_but_its_defaults() -> None:
    for name in ("page", "post", "settings"):
        (operation,) = [o for o in OPERATIONS.values() if o["operationId"] == f"update_{name}"]
        contents = operation["requestBody"]["content"]
        assert contents.keys() == {"application/json", "application/merge-patch+json"}
        title = name.capitalize()
        whole, part = SCHEMAS[f"{title}Write"], SCHEMAS[f"{title}Patch"]
        assert part["properties"].keys() == whole["properties"].keys()
        assert "required" not in part
        for field, schema in part["properties"].items():
            may_be_null = {"type": "null"} in schema.get("anyOf", [])
            assert may_be_null == (field not in whole["required"])


def test_a_header_is_one_string() -> None:
    for operation in OPERATIONS.values():
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "header":
                assert parameter["schema"]["type"] == "string"


@each_operation
def test_etags_and_what_they_are_good_for_are_declared(name: str) -> None:
    operation = OPERATIONS[name]
    responses = operation["responses"]
    conditions = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"}
    is_read = name.startswith("GET")

    assert "304" not in responses or "If-None-Match" in conditions
    told = {status for status, each in responses.items() if "ETag" in each.get("headers", {})}
    if is_read and "304" in responses:
        assert told == {"200", "304"}
    elif "If-Match" in conditions:
        assert told == responses.keys() & {"200", "201"}
    if operation["operationId"] in {"create_page", "create_post"}:
        assert responses["201"]["headers"].keys() == {"ETag", "Location"}


def test_nothing_is_declared_that_nobody_uses() -> None:
    used = {
        schema["$ref"].rpartition("/")[2] for schema in subschemas(DOCUMENT) if "$ref" in schema
    }

    assert SCHEMAS.keys() == used
    assert "HTTPValidationError" not in SCHEMAS


def test_the_bearer_scheme_makes_the_authorize_button_work() -> None:
    (scheme,) = DOCUMENT["components"]["securitySchemes"].values()

    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    assert "/api/v1/auth/login" in scheme["description"]


@each_operation
def test_the_token_is_needed_where_it_is_needed_and_optional_where_drafts_are(name: str) -> None:
    operation = OPERATIONS[name]
    security = operation.get("security")
    parameters = {parameter["name"] for parameter in operation.get("parameters", ())}

    if "status" in parameters:
        assert security == [{}, {"bearer": []}]
    elif (name.split()[1] in PUBLIC and name[:3] == "GET") or "/auth/" in name:
        assert security is None
    else:
        assert security == [{"bearer": []}]
