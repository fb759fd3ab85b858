from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def repository(tmp_path: Path) -> None:
    folder = tmp_path / "releases"  # where `cloud` looks
    for name, text in {
        "metadata/timestamp.json": "1",
        "metadata/1.root.json": "root",
        "targets/models/intensity/1/model.toml": "model",
        ".lock": "secret",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (tmp_path / "outside").write_text("secret")


async def test_files_are_given_to_boxes_with_a_tag(box: Any) -> None:
    answer = await box.client.get("/releases/targets/models/intensity/1/model.toml")
    assert (answer.status_code, answer.text) == (200, "model")
    assert "immutable" in answer.headers["cache-control"]
    again = await box.client.get(
        "/releases/targets/models/intensity/1/model.toml", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    changing = await box.client.get("/releases/metadata/timestamp.json")
    assert (changing.text, changing.headers["cache-control"]) == ("1", "no-cache")
    assert (await box.client.head("/releases/metadata/1.root.json")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "metadata/2.root.json",
        "metadata/",
        "metadata",
        "targets/models",
        ".lock",
        "metadata/../.lock",
        "metadata/%2e%2e/.lock",
        "metadata/..%2f..%2foutside",
        "targets//etc/passwd",
        "targets/%00",
        "targets/" + "x" * 300,
    ],
)
async def test_anything_else_is_not_there(box: Any, path: str) -> None:
    answer = await box.client.get(f"/releases/{path}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_strangers_get_nothing(connect: Callable[..., Any]) -> None:
    answer = await (await connect()).client.get("/releases/metadata/timestamp.json")
    assert answer.status_code == 401
