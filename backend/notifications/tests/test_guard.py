"""Where a webhook may go, by every way there is to write an address of our own."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from notifications.guard import FORBIDDEN, BadAddress, checked_addresses, read_url, refusal


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "path"),
    [
        ("https://hooks.example.com", "https", "hooks.example.com", 443, "/"),
        ("https://hooks.example.com/a/b?c=d&e", "https", "hooks.example.com", 443, "/a/b?c=d&e"),
        ("https://HOOKS.Example.COM.:8443/", "https", "hooks.example.com", 8443, "/"),
        ("HTTPS://xn--bcher-kva.example/x", "https", "xn--bcher-kva.example", 443, "/x"),
        ("https://8.8.8.8/", "https", "8.8.8.8", 443, "/"),
        ("https://[2606:4700:0:0::1111]/", "https", "2606:4700::1111", 443, "/"),
        ("https://under_score.example.com/?q=[1]", "https", "under_score.example.com", 443, "/?q=[1]"),
        ("https://a.example/%41%0d%0a", "https", "a.example", 443, "/%41%0d%0a"),
    ],
)
def test_an_address_is_taken_apart(url: str, scheme: str, host: str, port: int, path: str) -> None:
    target = read_url(url)
    assert (target.scheme, target.host, target.port, target.path) == (scheme, host, port, path)


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "x", "//a.example/", "a.example", "http://a.example/", "ftp://a.example/", "file://a.example/x",
        "gopher://127.0.0.1:6379/_x", "https://", "https:///x", "https:a.example", "https://:443/",
        "https://user@a.example/", "https://user:secret@a.example/", "https://@a.example/", "https://8.8.8.8@127.0.0.1/",
        "https://127.0.0.1\\@8.8.8.8/", "https://8.8.8.8\\.a.example/", "https://a.example/#@127.0.0.1/",
        "https://a.example#", "https://a.example/x y", "https://a.example/\r\nX: y", "https://a.example/\t",
        "https://a\x00.example/", "https://bücher.example/", "https://１２７.0.0.1/", "https://127。0。0。1/", "https://ⓔxample.com/",
        "https://a..example/", "https://.a.example/", "https://a.example../", "https://-a.example/", "https://a-.example/",
        "https://%31%32%37.0.0.1/", "https://a.example%00/", "https://a.example:0/", "https://a.example:65536/",
        "https://a.example:x/", "https://a.example:-1/", "https://a.example:/", "https://a.example:22/",
        "https://a.example:25/", "https://a.example:6379/", "https://a.example:5432/", "https://a.example:53/",
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/",
        "https://127.0.1/", "https://0/", "https://127.0.0.1.0x0/", "https://127.0.0.01/", "https://017700000001/",
        "https://127.0.0.1/", "https://127.0.0.1./", "https://127.255.255.254/", "https://0.0.0.0/", "https://10.1.2.3/",
        "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.0.1/", "https://169.254.169.254/latest/",
        "https://100.64.0.1/", "https://100.127.255.255/", "https://192.0.0.8/", "https://192.0.2.1/",
        "https://198.18.0.1/", "https://198.51.100.1/", "https://203.0.113.1/", "https://224.0.0.1/",
        "https://239.255.255.255/", "https://240.0.0.1/", "https://255.255.255.255/",
        "https://[::]/", "https://[::1]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/", "https://[::ffff:8.8.8.8]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::8.8.8.8]/", "https://[64:ff9b:1::1]/", "https://[2002:7f00:1::]/", "https://[2002:808:808::]/",
        "https://[2001::1]/", "https://[2001:db8::1]/", "https://[3fff::1]/", "https://[fc00::1]/", "https://[fd12::1]/",
        "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[::1%25lo]/",
        "https://[fec0::1]/", "https://[ff02::1]/", "https://[100::1]/", "https://[4000::1]/", "https://[5f00::1]/",
        "https://[v1.x]/", "https://[127.0.0.1]/", "https://[::1/", "https://::1]/", "https://a.example]/",
        f"https://{'a' * 64}.example/", f"https://{'a.' * 130}example/", f"https://a.example/{'x' * 500}",
    ],
)  # fmt: skip
def test_an_address_that_is_none_of_a_webhook_is_refused(url: str) -> None:
    with pytest.raises(BadAddress) as caught:
        read_url(url)
    assert str(caught.value).endswith((".", "…"))


def test_this_server_by_its_name(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["webnet.acme.example", "127.0.0.1", "*"]
    for url in ("https://webnet.acme.example/", "https://WebNet.acme.example./x"):
        with pytest.raises(BadAddress, match="is this server itself"):
            read_url(url)
    assert read_url("https://other.acme.example/").host == "other.acme.example"


def test_http_only_where_it_is_allowed(settings: Any) -> None:
    settings.WEBHOOK_HTTP = True
    assert read_url("http://a.example/").port == 80
    with pytest.raises(BadAddress):
        read_url("http://127.0.0.1/")


def test_named_networks_are_let_through_on_any_port(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ["10.20.0.0/16", "fd12::/32"]
    assert read_url("https://10.20.1.2:9000/").port == 9000
    assert read_url("https://[fd12::5]:9000/").authority == "[fd12::5]:9000"
    for url in ("https://10.21.0.1/", "https://[fd13::1]/", "https://8.8.8.8:9000/", "https://[::ffff:10.20.1.2]/"):
        with pytest.raises(BadAddress):
            read_url(url)


@pytest.mark.parametrize("network", [network for network, _ in FORBIDDEN], ids=str)
def test_first_and_last_address_of_what_is_forbidden(network: Any) -> None:
    assert refusal(str(network[0]))
    assert refusal(str(network[-1]))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.15.255.255", "100.63.255.255", "2606:4700::1111"])
def test_what_everybody_can_reach_is_fit(address: str) -> None:
    assert refusal(address) == ""


@pytest.mark.parametrize("address", ["fe80::1%lo", "::1%1", "x", "", "127.1"])
def test_what_is_no_plain_address_is_not_fit(address: str) -> None:
    assert refusal(address)


def test_an_address_of_this_machines_own_interfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Public addresses of test machines are rare: one of loopback is taken for one."""
    monkeypatch.setattr("notifications.guard.FORBIDDEN", [])
    monkeypatch.setattr(ipaddress.IPv4Address, "is_global", True)
    assert refusal("127.0.0.5") == "is this server's own"
    assert refusal("8.8.8.8") == ""


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """A resolver that answers these, whatever it is asked."""
    families = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in addresses]
    answer = [(family, socket.SOCK_STREAM, 6, "", (one, 443)) for family, one in zip(families, addresses, strict=True)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answer)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["::1"], ["10.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"], ["fe80::1%eth0"],
        ["8.8.8.8", "127.0.0.1"], ["8.8.8.8", "::1"], ["2606:4700::1111", "fd00::1"],
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
    resolving(monkeypatch, *addresses)
    with pytest.raises(BadAddress, match="leads to"):
        checked_addresses(read_url("https://hooks.example/"))


def test_a_name_that_leads_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "8.8.8.8", "8.8.8.8", "2606:4700::1111")
    assert checked_addresses(read_url("https://hooks.example/")) == ["8.8.8.8", "2606:4700::1111"]


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST."])
def test_localhost_is_refused_by_what_it_leads_to(name: str) -> None:
    with pytest.raises(BadAddress, match="is this server itself"):
        checked_addresses(read_url(f"https://{name}/"))
