"""An IOS configuration as a tree: lines under lines, kept in the order in which the device prints them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.grammar import Failure, Match, Mismatch
from simulator.platforms.ios.config_grammar import ConfigRule, Mode, modes
from simulator.platforms.ios.secrets import hide_secret


@dataclass(slots=True)
class Node:
    """One line with the block under it."""

    line: str
    key: tuple[str, ...] = ()
    rank: int = 0
    group: int = 0
    mode: str = ""
    """The mode its children belong to; empty where it opens no block."""
    children: list[Node] = field(default_factory=list)
    _by_key: dict[tuple[str, ...], Node] = field(default_factory=dict)

    def child(self, key: tuple[str, ...]) -> Node | None:
        """The child that sets the thing named `key`."""
        return self._by_key.get(key)

    def insert(self, node: Node) -> None:
        """Put a child where its rank belongs, behind others of the same."""
        index = len(self.children)
        while index and self.children[index - 1].rank > node.rank:
            index -= 1
        self.children.insert(index, node)
        self._by_key[node.key] = node

    def swap(self, old: Node, new: Node) -> None:
        """Put `new` in the place of a child with the same key."""
        self.children[next(index for index, node in enumerate(self.children) if node is old)] = new
        self._by_key[new.key] = new

    def remove(self, key: tuple[str, ...]) -> None:
        """Remove every child whose key starts with `key`."""
        self.children = [node for node in self.children if node.key[: len(key)] != key]
        self._by_key = {node.key: node for node in self.children}

    def clear(self) -> None:
        """Remove all children."""
        self.children, self._by_key = [], {}

    def find(self, *words: str) -> Iterator[Node]:
        """Children whose line starts with these words."""
        for node in self.children:
            if tuple(node.line.split()[: len(words)]) == words:
                yield node

    def value(self, *words: str) -> str:
        """What follows these words in the first child that starts with them, or an empty string."""
        node = next(self.find(*words), None)
        return node.line.split(None, len(words))[-1] if node and len(node.line.split()) > len(words) else ""

    def copy(self) -> Node:
        """A deep copy."""
        children = [node.copy() for node in self.children]
        return Node(
            self.line, self.key, self.rank, self.group, self.mode, children, {node.key: node for node in children}
        )


def root() -> Node:
    """An empty configuration."""
    return Node("", mode="global")


def render(tree: Node) -> str:
    """The configuration's body: from the first line to `end`."""
    out: list[str] = ["!"]
    previous: Node | None = None
    for node in tree.children:
        separate = previous is not None and (node.group != previous.group or bool(node.mode) or bool(previous.mode))
        if separate and not _shares_block(previous, node):
            out.append("!")
        _render(node, 0, out)
        previous = node
    return "\n".join([*out, "!", "end", ""])


def _shares_block(previous: Node | None, node: Node) -> bool:
    """`line con 0`, `line aux 0`, `line vty 0 4` stand together."""
    return previous is not None and previous.mode == node.mode == "line"


def _render(node: Node, depth: int, out: list[str]) -> None:
    out.append(" " * depth + node.line)
    for child in node.children:
        if child.mode and depth == 0 and node.mode == "bgp":
            out.append(" !")
        _render(child, depth + 1, out)
        if child.mode in ("bgp-af", "vrf-af"):
            out.append(" " * (depth + 1) + "exit-address-family")


@dataclass(frozen=True, slots=True)
class LineError:
    """A line that the parser refused. `column` is where the caret goes."""

    line: str
    failure: Failure
    column: int


