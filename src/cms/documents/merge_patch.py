"""JSON Merge Patch (RFC 7396): how it is declared, and what it makes of a document."""

from types import new_class
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, RootModel
from pydantic.config import JsonDict, JsonValue

from cms.edge import IS_MERGE_PATCH


class MergePatch(RootModel[dict[str, Any]]):
    """Members of a document; null for what goes back to its default."""


def merge_patch(schema: type[BaseModel]) -> type[MergePatch]:
    """`PagePatch` for `PageWrite`: any object, but documented as a part of what that takes."""

    def document(json_schema: JsonDict) -> None:
        whole = schema.model_json_schema(ref_template="#/components/schemas/{model}")
        whole.pop("$defs", None)  # with the schema itself, where it is used
        required = whole.pop("required", [])
        example = whole.pop("example", {})
        for each in whole["properties"].values():
            each.pop("default", None)
        json_schema.clear()
        json_schema.update(whole)
        json_schema["title"] = name
        json_schema["description"] = (
            "What of it changes (RFC 7396): what is left out stays, null goes back to the default."
        )
        json_schema["properties"] = {
            k: v if k in required else _nullable(v) for k, v in whole["properties"].items()
        }
        json_schema["example"] = {k: v for k, v in example.items() if k in required}
        json_schema.update(IS_MERGE_PATCH)

    def fill(namespace: dict[str, Any]) -> None:
        namespace["model_config"] = ConfigDict(json_schema_extra=document)
        namespace["__module__"] = schema.__module__

    name = f"{schema.__name__.removesuffix('Write')}Patch"
    return cast("type[MergePatch]", new_class(name, (MergePatch,), {}, fill))


def _nullable(schema: JsonDict) -> JsonValue:
    if "anyOf" in schema:
        return schema
    about = {k: v for k, v in schema.items() if k in {"title", "description"}}
    kind = {k: v for k, v in schema.items() if k not in about}
    return {"anyOf": [kind, {"type": "null"}], **about}


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(cast("dict[str, Any]", target)) if isinstance(target, dict) else {}
    for name, value in cast("dict[str, Any]", patch).items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
