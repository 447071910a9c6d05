"""Sample data of the style guide: what each component shows, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django import forms
from django.core.paginator import Page, Paginator
from django.utils import timezone

CONFIG = """\
! Last configuration change at 09:12:44 UTC
version 17.9
service timestamps log datetime msec
hostname ams1-edge-01
enable secret 9 ••••••
interface GigabitEthernet0/0/0
 description transit: AS64500, circuit 20881
 ip address 192.0.2.1 255.255.255.252
 no shutdown
end"""

JOB_STATUSES = ("queued", "running", "succeeded", "partial", "failed", "cancelled")
TARGET_STATUSES = ("pending", "running", "succeeded", "failed", "skipped", "cancelled", "unknown")


class SampleForm(forms.Form):
    hostname = forms.CharField(help_text="As the device names itself.")
    mgmt_ip = forms.GenericIPAddressField(label="Management address")
    platform = forms.ChoiceField(choices=[("ios", "Cisco IOS"), ("eos", "Arista EOS"), ("junos", "Juniper Junos")])
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    snapshot = forms.FileField(required=False, label="Configuration file")
    mode = forms.ChoiceField(widget=forms.RadioSelect, choices=[("merge", "Merge"), ("replace", "Replace")])
    enabled = forms.BooleanField(required=False, help_text="A disabled device is left out of every job.")


class SampleLine(NamedTuple):
    sequence: int
    moment: str
    level: str
    device: str
    text: str


def _pieces(text: str) -> list[tuple[str, bool]]:
    return [(text, False)]


def _equal(first: int, lines: Sequence[str], shift: int = 0) -> list[dict[str, Any]]:
    return [
        {"old_no": number, "new_no": number + shift, "old": _pieces(text), "new": _pieces(text)}
        for number, text in enumerate(lines, start=first)
    ]


def _diff() -> list[dict[str, Any]]:
    changed = [
        {
            "old_no": 15,
            "new_no": 15,
            "old": [(" ip address 192.0.2.", False), ("1", True), (" 255.255.255.252", False)],
            "new": [(" ip address 192.0.2.", False), ("5", True), (" 255.255.255.252", False)],
        },
        {"old_no": None, "new_no": 16, "old": [], "new": _pieces(" ip mtu 1500")},
    ]
    removed = [{"old_no": 18, "new_no": None, "old": _pieces(" shutdown"), "new": []}]
    return [
        {"kind": "fold", "rows": _equal(1, CONFIG.splitlines()[:6] * 2)},
        {"kind": "equal", "rows": _equal(13, ["interface GigabitEthernet0/0/0", " description transit: AS64500"])},
        {"kind": "change", "rows": changed},
        {"kind": "equal", "rows": _equal(16, [" no ip redirects", " no ip proxy-arp"], shift=1)},
        {"kind": "change", "rows": removed},
        {"kind": "equal", "rows": _equal(19, ["!", "end"])},
    ]


def _log() -> list[SampleLine]:
    start = timezone.now().replace(microsecond=203_000)
    texts = (
        ("info", "ams1-edge-01", "connected, 22/tcp, ssh-ed25519 as pinned"),
        ("debug", "ams1-edge-01", "show running-config: 48 213 bytes in 1.3 s"),
        ("warning", "fra2-core-rtr-with-a-long-name-07", "answers slowly: 8.2 s for the prompt"),
        ("error", "lon1-acc-114", "Login refused: the device took neither the password nor the key of credential core"),
        ("info", "", "shard 2 of 3 done: 98 succeeded, 2 failed"),
    )
    return [
        SampleLine(number, (start + timedelta(milliseconds=137 * number)).isoformat(" ", "milliseconds"), *text)
        for number, text in enumerate(texts, start=1)
    ]


def _devices() -> list[dict[str, Any]]:
    now = timezone.now()
    rows = (
        ("ams1-edge-01", "192.0.2.11", "Cisco IOS", "Amsterdam 1", "reachable", 2),
        ("ams1-edge-02", "192.0.2.12", "Cisco IOS", "Amsterdam 1", "reachable", 2),
        ("fra2-core-rtr-with-a-very-long-name-07", "198.51.100.7", "Juniper Junos", "Frankfurt 2", "unknown", 300),
        ("lon1-acc-114", "203.0.113.114", "Arista EOS", "London 1", "unreachable", 4_000),
    )
    names = ("hostname", "mgmt_ip", "platform", "site", "reachability")
    return [
        dict(zip(names, row, strict=True)) | {"pk": number, "seen": now - timedelta(minutes=minutes), "count": minutes}
        for number, (*row, minutes) in enumerate(rows, start=1)
    ]


def _page(number: int, count: int) -> Page[int]:
    return Paginator(range(count), 50).get_page(number)


def styleguide_context() -> dict[str, Any]:
    """Everything that templates/styleguide.html shows."""
    now = timezone.now()
    return {
        "job_statuses": JOB_STATUSES,
        "target_statuses": TARGET_STATUSES,
        "form": SampleForm(initial={"hostname": "ams1-edge-01", "mode": "merge"}),
        "bad_form": SampleForm({"hostname": "ams1-edge-01", "mgmt_ip": "10.0.0.999", "platform": "ios"}),
        "devices": _devices(),
        "page": _page(7, 123_456),
        "first_page": _page(1, 123_456),
        "tabs": [
            {"label": "Overview", "url": "#tabs", "current": True, "icon": "info", "count": None},
            {"label": "Configurations", "url": "#tabs", "current": False, "icon": "file-clock", "count": 42},
            {"label": "Jobs", "url": "#tabs", "current": False, "icon": "list-checks", "count": 0},
        ],
        "chips": [
            {"name": "site", "label": "Site", "value": "Amsterdam 1"},
            {"name": "platform", "label": "Platform", "value": "Cisco IOS"},
        ],
        "done": {"succeeded": 60},
        "under_way": {"succeeded": 34, "failed": 3, "running": 8, "pending": 14, "unknown": 1},
        "fresh": {"pending": 60},
        "diff": _diff(),
        "lines": CONFIG.splitlines(),
        "log": _log(),
        "moments": [now, now - timedelta(minutes=3), now - timedelta(days=2), now - timedelta(days=90), None],
        "tones": ("ok", "warn", "bad", "info", "accent", "muted"),
    }
