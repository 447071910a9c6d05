"""What many operations share: refusals as problem documents, headers, JSON values."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from api.fields import LARGEST_ID

Schema = dict[str, Any]

ID: Schema = {"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_ID}

REFUSALS: dict[int, str] = {
    400: "Something in the query or in the body is not valid; `errors` names each field.",
    401: "Nobody is logged in, or the token, key or password is not valid, or not any more.",
    403: "The user's role or the key's scope does not allow this, or the CSRF token is missing.",
    404: "There is nothing at this address, or nothing that the user may see.",
    406: "The answer comes as `application/json` only, which the request's `Accept` leaves out.",
    409: "Not possible in the state that the thing is in; `detail` says why.",
    412: "Somebody else has changed the row since: `If-Match` is not its `ETag` any more.",
    413: "The body is larger than the server takes.",
    415: "The body is of another type than the operation takes.",
    429: "Too many requests; `Retry-After` says when to come again.",
    503: "The database does not answer; `Retry-After` says when to come again.",
}
"""Each refusal that an endpoint gives on purpose."""

COMES_AGAIN = frozenset({429, 503})

HEADERS: dict[str, Schema] = {
    "Location": {"description": "The address of what was made.", "schema": {"type": "string", "format": "uri"}},
    "ETag": {"description": "The row's state, for `If-Match`.", "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": {"description": "How to log in.", "schema": {"type": "string"}},
    "X-Request-ID": {
        "description": "The request's `correlation_id`, which the server's log lines carry.",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    },
}

SCHEMAS: dict[str, Schema] = {
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
            "field": {"type": "string", "description": "Dotted path; empty where it is about the whole."},
            "detail": {"type": "string", "description": "What is wrong, in words for people."},
        },
        "required": ["field", "detail"],
    },
}


def refusal_name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def refusal(status: int) -> Schema:
    """The response component of a status."""
    headers = ["X-Request-ID"]
    if status in COMES_AGAIN:
        headers.append("Retry-After")
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append("WWW-Authenticate")
    return {
        "description": REFUSALS[status],
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
        "responses": {refusal_name(status): refusal(status) for status in REFUSALS},
    }
