"""The schema is whole: everything has words and a type, and nothing made the generator guess."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from api.schema.views import YAML, document
from tests.architecture.routes import every_route

KEPT = Path(settings.BACKEND) / "docs" / "openapi.yaml"
METHODS = {"get", "post", "put", "patch", "delete"}
SAYS_WHAT = {"$ref", "type", "oneOf", "anyOf", "allOf", "enum", "const", "format", "if", "not"}


def read(text: bytes) -> Any:
    return yaml.load(text, yaml.CSafeLoader)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = read(document(YAML))
    return loaded


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def schemas_in(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of the document, with the way to it."""
    if isinstance(node, list):
        for number, inner in enumerate(node):
            yield from schemas_in(inner, f"{place}/{number}")
    elif isinstance(node, dict):
        for name, inner in node.items():
            here = f"{place}/{name}"
            if name in {"schema", "items", "additionalProperties"} and isinstance(inner, dict):
                yield here, inner
            elif name in {"properties", "schemas"}:
                yield from ((f"{here}/{key}", value) for key, value in inner.items())
            elif name in {"oneOf", "anyOf", "allOf"}:
                yield from ((f"{here}/{key}", value) for key, value in enumerate(inner))
            yield from schemas_in(inner, here)


def test_nothing_was_guessed() -> None:
    SchemaGenerator().get_schema(public=True)
    said = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    assert said == []


def test_every_endpoint_is_described(schema: dict[str, Any]) -> None:
    routes = {
        f"{route.method} /{route.path}".replace("<int:pk>", "{id}").replace("<int:", "{").replace(">", "}")
        for route in every_route()
        if route.path.startswith("api/v1/")
    }
    assert {key for key, _ in operations(schema)} == routes


def test_every_operation_has_words(schema: dict[str, Any]) -> None:
    known = {tag["name"] for tag in schema["tags"] if tag["description"]}
    ids = [operation["operationId"] for _, operation in operations(schema)]
    assert len(ids) == len(set(ids))
    for key, operation in operations(schema):
        assert operation["summary"], key
        assert len(operation["description"]) > len(operation["summary"]), key
        assert set(operation["tags"]) <= known, f"{key}: the endpoint's module wants a docstring"
        for parameter in operation.get("parameters", []):
            assert parameter["description"], f"{key}: {parameter['name']} wants help_text"
            assert parameter["schema"], f"{key}: {parameter['name']}"
        for status, answer in operation["responses"].items():
            assert "$ref" in answer or answer["description"], f"{key}: {status}"


def test_every_component_has_words(schema: dict[str, Any]) -> None:
    wordless = [name for name, one in schema["components"]["schemas"].items() if not one.get("description")]
    assert wordless == [], "these want a docstring of their own"


def test_every_value_has_a_type(schema: dict[str, Any]) -> None:
    untyped = []
    for place, one in schemas_in(schema):
        kinds = one.get("type", [])
        is_object = "object" in ([kinds] if isinstance(kinds, str) else kinds)
        if not SAYS_WHAT & set(one) or (is_object and not {"properties", "additionalProperties"} & set(one)):
            untyped.append(place)
        if one.get("additionalProperties") in (True, {}) or one.get("items") == {}:
            untyped.append(place)
        if kinds == "array" and "items" not in one:
            untyped.append(place)
    assert untyped == []


def test_bodies_take_nothing_else(schema: dict[str, Any]) -> None:
    for key, operation in operations(schema):
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            one = content["schema"]
            name = (one.get("items") or one).get("$ref", "").rpartition("/")[2]
            if media_type == "application/json":
                assert schema["components"]["schemas"][name]["additionalProperties"] is False, key


def test_ids_are_64_bits_wide(schema: dict[str, Any]) -> None:
    for place, one in schemas_in(schema):
        if place.endswith(("/id", "/customer", "/site", "/device")) and one.get("type") == "integer":
            assert (one["format"], one["minimum"]) == ("int64", 1), place


def test_refusals_are_problems(schema: dict[str, Any]) -> None:
    for key, operation in operations(schema):
        refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        for status, answer in refusals.items():
            component = schema["components"]["responses"][answer["$ref"].rpartition("/")[2]]
            assert list(component["content"]) == ["application/problem+json"], (key, status)
        is_public = operation["security"] == [{}]
        assert "503" in refusals
        assert is_public or {"401", "403"} <= set(refusals), key
        assert "requestBody" not in operation or {"400", "413", "415"} <= set(refusals), key
        assert "{" not in key or "404" in refusals, key


def test_a_resource_says_its_conventions(schema: dict[str, Any]) -> None:
    sites, site = schema["paths"]["/api/v1/sites/"], schema["paths"]["/api/v1/sites/{id}/"]
    assert {"customer", "search", "ordering", "page", "page_size", "cursor", "fields"} <= _names(sites["get"])
    assert "Idempotency-Key" in _names(sites["post"])
    assert {"If-Match", "id"} == _names(site["patch"]) == _names(site["delete"])
    assert {"ETag", "Location"} <= set(sites["post"]["responses"]["201"]["headers"])
    assert {"409", "422"} <= set(sites["post"]["responses"])
    assert {"409", "412"} <= set(site["patch"]["responses"])
    bulk = schema["paths"]["/api/v1/sites/bulk/"]
    assert {"201", "207"} <= set(bulk["post"]["responses"])
    change = schema["components"]["schemas"]["SiteChange"]
    assert "required" not in change
    assert "customer" not in change["properties"]


def _names(operation: dict[str, Any]) -> set[str]:
    return {parameter["name"] for parameter in operation["parameters"]}


def test_the_kept_copy_is_what_the_code_says() -> None:
    assert KEPT.read_bytes() == document(YAML), "the API has changed: `make schema` writes backend/docs/openapi.yaml"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"), ("application/yaml", "application/yaml"), ("text/html", "application/json"),
        ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"), ("", "application/json"),
        ("application/vnd.oai.openapi", "application/vnd.oai.openapi"),
    ],
)  # fmt: skip
def test_the_schema_is_served_to_everybody(client: Client, db: None, accept: str, media_type: str) -> None:
    answer = client.get("/api/schema/", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer["Content-Type"] == media_type
    assert read(answer.content)["openapi"] == "3.1.0"
    assert client.get("/api/schema/", headers={"Accept": accept, "If-None-Match": answer["ETag"]}).status_code == 304
    assert client.post("/api/schema/").status_code == 405


def test_the_kept_copy_names_nothing_of_an_installation() -> None:
    text = KEPT.read_text()
    assert "servers:" not in text
    assert str(settings.ROOT) not in text
