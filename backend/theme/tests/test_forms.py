"""The product's own rendering of selects says what Django's template says."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html

from theme.forms import Renderer

HOSTILE = "\"><script>alert('1')</script>&amp;"


class Offices(forms.Form):
    flat = forms.ChoiceField(choices=[("", "Any"), ("1", "Oslo"), (2, HOSTILE), (HOSTILE, "Riga")])
    grouped = forms.ChoiceField(choices=[("North", [("a", "Oslo"), ("b", "Bergen")]), (HOSTILE, [("c", "Lyon")])])
    bare = forms.ChoiceField(required=False, choices=[], help_text="None yet.", disabled=True)
    unknown = forms.NullBooleanField(widget=forms.NullBooleanSelect(attrs={"data-note": HOSTILE, "hidden": True}))
    many = forms.MultipleChoiceField(choices=[("1", "Oslo"), ("2", HOSTILE)])


@pytest.mark.parametrize("name", list(Offices.base_fields))
@pytest.mark.parametrize("data", [None, {}, {"flat": HOSTILE, "grouped": "b", "many": ["2"], "unknown": "true"}])
def test_select_is_what_django_makes_of_it(name: str, data: dict[str, Any] | None) -> None:
    ours, djangos = (Offices(data, renderer=renderer)[name].as_widget() for renderer in (Renderer(), DjangoTemplates()))
    assert parse_html(ours) == parse_html(djangos)
    assert "<script" not in ours
