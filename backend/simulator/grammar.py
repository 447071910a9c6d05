"""Keyword grammar of a CLI: abbreviations, typed arguments, and where a wrong line goes wrong.

A grammar is a table of patterns, one a line. Lower-case words are keywords (``a|b`` are alternatives), upper-case words
are arguments, ``[…]`` marks an optional tail:

    show ip interface brief
    terminal length INT
    show running-config [REST]
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")

_INTERFACE = re.compile(r"([a-z][a-z-]*)\s*(\d+(?:[/.:]\d+)*)?", re.IGNORECASE)
INTERFACE_TYPES = (
    "GigabitEthernet", "TenGigabitEthernet", "FastEthernet", "Ethernet", "Loopback", "Vlan", "Port-channel", "Tunnel",
    "Serial", "Management",
)  # fmt: skip


def canonical_interface(text: str) -> str | None:
    """`gi0/1` as `GigabitEthernet0/1`; None when it names no interface."""
    match = _INTERFACE.fullmatch(text)
    if match is None or match[2] is None:
        return None
    types = [name for name in INTERFACE_TYPES if name.lower().startswith(match[1].lower())]
    return types[0] + match[2] if types else None


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _is_mask(text: str) -> bool:
    try:
        ipaddress.IPv4Network(f"0.0.0.0/{text}")
    except ValueError:
        return False
    return _is_address(text)


def _is_address6(text: str) -> bool:
    try:
        ipaddress.IPv6Interface(text)
    except ValueError:
        return False
    return True


ARGUMENTS: dict[str, Callable[[str], str | None]] = {
    "WORD": lambda text: text,
    "INT": lambda text: text if text.isdigit() else None,
    "ADDR": lambda text: text if _is_address(text) else None,
    "MASK": lambda text: text if _is_mask(text) else None,
    "PREFIX6": lambda text: text if "/" in text and _is_address6(text) else None,
    "ADDR6": lambda text: text if "/" not in text and _is_address6(text) else None,
    "IFNAME": canonical_interface,
}


class Failure(Enum):
    """Why a line did not match."""

    INVALID = "invalid"
    INCOMPLETE = "incomplete"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A line that is no command; `column` is where in the line the first wrong word starts."""

    failure: Failure
    column: int = 0


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A line understood: its words with keywords spelt out, its arguments, and how many words name the thing set."""

    rule: T
    words: tuple[str, ...]
    args: tuple[str, ...]
    key_words: int

    @property
    def key(self) -> tuple[str, ...]:
        """The words that tell two lines for the same thing from two things."""
        return self.words[: self.key_words]

    @property
    def line(self) -> str:
        """The line as the device prints it back."""
        return " ".join(self.words)


@dataclass(slots=True)
class _Node(Generic[T]):
    keywords: dict[str, _Node[T]] = field(default_factory=dict)
    arguments: dict[str, _Node[T]] = field(default_factory=dict)
    rule: T | None = None
    key_words: int | None = None
    """Set on a node where a pattern's key ends: a `no` line may stop here."""
    ends: bool = False


class Grammar(Generic[T]):
    """Patterns compiled into a tree of words."""

    def __init__(self, patterns: Iterable[tuple[str, T]] = ()) -> None:
        self._root: _Node[T] = _Node()
        for pattern, rule in patterns:
            self.add(pattern, rule)

    def add(self, pattern: str, rule: T) -> None:
        """Add one pattern. A ` = ` in it ends the part that names the thing (else the whole line does)."""
        head, _, tail = pattern.partition(" = ")
        tokens = [*head.split(), *tail.split()]
        key_words = len(head.split()) if tail else None
        self._add(self._root, tokens, 0, rule, key_words)

    def _add(self, node: _Node[T], tokens: list[str], depth: int, rule: T, key_words: int | None) -> None:
        if key_words == depth and node.rule is None:
            node.rule, node.key_words = rule, depth
        if depth == len(tokens):
            node.rule, node.key_words, node.ends = rule, depth if key_words is None else key_words, True
            return
        token = tokens[depth]
        if token.startswith("["):
            if key_words != depth:
                node.rule, node.key_words = rule, depth if key_words is None else key_words
            node.ends = True
            token = token[1:]
        token = token.rstrip("]")
        if token.isupper():
            self._add(node.arguments.setdefault(token, _Node()), tokens, depth + 1, rule, key_words)
            return
        for word in token.split("|"):
            self._add(node.keywords.setdefault(word, _Node()), tokens, depth + 1, rule, key_words)

    def match(self, line: str, start: int = 0, *, partial: bool = False, exact: bool = False) -> Match[T] | Mismatch:
        """Understand `line` from column `start` on.

        `partial` accepts a line that only names its thing (for `no`), `exact` takes no abbreviations.
        """
        node, words, args = self._root, [], []
        tokens = list(_tokens(line, start))
        index = 0
        while index < len(tokens):
            text, column = tokens[index]
            step = _step(node, text, [token for token, _ in tokens[index + 1 : index + 2]])
            if exact and step is not None and not step.is_argument and step.word != text.lower():
                return Mismatch(Failure.INVALID, column)
            if step is None:
                rest = node.arguments.get("REST")
                if rest is None:
                    return Mismatch(Failure.INVALID, column)
                tail = line[column:].rstrip()
                words.append(tail)
                args.append(tail)
                node = rest
                break
            if step is _AMBIGUOUS:
                return Mismatch(Failure.AMBIGUOUS, column)
            node = step.node
            words.append(step.word)
            if step.is_argument:
                args.append(step.word)
            index += step.used
        if node.rule is None or node.key_words is None or not (node.ends or partial):
            return Mismatch(Failure.INCOMPLETE, len(line))
        return Match(node.rule, tuple(words), tuple(args), min(node.key_words, len(words)))

    def choices(self, line: str) -> list[str]:
        """Keywords and arguments that may stand where `line` ends; a last word without a space is still being typed."""
        tokens = list(_tokens(line, 0))
        unfinished = tokens.pop()[0] if tokens and not line.endswith(" ") else ""
        node = self._root
        for text, _ in tokens:
            step = _step(node, text, [])
            if step is None or step is _AMBIGUOUS:
                return []
            node = step.node
        found = sorted(word for word in node.keywords if word.startswith(unfinished.lower()))
        if not unfinished:
            found += [*node.arguments, *(["<cr>"] if node.ends else [])]
        return found


def _tokens(line: str, start: int) -> Iterator[tuple[str, int]]:
    for match in re.finditer(r"\S+", line[start:]):
        yield match[0], match.start() + start


class _Step(NamedTuple, Generic[T]):
    word: str
    is_argument: bool
    used: int
    node: _Node[T]


_AMBIGUOUS: _Step[Any] = _Step("", False, 0, _Node())


def _step(node: _Node[T], text: str, following: list[str]) -> _Step[T] | None:
    """The word that `text` stands for below `node`; None when it stands for none."""
    lowered = text.lower()
    if lowered in node.keywords:
        return _Step(lowered, False, 1, node.keywords[lowered])
    candidates = [word for word in node.keywords if word.startswith(lowered)]
    if len(candidates) == 1:
        return _Step(candidates[0], False, 1, node.keywords[candidates[0]])
    if len(candidates) > 1:
        return _AMBIGUOUS
    for kind, below in node.arguments.items():
        if kind == "REST":
            continue
        if (value := ARGUMENTS[kind](text)) is not None:
            return _Step(value, True, 1, below)
        # "interface GigabitEthernet 0/1" is one name in two words.
        if kind == "IFNAME" and following and (value := canonical_interface(text + following[0])) is not None:
            return _Step(value, True, 2, below)
    return None
