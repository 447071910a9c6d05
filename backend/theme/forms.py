"""How the product's forms become HTML."""

from __future__ import annotations

from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.safestring import SafeString


class Renderer(DjangoTemplates):
    """Django's own, but for selects: three templates for each option are a third of a page with hundreds of sites."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """The HTML of a form's template, such as a widget's."""
        if template_name == "django/forms/widgets/select.html":
            return select(context["widget"])
        return super().render(template_name, context, request)


def select(widget: dict[str, Any]) -> SafeString:
    """What Django's template makes of a select's context, without the line breaks."""
    groups = "".join(_group(label, options) for label, options, _ in widget["optgroups"])
    shown = f'<select name="{_escaped(widget["name"])}"{flatatt(widget["attrs"])}>{groups}</select>'
    return SafeString(shown)  # of parts that are escaped  # nosec B703


def _group(label: str | None, options: list[dict[str, Any]]) -> str:
    shown = "".join(
        f'<option value="{escape(str(option["value"]))}"{flatatt(option["attrs"]) if option["attrs"] else ""}>'
        f"{_escaped(option['label'])}</option>"
        for option in options
    )
    return f'<optgroup label="{_escaped(label)}">{shown}</optgroup>' if label else shown


def _escaped(value: Any) -> str:
    """As `conditional_escape`, which would look twice at every word of hundreds whether it is lazy."""
    return str(value.__html__()) if hasattr(value, "__html__") else escape(str(value))
