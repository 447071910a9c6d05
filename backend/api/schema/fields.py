"""Fields and serializers as schemas: what they take exactly, and what they always answer."""

from __future__ import annotations

import inspect
import re
from copy import deepcopy
from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers

from api.fields import StrictSerializer, network_rule
from api.schema.parts import ID, Schema

ADDRESS: Schema = {"anyOf": [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]}

LINE_OR_NONE = r"^[^\x00-\x1f\x7f]*$"
LINE = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
"""One line, and something in it."""

JSON_OBJECT: Schema = {"$ref": "#/components/schemas/JsonObject"}


class Shaped(serializers.ReadOnlyField):
    """A JSON value of ours, with the schema of what stands in it, which may have a name of its own."""

    def __init__(self, shape: Schema, name: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shape, self.name = shape, name


class ShapedSchema(OpenApiSerializerFieldExtension):
    target_class = Shaped

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        return named(auto_schema, self.target.name, self.target.shape)


class IdSchema(OpenApiSerializerFieldExtension):
    target_class = "api.fields.IdField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        return dict(ID)


class IdListSchema(OpenApiSerializerFieldExtension):
    target_class = "api.fields.IdListField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        return {"type": "array", "items": dict(ID), "minItems": 1, "maxItems": self.target.limit}


class ObjectSchema(OpenApiSerializerFieldExtension):
    """Subclasses of ObjectField name as `shape` what they take, and as `shape_name` what that is called."""

    target_class = "api.fields.ObjectField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        return named(auto_schema, self.target.shape_name, self.target.shape)


class TextSchema(OpenApiSerializerFieldExtension):
    """One line: no control characters, and something in it unless it may be blank."""

    target_class = "api.fields.Text"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        field = self.target
        if field.kind:
            return {"type": "string", "format": field.kind}
        pattern = in_json(field.rule) if field.rule else LINE_OR_NONE if field.allow_blank else LINE
        return {"type": "string", "maxLength": field.max_length, "pattern": pattern}


class NetworkSchema(OpenApiSerializerFieldExtension):
    target_class = "api.fields.Network"
    priority = 1

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        return dict(NETWORK)


class EmailSchema(OpenApiSerializerFieldExtension):
    target_class = "api.fields.Email"
    priority = 1

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        return {"type": "string", "format": "email", "maxLength": self.target.max_length}


class PasswordSchema(OpenApiSerializerFieldExtension):
    target_class = "api.users.serializers.Password"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        lengths = {"minLength": self.target.min_length, "maxLength": self.target.max_length}
        return {"type": "string", "format": "password", **lengths}


class PrivateKeySchema(OpenApiSerializerFieldExtension):
    target_class = "api.devices.credentials.PrivateKey"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        return {"type": "string", "format": "private-key", "maxLength": self.target.max_length}


class WordsSchema(OpenApiSerializerFieldExtension):
    target_class = "api.fields.Words"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        word = {"type": "string", "minLength": 1, "maxLength": self.target.length, "pattern": LINE}
        return {"type": "array", "items": word, "maxItems": self.target.limit}


class NetworksSchema(OpenApiSerializerFieldExtension):
    target_class = "api.fields.Networks"
    priority = 1

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        return {"type": "array", "items": dict(NETWORK), "maxItems": self.target.limit}


class NumberSchema(OpenApiSerializerFieldExtension):
    """As a number, or as the text of one."""

    target_class = "api.fields.Number"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        field = self.target
        number = {"type": "number", "minimum": field.min_value, "maximum": field.max_value}
        text = {"type": "string", "format": "decimal"}
        if field.decimal_places is not None:
            number["multipleOf"] = 10**-field.decimal_places
            text["pattern"] = rf"^-?[0-9]{{1,{field.max_whole_digits}}}(\.[0-9]{{1,{field.decimal_places}}})?$"
        return {"anyOf": [number, text]}


class AddressSchema(OpenApiSerializerFieldExtension):
    target_class: Any = serializers.IPAddressField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        return deepcopy(ADDRESS)


class AddressInputSchema(AddressSchema):
    target_class: Any = "api.fields.Address"


def in_json(rule: RegexValidator) -> str:
    r"""A rule as JSON Schema writes patterns: `\Z` is `$` there, and `\w` would be ASCII alone."""
    pattern = re.compile(rule.regex).pattern
    return re.sub(r"\\Z$", "$", pattern).replace(r"\w", r"\p{L}\p{N}_")


NETWORK: Schema = {"type": "string", "format": "cidr", "pattern": in_json(network_rule)}


def named(auto_schema: AutoSchema, name: str, shape: Schema) -> Schema:
    """The shape, or a reference to it where it has a name."""
    shape = deepcopy(shape)  # the generator adds to what it gets
    if not name:
        return shape
    component = ResolvedComponent(name, ResolvedComponent.SCHEMA, shape, object=name)
    auto_schema.registry.register_on_missing(component)
    return component.ref


def closed(properties: Schema, *, optional: bool = False, words: str = "") -> Schema:
    """An object with these properties and no others."""
    shape: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if properties and not optional:
        shape["required"] = list(properties)
    return {**shape, "description": words} if words else shape


def is_row_id(field: object) -> bool:
    """Whether a field of a model holds the id of a row."""
    if not isinstance(field, serializers.IntegerField):
        return False
    name = str(field.source or field.field_name or "").rpartition(".")[2]
    return name in {"id", "pk"} or name.endswith("_id")


def is_text_that_must_be(field: object) -> bool:
    """Whether a text of blanks alone is refused."""
    return type(field) is serializers.CharField and not field.allow_blank and field.trim_whitespace


INPUT_ONLY = ("readOnly", "default", "maxLength", "pattern", "maximum", "format")
"""Of an answer's texts and numbers: limits are those of the input, and some of the database in use."""


WHOLE = frozenset({"cidr", "cron", "time-zone"})
"""Formats beside which a length says nothing."""

BLANK: Schema = {"type": "string", "maxLength": 0}


def completed(schema: Schema, serializer: Any, direction: str) -> Schema:
    """A serializer's schema, closed for input; for output, with every field required, for it is always there."""
    schema["description"] = _words(type(serializer))
    for value in schema.get("properties", {}).values():
        if BLANK in value.get("oneOf", []):  # which may fit the other, too
            value["anyOf"] = value.pop("oneOf")
        if value.get("format") in WHOLE:
            for name in ("minLength", "maxLength"):  # which say nothing beside the format
                value.pop(name, None)
    if isinstance(serializer, StrictSerializer):
        return {**schema, "additionalProperties": False, **serializer.rules}
    if direction == "response":
        schema["properties"] = {name: _answered(value) for name, value in schema.get("properties", {}).items()}
        schema["required"] = sorted(set(schema["properties"]) - _optional(serializer))
    return schema


def _words(serializer: type) -> str:
    own = vars(serializer).get("__doc__")
    if not own and (thing := serializer.__name__.removesuffix("Input")) != serializer.__name__:
        return f"What is given for one {' '.join(re.findall('[A-Z]+(?![a-z])|[A-Z][a-z]+', thing)).lower()}."
    return inspect.cleandoc(own) if own else ""


def _optional(serializer: Any) -> set[str]:
    """Fields that a serializer declares as sometimes absent. A model's are always there."""
    if isinstance(serializer, serializers.ModelSerializer):
        return set()
    return {name for name, field in serializer.fields.items() if field._kwargs.get("required") is False}


def _answered(value: Schema) -> Schema:
    value.pop("readOnly", None)
    if BLANK in value.get("anyOf", []):
        value = {"type": "string", "description": value.get("description", "")}
    match value:
        case {"allOf": [only], **rest}:
            return {**only, **rest}
        case {"type": "integer" | ["integer", "null"]} if value.get("minimum") != 1:
            lowest = INPUT_ONLY if value.get("minimum", 0) >= 0 else (*INPUT_ONLY, "minimum")
            return {name: inner for name, inner in value.items() if name not in lowest}
        case {"type": "string" | ["string", "null"]}:
            kept = ("enum", "x-spec-enum-id", "description", "type", "format", "anyOf")
            return {name: inner for name, inner in value.items() if name in kept}
    value.pop("default", None)
    return value
