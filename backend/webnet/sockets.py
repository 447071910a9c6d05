"""The web process's event loop and its websockets, where daphne has no setting for what a terminal needs of them."""

from __future__ import annotations

import uvloop
from twisted.internet import asyncioreactor

GOODBYE_S = 10


def tune_daphne() -> None:
    """Take libuv's loop, let a frame leave at once, and a slow client read why it is refused.

    To be called before daphne is imported, whose reactor keeps the loop that it finds. Its own way has each frame wait
    for another round of the loop, and makes coloured words about it for a line of the log that is never written. And it
    cuts off who does not confirm the end within a second, who so loses what was not read yet.
    """
    asyncioreactor.install(uvloop.new_event_loop())
    from autobahn.twisted import websocket
    from autobahn.websocket import protocol
    from daphne import server
    from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

    class Socket(WebSocketProtocol):
        def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
            super().sendData(data, sync, chopsize)
            if self.transport.connected and not self.transport.disconnecting:
                self.transport.doWrite()  # what does not go out now, and why, is found by the reactor, as ever

    class Factory(WebSocketFactory):
        protocol = Socket

        def resetProtocolOptions(self) -> None:
            super().resetProtocolOptions()
            self.closeHandshakeTimeout = GOODBYE_S

    server.WebSocketFactory = Factory
    for module in (websocket, protocol):
        setattr(module, "hltype", _plain)  # noqa: B010  # names that they do not export
        setattr(module, "hlval", _plain)  # noqa: B010


def _plain(thing: object) -> object:
    return thing
