"""Plots: when each value was, and gaps that stay gaps."""

from gateway.console.chart import plot_options


def test_values_end_with_the_last_sample_and_gaps_stay() -> None:
    options = plot_options({"speed": [1.0, None, 3.0]}, ends_s=100.0, every_s=5.0, unit="km/h")
    (line,) = options["series"]
    assert line["data"] == [[90_000, 1.0], [95_000, None], [100_000, 3.0]]
    assert options["yAxis"]["name"] == "km/h"


def test_a_legend_only_for_several() -> None:
    one = plot_options({"a": []}, ends_s=0, every_s=1, unit="")
    two = plot_options({"a": [], "b": []}, ends_s=0, every_s=1, unit="")
    assert (one["legend"]["show"], two["legend"]["show"]) == (False, True)


def test_an_axis_follows_its_values_unless_they_can_only_be_within_bounds() -> None:
    free = plot_options({"a": [1.0]}, ends_s=0, every_s=1, unit="")["yAxis"]
    bound = plot_options({"a": [1.0]}, ends_s=0, every_s=1, unit="%", within=(0, 100))["yAxis"]
    assert "max" not in free
    assert (bound["min"], bound["max"]) == (0, 100)
