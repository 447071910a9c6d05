"""The IOS-like configuration tree: what is printed can be read back, and lines do to it what they say."""

from __future__ import annotations

import pytest

from simulator import DeviceSpec
from simulator.grammar import Failure, Grammar, Match, Mismatch, canonical_interface
from simulator.platforms.ios.generate import generate
from simulator.platforms.ios.state import parse
from simulator.platforms.ios.tree import ConfigEditor, render


@pytest.mark.parametrize("role", ["switch", "router"])
@pytest.mark.parametrize("enable_secret", ["", "x"])
def test_generated_configurations_read_back_as_they_are(role: str, enable_secret: str) -> None:
    for seed in range(20):
        text = generate(DeviceSpec(f"d-{seed}", role=role, seed=seed, enable_secret=enable_secret))
        tree, errors = parse(text)
        assert errors == []
        assert render(tree) == text


CASES = [
    # (configuration, lines applied to it, configuration after)
    ("hostname a", "hostname b", "hostname b"),
    ("interface Loopback0\n description x", "int lo0\ndesc y", "interface Loopback0\n description y"),
    ("interface Loopback0\n description x", "int loopback 0\nno desc", "interface Loopback0"),
    ("interface Loopback0\n shutdown", "int lo0\nno shut", "interface Loopback0"),
    ("interface Loopback0\n shutdown", "default interface lo0", "interface Loopback0"),
    ("", "no ip http server", "no ip http server"),
    ("no ip http server", "ip http server", "ip http server"),
    ("ntp server 10.0.0.1", "ntp server 10.0.0.2 prefer", "ntp server 10.0.0.1\nntp server 10.0.0.2 prefer"),
    ("ntp server 10.0.0.1 prefer", "no ntp server 10.0.0.1", ""),
    ("snmp-server community a RO", "snmp-server community a RW", "snmp-server community a RW"),
    (
        "ip access-list extended A\n permit ip any any\n deny ip any any",
        "ip access-list extended A\nno permit ip any any\npermit tcp any any",
        "ip access-list extended A\n deny ip any any\n permit tcp any any",
    ),
    (
        "router bgp 1\n neighbor 10.0.0.1 remote-as 2",
        "router bgp 1\nno neighbor 10.0.0.1 remote-as 2\naddress-family ipv4\nnetwork 10.0.0.0",
        "router bgp 1\n !\n address-family ipv4\n  network 10.0.0.0\n exit-address-family",
    ),
    # A line that the block does not know leaves it, as far up as needed.
    (
        "",
        "vrf definition A\naddress-family ipv4\nhostname a",
        "hostname a\n!\nvrf definition A\n !\n address-family ipv4",
    ),
    ("banner motd ^C\nold\n^C", "banner motd #new#", "banner motd ^C\nnew\n^C"),
    (
        "interface Loopback0\n ip address 10.0.0.1 255.0.0.0",
        "int lo0\nno ip addr",
        "interface Loopback0\n no ip address",
    ),
]


@pytest.mark.parametrize(("before", "lines", "after"), CASES)
def test_lines(before: str, lines: str, after: str) -> None:
    tree, errors = parse(before)
    editor = ConfigEditor(tree)
    errors += editor.feed_all(lines)
    assert errors == []
    assert editor.changed
    again, _ = parse(after)
    assert render(tree) == render(again)


@pytest.mark.parametrize(
    "line", ["hostname a", "interface Loopback0\n description x", "no banner motd", "default int lo0"]
)
def test_lines_that_change_nothing(line: str) -> None:
    tree, _ = parse("hostname a\ninterface Loopback0\n description x\n")
    editor = ConfigEditor(tree)
    assert editor.feed_all(line) == []
    assert editor.changed == (line.startswith("default"))


REFUSED = [
    ("make me a sandwich", Failure.INVALID, "make"),
    ("ip address 10.0.0.1 255.0.0.0", Failure.INVALID, "address"),
    ("ip route 10.0.0.0 255.0.255.0 10.1.1.1", Failure.INVALID, "255.0.255.0"),
    ("ip route 10.0.0.0", Failure.INCOMPLETE, ""),
    ("interface bananas1", Failure.INVALID, "bananas1"),
    ("no ntp server", Failure.INCOMPLETE, ""),
    ("s", Failure.AMBIGUOUS, "s"),
]


@pytest.mark.parametrize(("line", "failure", "at"), REFUSED)
def test_refused_lines(line: str, failure: Failure, at: str) -> None:
    _, (error,) = parse(f"hostname a\n{line}\n")
    assert error.failure is failure
    assert line[error.column :].startswith(at)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gi0/1", "GigabitEthernet0/1"),
        ("Te1/0/1", "TenGigabitEthernet1/0/1"),
        ("vlan10", "Vlan10"),
        ("GigabitEthernet0/0.10", "GigabitEthernet0/0.10"),
        ("bananas1", None),
        ("gi", None),
    ],
)
def test_interface_names(text: str, name: str | None) -> None:
    assert canonical_interface(text) == name


def test_grammar() -> None:
    grammar: Grammar[str] = Grammar(
        [("set name = WORD", "name"), ("set limits up|down INT [REST]", "limits"), ("show", "show")]
    )
    assert grammar.match("set na router") == Match("name", ("set", "name", "router"), ("router",), 2)
    assert grammar.match("se li u 5 and more") == Match(
        "limits", ("set", "limits", "up", "5", "and more"), ("5", "and more"), 5
    )
    assert grammar.match("s name x") == Mismatch(Failure.AMBIGUOUS, 0)
    assert grammar.match("set limits sideways") == Mismatch(Failure.INVALID, 11)
    assert grammar.match("set name") == Mismatch(Failure.INCOMPLETE, 8)
    named = grammar.match("set name", partial=True)
    assert isinstance(named, Match)
    assert named.key == ("set", "name")
    assert grammar.choices("s") == ["set", "show"]
    assert grammar.choices("set limits ") == ["down", "up"]
    assert grammar.choices("set limits up 5 ") == ["REST", "<cr>"]
