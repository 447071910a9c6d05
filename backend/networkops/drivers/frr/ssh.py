"""A Netmiko connection to vtysh, whether the account gets it at login or a shell in which it is started."""

from __future__ import annotations

import re
from typing import Any

from netmiko.cisco_base_connection import CiscoBaseConnection
from netmiko.exceptions import ReadException, ReadTimeout
from paramiko import SSHException

from networkops.errors import CommandRefused, DeviceTimeout, LoginRefused, TooMuchOutput
from networkops.session import MOST_BYTES

_PROMPT = r"(?:^|\n)[^\n]*[#>$%] ?$"
# A shell's prompt says more than a name: a user, a directory, or nothing.
_VTYSH_PROMPT = r"(?:^|\n)[\w.-]+[#>] ?$"
_NO_VTYSH = r"(?:^|\n)vtysh ended with \d+"


class NoShell(CommandRefused):
    """The account's login shell is vtysh, and what was asked for is not known to that."""


class FrrSSH(CiscoBaseConnection):
    """What it sends goes to vtysh; `shell` runs something beside it."""

    remote_conn: Any

    def session_preparation(self) -> None:
        self.ansi_escape_codes = True  # the shell's line editor sends some
        seen = self.read_until_pattern(_PROMPT)
        if not re.search(_VTYSH_PROMPT, seen):
            self.write_channel("vtysh || echo vtysh ended with $?\n")
            try:
                seen = self.read_until_pattern(rf"{_VTYSH_PROMPT}|{_NO_VTYSH}")
            except ReadTimeout as error:
                raise DeviceTimeout(
                    "vtysh started and shows no prompt: does one of the daemons stand still?"
                ) from error
        prompt = re.search(_VTYSH_PROMPT, seen)
        if prompt is None:
            words = [line.strip() for line in re.split(_NO_VTYSH, seen)[0].splitlines() if line.strip()]
            raise LoginRefused(f"the account gets a shell in which vtysh does not start: {words[-1][:100]}")
        self.base_prompt = prompt[0].strip()[:-1]
        self.ask("terminal length 0")

    def ask(self, command: str) -> str:
        """The answer of vtysh, without echo and prompt."""
        end = rf"(?:^|\n){re.escape(self.base_prompt)}(?:\([\w-]+\))?[>#] ?$"
        return str(self.send_command(command, expect_string=end, read_timeout=float(self.timeout)))

    def is_alive(self) -> bool:
        """Asked of the connection alone: Netmiko would type a character."""
        transport = self.remote_conn.transport if self.remote_conn else None
        return bool(transport and transport.is_active())

    def cleanup(self, command: str = "exit") -> None:
        """Netmiko would look for configuration mode first."""
        self.write_channel(command + self.RETURN)

    def shell(self, command: str, *, check: bool = True) -> str:
        """What a command of the router's operating system prints, on a channel of its own. Raises CommandRefused."""
        limit = float(self.read_timeout_override or self.timeout)
        try:
            channel = self.remote_conn.transport.open_session(timeout=limit)
        except SSHException as error:
            raise NoShell(f"the device allows no second channel for '{_name(command)}'") from error
        with channel:
            channel.settimeout(limit)
            channel.exec_command(command)  # nosec B601: commands of the driver alone; what callers give is quoted there
            output, complaint = _read(channel.recv), _read(channel.recv_stderr)
            if not channel.status_event.wait(limit):
                raise ReadException(f"no end of '{_name(command)}'")
            status = channel.recv_exit_status()
        if status and "% Unknown command" in output[:200]:
            raise NoShell(f"'{_name(command)}' needs an account with a shell; the login shell of this one is vtysh")
        if status and check:
            last = (complaint or output).strip().rpartition("\n")[2]
            raise CommandRefused(f"'{_name(command)}' failed on the device: {last or f'exit code {status}'}")
        return output or complaint


def _read(receive: Any) -> str:
    received = bytearray()
    while data := receive(65536):
        received += data
        if len(received) > MOST_BYTES:
            raise TooMuchOutput(f"more than {MOST_BYTES // 2**20} MB came of one command; it was given up")
    return received.decode(errors="replace")


def _name(command: str) -> str:
    """The program, without its directory and arguments."""
    return command.split()[0].rpartition("/")[2]
