"""The IOS-like command line: modes, prompts, error messages, and the commands that change state."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from simulator.grammar import Failure, Match, Mismatch
from simulator.pipes import split_pipe
from simulator.platforms.base import Cli, Host, Logout, piped
from simulator.platforms.ios import archive, files, show
from simulator.platforms.ios.exec_grammar import exec_grammar
from simulator.platforms.ios.state import IosState
from simulator.platforms.ios.tree import ConfigEditor, LineError
from simulator.scp import file_name
from simulator.terminal import Key, Terminal

CONFIG_PROMPT_NAME = 20
"""Configuration mode shortens the host name in its prompt."""


def refusal(failure: Failure, line: str, column: int) -> str:
    """The device's words for a line that it refuses; `column` counts from the left edge."""
    if failure is Failure.INCOMPLETE:
        return "% Incomplete command.\n\n"
    if failure is Failure.AMBIGUOUS:
        return f'% Ambiguous command:  "{line.strip()}"\n\n'
    return f"{' ' * column}^\n% Invalid input detected at '^' marker.\n\n"


def refused_lines(errors: list[LineError]) -> str:
    """What loading a file says about the lines it refused."""
    return "".join(f"{error.line}\n{refusal(error.failure, error.line, error.column)}" for error in errors)


class IosCli(Cli):
    """One session."""

    invalid = " ^\n% Invalid input detected at '^' marker.\n\n"

    def __init__(self, host: Host, terminal: Terminal, username: str) -> None:
        super().__init__(host, terminal, username)
        state = host.state
        assert isinstance(state, IosState)
        self.state = state
        self.privileged: bool = state.privilege(username) > 1 or not state.has_enable_secret
        self.editor: ConfigEditor | None = None
        self._line = ""
        terminal.help = self._help
        terminal.complete = self._complete

    def banner(self) -> str:
        """The message of the day and the login's."""
        texts = re.findall(r"^banner \w+ \^C\n(.*?)\^C$", self.state.running_config, re.MULTILINE | re.DOTALL)
        return "".join(f"\n{text}\n" for text in texts)

    def prompt(self) -> str:
        """`name>`, `name#`, `name(config-if)#`."""
        name = self.state.hostname
        if self.editor is None:
            return f"{name}{'#' if self.privileged else '>'}"
        if self.editor.in_banner:
            return ""
        return f"{name[:CONFIG_PROMPT_NAME]}({self.editor.mode.prompt})#"

    def on_key(self, key: Key) -> None:
        """Ctrl-Z and Ctrl-C leave configuration mode."""
        self.editor = None

    async def execute(self, line: str) -> None:
        """One line in whatever mode the session is in."""
        if self.editor is not None:
            await self._configure_line(line)
        elif line.strip() and not line.lstrip().startswith("!"):
            await self._exec(line)

    # Exec mode.

    async def _exec(self, line: str, prompt_width: int | None = None) -> None:
        command, filters = split_pipe(line)
        width = len(self.prompt()) if prompt_width is None else prompt_width
        result = exec_grammar(self.privileged).match(command)
        if isinstance(result, Mismatch):
            self.say(refusal(result.failure, line, width + result.column))
            return
        self._line = line
        if result.rule.startswith("show_"):
            await self._show(result, line)
        elif filters:
            self.say(refusal(Failure.INVALID, line, width + len(command) + 1))
        else:
            action: Callable[..., object] = getattr(self, f"do_{result.rule}")
            outcome = action(*result.args)
            if hasattr(outcome, "__await__"):
                await outcome

    async def _show(self, result: Match[str], line: str) -> None:
        text = show.COMMANDS[result.rule](self.state, self, result)
        filtered = piped(line, text)
        if filtered is None:
            self.say(refusal(Failure.INVALID, line, len(self.prompt()) + line.index("|") + 2))
        else:
            await self.show(filtered)

    def do_nothing(self, *args: str) -> None:
        """A setting without effect here."""

    def do_logout(self) -> None:
        """Leave."""
        raise Logout

    async def do_enable(self, level: str = "15") -> None:
        """Into privileged mode, after the enable secret where there is one."""
        if self.privileged:
            return
        for _ in range(3):
            if self.state.enable_ok(await self.terminal.ask("Password: ", echo=False)):
                self.privileged = True
                return
        self.say("% Bad secrets\n\n")

    def do_disable(self) -> None:
        """Back to user mode."""
        self.privileged = False

    def do_terminal_length(self, length: str) -> None:
        """Lines a page; 0 ends paging."""
        self.terminal.rows = int(length)

    def do_ping(self, target: str, rest: str = "") -> None:
        """Five echoes, all answered."""
        self.say(
            "Type escape sequence to abort.\n"
            f"Sending 5, 100-byte ICMP Echos to {target}, timeout is 2 seconds:\n!!!!!\n"
            "Success rate is 100 percent (5/5), round-trip min/avg/max = 1/2/4 ms\n"
        )

    # Configuration mode.

    def do_configure(self) -> None:
        """Into configuration mode."""
        self.say("Enter configuration commands, one per line.  End with CNTL/Z.\n")
        self.editor = ConfigEditor(self.state.tree)

    async def _configure_line(self, line: str) -> None:
        editor = self.editor
        assert editor is not None
        word = line.strip().lower()
        if not editor.in_banner:
            if word == "end":
                self.editor = None
                return
            if word == "exit":
                if not editor.leave():
                    self.editor = None
                return
            if word.startswith("do "):
                indent = line.lower().index("do ") + 3
                await self._exec(" " * indent + line[indent:])
                return
            if editor.removed_users(line.strip()) and not await self.confirm_user_removal():
                return
        width = len(self.prompt())
        # Another session, a merge or a revert may have made a new tree meanwhile.
        if editor.tree is not self.state.tree:
            editor.move_to(self.state.tree)
        error = editor.feed(line)
        if editor.changed:
            editor.changed = False
            self.state.touch(self.username)
        if error is not None:
            self.say(refusal(error.failure, line, width + error.column))

    async def confirm_user_removal(self) -> bool:
        """The question before a user goes."""
        return await self.terminal.confirm(
            "This operation will remove all username related configurations with same name."
            "Do you want to continue? [confirm]"
        )

    # Saving and copying.

    def do_save(self) -> None:
        """Running configuration to startup."""
        self.say("Building configuration...\n")
        self.state.save(self.username)
        self.say("[OK]\n")

    async def do_copy_to_startup(self) -> None:
        """The same, the long way."""
        await self._ask_destination("startup-config")
        self.do_save()

    def do_erase_startup(self) -> None:
        """Forget the startup configuration."""
        self.state.startup_config = ""
        self.host.changed()
        self.say("[OK]\nErase of nvram: complete\n")

    async def do_copy_to_running(self, source: str) -> None:
        """Merge a file into the running configuration."""
        text = files.read_text(self.state, source)
        if text is None:
            self.say(f"%Error opening {source} (No such file or directory)\n")
            return
        await self._ask_destination("running-config")
        for user in archive.users_removed_by_merge(self.state, text):
            if not await self.confirm_user_removal():
                text = text.replace(f"no username {user}", "!")
        errors = self.state.merge(text, self.username)
        self.say(f"{refused_lines(errors)}{len(text)} bytes copied in 0.412 secs ({len(text) * 2} bytes/sec)\n\n")

    async def do_copy_from_running(self, target: str) -> None:
        """The running configuration into a file."""
        await self._store(target, self.state.running_config.encode())

    async def do_copy_from_startup(self, target: str) -> None:
        """The startup configuration into a file."""
        await self._store(target, self.state.startup_config.encode())

    async def do_copy_file(self, source: str, target: str) -> None:
        """A file into another; `null:` is an empty one."""
        data = files.read(self.state, source)
        if data is None:
            self.say(f"%Error opening {source} (No such file or directory)\n")
        else:
            await self._store(target, data)

    async def _store(self, target: str, data: bytes) -> None:
        await self._ask_destination(file_name(target))
        self.state.write_file(file_name(target), data)
        self.say(f"{len(data)} bytes copied in 0.318 secs ({len(data) * 3} bytes/sec)\n\n")

    async def _ask_destination(self, name: str) -> None:
        if self.state.tree.value("file", "prompt") != "quiet":
            await self.terminal.ask(f"Destination filename [{name}]? ")

    async def do_delete(self, path: str) -> None:
        """Remove a file."""
        if self.state.read_file(file_name(path)) is None:
            self.say(f"%Error deleting {path} (No such file or directory)\n")
            return
        if "/f" not in self._line and self.state.tree.value("file", "prompt") != "quiet":
            await self.terminal.ask(f"Delete filename [{file_name(path)}]? ")
            if not await self.terminal.confirm(f"Delete {path}? [confirm]"):
                return
        self.state.delete_file(file_name(path))

    async def do_dir(self, path: str = "flash:/") -> None:
        """List flash or one file."""
        await self.show(files.directory(self.state, path))

    async def do_more(self, path: str) -> None:
        """Print a file."""
        text = files.read_text(self.state, path)
        await self.show(f"%Error opening {path} (No such file or directory)\n" if text is None else text)

    def do_verify(self, path: str, expected: str = "") -> None:
        """MD5 of a file."""
        data = files.read(self.state, path)
        if data is None:
            self.say(f"%Error verifying {path} (No such file or directory)\n")
            return
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        verdict = "Verified" if digest == expected.lower() else "%Error computed hash differs"
        self.say(f"{'.' * 6}Done!\n{verdict + ' ' if expected else 'verify /md5 '}({path}) = {digest}\n\n")

    # Archive, replace, timers.

    def do_archive_config(self) -> None:
        """A copy into the archive."""
        self.state.archive()
        self.host.changed()

    async def do_configure_replace(self, path: str, options: str = "") -> None:
        """Make a file the running configuration, with a timer if asked."""
        await archive.replace(self, path, options)

    def do_configure_revert(self, minutes: str) -> None:
        """Into configuration mode, with a revert in so many minutes."""
        if not archive.start_timer(self, int(minutes)):
            return
        self.do_configure()

    def do_configure_confirm(self) -> None:
        """Keep what the timer would take back."""
        if not self.state.confirm():
            self.say(archive.NOTHING_PENDING)

    def do_configure_revert_now(self) -> None:
        """Take it back at once."""
        if self.state.pending is None:
            self.say(archive.NOTHING_PENDING)
            return
        self.state.revert()
        self.say(archive.ROLLED_BACK)

    def do_configure_revert_extend(self, minutes: str) -> None:
        """Set the timer again."""
        pending = self.state.pending
        if pending is None:
            self.say(archive.NOTHING_PENDING)
            return
        self.state.confirm()
        self.state.start_revert_timer(pending.body, pending.user, int(minutes))

    # Help.

    def _choices(self, line: str) -> list[str]:
        if self.editor is not None:
            return self.editor.mode.grammar.choices(line.removeprefix("no "))
        return exec_grammar(self.privileged).choices(line)

    def _help(self, line: str) -> str:
        choices = self._choices(line)
        return "".join(f"  {choice}\n" for choice in choices) + "\n" if choices else "% Unrecognized command\n"

    def _complete(self, line: str) -> str:
        head, _, last = line.rpartition(" ")
        choices = [choice for choice in self._choices(line) if last and choice.startswith(last.lower())]
        return f"{head} {choices[0]} ".lstrip() if len(choices) == 1 else line
