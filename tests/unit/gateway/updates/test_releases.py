"""What a box lacks to fetch a release."""

from pathlib import Path
from typing import Any, NoReturn

import pytest

from gateway.model_shelf import ModelShelf
from gateway.updates.downloads import Line
from gateway.updates.releases import Releases
from sync.releases.errors import CloudUnreachable, NotKept, ReleaseRefused
from sync.upload.answer import NotDelivered
from tests.unit.gateway.updates.box import NoCloud


class Refusing(NoCloud):
    def client(self) -> NoReturn:
        raise NotDelivered("credentials", "token_file cannot be read")


@pytest.mark.parametrize(
    ("line", "root", "error", "said"),
    [
        (NoCloud(), b"{}", CloudUnreachable, "has no cloud"),
        (Refusing(), None, ReleaseRefused, "release_root"),
        (Refusing(), "missing", NotKept, "missing.*cannot be read"),
        (Refusing(), b"{}", CloudUnreachable, "token_file cannot be read"),
    ],
)
def test_what_a_box_lacks_for_releases_is_said(
    tmp_path: Path, line: Line, root: Any, error: type[Exception], said: str
) -> None:
    path = tmp_path / (root if isinstance(root, str) else "root.json")
    if isinstance(root, bytes):
        path.write_bytes(root)
    releases = Releases(
        line=line,
        root=lambda: None if root is None else path,
        shelf=ModelShelf(tmp_path),
        folder=tmp_path / "releases",
    )
    assert releases.check() == ()
    with pytest.raises(error, match=said):
        releases.download("models/m/1/model.toml", tmp_path)
    releases.stop()
