"""Files by the names a user gives them: `flash:/x`, `running-config`, `null:`."""

from __future__ import annotations

import time

from simulator.platforms.ios.state import File, IosState
from simulator.scp import file_name

FLASH_BYTES = 256_487_424


def read(state: IosState, path: str) -> bytes | None:
    """A file's bytes; None when there is none."""
    if path.startswith("null:"):
        return b""
    if path.endswith("running-config"):
        return state.running_config.encode()
    if path.endswith("startup-config"):
        return state.startup_config.encode()
    if path.startswith("archive:"):
        number = file_name(path)
        return state.archives[int(number) - 1].encode() if number.isdigit() and 0 < int(number) <= 14 else None
    return state.read_file(file_name(path))


def read_text(state: IosState, path: str) -> str | None:
    """A file as text."""
    data = read(state, path)
    return None if data is None else data.decode(errors="replace")


def directory(state: IosState, path: str) -> str:
    """What `dir` prints for flash or for one file in it."""
    name = file_name(path)
    if not path.startswith(("flash:", "bootflash:", "/")):
        return f"%Error opening {path} (No such device)\n"
    if name and name not in state.flash:
        return f"%Error opening {path} (No such file or directory)\n"
    shown = [name] if name else list(state.flash)
    # A fresh file system is named with its slash: clients look for it.
    title = path if name else f"{path.rstrip('/')}/"
    rows = [_row(number, item, state.flash[item]) for number, item in enumerate(shown, 2)]
    used = sum(len(file.data) for file in state.flash.values())
    free = f"{FLASH_BYTES} bytes total ({FLASH_BYTES - 41_000_000 - used} bytes free)"
    return f"Directory of {title}\n\n" + "".join(f"{row}\n" for row in rows) + f"\n{free}\n"


def _row(number: int, name: str, file: File) -> str:
    written = time.strftime("%b %d %Y %H:%M:%S +00:00", time.gmtime(file.at))
    return f"{number:5}  -rw-{len(file.data):12}  {written}  {name}"
