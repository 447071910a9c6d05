"""The component tags: what they compute, and that nothing of a device or a user gets into the HTML unescaped."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from networkops.redact import MASK
from theme.templatetags.components import duration, relative_text

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def html_of(source: str, query: str = "", **context: object) -> str:
    request = RequestFactory().get(f"/devices/{query}")
    return Template("{% load components %}" + source).render(Context({"request": request, **context}))


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(milliseconds=300), "now"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(seconds=60), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(days=1), "1 d ago"),
        (timedelta(days=29, hours=23), "29 d ago"),
        (timedelta(days=30), "2026-02-02"),
        (timedelta(minutes=-5), "in 5 min"),
    ],
)
def test_relative_text(ago: timedelta, text: str) -> None:
    assert relative_text(NOW - ago, NOW) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (59.6, "1 min 0 s"),
        (203, "3 min 23 s"),
        (7512, "2 h 5 min"),
        (1_000_000, "11 d 13 h"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_badge_of_a_target_unknown_warns_but_of_reachability_does_not() -> None:
    assert "tone-warn" in html_of('{% badge "unknown" "target" %}')
    assert "tone-muted" in html_of('{% badge "unknown" %}')


def test_badge_escapes_a_status_that_it_does_not_know() -> None:
    assert "<b>" not in html_of("{% badge status %}", status="<b>odd</b>")


def test_when_without_a_moment_says_so() -> None:
    assert ">never<" in html_of('{% when moment "never" %}', moment=None)


def test_masked_marks_secrets_and_escapes_the_rest() -> None:
    text = html_of("{{ line|masked }}", line=f"<script> secret {MASK}")
    assert text == f'&lt;script&gt; secret <span class="masked" title="Secret, masked">{MASK}</span>'


def test_progress_segments_fill_the_bar_in_order() -> None:
    html = html_of("{% progress counts %}", counts={"succeeded": 2, "failed": 1, "pending": 1})
    assert re.findall(r'x="([\d.]+)" width="([\d.]+)"', html) == [("0.00", "500.00"), ("500.00", "250.00")]
    assert 'aria-valuenow="3"' in html
    assert 'aria-valuetext="3 of 4 done: 2 succeeded, 1 failed, 1 pending"' in html


def test_progress_of_nothing() -> None:
    assert "0 of 0 done" in html_of("{% progress counts %}", counts={})


def test_sort_header_turns_the_order_and_keeps_the_filters() -> None:
    html = html_of('{% sort_header "Name" "hostname" target="#list" %}', "?sort=hostname&site=3&page=9")
    assert 'aria-sort="ascending"' in html
    assert 'hx-get="?site=3&amp;sort=-hostname"' in html


def test_sort_header_shows_the_default_order() -> None:
    assert 'aria-sort="descending"' in html_of('{% sort_header "At" "at" default="-at" %}')


def pages_of(number: int, count: int) -> list[str]:
    page = Paginator(range(count), 10).get_page(number)
    html = html_of("{% pagination page total=total %}", page=page, total=count)
    items = re.findall(r'class="page-number">(.*?)</li>', html, re.DOTALL)
    return [re.sub(r"<[^>]*>|Page|\s", "", item) for item in items]


@pytest.mark.parametrize(
    ("number", "count", "shown"),
    [
        (1, 10, []),
        (1, 30, ["1", "2", "3"]),
        (1, 500, ["1", "2", "…", "50"]),
        (4, 500, ["1", "2", "3", "4", "5", "…", "50"]),
        (25, 500, ["1", "…", "24", "25", "26", "…", "50"]),
        (50, 500, ["1", "…", "49", "50"]),
    ],
)
def test_pagination_shows_ends_and_neighbours(number: int, count: int, shown: list[str]) -> None:
    assert pages_of(number, count) == shown


def test_pagination_says_where_one_is() -> None:
    page = Paginator(range(95), 10).get_page(10)
    html = re.sub(r"<[^>]*>", "", html_of("{% pagination page total=95 %}", page=page))
    assert "91–95 of 95" in html


def test_filter_chips_link_drops_only_its_own_filter() -> None:
    chips = [{"name": "site", "label": "Site", "value": "AMS"}, {"name": "tag", "label": "Tag", "value": "<edge>"}]
    html = html_of('{% filter_chips chips "f" %}', "?site=1&tag=2&page=4&sort=-name", chips=chips)
    assert 'href="?tag=2&amp;sort=-name"' in html
    assert 'href="?site=1&amp;sort=-name"' in html
    assert '<input type="hidden" name="sort" value="-name" form="f">' in html
    assert "<edge>" not in html


def test_filters_and_dialog_escape_their_words_but_not_their_content() -> None:
    html = html_of(
        '{% filters id="f" target="#t" label=odd %}<select name="x"></select>{% endfilters %}', "?q=%22%3E", odd="<i>"
    )
    assert '<select name="x"></select>' in html
    assert "<i>" not in html
    assert 'value="&quot;&gt;"' in html
    assert "<i>" not in html_of('{% dialog id="d" title=odd %}x{% enddialog %}', odd="<i>")
