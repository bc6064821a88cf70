"""The document that clients are generated from."""

from collections.abc import Iterator
from typing import Any

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

# Clients are generated from these names: one that changes breaks them. The statuses are those
# beyond what every operation of a kind shares.
TOLD: dict[str, tuple[str, set[int]]] = {
    "POST /api/v1/auth/login": ("login", {200, 401, 429}),
    "POST /api/v1/auth/refresh": ("refresh", {200, 401, 429}),
    "POST /api/v1/auth/logout": ("logout", {204, 429}),
    "GET /api/v1/users/me": ("get_me", {200, 401}),
    "PUT /api/v1/users/me/password": ("change_my_password", {204, 401, 403, 429}),
    "GET /api/v1/users/me/sessions": ("list_my_sessions", {200, 401}),
    "DELETE /api/v1/users/me/sessions/{session_id}": ("revoke_my_session", {204, 401, 404}),
    "GET /api/v1/users": ("list_users", {200, 401, 403}),
    "POST /api/v1/users": ("create_user", {201, 401, 403, 409}),
    "GET /api/v1/users/{user_id}": ("get_user", {200, 401, 403, 404}),
    "PATCH /api/v1/users/{user_id}": ("update_user", {200, 401, 403, 404, 409}),
    "DELETE /api/v1/users/{user_id}": ("delete_user", {204, 401, 403, 404, 409}),
    "GET /api/v1/pages": ("list_pages", {200, 304, 401}),
    "POST /api/v1/pages": ("create_page", {201, 401, 409}),
    "GET /api/v1/pages/{slug}": ("get_page", {200, 301, 304, 401, 404}),
    "PUT /api/v1/pages/{slug}": ("replace_page", {200, 401, 404, 409, 412}),
    "PATCH /api/v1/pages/{slug}": ("update_page", {200, 401, 404, 409, 412}),
    "DELETE /api/v1/pages/{slug}": ("delete_page", {204, 401, 404, 412}),
    "GET /api/v1/posts": ("list_posts", {200, 304, 401}),
    "POST /api/v1/posts": ("create_post", {201, 401, 409}),
    "GET /api/v1/posts/{slug}": ("get_post", {200, 301, 304, 401, 404}),
    "PUT /api/v1/posts/{slug}": ("replace_post", {200, 401, 404, 409, 412}),
    "PATCH /api/v1/posts/{slug}": ("update_post", {200, 401, 404, 409, 412}),
    "DELETE /api/v1/posts/{slug}": ("delete_post", {204, 401, 404, 412}),
    "GET /api/v1/settings": ("get_settings", {200, 304}),
    "PUT /api/v1/settings": ("replace_settings", {200, 401, 412}),
    "PATCH /api/v1/settings": ("update_settings", {200, 401, 412}),
    "GET /api/v1/search": ("search", {200, 304, 401}),
    "GET /api/v1/tags": ("list_tags", {200, 304}),
    "GET /api/v1/sitemap": ("get_sitemap", {200, 304}),
    "GET /api/v1/sitemap/addresses": ("get_addresses", {200, 401}),
    "GET /api/v1/redirects": ("list_redirects", {200, 304}),
    "POST /api/v1/redirects": ("create_redirect", {201, 401, 409}),
    "GET /api/v1/redirects/{id}": ("get_redirect", {200, 304, 401, 404}),
    "PUT /api/v1/redirects/{id}": ("replace_redirect", {200, 401, 404, 409, 412}),
    "DELETE /api/v1/redirects/{id}": ("delete_redirect", {204, 401, 404, 412}),
    "GET /api/v1/history": ("list_history", {200, 401}),
    "GET /api/v1/history/{entry}": ("get_history_entry", {200, 401, 404}),
    "POST /api/v1/history/{entry}/restore": (
        "restore_history_entry",
        {200, 201, 401, 404, 409, 412},
    ),
    "POST /api/v1/rich-text/clean": ("clean_rich_text", {200, 401}),
    "GET /api/v1/previews": ("list_previews", {200, 401}),
    "POST /api/v1/previews": ("create_preview", {201, 401, 404}),
    "DELETE /api/v1/previews/{preview}": ("revoke_preview", {204, 401, 404}),
    "GET /api/v1/preview/{token}": ("get_preview", {200, 404}),
    "GET /api/v1/working-copies": ("list_working_copies", {200, 401}),
    "GET /api/v1/working-copies/{type}/{id}": ("get_working_copy", {200, 401, 404}),
    "PUT /api/v1/working-copies/{type}/{id}": ("save_working_copy", {200, 201, 401, 404, 412, 428}),
    "POST /api/v1/working-copies/{type}/{id}/publish": (
        "publish_working_copy",
        {200, 401, 404, 409, 412, 428},
    ),
    "DELETE /api/v1/working-copies/{type}/{id}": ("delete_working_copy", {204, 401, 404, 412, 428}),
    "GET /api/v1/schedule": ("list_schedule", {200, 401}),
    "GET /api/v1/schedule/{type}/{id}": ("get_schedule", {200, 401, 404}),
    "PUT /api/v1/schedule/{type}/{id}": ("replace_schedule", {200, 401, 404}),
    "DELETE /api/v1/schedule/{type}/{id}": ("delete_schedule", {204, 401, 404}),
    "GET /healthz": ("healthz", {200}),
    "GET /readyz": ("readyz", {200}),
}

