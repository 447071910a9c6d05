"""What an IOS-like device remembers: running and startup configuration, flash, archive, a pending revert."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from dataclasses import asdict, dataclass
from typing import Any

from simulator.platforms.base import Host
from simulator.platforms.ios.generate import Model, generate, model_of
from simulator.platforms.ios.secrets import secret_matches
from simulator.platforms.ios.tree import ConfigEditor, LineError, Node, render, root
from simulator.scp import FileStore

_CLOCK_PERIOD = re.compile(r"^ntp clock-period (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class File:
    """A file in flash and when it was written."""

    data: bytes
    at: float


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that is taken back at `due` (wall clock) unless somebody confirms it."""

    body: str
    user: str
    minutes: int
    configured_at: float
    due: float


def parse(text: str) -> tuple[Node, list[LineError]]:
    """A whole configuration as a tree, and the lines that were not understood."""
    editor = ConfigEditor(root())
    errors = editor.feed_all(text)
    return editor.tree, errors


class IosState:
    """The memory of one device. All texts are bodies: without the header that show commands add."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._body = host.spec.config or generate(host.spec)
        self._tree: Node | None = None
        self.startup_config = self._body
        self.flash: dict[str, File] = {}
        self.archives: list[str] = []
        self.pending: Pending | None = None
        self._revert: asyncio.TimerHandle | None = None
        now = time.time()
        self.changed_at = self.saved_at = now - min(host.uptime(), 86400 * 5)
        self.changed_by = self.saved_by = host.spec.username
        self.reads = 0

    @property
    def model(self) -> Model:
        """Its hardware."""
        return model_of(self.host.spec)

    @property
    def running_config(self) -> str:
        """The running configuration's body."""
        return self._body

    @property
    def tree(self) -> Node:
        """The running configuration as a tree."""
        if self._tree is None:
            self._tree, _ = parse(self._body)
        return self._tree

    @property
    def hostname(self) -> str:
        """The name in the prompt."""
        match = re.search(r"^hostname (\S+)$", self._body, re.MULTILINE)
        return match[1] if match else "Router"

    @property
    def reachable(self) -> bool:
        """False while the interface that `ip ssh source-interface` names is shut down: management goes through it."""
        name = re.search(r"^ip ssh source-interface (\S+)$", self._body, re.MULTILINE)
        if name is None:
            return True
        block = re.search(rf"^interface {re.escape(name[1])}$(?:\n .*)*", self._body, re.MULTILINE)
        return block is None or "\n shutdown" not in block[0]

    @property
    def files(self) -> FileStore | None:
        """Itself, where `ip scp server enable` is configured."""
        return self if re.search(r"^ip scp server enable$", self._body, re.MULTILINE) else None

    def user_line(self, username: str) -> str:
        """The configuration line of a user, or an empty string."""
        match = re.search(rf"^username {re.escape(username)} .*$", self._body, re.MULTILINE)
        return match[0] if match else ""

    def login_ok(self, username: str, password: str) -> bool:
        """What the running configuration says of this user."""
        return secret_matches(self.user_line(username), password)

    def privilege(self, username: str) -> int:
        """The level a user starts at."""
        match = re.search(r" privilege (\d+)", self.user_line(username))
        return int(match[1]) if match else 1

    def enable_ok(self, password: str) -> bool:
        """Whether this is the enable secret."""
        match = re.search(r"^enable (?:secret|password) .*$", self._body, re.MULTILINE)
        return match is not None and secret_matches(match[0], password)

    @property
    def has_enable_secret(self) -> bool:
        """Whether enable asks for anything."""
        return re.search(r"^enable (?:secret|password) ", self._body, re.MULTILINE) is not None

    @property
    def archive_path(self) -> str:
        """Where archives go; empty while `archive` is not configured."""
        node = self.tree.child(("archive",))
        return node.value("path") if node else ""

    # Changes.

    def set_running_config(self, text: str) -> None:
        """Replace the running configuration, as a user would; raises ValueError on a line it does not know."""
        errors = self.replace(text, "console")
        if errors:
            raise ValueError(f"not understood: {errors[0].line!r}")

    def touch(self, user: str) -> None:
        """The tree was edited: make it the running configuration."""
        self._body = render(self.tree)
        self.changed_at, self.changed_by = time.time(), user
        self.host.changed()

    def merge(self, text: str, user: str) -> list[LineError]:
        """Apply lines to the running configuration; those that are understood stay, as on the device."""
        editor = ConfigEditor(self.tree)
        errors = editor.feed_all(text)
        if editor.changed:
            self.touch(user)
        return errors

    def replace(self, text: str, user: str) -> list[LineError]:
        """Make `text` the whole configuration; nothing changes when a line is not understood."""
        tree, errors = parse(text)
        if not errors:
            self._tree = tree
            self.touch(user)
        return errors

    def save(self, user: str) -> None:
        """Running configuration to startup configuration, and into the archive where that is configured."""
        self.startup_config = self._body
        self.saved_at, self.saved_by = time.time(), user
        node = self.tree.child(("archive",))
        if node and any(node.find("write-memory")):
            self.archive()
        self.host.changed()

    def archive(self) -> None:
        """Keep a copy of the running configuration."""
        self.archives = [*self.archives, self._body][-14:]

    def read_file(self, name: str) -> bytes | None:
        """A file of flash; None when there is none."""
        file = self.flash.get(name)
        return file.data if file else None

    def write_file(self, name: str, data: bytes) -> None:
        """A file into flash."""
        self.flash[name] = File(data, time.time())
        self.host.changed()

    def delete_file(self, name: str) -> None:
        """A file out of flash."""
        del self.flash[name]
        self.host.changed()

    # Commit with a timer.

    def start_revert_timer(self, body: str, user: str, minutes: int) -> None:
        """Take the configuration back to `body` in so many minutes unless it is confirmed."""
        now = time.time()
        self.pending = Pending(body, user, minutes, now, now + minutes * 60)
        self._arm(minutes * 60)
        self.host.changed()

    def _arm(self, seconds: float) -> None:
        self._revert = self.host.schedule(seconds, self.revert)

    def confirm(self) -> bool:
        """Keep the change. False when there is none."""
        if self.pending is None:
            return False
        self._clear_pending()
        self.host.changed()
        return True

    def revert(self) -> None:
        """Take the pending change back."""
        if self.pending is None:
            return
        pending = self.pending
        self._clear_pending()
        self.replace(pending.body, pending.user)

    def _clear_pending(self) -> None:
        if self._revert is not None:
            self._revert.cancel()
        self._revert = self.pending = None

    # What the show commands print.

    def printed_running(self) -> str:
        """`show running-config` from its first line, with what changes from one reading to the next."""
        self.reads += 1
        drift = self.reads * 7 % 101
        body = _CLOCK_PERIOD.sub(lambda match: f"ntp clock-period {int(match[1]) + drift}", self._body)
        return f"Building configuration...\n\nCurrent configuration : {len(body)} bytes\n{self._stamps()}{body}\n"

    def printed_startup(self) -> str:
        """`show startup-config` from its first line."""
        body = self.startup_config
        return f"Using {len(body)} out of 262144 bytes\n{self._stamps()}{body}\n"

    def _stamps(self) -> str:
        changed, saved = stamp(self.changed_at), stamp(self.saved_at)
        return (
            f"!\n! Last configuration change at {changed} by {self.changed_by}\n"
            f"! NVRAM config last updated at {saved} by {self.saved_by}\n"
        )

    # The state directory.

    def dump(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return {
            "running": self._body,
            "startup": self.startup_config,
            "flash": {name: [base64.b64encode(file.data).decode(), file.at] for name, file in self.flash.items()},
            "archives": self.archives,
            "pending": asdict(self.pending) if self.pending else None,
            "changed": [self.changed_at, self.changed_by],
            "saved": [self.saved_at, self.saved_by],
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Back from `dump`; a revert that came due meanwhile happens now."""
        self._body, self._tree = data["running"], None
        self.startup_config = data["startup"]
        self.flash = {name: File(base64.b64decode(text), at) for name, (text, at) in data["flash"].items()}
        self.archives = data["archives"]
        self.changed_at, self.changed_by = data["changed"]
        self.saved_at, self.saved_by = data["saved"]
        if data["pending"]:
            self.pending = Pending(**data["pending"])
            self._arm(max(self.pending.due - time.time(), 0))


def stamp(seconds: float) -> str:
    """A time as the device writes it: `10:11:12 CET Mon Mar 2 2026`."""
    parts = time.gmtime(seconds + 3600)
    return time.strftime("%H:%M:%S CET %a %b ", parts) + f"{parts.tm_mday} {parts.tm_year}"