class ConfigEditor:
    """Applies configuration lines to a tree as the device's parser does: current block first, then the ones above."""

    def __init__(self, tree: Node) -> None:
        self.tree = tree
        self.path: list[Node] = [tree]
        self._banner: tuple[str, str, list[str]] | None = None
        self.changed = False
        self.opened = False
        """Whether the last line went into a block."""

    @property
    def mode(self) -> Mode:
        """The mode that the next line is read in."""
        return modes()[self.path[-1].mode]

    @property
    def in_banner(self) -> bool:
        """Whether lines are taken as banner text until its delimiter."""
        return self._banner is not None

    def leave(self) -> bool:
        """`exit`: one block up. False when that leaves configuration mode."""
        self.path.pop()
        return bool(self.path)

    def move_to(self, tree: Node) -> None:
        """Go on in another tree, in the same block where that has it."""
        path = [tree]
        for node in self.path[1:]:
            below = path[-1].child(node.key)
            if below is None:
                break
            path.append(below)
        self.tree, self.path = tree, path

    def feed(self, raw: str) -> LineError | None:
        """One line. Comments and empty lines do nothing."""
        self.opened = False
        if self._banner:
            self._banner_line(raw)
            return None
        line = raw.strip()
        if not line or line.startswith("!"):
            return None
        if line == "exit-address-family":
            if self.mode.name in ("bgp-af", "vrf-af"):
                self.path.pop()
            return None
        banner = re.match(r"banner\s+(motd|login|exec|incoming)\s+(\^C|\S)(.*)", line, re.IGNORECASE)
        if banner:
            self._start_banner(banner[1].lower(), banner[2], banner[3])
            return None
        return self._apply(line)

    def feed_all(self, text: str) -> list[LineError]:
        """Every line of a text, up to `end`; the errors of those that were refused."""
        errors = []
        for raw in text.splitlines():
            if raw.strip() == "end" and not self.in_banner:
                break
            if raw.strip() == "exit" and not self.in_banner:
                if len(self.path) > 1:
                    self.path.pop()
                continue
            if (error := self.feed(raw)) is not None:
                errors.append(error)
        return errors

    def removed_users(self, line: str) -> bool:
        """Whether a line would remove a user, which the device asks about first."""
        words = line.split()
        return len(words) == 3 and words[:2] == ["no", "username"] and any(self.tree.find("username", words[2]))

    def _apply(self, line: str) -> LineError | None:
        negated = line.lower().startswith("no ")
        default = line.lower().startswith("default ")
        start = line.index(" ") + 1 if negated or default else 0
        # A line spelt out in a block above is that line, not an abbreviation of one in this block.
        for exact in (True, False):
            for depth in range(len(self.path), 0, -1):
                block = self.path[depth - 1]
                result = modes()[block.mode].grammar.match(line, start, partial=negated or default, exact=exact)
                if isinstance(result, Match):
                    self.path = self.path[:depth]
                    action = self._reset if default else self._remove if negated else self._set
                    action(block, result)
                    return None
        return self._error(line, start, partial=negated or default)

    def _error(self, line: str, start: int, *, partial: bool) -> LineError:
        """What was wrong where the line got farthest."""
        tries = [modes()[block.mode].grammar.match(line, start, partial=partial) for block in reversed(self.path)]
        farthest = max((result for result in tries if isinstance(result, Mismatch)), key=lambda result: result.column)
        return LineError(line, farthest.failure, farthest.column)

    def _set(self, block: Node, match: Match[ConfigRule]) -> None:
        line = hide_secret(match.line)
        node = Node(line, match.key, match.rule.rank, match.rule.group, match.rule.opens)
        old = block.child(match.key)
        self.opened = bool(match.rule.opens)
        if old is not None and self.opened:
            self.path.append(old)
            return
        self._put(block, old, node)
        if self.opened:
            self.path.append(node)

    def _put(self, block: Node, old: Node | None, node: Node) -> None:
        if old is None:
            block.insert(node)
        elif old.line != node.line:
            block.swap(old, node)
        else:
            return
        self.changed = True

    def _remove(self, block: Node, match: Match[ConfigRule]) -> None:
        key, rule = match.key, match.rule
        kept = [Node(f"no {' '.join(key)}", key, rule.rank, rule.group)] if rule.keeps_no else []
        if [node.line for node in block.children if node.key[: len(key)] == key] == [node.line for node in kept]:
            return
        block.remove(key)
        for node in kept:
            block.insert(node)
        self.changed = True

    def _reset(self, block: Node, match: Match[ConfigRule]) -> None:
        node = block.child(match.key)
        if node is not None and node.children:
            node.clear()
            self.changed = True

    def _start_banner(self, kind: str, delimiter: str, text: str) -> None:
        self._banner = (kind, delimiter, [])
        if text:
            self._banner_line(text)

    def _banner_line(self, raw: str) -> None:
        assert self._banner is not None
        kind, delimiter, lines = self._banner
        text, found, _ = raw.partition(delimiter)
        if text or not found:
            lines.append(text)
        if not found:
            return
        self._banner = None
        self.path = self.path[:1]
        match = self.mode.grammar.match(f"banner {kind} x")
        assert isinstance(match, Match)
        body = "\n".join(lines)
        key, rule = match.key, match.rule
        node = Node(f"banner {kind} ^C\n{body}\n^C", key, rule.rank, rule.group)
        self._put(self.tree, self.tree.child(key), node)
