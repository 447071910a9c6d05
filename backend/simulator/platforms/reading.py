"""What platforms share that are only read from: a configuration as text, commands as a table."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from typing import Any, ClassVar

from simulator.grammar import Failure, Grammar, Match, Mismatch
from simulator.pipes import apply_filter, split_pipe
from simulator.platforms.base import Cli, Host, Logout
from simulator.terminal import Terminal


class TextState:
    """A configuration that is one text, and the spec's login."""

    def __init__(self, host: Host, generate: Callable[[Host], str]) -> None:
        self.host = host
        self.running_config = host.spec.config or generate(host)
        self.changed_at = time.time() - min(host.uptime(), 86400 * 5)
        self.changed_by = host.spec.username

    @property
    def reachable(self) -> bool:
        """Nothing in its configuration locks anybody out."""
        return True

    @property
    def files(self) -> None:
        """No copies to these."""
        return

    def set_running_config(self, text: str) -> None:
        """Any text at all."""
        self.running_config = text
        self.changed_at, self.changed_by = time.time(), "console"
        self.host.changed()

    def login_ok(self, username: str, password: str) -> bool:
        """The spec's user and password."""
        spec = self.host.spec
        return username == spec.username and hmac.compare_digest(password.encode(), spec.password.encode())

    def dump(self) -> dict[str, Any]:
        """The text and who changed it."""
        return {"running": self.running_config, "changed": [self.changed_at, self.changed_by]}

    def restore(self, data: dict[str, Any]) -> None:
        """Back from `dump`."""
        self.running_config = data["running"]
        self.changed_at, self.changed_by = data["changed"]


class ReadingCli(Cli):
    """A command line whose commands are methods: `grammar` maps patterns to their names without `do_`.

    A method gives text, which is filtered and shown, or None when it said all there was to say. A name that starts
    with `show` is read-only output and takes part in faults.
    """

    table: ClassVar[str] = ""
    _grammars: ClassVar[dict[type[ReadingCli], Grammar[str]]] = {}

    def __init__(self, host: Host, terminal: Terminal, username: str) -> None:
        super().__init__(host, terminal, username)
        state = host.state
        assert isinstance(state, TextState)
        self.state = state
        terminal.help = self._help
        terminal.complete = self._complete

    @classmethod
    def grammar(cls) -> Grammar[str]:
        """The table, compiled once for each platform."""
        if cls not in cls._grammars:
            grammar: Grammar[str] = Grammar()
            for line in filter(None, cls.table.splitlines()):
                pattern, _, name = line.rpartition("  ")
                grammar.add(pattern.strip(), name.strip())
            cls._grammars[cls] = grammar
        return cls._grammars[cls]

    def refusal(self, failure: Failure, line: str, column: int) -> str:
        """The platform's words for a line that it refuses."""
        raise NotImplementedError

    def filtered(self, text: str, spec: str) -> str | None:
        """Text through one filter; None when there is no such filter."""
        return apply_filter(text, spec)

    def may(self, name: str) -> bool:
        """Whether the session may run a command now."""
        return True

    async def execute(self, line: str) -> None:
        """One line: match, run, filter, show."""
        command, filters = split_pipe(line)
        if not command.strip() or command.lstrip().startswith("!"):
            return
        result = self.grammar().match(command)
        if isinstance(result, Match) and not self.may(result.rule):
            result = Mismatch(Failure.INVALID)
        if isinstance(result, Mismatch):
            self.say(self.refusal(result.failure, line, result.column))
            return
        action: Callable[..., Any] = getattr(self, f"do_{result.rule}")
        text = action(*result.args)
        if hasattr(text, "__await__"):
            text = await text
        for spec in filters:
            text = self.filtered(text, spec) if text is not None else None
            if text is None:
                self.say(self.refusal(Failure.INVALID, line, line.index("|") + 2))
                return
        if text is not None:
            await (self.show(text) if result.rule.startswith("show") else self.terminal.page(text))

    def do_nothing(self, *args: str) -> None:
        """A setting without effect here."""

    def do_logout(self) -> None:
        """Leave."""
        raise Logout

    def _help(self, line: str) -> str:
        choices = self.grammar().choices(line)
        return "".join(f"  {choice}\n" for choice in choices) or self.refusal(Failure.INVALID, line, 0)

    def _complete(self, line: str) -> str:
        head, _, last = line.rpartition(" ")
        choices = [choice for choice in self.grammar().choices(line) if last and choice.startswith(last.lower())]
        return f"{head} {choices[0]} ".lstrip() if len(choices) == 1 else line
