"""Does a command only read? An allow-list by platform: what is not known to be harmless is refused, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from networkops.platforms import PLATFORMS
from networkops.readonly_rules import RULES as _RULES
from networkops.readonly_rules import WORD, Rules
from networkops.redact import mask

LONGEST = 240
"""Characters of a command; the shortest input line of the platforms has 254."""
ANY_WORD = "*"
"""Stands for one plain word in a command that a customer allows."""


def normal(command: str) -> str:
    """The command as it is sent: without spaces around it, one between its words."""
    return re.sub(" +", " ", command).strip(" ")


def unfit(command: str) -> str:
    """Why no platform is sent this as one command, whoever asks; empty when it is fit to be sent."""
    if not command.strip(" "):
        return "it is empty"
    for character in command:
        if character in "\r\n\v\f\x85\u2028\u2029":
            return "it holds a line break: give one command a line"
        if not " " <= character <= "~":
            return f"it holds the character U+{ord(character):04X}: only plain ASCII is sent"
    if len(command) > LONGEST:
        return f"it has more than {LONGEST} characters"
    if "?" in command:
        return "it holds a '?', by which a device helps with typing"
    return ""


def tells_secret(command: str) -> bool:
    """Whether the command has a secret in it, by any platform's habits: it would stand in the job's record."""
    return any(mask(command, platform) != command for platform in PLATFORMS)


def refusal(command: str, platform: str, allowed: Iterable[str] = ()) -> str:
    """Why the command is not known to only read on that platform, in words; empty when it is.

    `allowed` are commands that the customer allows besides, with `*` for one plain word.
    """
    if words := unfit(command):
        return words
    rules = _RULES.get(platform)
    if rules is None:
        return f"the platform '{platform}' is unknown"
    head, filters, problem = _split(normal(command), rules)
    return problem or _refused_head(head, rules, allowed) or _refused_filters(filters, rules)


def bad_pattern(command: str) -> str:
    """Why this cannot be a command that a customer allows; empty when it can."""
    if words := unfit(command):
        return words
    first, *rest = command.split()
    if not re.fullmatch(WORD, first):
        return "it begins with a plain word"
    for word in rest:
        if word != ANY_WORD and not re.fullmatch(WORD + r"|-[\w-]+", word):
            return f"'{word}' is neither a plain word nor {ANY_WORD}, which stands for any one word"
    return ""


def _split(command: str, rules: Rules) -> tuple[str, list[str], str]:
    """The command, the filters behind it, and what is wrong with how they are joined."""
    if rules.quotes and command.count('"') % 2:
        return "", [], "its quotation marks do not pair"
    pieces = re.split(r'\|(?=(?:[^"]*"[^"]*")*[^"]*$)', command) if rules.quotes else command.split("|")
    head, *rest = pieces
    filters: list[str] = []
    for piece in rest:
        if filters and rules.alternation and _is_alternative(filters[-1], piece, rules):
            filters[-1] = f"{filters[-1]}|{piece}"
        else:
            filters.append(piece)
    return head.strip(), [text.strip() for text in filters], ""


def _is_alternative(before: str, piece: str, rules: Rules) -> bool:
    """`b` of `| include a|b`: nothing but one word, with no space around the bar, that is no filter itself."""
    if before[-1:].isspace() or piece[:1].isspace() or not re.fullmatch(WORD + " ?", piece):
        return False
    word = piece.strip().lower()
    return not any(name.startswith(word) for name in rules.alternation)


def _refused_head(head: str, rules: Rules, allowed: Iterable[str]) -> str:
    if any(_matches(head, pattern) for pattern in allowed) or any(
        _whole(regex).fullmatch(head) for regex in rules.also
    ):
        return ""
    first, *rest = head.split(" ")
    if first.lower() not in rules.reads:
        return _no_reader(first, rules)
    plain = re.compile(rf"[\w.:/,@+=%{re.escape(rules.characters)}-]+", re.ASCII)
    if "://" in head:
        return "it names an address of a file elsewhere"
    for word in rest:
        if not plain.fullmatch(word):
            return f"'{word}' holds a character that can do more than read"
    for words in rules.never:
        if _names(rest, words.removeprefix("… ").split(), anywhere=words.startswith("… ")):
            return f"'{first} {words}' does more than read"
    return ""


def _no_reader(first: str, rules: Rules) -> str:
    full = next((word for word in rules.reads if len(first) > 1 and word.startswith(first.lower())), "")
    if full:
        return f"write '{full}' in full"
    known = " and ".join(f"'{word}'" for word in rules.reads)
    return f"'{first}' is not known to only read" + (f"; {known} commands are" if known else "")


def _names(given: Sequence[str], words: Sequence[str], *, anywhere: bool) -> bool:
    """Whether the given words have these in them in this order, each in full or by its beginning."""
    if not anywhere and given and not words[0].startswith(given[0].lower()):
        return False
    left = list(words)
    for word in given:
        if left and left[0].startswith(word.lower()):
            left.pop(0)
    return not left


def _refused_filters(filters: Sequence[str], rules: Rules) -> str:
    for text in filters:
        name, _, argument = text.partition(" ")
        form = rules.filters.get(name.lower())
        if form is None:
            return f"'| {name}' is not known to be harmless" if name else "nothing stands behind its '|'"
        argument, *others = argument.split("|") if rules.alternation else [argument]
        if not _whole(form).fullmatch(argument) or not all(re.fullmatch(WORD, other, re.ASCII) for other in others):
            return f"'| {text}' holds what that filter is not given"
    return ""


def _matches(head: str, pattern: str) -> bool:
    given, wanted = head.lower().split(" "), pattern.lower().split()
    if len(given) != len(wanted):
        return False
    return all(
        re.fullmatch(WORD, have, re.ASCII) if want == ANY_WORD else have == want
        for have, want in zip(given, wanted, strict=True)
    )


@cache
def _whole(regex: str) -> re.Pattern[str]:
    return re.compile(regex, re.ASCII)
