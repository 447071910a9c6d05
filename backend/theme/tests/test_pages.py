"""The pages of the design system: error pages without user and database, no inline style or script anywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from theme.templatetags.components import LOOKS

TEMPLATES = sorted(Path(settings.TEMPLATES[0]["DIRS"][0]).rglob("*.html"))
SPRITE = Path(settings.STATICFILES_DIRS[0], "img/icons.svg").read_text()


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_error_page_needs_neither_user_nor_database(name: str) -> None:
    assert "To the dashboard" in render_to_string(f"{name}.html")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_has_nothing_that_the_content_security_policy_blocks(template: Path) -> None:
    blocked = re.compile(
        r"""\sstyle=|\son\w+=|\shx-on|<style|<script(?![^>]*\ssrc=)|\sx-data|javascript:""", re.IGNORECASE
    )
    assert not blocked.search(template.read_text())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_uses_only_icons_of_the_sprite(template: Path) -> None:
    used = set(re.findall(r"""{% icon ["']([\w-]+)["']|\bicon="([\w-]+)\"""", template.read_text()))
    names = {name for pair in used for name in pair if name}
    assert {name for name in names if f'<symbol id="{name}"' not in SPRITE} == set()


def test_every_status_has_its_icon() -> None:
    assert {look.icon for look in LOOKS.values() if f'<symbol id="{look.icon}"' not in SPRITE} == set()
