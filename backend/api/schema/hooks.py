"""The whole schema, once the operations stand: shared components, enums by our names, tags in words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from django.db.models import TextChoices

from api.schema.parts import Schema, components


def complete(result: Schema, generator: Any, **_: Any) -> Schema:
    """Postprocessing hook."""
    for kind, parts in components().items():
        result["components"].setdefault(kind, {}).update(parts)
    result = deepcopy(result)  # parts are used again, and changed below
    loosen_rows(result)
    name_enums(result)
    add_links(result)
    result["tags"] = [
        {"name": name, "description": words} for name, words in sorted(_tags(generator.endpoints).items())
    ]
    return result


def loosen_rows(result: Schema) -> None:
    """Rows of which `fields` may leave out some have no field that is always there."""
    schemas = result["components"]["schemas"]
    for path in result["paths"].values():
        for operation in path.values():
            if any(parameter["name"] == "fields" for parameter in operation.get("parameters", [])):
                shown = operation["responses"]["200"]["content"]["application/json"]["schema"]
                _row(schemas, shown).pop("required", None)


def _row(schemas: Schema, shown: Schema) -> Schema:
    """The row's schema in one row, in a list of them, or in a page."""
    if "$ref" in shown:
        return _row(schemas, schemas[shown["$ref"].rpartition("/")[2]])
    if "items" in shown:
        return _row(schemas, shown["items"])
    page = shown["properties"].get("results")
    return _row(schemas, page) if page else shown


def name_enums(result: Schema) -> None:
    """Each set of words that an enum of ours holds becomes a component of that enum's name."""
    named = {frozenset(choices.values): choices for choices in TextChoices.__subclasses__() if _is_ours(choices)}
    schemas = result["components"]["schemas"]
    for place in list(_enums(result)):
        place.pop("x-spec-enum-id", None)
        if "enum" not in place:
            continue  # a part that stands in several places
        values = frozenset(value for value in place["enum"] if value not in ("", None))
        choices = named.get(values)
        if choices is None:
            continue
        schemas[choices.__name__] = _component(choices)
        extra = [value for value in ("", None) if value in place["enum"]]
        _refer(place, choices.__name__, extra)


def _is_ours(choices: type[TextChoices]) -> bool:
    return choices.__module__.endswith(".enums")


def _enums(node: Any) -> Iterator[Schema]:
    """Every schema with an enum."""
    if isinstance(node, list):
        for inner in node:
            yield from _enums(inner)
    elif isinstance(node, dict):
        for inner in node.values():
            yield from _enums(inner)
        if isinstance(node.get("enum"), list):
            yield node


def _component(choices: type[TextChoices]) -> Schema:
    words = "\n".join(f"* `{value}`: {label}" for value, label in choices.choices)
    doc = (choices.__doc__ or "").strip() if "__doc__" in vars(choices) else ""
    return {"type": "string", "enum": list(choices.values), "description": f"{doc}\n\n{words}".strip()}


def _refer(place: Schema, name: str, extra: list[str | None]) -> None:
    """Turn a schema with an enum into a reference to the component, in place."""
    for key in ("enum", "type"):
        place.pop(key)
    # choices in words stand at the component
    place["description"] = place.get("description", "").partition("* `")[0].strip()
    if not place["description"]:
        del place["description"]
    reference = {"$ref": f"#/components/schemas/{name}"}
    if not extra:
        place.update(reference)
        return
    others = [{"type": "null"} if value is None else {"type": "string", "enum": [""]} for value in extra]
    place["oneOf"] = [reference, *others]


def add_links(result: Schema) -> None:
    """From what makes a row to all that takes the row's id."""
    with_id: dict[str, list[str]] = {}
    for path, methods in result["paths"].items():
        collection, one, _ = path.partition("/{id}/")
        if one and path.count("{") == 1:
            with_id.setdefault(collection, []).extend(operation["operationId"] for operation in methods.values())
    for path, methods in result["paths"].items():
        answer = methods.get("post", {}).get("responses", {}).get("201")
        if answer and "Location" in answer["headers"]:
            made = next(name for name in _collections(path) if name in with_id)
            answer["links"] = {
                name: {"operationId": name, "parameters": {"id": "$response.body#/id"}} for name in with_id[made]
            }


def _collections(path: str) -> Iterator[str]:
    """Where what is made at the path may be found: `/api/v1/api-keys` for `/api/v1/users/{id}/api-keys/`."""
    root, names = "/api/v1/", path.removeprefix("/api/v1/").split("/")
    yield from (root + name for name in reversed(names) if name)


def _tags(endpoints: list[Any]) -> dict[str, str]:
    """Each tag with the docstring of the module that has its endpoints."""
    found: dict[str, str] = {}
    for path, _, _, callback in endpoints:
        name = path.removeprefix("/api/v1/").partition("/")[0]
        words = (sys.modules[callback.cls.__module__].__doc__ or "").strip()
        found.setdefault(name, words)
    return found
