"""`configure replace`, its timer, and the two diffs of `show archive config`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.platforms.ios import files
from simulator.platforms.ios.state import IosState, parse, stamp
from simulator.platforms.ios.tree import ConfigEditor, LineError, Node

if TYPE_CHECKING:
    from simulator.platforms.ios.cli import IosCli

NOT_ENABLED = "%Please turn config archive on before using this feature\n\n"
NOTHING_PENDING = "%No Rollback Confirmed Change pending\n\n"
ROLLED_BACK = "\nTotal number of passes: 1\nRollback Done\n\n"


def removed_users(old: Node, new: Node) -> list[str]:
    """Users that `old` has and `new` has not."""
    kept = {node.key for node in new.find("username")}
    return [node.key[1] for node in old.find("username") if node.key not in kept]


def users_removed_by_merge(state: IosState, text: str) -> list[str]:
    """Users that a file's `no username` lines take away."""
    names = re.findall(r"^\s*no username (\S+)", text, re.MULTILINE)
    return [name for name in names if any(state.tree.find("username", name))]


def start_timer(cli: IosCli, minutes: int, body: str | None = None) -> bool:
    """Arm the revert timer with the configuration to go back to. False, with words to the user, when it cannot be."""
    state = cli.state
    if not state.archive_path:
        cli.say(NOT_ENABLED)
        return False
    if state.pending is not None:
        cli.say("%Rollback Confirmed Change already pending\n\n")
        return False
    if not 1 <= minutes <= 120:
        cli.say("% Invalid timer value\n\n")
        return False
    state.archive()
    cli.say(f"Rollback Confirmed Change: Backing up current running config to {state.archive_path}\n\n")
    state.start_revert_timer(state.running_config if body is None else body, cli.username, minutes)
    return True


async def replace(cli: IosCli, path: str, options: str) -> None:
    """`configure replace PATH [force] [revert trigger error] [revert|… timer N]`."""
    state = cli.state
    text = files.read_text(state, path)
    if text is None:
        cli.say(f"%Error opening {path} (No such file or directory)\n")
        return
    if not re.search(r"^end\s*$", text, re.MULTILINE):
        cli.say(f"\nThe input file is not a valid config file.\n\n{path}\n")
        return
    if "force" not in options and not await _agreed(cli):
        return
    tree, errors = parse(text)
    if errors:
        cli.say(_failed(errors))
        return
    for _ in removed_users(state.tree, tree):
        await cli.confirm_user_removal()
    timer = re.search(r"\btimer (\d+)", options)
    if timer and not start_timer(cli, int(timer[1])):
        return
    state.replace(text, cli.username)
    cli.say(ROLLED_BACK)


async def _agreed(cli: IosCli) -> bool:
    answer = await cli.terminal.ask(
        "This will apply all necessary additions and deletions\n"
        "to replace the current running configuration with the\n"
        "contents of the specified configuration file, which is\n"
        "assumed to be a complete configuration, not a partial\n"
        "configuration. Enter Y if you are sure you want to proceed. ? [no]: "
    )
    return answer.lower().startswith("y")


def _failed(errors: list[LineError]) -> str:
    lines = "".join(f"{error.line}\n" for error in errors)
    return (
        "\nTotal number of passes: 5\nRollback aborted after 5 passes\n"
        f"The following commands are failed to apply to the IOS image.\n********\n{lines}********\n\n"
        "The original configuration has been successfully restored.\n\n"
    )


def differences(state: IosState, first: str, second: str) -> str:
    """`show archive config differences`: what turns the first file into the second."""
    trees = []
    for path in (first, second):
        text = files.read_text(state, path)
        if text is None:
            return f"%Error opening {path} (No such file or directory)\n"
        trees.append(parse(text)[0])
    lines = _diff(trees[0], trees[1])
    return (
        "\n!Contextual Config Diffs:\n" + ("".join(f"{line}\n" for line in lines) or "!No changes were found\n") + "\n"
    )


def _diff(old: Node, new: Node, indent: str = "") -> list[str]:
    lines: list[str] = []
    before = {node.line: node for node in old.children}
    for node in new.children:
        if node.line not in before:
            lines += _whole(node, "+", indent)
        elif inner := _diff(before[node.line], node, indent + " "):
            lines += [f"{indent}{node.line}", *inner]
    kept = {node.line for node in new.children}
    for node in old.children:
        if node.line not in kept:
            lines += _whole(node, "-", indent)
    if not lines and indent and [node.line for node in old.children] != [node.line for node in new.children]:
        lines = [f"{indent}!(order-dependent lines re-ordered)"]
    return lines


def _whole(node: Node, sign: str, indent: str) -> list[str]:
    lines = [f"{indent}{sign}{node.line}"]
    for child in node.children:
        lines += _whole(child, sign, indent + " ")
    return lines


def incremental(state: IosState, path: str) -> str:
    """`show archive config incremental-diffs`: what a merge of the file would really do."""
    text = files.read_text(state, path)
    if text is None:
        return f"%Error opening {path} (No such file or directory)\n"
    editor = ConfigEditor(state.tree.copy())
    commands: list[str] = []
    shown: list[str] = []
    for raw in text.splitlines():
        if raw.strip() == "end":
            break
        editor.changed = False
        editor.feed(raw)
        if not editor.changed:
            continue
        blocks = [node.line for node in editor.path[1:]]
        above = blocks[:-1] if editor.opened else blocks
        for depth, block in enumerate(above):
            if shown[: depth + 1] != above[: depth + 1]:
                commands.append(" " * depth + block)
        commands.append(" " * len(above) + (blocks[-1] if editor.opened else raw.strip()))
        shown = blocks
    body = "".join(f"{line}\n" for line in commands)
    return f"!List of Commands:\n{body}end\n" + ("" if commands else "!No changes were found\n")


def rollback_timer(state: IosState) -> str:
    """`show archive config rollback timer`."""
    pending = state.pending
    if pending is None:
        return "%No Rollback Confirmed Change pending\n"
    return (
        f"Time configured(or last confirmed): {stamp(pending.configured_at)}\nTimer type: absolute timer\n"
        f"Timer value: {pending.minutes} min\nUser: {pending.user}\n"
    )


def listing(state: IosState) -> str:
    """`show archive`."""
    if not state.archive_path:
        return "Archive feature not enabled\n"
    rows = [f"  {number:2}       {state.archive_path}-{number}" for number in range(1, len(state.archives) + 1)]
    if rows:
        rows[-1] += " <- Most Recent"
    return (
        "The maximum archive configurations allowed is 10.\n"
        f"There are currently {len(rows)} archive configurations saved.\n"
        f"The next archive file will be named {state.archive_path}-{len(rows) + 1}\n Archive #  Name\n"
        + "".join(f"{row}\n" for row in rows)
    )
