"""`webnet audit verify [--customer SLUG]`: whether the audit trail is as it was written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from core.audit_check import check_chains, is_customer


def run(args: Sequence[str]) -> int:
    """One line for each chain. Exit code 1 when one is broken."""
    parser = argparse.ArgumentParser(prog="webnet audit")
    verify = parser.add_subparsers(required=True).add_parser("verify", help="prove that no row was changed or removed")
    verify.add_argument("--customer", metavar="SLUG", help="the chain of this customer alone")
    slug = parser.parse_args(args).customer
    if slug is not None and not is_customer(slug):
        sys.stderr.write(f"webnet: there is no customer {slug!r}\n")
        return 2
    is_whole = True
    for verdict in check_chains(slug):
        told = (
            f"BROKEN: {verdict.broken}" if verdict.broken else f"whole, rows {verdict.rows}, last {verdict.last or '-'}"
        )
        sys.stdout.write(f"{verdict.name}: {told}\n")
        sys.stdout.flush()
        is_whole = is_whole and not verdict.broken
    return 0 if is_whole else 1
