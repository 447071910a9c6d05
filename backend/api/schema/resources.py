"""What the actions of a Resource take and answer; its declaration says it all."""

from __future__ import annotations

from typing import Any

from django import forms
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from api.bulk import ALL, BEST_EFFORT, BulkAnswer, RowToDelete
from api.resource import Resource
from api.schema.declare import Operation
from api.schema.parts import ID, Schema

MANY = {"create_many": 201, "update_many": 200, "destroy_many": 200}


class BulkQuery(forms.Form):
    mode = forms.ChoiceField(
        choices=[(ALL, ALL), (BEST_EFFORT, BEST_EFFORT)],
        required=False,
        help_text="Whether one row that cannot be written keeps all others from it, too.",
    )


def operation_of_resource(auto_schema: AutoSchema, view: Resource[Any], action: str) -> Operation | None:
    answer = view.detail_serializer_class or view.serializer_class
    match action:
        case "create":
            return Operation(view.input, answer, 201, refusals=(409,), tagged=True)
        case "update":
            change = _change(auto_schema, view)
            return Operation(change, answer, refusals=(409,), tagged=True, matches=True)
        case "destroy":
            return Operation(status=204, refusals=(400, 409), matches=True)
        case "create_many" | "update_many" | "destroy_many":
            body = {
                "type": "array", "items": _row(auto_schema, view, action), "minItems": 1, "maxItems": view.bulk_limit,
            }  # fmt: skip
            return Operation(
                body, BulkAnswer, MANY[action], query=BulkQuery, refusals=(404, 409), also={207: BulkAnswer}
            )
    return None


def _row(auto_schema: AutoSchema, view: Resource[Any], action: str) -> Schema:
    if action == "update_many":
        return _change(auto_schema, view, named=True)
    one = view.input if action == "create_many" else RowToDelete
    reference: Schema = auto_schema.resolve_serializer(one, "request").ref
    return reference


def _change(auto_schema: AutoSchema, view: Resource[Any], *, named: bool = False) -> Schema:
    """The input without what stays as it was made, nothing of it required but, among many rows, the id."""
    whole = auto_schema.resolve_serializer(view.input, "request")
    properties = {name: value for name, value in whole.schema["properties"].items() if name not in view.input.fixed}
    name = whole.name.removesuffix("Input") + ("ChangeOfMany" if named else "Change")
    change: Schema = {
        "type": "object",
        "description": "What is to change; what is not given stays.",
        "properties": {"id": dict(ID), **properties} if named else properties,
        "additionalProperties": False,
        **view.input.rules_of_change,
    }
    if named:
        change["required"] = ["id"]
    component = ResolvedComponent(name, ResolvedComponent.SCHEMA, change, object=name)
    auto_schema.registry.register_on_missing(component)
    return component.ref
