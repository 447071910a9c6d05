"""One operation of the schema, from an endpoint's action: its name, words, parameters, body, answers and refusals."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from drf_spectacular.drainage import error
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import AllowAny

import api.schema.security  # noqa: F401  registers the ways to log in
from api.permissions import permission_of
from api.resource import Resource
from api.schema.declare import AnySerializer, Operation, operation_of
from api.schema.fields import completed, is_row_id, is_text_that_must_be
from api.schema.parts import EVERYWHERE, ID, IDEMPOTENCY_KEY, IF_MATCH, IF_NONE_MATCH, TEXT, Schema, header, refusal
from api.schema.queries import EXPORT_FORMAT, PAGE_PARAMETERS, Page, form_parameters, list_parameters, show_parameters
from api.schema.resources import operation_of_resource

USUAL = {
    "list": "List {things}.",
    "retrieve": "Show one of the {things}.",
    "create": "Add to the {things}.",
    "update": "Change one of the {things}. What is not given stays.",
    "destroy": "Delete one of the {things}.",
    "create_many": "Add many {things} at once.",
    "update_many": "Change many {things} at once. What is not given stays.",
    "destroy_many": "Delete many {things} at once.",
}
"""Actions whose words follow from the endpoint; all others have a docstring."""

DONE = {
    200: "What was asked for.",
    201: "Made.",
    202: "Taken on; it will be done soon.",
    204: "Done; there is nothing more to say.",
    207: "Done in part; each row says what became of it.",
    304: "What the client has already.",
}


class EndpointSchema(AutoSchema):
    """Describes `api.views.Endpoint`s by what they declare."""

    view: Any

    @property
    def action(self) -> str:
        return str(self.view.action)

    @property
    def method_of(self) -> Any:
        return getattr(self.view, self.action)

    @property
    def said(self) -> Operation:
        """What the action declares, or what it means everywhere."""
        if declared := operation_of(self.method_of):
            return declared
        if self.action == "list":
            return Operation(many=True)
        if self.action == "export":
            return Operation(many=True, exports=True)
        if self.action == "retrieve":
            answer = self.view.detail_serializer_class or self.view.serializer_class
            return Operation(answer=answer, also={304: None}, tagged=True, asks=True)
        if isinstance(self.view, Resource) and (usual := operation_of_resource(self, self.view, self.action)):
            return usual
        error(f"{type(self.view).__name__}.{self.action} wants @operation(…): what does it take and answer?")
        return Operation()

    @property
    def answer(self) -> AnySerializer | None:
        said = self.said
        return self.view.serializer_class if said.many and said.answer is None else said.answer

    @property
    def is_public(self) -> bool:
        return any(isinstance(permission, AllowAny) for permission in self.view.get_permissions())

    @property
    def is_sparse(self) -> bool:
        """Whether `fields` chooses what the rows show."""
        return self.action == "retrieve" or self.said.many

    @property
    def is_idempotent(self) -> bool:
        return getattr(self.method_of, "is_idempotent", False)

    # ---- words

    def get_operation_id(self) -> str:
        tokens = [token.replace("-", "_") for token in self._tokenize_path()]
        known = {word.rstrip("s") for token in tokens for word in token.split("_")} | {"many"}
        action = re.sub(r"(^|_)(of|for)_\w+$", "", self.action)  # what it is of, the path says
        more = [word for word in action.split("_") if word and word.rstrip("s") not in known]
        return "_".join([*tokens, *(more if tokens[-1] != "delete" else [])])

    def get_summary(self) -> str:
        first, _, _ = self._words().partition("\n\n")
        return re.split(r"(?<=[.;:]) ", first.replace("\n", " "))[0].rstrip(".;:")

    def get_description(self) -> str:  # type: ignore[override]  # as the class above has it, unlike the one above that
        permission = permission_of(self.view, self.action)
        needs = f"Needs the permission `{permission}`." if permission else "Needs no login."
        return f"{self._words()}\n\n{needs}"

    def _words(self) -> str:
        if self.action in USUAL and operation_of(self.method_of) is None:
            return USUAL[self.action].format(things=self._tokenize_path()[0].replace("-", " "))
        return inspect.cleandoc(self.method_of.__doc__ or type(self.view).__doc__ or "")

    # ---- what goes in

    def get_request_serializer(self) -> Any:
        body = self.said.body
        return dict.fromkeys(self.map_parsers(), body) if isinstance(body, dict) else body

    def _get_request_body(self, direction: Any = "request") -> Schema | None:
        if self.said.body is None:
            return None
        body: Schema = super()._get_request_body(direction)
        content = next(iter(body["content"].values()))["schema"]
        component = self.registry._components.get((content.get("$ref", "").rpartition("/")[2], "schemas"))
        # one without a required field may be left out, which is the same as {}
        body["required"] = component is None or bool(component.schema.get("required"))
        return body

    def _resolve_path_parameters(self, variables: list[str]) -> list[Schema]:
        found: list[Schema] = super()._resolve_path_parameters(variables)
        for parameter in found:
            if parameter["schema"].get("type") == "integer":
                parameter["schema"] = dict(ID)
            parameter["description"] = f"The {parameter['name'].replace('_', ' ')} of the row."
        return found

    def _is_list_view(self, serializer: Any = None) -> bool:
        return self.said.many

    def _get_filter_parameters(self) -> list[Schema]:
        said = self.said
        found = form_parameters(said.query) if said.query else []
        if self.is_sparse and self.answer:
            found += show_parameters(list(self.answer().fields))  # type: ignore[attr-defined]
        if said.exports:
            found.append(EXPORT_FORMAT)
        if said.many:
            found += list_parameters(self.view, ordered=not said.exports)
        if self.is_idempotent:
            found.append(IDEMPOTENCY_KEY)
        found += [IF_MATCH] if said.matches else []
        found += [IF_NONE_MATCH] if said.asks else []
        return found

    def _get_pagination_parameters(self) -> list[Schema]:
        return PAGE_PARAMETERS if self.said.many and not self.said.exports else []

    # ---- what comes out

    def get_response_serializers(self) -> Any:
        return {self.said.status: self.answer, **self.said.also}

    def _get_response_bodies(self, direction: Any = "response") -> Schema:
        answers: Schema = super()._get_response_bodies(direction)
        for status, answer in answers.items():
            answer["description"] = DONE[int(status)]
            answer["headers"] = {name: header(name) for name in self._headers(int(status))}
        if self.said.files:
            answers["200"]["content"] = {kind: {"schema": schema} for kind, schema in self.said.files.items()}
        if self.said.exports:
            content = answers["200"]["content"]
            rows = {"type": "array", "items": _items(self.registry, content["application/json"]["schema"])}
            answers["200"]["content"] = {"application/json": {"schema": rows}, "text/csv": {"schema": TEXT}}
        for code in sorted(set(self._refusals())):
            answers[str(code)] = refusal(code)
        return answers

    def _headers(self, status: int) -> Iterator[str]:
        yield from EVERYWHERE
        if status == 201 and (self.action not in USUAL or self.action == "create"):
            yield "Location"
        if self.said.tagged:
            yield "ETag"
        if self.is_idempotent:
            yield "Idempotent-Replayed"

    def _refusals(self) -> Iterator[int]:
        said = self.said
        yield from (406, 429, 503, *said.refusals)
        if not self.is_public:
            yield from (401, 403)
        if said.body or said.query or self.is_sparse:
            yield 400
        if "{" in self.path or (said.many and not said.exports):
            yield 404
        if said.body:
            yield from (413, 415)
        if said.matches:
            yield 412
        if self.is_idempotent:
            yield from (409, 422)

    # ---- serializers

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Schema | None:
        schema: Schema | None = super()._map_serializer_field(field, direction, bypass_extensions)
        if schema and direction == "request" and is_text_that_must_be(field):
            schema.setdefault("pattern", r"\S")
        return {**ID, **schema} if schema and is_row_id(field) else schema

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Schema:
        return completed(super()._map_basic_serializer(serializer, direction), serializer, direction)

    def _get_paginator(self) -> Any:
        return Page()

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}Page"


def _items(registry: Any, page: Schema) -> Schema:
    """What the rows of a page are, which then is nowhere else needed."""
    name = page["$ref"].rpartition("/")[2]
    items: Schema = registry._components[name, "schemas"].schema["properties"]["results"]["items"]
    return items
