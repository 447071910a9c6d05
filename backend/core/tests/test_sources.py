"""Networks that something may be used from."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from core.sources import MOST_NETWORKS, may_come_from, read_networks

NETWORKS = [
    # address, networks, allowed
    (None, [], True), ("10.1.2.3", [], True),
    (None, ["0.0.0.0/0"], False),
    ("10.1.2.3", ["10.1.2.0/24"], True), ("10.1.3.3", ["10.1.2.0/24"], False),
    ("10.1.3.3", ["10.1.2.0/24", "10.1.3.3/32"], True),
    ("::ffff:10.1.2.3", ["10.1.2.0/24"], True), ("10.1.2.3", ["::/0"], False),
    ("2001:db8::1", ["2001:db8::/32"], True), ("2001:db8::1", ["0.0.0.0/0"], False),
]  # fmt: skip


@pytest.mark.parametrize(("address", "networks", "allowed"), NETWORKS)
def test_networks(address: str | None, networks: list[str], allowed: bool) -> None:
    assert may_come_from(address, networks) is allowed


def test_networks_are_read_in_one_form_and_once() -> None:
    assert read_networks([" 10.0.0.0/8", "192.0.2.7", "10.0.0.0/8", "2001:DB8::/32"], "f") == [
        "10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [None, "10.0.0.0/8", {}, 7, [7], [None], [["10.0.0.0/8"]], ["10.0.0.1/8"], ["everywhere"], [""],
     [f"10.0.0.{number}" for number in range(MOST_NETWORKS + 1)]],
)  # fmt: skip
def test_what_is_no_list_of_networks(given: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        read_networks(given, "source_networks")
    assert list(refused.value.message_dict) == ["source_networks"]
