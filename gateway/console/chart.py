"""Plots over time, drawn by the chart library that comes with NiceGUI."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from nicegui import ui

# Mid-tones that stand out on a light and on a dark tile alike.
_COLOURS: Final = ("#6b9d00", "#2f86c1", "#c98a00", "#c95f38", "#7d8895")
_AXIS: Final = "#7d8895"
_GRID: Final = "rgba(125, 136, 149, 0.22)"


def time_plot(
    series: Mapping[str, Sequence[float | None]],
    *,
    ends_s: float,
    every_s: float,
    unit: str,
    within: tuple[float, float] | None = None,
) -> ui.echart:
    """Plot series that share a clock.

    Args:
        series: by name; the oldest first, None is a gap.
        ends_s: moment of the last sample, seconds since 1970.
        every_s: seconds between two samples.
        unit: of every value.
        within: what values can be; None lets the axis follow them.
    """
    options = plot_options(series, ends_s=ends_s, every_s=every_s, unit=unit, within=within)
    return ui.echart(options).classes("plot")


def plot_options(
    series: Mapping[str, Sequence[float | None]],
    *,
    ends_s: float,
    every_s: float,
    unit: str,
    within: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Return the options of `time_plot` as ECharts takes them."""
    return {
        "animation": False,
        "color": list(_COLOURS),
        "grid": {"left": 48, "right": 12, "top": 30, "bottom": 26},
        "legend": {"show": len(series) > 1, "textStyle": {"color": _AXIS}, "top": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            "type": "time",
            "axisLabel": {"color": _AXIS, "hideOverlap": True},
            "axisLine": {"lineStyle": {"color": _GRID}},
        },
        "yAxis": {
            "type": "value",
            "name": unit,
            "scale": True,
            **({} if within is None else {"min": within[0], "max": within[1]}),
            "nameTextStyle": {"color": _AXIS, "align": "right"},
            "axisLabel": {"color": _AXIS},
            "splitLine": {"lineStyle": {"color": _GRID}},
        },
        "series": [
            {
                "name": name,
                "type": "line",
                "showSymbol": False,
                "lineStyle": {"width": 2},
                "data": [
                    [round((ends_s - (len(values) - 1 - place) * every_s) * 1000), value]
                    for place, value in enumerate(values)
                ],
            }
            for name, values in series.items()
        ],
    }
