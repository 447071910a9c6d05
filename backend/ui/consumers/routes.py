"""Every websocket."""

from typing import Any

websocket_routes: list[Any] = []
