"""One POST to a checked address: with an end in time, a bounded answer, no redirects and no proxies."""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any

from django.conf import settings

from notifications.guard import BadAddress, Target, checked_addresses

MOST_HEADERS = 64 * 1024
"""Bytes that are taken of an answer in all, whatever is read of them."""
KEPT = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said: its status, and how its body begins."""

    status: int
    text: str


class NotDelivered(Exception):
    """Why nothing arrived, in words. `is_final`: trying again would not help."""

    def __init__(self, words: str, *, is_final: bool = False) -> None:
        super().__init__(words)
        self.is_final = is_final


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Raises NotDelivered where there was no answer in HTTP."""
    until = time.monotonic() + settings.WEBHOOK_TIMEOUT_S
    try:
        with _connected(target, checked_addresses(target), until) as connection:
            connection.settimeout(_left(until))
            connection.sendall(_head(target, body, headers) + body)
            return _answer(connection, until)
    except BadAddress as error:
        raise NotDelivered(str(error), is_final=True) from error
    except (OSError, HTTPException, ValueError) as error:
        raise NotDelivered(_words(target, error)) from error


def _head(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = {
        "Host": target.authority,
        "User-Agent": "webnet",
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {target.path} HTTP/1.1\r\n{told}\r\n".encode("ascii")


def _connected(target: Target, addresses: list[str], until: float) -> socket.socket:
    """A connection to the first of the addresses that takes one; with TLS it proved to be the host."""
    for number, address in enumerate(addresses, 1):
        plain = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            plain.settimeout(_left(until) / (len(addresses) - number + 1))
            plain.connect((address, target.port))
            plain.settimeout(_left(until))
            return _trusted().wrap_socket(plain, server_hostname=target.host) if target.scheme == "https" else plain
        except OSError:
            plain.close()
            if number == len(addresses):
                raise
    raise OSError("no address")


def _trusted() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.WEBHOOK_CA:
        context.load_verify_locations(settings.WEBHOOK_CA)
    return context


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Reader(io.RawIOBase):
    """The socket as a file that ends in time: a receiver that dribbles does not hold a worker."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self.connection, self.until, self.room = connection, until, MOST_HEADERS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.room:
            raise HTTPException("too long")
        self.connection.settimeout(_left(self.until))
        count = self.connection.recv_into(buffer, min(len(buffer), self.room))
        self.room -= count
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, 4096)


def _answer(connection: socket.socket, until: float) -> Answer:
    response = HTTPResponse(_Reader(connection, until), method="POST")  # type: ignore[arg-type]
    with closing(response):
        response.begin()
        try:
            begin = response.read(4 * KEPT)
        except (OSError, HTTPException):
            begin = b""  # the status is the answer; the rest was for people
    return Answer(response.status, begin.decode(errors="replace")[:KEPT])


def _words(target: Target, error: Exception) -> str:
    match error:
        case TimeoutError():
            return f"{target.host} did not answer within {settings.WEBHOOK_TIMEOUT_S} s."
        case socket.gaierror():
            return f"No address is known of the host {target.host}."
        case ssl.SSLCertVerificationError():
            return f"The certificate of {target.host} was not accepted: {error.verify_message}."
        case ssl.SSLError():
            return f"{target.host} does not speak TLS as it should: {error.reason or 'no agreement'}."
        case ConnectionRefusedError():
            return f"{target.host} refused the connection on port {target.port}."
        case ConnectionError():
            return f"{target.host} broke off the connection."
        case OSError():
            return f"{target.host} was not reached: {error.strerror or 'no connection'}."
        case _:
            return f"{target.host} did not answer in HTTP."
