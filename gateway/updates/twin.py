"""What the cloud hears of models: states at once, figures alone only now and then."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.twin.link import Twin
from provisioning.assignment import Standing, report
from provisioning.twin import merge, same


class ModelReports:
    """Says of models what the cloud has not heard."""

    def __init__(self, twin: Twin, *, figures_s: float, now_s: Callable[[], float]) -> None:
        """Figures alone are news once in `figures_s`."""
        self._twin = twin
        self._figures_s = figures_s
        self._now_s = now_s
        self._figures_due_s = 0.0

    async def report(self, standings: Mapping[str, Standing]) -> None:
        """Say what the cloud has not heard yet, by model.

        Raises:
            Conflict: something else is desired by now.
            NotDelivered: no whole answer came.
        """
        said = self._twin.reported
        change = {name: self._news(said.get(name), standing) for name, standing in standings.items()}
        if same(merge(said, change), said):
            return
        self._figures_due_s = self._now_s() + self._figures_s
        await self._twin.report(change)

    def _news(self, before: object, standing: Standing) -> dict[str, Any]:
        if isinstance(before, Mapping) and before.get("state") == standing.state:
            figures = before.get("figures")
            if self._now_s() < self._figures_due_s and isinstance(figures, Mapping):
                standing = replace(standing, figures=figures)
        return report(before, standing)
