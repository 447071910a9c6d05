"""Runs in a process of its own: a template over a text, a request and an answer a line, both JSON.

It knows nothing of webnet. What a template's regular expressions cannot get through in time ends this process.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from typing import Any, TextIO

CPU_S = 2.0
"""Processor time for one text. Not the clock's: a busy machine must not look like a bad text."""
MEMORY = 1 << 30
LONGEST_ANSWER = 8_000_000


def by_textfsm(template: str, text: str) -> tuple[list[str], list[list[Any]]]:
    from textfsm.parser import TextFSM

    with open(template, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not worth its import here
        parser = TextFSM(file)
    rows = parser.ParseText(text)
    return [name.lower() for name in parser.header], rows


def by_ttp(template: str, text: str) -> tuple[list[str], list[list[Any]]]:
    """Records alone make a table: what nests one thing in another by name has no columns."""
    from ttp import ttp

    with open(template, encoding="utf-8") as file:  # noqa: PTH123
        parser = ttp(data=text, template=file.read(), log_level="CRITICAL")
    parser.parse(one=True)
    records = _records(parser.result(structure="flat_list"))
    columns = list(dict.fromkeys(name for record in records for name in record))
    return columns, [[record.get(name) for name in columns] for record in records]


def _records(found: list[Any]) -> list[dict[str, Any]]:
    """Those of the result, or of the one group in it."""
    if len(found) == 1 and isinstance(found[0], dict) and len(found[0]) == 1:
        [group] = found[0].values()
        if isinstance(group, dict):
            found = [group]
        elif isinstance(group, list) and all(isinstance(one, dict) for one in group):
            found = group
    flat = all(isinstance(one, dict) and not any(isinstance(v, dict) for v in one.values()) for one in found)
    return found if flat else []


def answer(request: dict[str, str]) -> str:
    """An empty text where there is no table."""
    run = by_ttp if request["language"] == "ttp" else by_textfsm
    try:
        columns, rows = run(request["template"], request["text"])
        told = json.dumps({"columns": columns, "rows": [list(map(_cell, row)) for row in rows]}) if rows else ""
    except (Exception, SystemExit):  # a template that does not fit: whatever it raises, there is no table
        return ""
    return told if len(told) <= LONGEST_ANSWER else ""


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_cell(item)}" for key, item in value.items() if item not in (None, ""))
    return "" if value is None else str(value)


def main(requests: TextIO, answers: TextIO) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in requests:
        # nothing catches this signal: the kernel ends the process in the midst of a match
        signal.setitimer(signal.ITIMER_VIRTUAL, CPU_S)
        told = answer(json.loads(line))
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        answers.write(told + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
