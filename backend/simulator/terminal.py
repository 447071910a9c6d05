"""A VT line terminal over one SSH channel: echo, line editing, paging, questions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum


class Key(Enum):
    """Line endings that are not Enter."""

    INTERRUPT = "\x03"
    END = "\x1a"


class Disconnected(Exception):
    """The client went away, or hung up on purpose."""


ERASE_WORD, ERASE_LINE = "\x17", "\x15"
BACKSPACES = ("\x08", "\x7f")
HISTORY = 50


class Terminal:
    """Characters in, lines out. Echo happens when a line is read, as on a device: typed-ahead text echoes late."""

    def __init__(self, write: Callable[[str], None], *, rows: int = 24, interactive: bool = True) -> None:
        self._write = write
        self.rows = rows
        """Lines a page; 0 turns paging off."""
        self.interactive = interactive
        self.line_end = "\r\n"
        self.more_prompt = " --More-- "
        self.complete: Callable[[str], str] = lambda line: line
        self.help: Callable[[str], str] = lambda line: ""
        self._incoming = ""
        self._ready = asyncio.Event()
        self._closed = False
        self._ended = False
        self._after_return = False
        self.history: list[str] = []

    def feed(self, text: str) -> None:
        """Characters from the client."""
        self._incoming += text
        self._ready.set()

    def close(self) -> None:
        """The client is gone: whoever reads gets `Disconnected`."""
        self._closed = True
        self._ready.set()

    def end(self) -> None:
        """The client sends no more, but may still read."""
        self._ended = True
        self._ready.set()

    def write(self, text: str) -> None:
        """Send text; `\\n` goes out as `line_end`."""
        if self._closed:
            raise Disconnected
        self._write(text.replace("\n", self.line_end))

    async def _char(self) -> str:
        while not self._incoming:
            if self._closed or self._ended:
                raise Disconnected
            self._ready.clear()
            await self._ready.wait()
        char, self._incoming = self._incoming[0], self._incoming[1:]
        return char

    async def _key(self) -> str:
        """One character, escape sequences as a whole, CR LF as one CR."""
        char = await self._char()
        if char == "\n" and self._after_return:
            self._after_return = False
            return await self._key()
        self._after_return = char == "\r"
        if char == "\x1b" and await self._char() == "[":
            while not (final := await self._char()).isalpha() and final != "~":
                pass
            return f"\x1b[{final}"
        return "\r" if char == "\n" else char

    async def read_line(self, prompt: str, *, echo: bool = True) -> str | Key:
        """Prompt and read one line. Ctrl-C and Ctrl-Z come back as keys."""
        self.write(prompt)
        line, recall = "", len(self.history)
        while True:
            key = await self._key()
            if key == "\r":
                self.write("\n")
                break
            if key in (Key.INTERRUPT.value, Key.END.value):
                self.write("^C\n" if key == Key.INTERRUPT.value else "^Z\n")
                return Key(key)
            if key in ("\x1b[A", "\x1b[B", "\x10", "\x0e") and echo:
                recall = min(max(recall + (-1 if key in ("\x1b[A", "\x10") else 1), 0), len(self.history))
                recalled = self.history[recall] if recall < len(self.history) else ""
                line = self._replace(line, recalled)
            elif key == "?" and echo and self.interactive:
                self.write("?\n" + self.help(line) + prompt + line)
            elif key == "\t" and echo:
                line = self._replace(line, self.complete(line))
            else:
                line = self._edit(line, key, echo)
        if echo and line.strip():
            self.history = [*self.history[-HISTORY:], line]
        return line

    def _edit(self, line: str, key: str, echo: bool) -> str:
        if key in BACKSPACES:
            return self._replace(line, line[:-1], echo)
        if key == ERASE_LINE:
            return self._replace(line, "", echo)
        if key == ERASE_WORD:
            return self._replace(line, line[: line.rstrip().rfind(" ") + 1], echo)
        # NUL is a keep-alive; other control characters are not for us.
        if not key.isprintable():
            return line
        typed = key + self._typed_ahead()
        if echo:
            self.write(typed)
        return line + typed

    def _typed_ahead(self) -> str:
        """Plain characters that came in the same packet, taken at once instead of one by one."""
        end = 0
        while end < len(self._incoming) and self._incoming[end].isprintable() and self._incoming[end] != "?":
            end += 1
        taken, self._incoming = self._incoming[:end], self._incoming[end:]
        return taken

    def _replace(self, old: str, new: str, echo: bool = True) -> str:
        if echo and old != new:
            shared = len(old) if new.startswith(old) else len(new) if old.startswith(new) else 0
            gone = len(old) - shared
            self.write("\b \b" * gone + new[shared:])
        return new

    async def ask(self, prompt: str, *, echo: bool = True) -> str:
        """A question in the middle of a command; Ctrl-C answers it with nothing."""
        answer = await self.read_line(prompt, echo=echo)
        return answer if isinstance(answer, str) else ""

    async def hang(self) -> None:
        """Answer nothing more until the client gives up."""
        while not self._closed:
            self._ready.clear()
            await self._ready.wait()
        raise Disconnected

    async def confirm(self, prompt: str) -> bool:
        """A `[confirm]` question: Enter or y agree, by one key."""
        self.write(prompt)
        agreed = await self._key() in ("\r", "y", "Y")
        self.write("\n")
        return agreed

    async def page(self, text: str) -> None:
        """Write text, stopping every page until a key is pressed: space pages, Enter steps a line, q quits."""
        if not self.rows:
            self.write(text)
            return
        lines, room = text.splitlines(keepends=True), self.rows - 1
        while lines:
            self.write("".join(lines[:room]))
            lines = lines[room:]
            if not lines:
                return
            self.write(self.more_prompt)
            key = await self._key()
            self.write("\r" + " " * len(self.more_prompt) + "\r")
            if key in ("q", "Q", Key.INTERRUPT.value):
                return
            room = 1 if key == "\r" else self.rows - 1
