"""The device's end of `scp`: files to and from its flash. The protocol is rcp's: `C0644 size name`, data, NUL."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable
from typing import Protocol

MAX_FILE = 16 * 1024 * 1024


class FileStore(Protocol):
    """Where copies come from and go to, by plain file name."""

    def read_file(self, name: str) -> bytes | None:
        """A file's bytes; None when there is none."""
        ...

    def write_file(self, name: str, data: bytes) -> None:
        """Keep a file."""
        ...


class ByteStream:
    """Bytes that come in pieces, read by count or by line."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ended = False
        self._ready = asyncio.Event()

    def feed(self, data: bytes) -> None:
        """More bytes."""
        self._data += data
        self._ready.set()

    def end(self) -> None:
        """No more bytes."""
        self._ended = True
        self._ready.set()

    async def _until(self, enough: Callable[[], bool]) -> bool:
        while not enough():
            if self._ended:
                return False
            self._ready.clear()
            await self._ready.wait()
        return True

    async def exactly(self, count: int) -> bytes:
        """`count` bytes; fewer when the stream ended."""
        await self._until(lambda: len(self._data) >= count)
        taken = bytes(self._data[:count])
        del self._data[:count]
        return taken

    async def line(self) -> bytes:
        """One line without its end; empty at the end of the stream."""
        if not await self._until(lambda: b"\n" in self._data):
            return b""
        taken = bytes(self._data[: self._data.index(b"\n")])
        del self._data[: len(taken) + 1]
        return taken


def is_scp(command: str) -> bool:
    """Whether an exec command is the far end of a copy."""
    return command.startswith("scp ")


async def serve(command: str, stream: ByteStream, write: Callable[[bytes], None], files: FileStore | None) -> int:
    """Serve one `scp -t PATH` or `scp -f PATH`; the exit status."""
    words = shlex.split(command)[1:]
    path = words[-1] if words else ""
    options = "".join(word[1:] for word in words[:-1] if word.startswith("-"))
    if files is None:
        return _refuse(write, "Administratively disabled.")
    if "t" in options:
        return await _receive(path, stream, write, files)
    if "f" in options:
        return await _send(path, stream, write, files)
    return _refuse(write, "usage")


def _refuse(write: Callable[[bytes], None], words: str) -> int:
    write(b"\x02" + words.encode() + b"\n")
    return 1


def file_name(path: str) -> str:
    """`flash:/x`, `flash:x`, `/x` as the file's name `x`."""
    return path.partition(":")[2].lstrip("/") if ":" in path else path.lstrip("/")


async def _receive(path: str, stream: ByteStream, write: Callable[[bytes], None], files: FileStore) -> int:
    write(b"\0")
    while header := await stream.line():
        if header[:1] == b"T":
            write(b"\0")
            continue
        fields = header[1:].split(b" ", 2)
        if header[:1] != b"C" or len(fields) != 3 or not fields[1].isdigit() or int(fields[1]) > MAX_FILE:
            return _refuse(write, "Bad request")
        write(b"\0")
        size = int(fields[1])
        data = await stream.exactly(size)
        if len(data) < size or await stream.exactly(1) != b"\0":
            return 1
        files.write_file(file_name(path) or fields[2].decode(errors="replace"), data)
        write(b"\0")
    return 0


async def _send(path: str, stream: ByteStream, write: Callable[[bytes], None], files: FileStore) -> int:
    name = file_name(path)
    data = files.read_file(name)
    if await stream.exactly(1) != b"\0":
        return 1
    if data is None:
        return _refuse(write, f"{path}: No such file or directory")
    write(f"C0644 {len(data)} {name}\n".encode())
    if await stream.exactly(1) != b"\0":
        return 1
    write(data + b"\0")
    await stream.exactly(1)
    return 0
