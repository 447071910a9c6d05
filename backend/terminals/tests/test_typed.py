"""Which typed lines are kept: those that the device has shown."""

from __future__ import annotations

import pytest

from terminals.typed import Typed


def kept(*events: tuple[str, str]) -> str:
    """`("shown", text)` by the device and `("keys", text)` by the person, in order."""
    typed = Typed()
    for number, (kind, text) in enumerate(events):
        if kind == "keys":
            typed.keys(float(number), text)
        else:
            typed.shown(text)
    return "".join(text for _, text in typed.take())


def echoed(text: str) -> list[tuple[str, str]]:
    return [event for letter in text for event in (("keys", letter), ("shown", letter))]


def test_an_echoed_line_is_kept() -> None:
    assert kept(("shown", "r1#"), *echoed("show ver"), ("keys", "\r"), ("shown", "\r\nout\r\nr1#")) == "show ver\r"


@pytest.mark.parametrize("prompt", ["Password: ", "r1# ", "", "pass", "Enter PIN: "])
def test_what_is_not_echoed_is_not_kept(prompt: str) -> None:
    assert kept(("shown", prompt), ("keys", "pass"), ("keys", "\r"), ("shown", "\r\nr1#")) == ""


def test_a_secret_that_is_echoed_behind_its_prompt_is_not_kept_either() -> None:
    assert kept(("shown", "Password: "), *echoed("hunter2"), ("keys", "\r"), ("shown", "\r\n")) == ""


def test_a_password_typed_ahead_of_its_prompt_is_not_kept() -> None:
    assert kept(("shown", "r1>"), *echoed("enable"), ("keys", "\rpass\r"), ("shown", "\r\nPassword: \r\nr1#")) == (
        "enable\r"
    )


def test_masked_echo_is_no_echo() -> None:
    assert kept(("shown", "? "), ("keys", "abc"), ("shown", "***"), ("keys", "\r"), ("shown", "\r\n")) == ""


def test_completion_adds_to_the_echo() -> None:
    line = (("keys", "sh"), ("shown", "sh"), ("keys", "\t"), ("shown", "ow "), ("keys", "ver\r"), ("shown", "ver\r\n"))
    assert kept(("shown", "r1#"), *line) == "sh\tver\r"


def test_a_line_without_end_is_not_kept() -> None:
    assert kept(("shown", "r1#"), *echoed("reload")) == ""
