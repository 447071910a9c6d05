"""A measured figure: one line of the report, and whether it reached its target."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is ours, `peer` the other one's in the same unit. `limit` holds for the ratio where there is a peer."""

    name: str
    value: float
    unit: str
    peer: float | None = None
    limit: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.peer if self.peer else None

    @property
    def reached(self) -> bool | None:
        """None where there is no target: the figure is told for comparison."""
        if self.limit is None:
            return None
        return (self.value if self.ratio is None else self.ratio) <= self.limit

    def line(self) -> str:
        parts = [f"{self.name:<58}", f"{_amount(self.value)} {self.unit}".ljust(12)]
        parts.append((f"peer {_amount(self.peer)} {self.unit}" if self.peer is not None else "").ljust(16))
        parts.append((f"ratio {self.ratio:.2f}" if self.ratio is not None else "").ljust(11))
        unit = "" if self.ratio is not None else f" {self.unit}"
        parts.append((f"target ≤ {_amount(self.limit)}{unit}" if self.limit is not None else "").ljust(18))
        parts.append({True: "pass", False: "FAIL", None: "-"}[self.reached].ljust(4))
        return f"{'  '.join(parts)}  {self.note}".rstrip()


def _amount(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"


def report(figure: Figure) -> Figure:
    """Print the figure's line at once: a run takes minutes."""
    tell(figure.line())
    return figure


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed; of the values themselves, nothing between them."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
