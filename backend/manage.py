#!/usr/bin/env python
"""Django's own commands; the product's are `webnet …`."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webnet.settings")
    from django.core.management import execute_from_command_line

    from core.tenancy import EVERY, within

    with within(EVERY):
        execute_from_command_line(sys.argv)
