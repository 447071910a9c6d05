"""Component tags: what is too small, too frequent or too computed for an include. All are shown on the style guide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from networkops.redact import MASK

register = template.Library()

MASK_HTML = f'<span class="masked" title="Secret, masked">{MASK}</span>'


class Look(NamedTuple):
    tone: str
    icon: str
    label: str


# A status that means something else for one kind of thing stands as "kind.status" and wins over the plain one.
LOOKS: dict[str, Look] = {
    "queued": Look("muted", "clock", "Queued"),
    "pending": Look("muted", "circle-dashed", "Pending"),
    "running": Look("info", "loader-circle", "Running"),
    "succeeded": Look("ok", "circle-check", "Succeeded"),
    "partial": Look("warn", "circle-alert", "Partial"),
    "failed": Look("bad", "circle-x", "Failed"),
    "cancelled": Look("muted", "ban", "Cancelled"),
    "skipped": Look("muted", "skip-forward", "Skipped"),
    "target.unknown": Look("warn", "circle-question-mark", "Unknown"),
    "unknown": Look("muted", "circle-question-mark", "Unknown"),
    "verified": Look("ok", "shield-check", "Verified"),
    "suspicious": Look("warn", "shield-alert", "Suspicious"),
    "reachable": Look("ok", "plug", "Reachable"),
    "unreachable": Look("bad", "unplug", "Unreachable"),
    "proven": Look("ok", "link", "Proven"),
    "one_sided": Look("warn", "circle-alert", "One-sided"),
    "conflict": Look("bad", "triangle-alert", "Conflict"),
    "vanished": Look("muted", "unplug", "Vanished"),
    "interface.up": Look("ok", "circle-dot", "Up"),
    "interface.down": Look("bad", "circle", "Down"),
    "interface.off": Look("muted", "circle-slash", "Off"),
    "enabled": Look("ok", "check", "Enabled"),
    "disabled": Look("muted", "circle-slash", "Disabled"),
}


@register.simple_tag
@lru_cache(maxsize=1024)  # a list of fifty rows shows a hundred
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """An icon of static/img/icons.svg; hidden from screen readers unless it has a label."""
    naming = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    href = f"{static('img/icons.svg')}#{name}"
    return format_html('<svg class="icon {}" {}><use href="{}"/></svg>', css, naming, href)


@register.simple_tag
@lru_cache(maxsize=1024)
def badge(status: str, kind: str = "", label: str = "") -> SafeString:
    """The pill of a status. `kind` ("target") tells apart words that weigh differently; `label` replaces the word."""
    status = str(status)
    look = LOOKS.get(f"{kind}.{status}") or LOOKS.get(status) or Look("muted", "circle", status.capitalize())
    picture = icon(look.icon, "spin" if status == "running" else "")
    return format_html('<span class="badge tone-{}">{}{}</span>', look.tone, picture, label or look.label)


UNITS = ((60, "s"), (3600, "min"), (86_400, "h"), (86_400 * 30, "d"))


def relative_text(moment: datetime, now: datetime) -> str:
    """`3 min ago`, `in 2 h`, or the date beyond a month. static/js/times.js says the same."""
    seconds = (now - moment).total_seconds()
    size, step = abs(seconds), 1
    if size < 1:
        return "now"
    for limit, unit in UNITS:
        if size < limit:
            count = int(size // step)
            return f"{count} {unit} ago" if seconds > 0 else f"in {count} {unit}"
        step = limit if limit <= 86_400 else step
    return timezone.localtime(moment).strftime("%Y-%m-%d")


@register.simple_tag
def when(moment: datetime | None, empty: str = "–", absolute: bool = False) -> SafeString:
    """A point in time as people say it, the exact one on hover; the browser keeps it current. `absolute` turns it."""
    if moment is None:
        return format_html('<span class="text-faint">{}</span>', empty)
    exact = f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S %Z}"
    relative = relative_text(moment, timezone.now())
    title, shown, kept = (relative, exact, "") if absolute else (exact, relative, " data-relative")
    # digits and words of ours, and up to 500 of them in a page: to look for what has to be escaped took half the time
    return SafeString(f'<time datetime="{moment.isoformat()}" title="{title}"{kept}>{shown}</time>')  # nosec B703


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `12 d 3 h`."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 172_800:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


@register.filter
def masked(text: str) -> SafeString:
    """Escaped text in which each masked secret is marked as such."""
    return mark_safe(str(escape(text)).replace(MASK, MASK_HTML))  # escaped right here  # noqa: S308  # nosec B308 B703


WIDGET_CSS = {
    "checkbox": "check", "radioselect": "choices", "checkboxselectmultiple": "choices", "textarea": "textarea mono",
    "select": "select", "selectmultiple": "select", "nullbooleanselect": "select",
}  # fmt: skip


@register.simple_tag
def widget(field: BoundField) -> SafeString:
    """The field's own widget in the product's dress."""
    css = WIDGET_CSS.get(field.widget_type, "input")
    own = field.field.widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"{css} {own}".strip()})


SEGMENTS = (
    ("succeeded", "ok"),
    ("failed", "bad"),
    ("unknown", "warn"),
    ("running", "run"),
    ("skipped", "off"),
    ("cancelled", "off"),
    ("pending", ""),
)


@register.inclusion_tag("components/progress.html")
def progress(counts: Mapping[str, int], label: str = "Progress", style: str = "") -> dict[str, Any]:
    """Bar of targets by status, pending ones empty. `style`: "" (with legend), "lg", or "compact" (bar and n/m)."""
    total = sum(counts.get(status, 0) for status, _ in SEGMENTS)
    done = total - counts.get("pending", 0) - counts.get("running", 0)
    shown = [(status, tone, counts.get(status, 0)) for status, tone in SEGMENTS if counts.get(status, 0)]
    starts = accumulate((count for *_rest, count in shown), initial=0)
    segments = [
        {"status": status, "tone": tone, "count": count, "x": _share(start, total), "width": _share(count, total)}
        for (status, tone, count), start in zip(shown, starts, strict=False)
    ]
    words = ", ".join(f"{count:,} {status}" for status, _, count in shown)
    return {"segments": segments, "total": total, "done": done, "label": label, "style": style, "words": words}


def _share(part: int, total: int) -> str:
    return f"{part / total * 1000:.2f}"


def query_string(context: Context, **changes: object) -> str:
    """The page's own query with some parameters replaced; None or "" removes one."""
    query = {name: values for name, values in context["request"].GET.lists() if name not in changes}
    query |= {name: [str(value)] for name, value in changes.items() if value not in (None, "")}
    return f"?{urlencode(query, doseq=True)}"


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(
    context: Context, label: str, field: str, target: str = "", default: str = "", css: str = ""
) -> dict[str, Any]:
    """A `<th>` that sorts by `field` through `?sort=`; `default` is the list's order when the query names none."""
    current = context["request"].GET.get("sort") or default
    ascending = current == field
    order = {field: "ascending", f"-{field}": "descending"}.get(current, "")
    query = query_string(context, sort=f"-{field}" if ascending else field, page=None)
    return {"label": label, "order": order, "query": query, "target": target, "css": css}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(
    context: Context, page: Page[Any], total: int | None = None, target: str = "", label: str = "Pages"
) -> dict[str, Any]:
    """Range, pages and total. Without `total` nothing is counted: previous and next alone, for very long lists."""
    first = (page.number - 1) * page.paginator.per_page + 1
    last = first + len(page.object_list) - 1
    pages = [
        {"number": number, "query": query_string(context, page=number)} if number else {}
        for number in (_page_numbers(page) if total is not None else ())
    ]
    return {
        "label": label, "page": page, "pages": pages, "total": total, "first": first, "last": last, "target": target,
        "previous": query_string(context, page=page.number - 1), "next": query_string(context, page=page.number + 1),
    }  # fmt: skip


