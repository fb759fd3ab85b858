"""`gymbox cloud release`: what is signed for boxes."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.cloud import ConfigOption
from gateway.cli.cloud_signing import (
    KeyDirs,
    RepositoryDir,
    keys_at_hand,
    repository_of,
    signing,
    tell_refreshed,
    utc_now,
)
from gateway.cli.terminal import AsJson, fail, out, print_json

if TYPE_CHECKING:
    from sync.cloud.signing.publish import Published

app = typer.Typer(no_args_is_help=True, help="Signed models and software for boxes: publish, list, withdraw.")


@app.command("publish")
def publish(
    folder: Annotated[Path, typer.Argument(help="A model's folder: model.toml and its files.")],
    *,
    repository: RepositoryDir = None,
    keys: KeyDirs = None,
    config: ConfigOption = None,
    blessed: Annotated[
        bool, typer.Option("--blessed", help="These very files were run where boxes run them, and did well.")
    ] = False,
    facts: Annotated[
        Path | None, typer.Option(help="JSON object to sign along: metrics, min_gateway, ...", metavar="FILE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign a model, so that boxes may be told to install it."""
    with signing():
        from sync.cloud.signing.publish import publish_model  # noqa: PLC0415 - needs the extra `cloud`

        book, at_hand = repository_of(repository, config), keys_at_hand(keys, config)
        done = publish_model(
            folder.resolve(), book, at_hand, blessed=blessed, facts=_facts(facts), now=utc_now()
        )
    _tell(done, as_json=as_json)


@app.command("software")
def software(
    wheel: Annotated[Path, typer.Argument(help="The program's wheel, as pip wheel --no-deps . builds it.")],
    *,
    requirements: Annotated[
        Path, typer.Option(help="What it needs, pinned and hashed: requirements/box.txt.", metavar="FILE")
    ],
    wheels: Annotated[
        Path | None,
        typer.Option(help="Folder of wheels that boxes may lack (default: none).", show_default=False),
    ] = None,
    security: Annotated[
        bool, typer.Option("--security", help="It mends a weakness: boxes may be set to take nothing else.")
    ] = False,
    notes: Annotated[str, typer.Option(help="What is new, for operators.")] = "",
    min_gateway: Annotated[
        str, typer.Option(help="The oldest version of the program that it can follow on.")
    ] = "0",
    repository: RepositoryDir = None,
    keys: KeyDirs = None,
    config: ConfigOption = None,
    as_json: AsJson = False,
) -> None:
    """Sign a version of the box's own program; needs the key of software, which is offline."""
    with signing():
        from sync.cloud.signing.software import (  # noqa: PLC0415 - needs the extra `cloud`
            SoftwareFiles,
            publish_software,
        )

        book, at_hand = repository_of(repository, config), keys_at_hand(keys, config)
        done = publish_software(
            SoftwareFiles(wheel=wheel, requirements=requirements, wheels=wheels),
            book,
            at_hand,
            purpose="security" if security else "feature",
            now=utc_now(),
            notes=notes,
            min_gateway=min_gateway,
        )
    _tell(done, as_json=as_json)


@app.command("list")
def list_releases(
    *, repository: RepositoryDir = None, config: ConfigOption = None, as_json: AsJson = False
) -> None:
    """List what boxes can be told to install."""
    with signing():
        from sync.cloud.signing.publish import releases  # noqa: PLC0415 - needs the extra `cloud`

        book = repository_of(repository, config)
        found = releases(book)
    if as_json:
        print_json([{"target": each.path, **each.hashes, "custom": each.custom} for each in found])
        return
    for each in found:
        out.print(f"{each.path}  sha256 {each.hashes['sha256']}")


@app.command("withdraw")
def withdraw(
    name: Annotated[str, typer.Argument(help="The model; gymbox for the program.")],
    version: Annotated[str, typer.Argument(help="The version.")],
    *,
    repository: RepositoryDir = None,
    keys: KeyDirs = None,
    config: ConfigOption = None,
    as_json: AsJson = False,
) -> None:
    """Take a release back: nobody installs it from now on; who has it keeps it."""
    with signing():
        from sync.cloud.signing.publish import ROLE  # noqa: PLC0415 - needs the extra `cloud`
        from sync.cloud.signing.publish import withdraw as take_back  # noqa: PLC0415 - likewise
        from sync.cloud.signing.software import NAME  # noqa: PLC0415 - likewise
        from sync.cloud.signing.software import ROLE as SOFTWARE  # noqa: PLC0415 - likewise

        book, at_hand = repository_of(repository, config), keys_at_hand(keys, config)
        role = SOFTWARE if name == NAME else ROLE
        refreshed = take_back(role, name, version, book, at_hand, now=utc_now())
    tell_refreshed(refreshed, as_json=as_json)


def _facts(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        facts = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        fail(f"{path} cannot be read as JSON: {error}", exit_code=2)
    if not isinstance(facts, dict):
        fail(f"{path} holds no JSON object", exit_code=2)
    return facts


def _tell(done: "Published", *, as_json: bool) -> None:
    if as_json:
        waiting = list(done.refreshed.waiting)
        print_json({"target": done.target, "sha256": done.sha256, "waiting": waiting})
        return
    out.print(f"{done.name} {done.version} is released as {done.target}, sha256 {done.sha256}")
    tell_refreshed(done.refreshed, as_json=False)
