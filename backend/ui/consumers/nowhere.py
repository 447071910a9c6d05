"""Any other websocket address: closed with 4404, as what does not exist is everywhere."""

from __future__ import annotations

import json
from typing import ClassVar

from channels.generic.websocket import AsyncWebsocketConsumer

from users.permissions import Permission


class NowhereConsumer(AsyncWebsocketConsumer):
    permission: ClassVar[Permission] = Permission.VIEW
    channel_layer_alias = ""

    async def connect(self) -> None:
        await self.accept()
        error = {"type": "error", "code": "not_found", "detail": "There is nothing at this address.", "close": 4404}
        await self.send(text_data=json.dumps(error))
        await self.close(4404)