def _page_numbers(page: Page[Any]) -> list[int]:
    """First, last and the current one's neighbours; 0 stands for a gap."""
    last = page.paginator.num_pages
    wanted = sorted({1, last, *range(max(1, page.number - 1), min(last, page.number + 1) + 1)})
    numbers: list[int] = []
    for number in wanted:
        if numbers and number - numbers[-1] == 2:
            numbers.append(number - 1)
        elif numbers and number - numbers[-1] > 2:
            numbers.append(0)
        numbers.append(number)
    return numbers


@register.inclusion_tag("components/filter_chips.html", takes_context=True)
def filter_chips(context: Context, chips: list[dict[str, str]], form: str = "") -> dict[str, Any]:
    """Active filters, each with a link that drops it. Chips are `{"name": parameter, "label": "Site", "value": "AMS"}`.

    `form` is the id of the filter form: the list's order goes along when that form is sent.
    """
    links = [chip | {"query": query_string(context, page=None, **{chip["name"]: None})} for chip in chips]
    cleared = query_string(context, page=None, **{chip["name"]: None for chip in chips})
    return {"chips": links, "cleared": cleared, "form": form, "sort": context["request"].GET.get("sort", "")}


@register.inclusion_tag("components/nav_link.html", takes_context=True)
def nav_link(context: Context, url: str, label: str, icon: str, match: str, keys: str = "") -> dict[str, Any]:
    """A link of the sidebar to a URL's name; current while the page's own starts with `match`. `keys`: "g d"."""
    resolved = getattr(context.get("request"), "resolver_match", None)
    current = bool(resolved and (resolved.view_name or "").startswith(match))
    return {"url": reverse(url), "label": label, "icon": icon, "current": current, "keys": keys}


@register.simple_block_tag
def dialog(content: SafeString, id: str, title: str, css: str = "") -> str:
    """A native modal dialog; `data-dialog-open="<id>"` on any button opens it."""
    return render_to_string("components/dialog.html", {"content": content, "id": id, "title": title, "css": css})


@register.simple_block_tag(takes_context=True)
def filters(context: Context, content: SafeString, id: str, target: str, label: str, placeholder: str = "") -> str:
    """A list's filter form: search box `q`, then the selects of the block. Refreshes `target` while one types."""
    request = context["request"]
    values = {"content": content, "id": id, "target": target, "label": label, "placeholder": placeholder}
    return render_to_string("components/filters.html", values | {"path": request.path, "q": request.GET.get("q", "")})
