"""Pictures of the first start, as a phone shows it: from a box out of its carton to its first screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from gateway.operators.setup_code import FILE_NAME
from vision.footage import clip_path

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from docs.screenshots.studio import Gym, Studio

PHONE: Final = (390, 844)
CLIP: Final = "gym.mp4"
CODE: Final = "K7QM-2F9T"
PASSWORD: Final = "of nobody's box"  # noqa: S105 - the box is gone when the pictures are there


def prepare(folder: Path) -> None:
    """Print the code on the box, so to speak, and put something there for its camera to look at."""
    (folder / FILE_NAME).write_text(CODE, encoding="ascii")
    (folder / CLIP).symlink_to(clip_path())


def first_start(studio: Studio, gym: Gym) -> None:
    """Walk through the steps with a box that nobody owns yet."""
    with studio.page(*PHONE, device_scale_factor=2, color_scheme="dark") as page:
        page.goto(f"{gym.url}/setup#{CODE}")
        _fill(page, Your_name="Ana")
        studio.keep(page, "setup-owner")
        for field in page.locator("input[type=password]").all():
            field.fill(PASSWORD)
        _press(page, "Take the box")
        _step(page, "Your gym")
        _fill(page, Gym="Muscle Beach", This_box="front")
        _press(page, "Continue")
        _step(page, "Broker")
        _broker(studio, page)
        _step(page, "Cameras")
        _camera(studio, page)
        _step(page, "Machines and bands")
        _press(page, "Continue")
        _step(page, "Stations")
        _press(page, "Add this station")
        expect(page.get_by_role("listitem").get_by_text("Mat 1").first).to_be_visible()
        _press(page, "Continue")
        _step(page, "Screens")
        _press(page, "Make a link")
        expect(page.get_by_role("img", name="QR code of the link")).to_be_visible()
        studio.keep(page, "setup-screens", whole=True)


def _broker(studio: Studio, page: Page) -> None:
    """One with an authority of its own is asked for it; then the box's own is chosen."""
    page.get_by_text("Another one").click()
    _fill(page, Address="mqtts://broker.gym.lan")
    expect(page.get_by_text("No broker announces itself on this network.")).to_be_visible()
    _press(page, "Test the connection")
    expect(page.get_by_role("status").filter(has_text="broker.gym.lan")).to_be_visible()
    studio.keep(page, "setup-broker", whole=True)
    page.get_by_text("The one in this box").click()
    _press(page, "Continue")


def _camera(studio: Studio, page: Page) -> None:
    expect(page.get_by_text("No camera answers.")).to_be_visible()
    _fill(page, Address=CLIP)
    _press(page, "Show its picture")
    expect(page.get_by_role("img", name="What the camera sees now")).to_be_visible()
    studio.keep(page, "setup-camera", whole=True)
    _press(page, "Save this camera")
    expect(page.get_by_role("listitem").get_by_text("camera-1")).to_be_visible()
    _press(page, "Continue")


def _step(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def _fill(page: Page, **values: str) -> None:
    for label, value in values.items():
        page.get_by_role("textbox", name=label.replace("_", " ")).first.fill(value)
