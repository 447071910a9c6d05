"""What many operations share: refusals as problem documents, headers, JSON values."""

from __future__ import annotations

from typing import Any

from api.fields import LARGEST_ID

Schema = dict[str, Any]

ID: Schema = {"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_ID}

REFUSALS: dict[int, tuple[str, str]] = {
    400: ("Invalid", "Something in the query or in the body is not valid; `errors` names each field."),
    401: ("NotLoggedIn", "Nobody is logged in, or the token, key or password is not valid, or not any more."),
    403: ("NotAllowed", "The user's role or the key's scope does not allow this, or the CSRF token is missing."),
    404: ("NotFound", "There is nothing at this address, or nothing that the user may see."),
    406: ("NotAcceptable", "The request's `Accept` leaves out what the answer comes as."),
    409: ("Conflict", "Not possible in the state that the thing is in; `detail` says why."),
    412: ("LostUpdate", "Somebody else has changed the row since: `If-Match` is not its `ETag` any more."),
    413: ("TooLarge", "The body is larger than the server takes."),
    415: ("WrongType", "The body is of another type than the operation takes."),
    422: ("KeyReused", "The `Idempotency-Key` came with another request before."),
    429: ("TooMany", "Too many requests; `Retry-After` says when to come again."),
    503: ("Unavailable", "The database does not answer; `Retry-After` says when to come again."),
}
"""Each refusal that an endpoint gives on purpose: its component's name, and when it comes."""

COMES_AGAIN = frozenset({429, 503})

TEXT: Schema = {"type": "string"}

EVERYWHERE = ("X-Request-ID", "RateLimit-Policy", "RateLimit")
"""Headers of every answer."""

HEADERS: dict[str, Schema] = {
    "Location": {"description": "The address of what was made.", "schema": {"type": "string", "format": "uri"}},
    "ETag": {"description": "The row's state, for `If-Match`.", "schema": {"type": "string"}},
    "RateLimit-Policy": {
        "description": "How many requests (`q`) may be made within how many seconds (`w`).",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "How many are left (`r`), and in how many seconds they are counted anew (`t`).",
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Idempotent-Replayed": {
        "description": "`true` where this is what an earlier request with the same `Idempotency-Key` was answered.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "WWW-Authenticate": {"description": "How to log in.", "schema": {"type": "string"}},
    "X-Request-ID": {
        "description": "The request's `correlation_id`, which the server's log lines carry.",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    },
}

IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Of your choice. A request sent again with it, within a day, is answered and not done again.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
IF_MATCH: Schema = {
    "name": "If-Match",
    "in": "header",
    "description": "The row's `ETag` as you have read it: when somebody else has changed it since, nothing is done.",
    "schema": {"type": "string"},
}
IF_NONE_MATCH: Schema = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` of what you have: when it still is the same, the answer is 304.",
    "schema": {"type": "string"},
}

JSON_VALUES: list[Schema] = [
    {"type": ["string", "number", "boolean", "null"]},
    {"$ref": "#/components/schemas/JsonObject"},
]

SCHEMAS: dict[str, Schema] = {
    "JsonObject": {
        "type": "object",
        "description": "Names, and values of any kind.",
        "additionalProperties": {"anyOf": [*JSON_VALUES, {"type": "array", "items": {"anyOf": JSON_VALUES}}]},
    },
    "Problem": {
        "type": "object",
        "description": "Why a request was refused (RFC 9457).",
        "properties": {
            "type": {"type": "string", "enum": ["about:blank"]},
            "title": {"type": "string", "description": "The status in words."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What is wrong, in words for people."},
            "correlation_id": {"type": "string", "description": "What the server's log lines of this request carry."},
            "errors": {
                "type": "array",
                "description": "For status 400: what is wrong with each field.",
                "items": {"$ref": "#/components/schemas/FieldProblem"},
            },
        },
        "required": ["type", "title", "status", "detail", "correlation_id"],
    },
    "FieldProblem": {
        "type": "object",
        "description": "What is wrong with one field.",
        "properties": {
            "index": {"type": "integer", "minimum": 0, "description": "Of many rows, which one."},
            "field": {"type": "string", "description": "Dotted path; empty where it is about the whole."},
            "detail": {"type": "string", "description": "What is wrong, in words for people."},
        },
        "required": ["field", "detail"],
    },
}


def refusal(status: int) -> Schema:
    return {"$ref": f"#/components/responses/{REFUSALS[status][0]}"}


def _response(status: int, words: str) -> Schema:
    headers = [*EVERYWHERE]
    if status in COMES_AGAIN:
        headers.append("Retry-After")
    if status == 401:
        headers.append("WWW-Authenticate")
    return {
        "description": words,
        "headers": {name: header(name) for name in headers},
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def header(name: str) -> Schema:
    return {"$ref": f"#/components/headers/{name}"}


def components() -> dict[str, dict[str, Schema]]:
    """All that the operations refer to beside their own serializers."""
    return {
        "schemas": SCHEMAS,
        "headers": HEADERS,
        "responses": {name: _response(status, words) for status, (name, words) in REFUSALS.items()},
    }
