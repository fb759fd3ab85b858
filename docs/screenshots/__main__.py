"""Take the pictures of the documentation: of the demo with a fixed seed, and of a box out of its carton."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import sync_playwright

from docs.screenshots import console, fleet, kiosk, wizard
from docs.screenshots.studio import NoPicture, Studio, box
from gateway.config.file import data_dir

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEED: Final = "4"
FLAGS: Final = ("--disable-gpu", "--disable-background-networking")


def main(arguments: Sequence[str] | None = None) -> int:
    """Take every picture; 0 when all are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parents[1] / "images", help="folder of the pictures"
    )
    parser.add_argument("--patience", type=float, default=240.0, help="seconds to wait for each picture")
    given = parser.parse_args(arguments)
    if shutil.which("chromium") is None or shutil.which("ffmpeg") is None:
        parser.error("this needs chromium and ffmpeg (apt-get install chromium ffmpeg)")
    given.out.mkdir(parents=True, exist_ok=True)
    try:
        with _studio(given.out, given.patience) as studio:
            _of_the_demo(studio)
            _of_a_new_box(studio)
    except NoPicture as error:
        sys.stderr.write(f"screenshots: {error}\n")
        return 1
    return 0


@contextmanager
def _studio(folder: Path, patience_s: float) -> Iterator[Studio]:
    flags = [*FLAGS, *([] if os.geteuid() else ["--no-sandbox"])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        try:
            yield Studio(browser, folder, patience_s=patience_s)
        finally:
            browser.close()


def _of_the_demo(studio: Studio) -> None:
    models = data_dir() / "models"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = ("--seed", SEED)
        with box("demo", *options, models=models, folder=folder, patience_s=studio.patience_s) as gym:
            kiosk.training(studio, gym)
            console.pages(studio, gym)
            fleet.pages(studio, gym, folder / "demo" / "cloud" / "cloud.toml")
            kiosk.visit(studio, gym)


def _of_a_new_box(studio: Studio) -> None:
    models = data_dir() / "models"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wizard.prepare(folder)
        with box("run", models=models, folder=folder, patience_s=studio.patience_s) as gym:
            wizard.first_start(studio, gym)


if __name__ == "__main__":
    raise SystemExit(main())
