"""What the commands that sign share: the repository, the keys at hand, and how an error ends them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.cloud import cloud_errors, cloud_settings
from gateway.cli.terminal import ends_with, fail, out, print_json

if TYPE_CHECKING:
    from sync.cloud.signing.keys import Keys
    from sync.cloud.signing.refresh import Refreshed
    from sync.cloud.signing.repository import Repository

RepositoryDir = Annotated[
    Path | None,
    typer.Option(
        "--repository", help="Folder that boxes read (default: of the settings).", show_default=False
    ),
]
KeyDirs = Annotated[
    list[Path] | None,
    typer.Option(
        "--keys",
        help="Folder of keys to sign with; again for more (default: of the settings).",
        show_default=False,
    ),
]


@contextmanager
def signing() -> Iterator[None]:
    """End the command with a reason: what is missing here, what is wrong with keys or repository."""
    with cloud_errors():
        from sync.cloud.signing.keys import KeyTrouble  # noqa: PLC0415 - needs the extra `cloud`
        from sync.cloud.signing.publish import ReleaseFailed  # noqa: PLC0415 - likewise
        from sync.cloud.signing.repository import RepositoryTrouble  # noqa: PLC0415 - likewise

        with ends_with(KeyTrouble, ReleaseFailed, RepositoryTrouble):
            yield


def repository_of(named: Path | None, config: Path | None) -> "Repository":
    """The repository that was named, or that of the settings."""
    from sync.cloud.signing.repository import Repository  # noqa: PLC0415 - needs the extra `cloud`

    folder = named or cloud_settings(config, None).signing.repository
    if folder is None:
        fail("name the repository with --repository, or in [signing] of the settings", exit_code=2)
    return Repository(folder)


def keys_at_hand(named: list[Path] | None, config: Path | None) -> "Keys":
    """The keys that were named, or those that the service works with; none are enough to look."""
    from sync.cloud.signing.keys import load_keys  # noqa: PLC0415 - needs the extra `cloud`

    if named:
        return load_keys(*named)
    online = cloud_settings(config, None).signing.online_keys
    return load_keys(online) if online else load_keys()


def tell_refreshed(refreshed: "Refreshed", *, as_json: bool) -> None:
    """Say whose signature there is now, and whose is missing."""
    if as_json:
        print_json({"signed": list(refreshed.signed), "waiting": list(refreshed.waiting)})
        return
    out.print(f"signed anew: {', '.join(refreshed.signed) or 'nothing was due'}")
    if refreshed.waiting:
        out.print(f"waits for keys that are not here: {', '.join(refreshed.waiting)}")


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)
