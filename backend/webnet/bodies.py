"""How much a client may send: daphne keeps every body in memory, so a larger one must end before it is all there."""

from __future__ import annotations

import json
from http import HTTPStatus

from daphne import http_protocol

MOST = 64 * 2**20
"""More than anything that the product takes; what each address takes at most is checked where the body is read."""
_STATUS = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
_PROBLEM = json.dumps(
    {
        "type": "about:blank",
        "title": _STATUS.phrase,
        "status": _STATUS.value,
        "detail": f"The body is larger than {MOST // 2**20} MB.",
    }
).encode()
REFUSAL = (
    f"HTTP/1.1 {_STATUS.value} {_STATUS.phrase}\r\nContent-Type: application/problem+json\r\n"
    f"Content-Length: {len(_PROBLEM)}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
).encode() + _PROBLEM


class BoundedRequest(http_protocol.WebRequest):
    """Hangs up on who sends too much, whether a length was told before or not."""

    is_refused = False

    def handleContentChunk(self, data: bytes) -> None:
        if self.is_refused:
            return
        if self.content.tell() + len(data) > MOST:
            self.is_refused = True
            self.content.truncate(0)
            self.channel.transport.write(REFUSAL)
            self.channel.loseConnection()
            return
        super().handleContentChunk(data)


def bound_requests() -> None:
    """Let daphne make requests of ours; it has no setting for that."""
    http_protocol.WebRequest = BoundedRequest