# What needs no token, and knows none.
PUBLIC = {
    *("/api/v1/settings", "/api/v1/preview/{token}", "/healthz", "/readyz"),
    *("/api/v1/tags", "/api/v1/redirects", "/api/v1/sitemap"),
}


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


def test_an_operation_has_one_described_tag_a_summary_and_a_description() -> None:
    for name, operation in OPERATIONS.items():
        (tag,) = operation["tags"]
        assert tag in {each["name"] for each in DOCUMENT["tags"]}, name
        assert operation["summary"], name
        assert operation["description"].rstrip().endswith((".", "`", ")")), name
        assert operation["summary"] != operation["description"], name


def test_operations_keep_their_names() -> None:
    told = {name: operation_id for name, (operation_id, _) in TOLD.items()}
    assert {name: each["operationId"] for name, each in OPERATIONS.items()} == told


def test_an_operation_lists_what_it_can_answer() -> None:
    for name, operation in OPERATIONS.items():
        method, _, path = name.partition(" ")
        expected = TOLD[name][1] | {400, 414, 431}
        if method == "GET" or "parameters" in operation or "requestBody" in operation:
            expected.add(422)
        if "requestBody" in operation:
            expected |= {413, 415}
        if path != "/healthz":
            expected.add(503)

        assert {int(status) for status in operation["responses"]} == expected, name


def test_every_error_of_an_operation_is_a_problem() -> None:
    special = {"409": "ConflictProblem", "412": "PreconditionProblem", "422": "ValidationProblem"}
    header = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}
    for name, operation in OPERATIONS.items():
        for status, response in operation["responses"].items():
            assert response["description"], name
            if status < "400":
                continue
            ((media_type, content),) = response["content"].items()
            assert media_type == "application/problem+json", name
            schema = special.get(status, "ProblemDetails")
            reference, constant = content["schema"]["allOf"]
            assert reference == {"$ref": f"#/components/schemas/{schema}"}, name
            assert constant["properties"] == {"status": {"const": int(status)}}, name
            assert constant["required"] == ["status"], name
            if status in header:
                assert response["headers"][header[status]]["required"], name


def test_an_answer_without_content_declares_none() -> None:
    for name, operation in OPERATIONS.items():
        for status, response in operation["responses"].items():
            assert ("content" in response) == (status not in {"204", "301", "304"}), name


def test_every_parameter_is_described() -> None:
    for name, operation in OPERATIONS.items():
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], name


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


def test_etags_and_what_they_are_good_for_are_declared() -> None:
    for name, operation in OPERATIONS.items():
        responses = operation["responses"]
        conditions = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"}
        is_read = name.startswith("GET")

        assert "304" not in responses or "If-None-Match" in conditions, name
        told = {status for status, each in responses.items() if "ETag" in each.get("headers", {})}
        if is_read and "304" in responses:
            assert told == {"200", "304"}, name
        elif "If-Match" in conditions:
            assert told == responses.keys() & {"200", "201"}, name
        if operation["operationId"] in {"create_page", "create_post"}:
            assert responses["201"]["headers"].keys() == {"ETag", "Location"}, name


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


def test_the_token_is_needed_where_it_is_needed_and_optional_where_drafts_are() -> None:
    for name, operation in OPERATIONS.items():
        security = operation.get("security")
        parameters = {parameter["name"] for parameter in operation.get("parameters", ())}

        if "status" in parameters:
            assert security == [{}, {"bearer": []}], name
        elif (name.split()[1] in PUBLIC and name[:3] == "GET") or "/auth/" in name:
            assert security is None, name
        else:
            assert security == [{"bearer": []}], name
