"""`gymbox heart-rate`: learn how a heart answers to load, foretell the rest of a recording."""

import csv
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.cli.terminal import AsJson, ends_with, err, fail, out, print_json
from recommender.heart_response.evaluation import Forecast, forecast_all
from recommender.heart_response.recording import RecordingError, read_recordings

ERRORS = ("rmse_bpm", "held_rmse_bpm", "population_rmse_bpm")


def heart_rate(
    recordings: Annotated[Path, typer.Argument(metavar="CSV", help="Columns id,time_s,load,hr_bpm.")],
    *,
    fit_seconds: Annotated[float, typer.Option(min=0, help="Learn from the rows up to this time.")],
    out_file: Annotated[
        Path, typer.Option("--out", metavar="PRED.csv", help="Where id,time_s,predicted_bpm go.")
    ],
    as_json: AsJson = False,
) -> None:
    """Learn how each heart answers to load from its first seconds, and foretell the rest from the load alone.

    The load may be in any unit that effort is proportional to: km/h, W. Beside our error stand those of the
    last known rate, held, and of the population's parameters.
    """
    with ends_with(RecordingError, OSError):
        found = read_recordings(recordings)
    unit, forecasts = forecast_all(found, fit_seconds)
    if not forecasts:
        fail(f"no recording in {recordings} goes on after {fit_seconds:g} s: there is nothing to foretell")
    try:
        _write(out_file, forecasts)
    except OSError as error:
        fail(f"cannot write {out_file}: {error.strerror}")
    for name, forecast in forecasts.items():
        if not forecast.fitted:
            err.print(f"{name}: too few heart rates up to {fit_seconds:g} s; foretold as for anybody")
    if as_json:
        print_json(_summary(unit.name, fit_seconds, forecasts))
    else:
        _print(unit.name, forecasts)


def _write(path: Path, forecasts: Mapping[str, Forecast]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "time_s", "predicted_bpm"))
        for name, forecast in forecasts.items():
            for time_s, bpm in zip(forecast.times_s.tolist(), forecast.predicted_bpm.tolist(), strict=True):
                rows.writerow((name, f"{time_s:.10g}", f"{bpm:.2f}"))


def _summary(unit: str, fit_seconds: float, forecasts: Mapping[str, Forecast]) -> dict[str, Any]:
    return {
        "load_unit": unit,
        "fit_seconds": fit_seconds,
        "recordings": [
            {"id": name, "fitted": each.fitted, **_errors(each), "parameters": asdict(each.response)}
            for name, each in forecasts.items()
        ],
        "median": _medians(forecasts),
    }


def _errors(forecast: Forecast) -> dict[str, float | None]:
    """NaN is no JSON: an error that there is nothing to judge by is null."""
    return {name: _rounded(getattr(forecast, name)) for name in ERRORS}


def _medians(forecasts: Mapping[str, Forecast]) -> dict[str, float | None]:
    columns = {name: [getattr(each, name) for each in forecasts.values()] for name in ERRORS}
    known = {name: [value for value in column if math.isfinite(value)] for name, column in columns.items()}
    return {name: _rounded(median(values)) if values else None for name, values in known.items()}


def _rounded(bpm: float) -> float | None:
    return round(bpm, 3) if math.isfinite(bpm) else None


def _print(unit: str, forecasts: Mapping[str, Forecast]) -> None:
    table = Table("recording", "RMSE bpm", "last rate held", "population", "gain", "rise s", "fall s")
    for name, each in forecasts.items():
        response = each.response
        own = (f"{response.gain:.3g}", f"{response.rise_s:.0f}", f"{response.fall_s:.0f}")
        table.add_row(name, *_cells(_errors(each)), *own)
    table.add_section()
    table.add_row("median", *_cells(_medians(forecasts)))
    out.print(table)
    out.print(f"loads were taken to be in {unit}")


def _cells(errors: Mapping[str, float | None]) -> list[str]:
    return ["-" if value is None else f"{value:.1f}" for value in errors.values()]
