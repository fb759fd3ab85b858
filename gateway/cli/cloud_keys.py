"""`gymbox cloud keys`: who signs for releases."""

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
    from sync.cloud.signing.keys import Keys
    from sync.cloud.signing.repository import Repository

app = typer.Typer(no_args_is_help=True, help="Signing keys: make, list, renew, replace, add.")

_WHAT_NOW = """\
1. Give each of the three root keys ({offline}/root.*.pem) to another person, on a stick.
   Two of them together can give every role another key, one alone can do nothing; never lose two.
2. Put the other keys in {offline} on a stick of their own.
   The key of targets is needed every 90 days, two root keys every year: gymbox cloud keys renew
3. Try the sticks with gymbox cloud keys list, then remove {offline} from this machine.
4. Leave {online} to the service alone: [signing] online_keys.
5. Give every box {root}: its trust begins there."""


@app.command("make")
def make(
    *,
    offline: Annotated[Path, typer.Option(help="New folder for the keys that leave this machine.")],
    online: Annotated[Path, typer.Option(help="New folder for the keys that the service works with.")],
    repository: RepositoryDir = None,
    config: ConfigOption = None,
    by_hand: Annotated[
        bool,
        typer.Option(
            "--by-hand", help="Keep the keys that sign releases offline: nothing is released but by a person."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make every key, and a repository without a release; says what to do with the keys."""
    with signing():
        from sync.cloud.signing.ceremony import begin  # noqa: PLC0415 - needs the extra `cloud`

        book = repository_of(repository, config)
        begin(book, offline=offline, online=online, now=utc_now(), by_hand=by_hand)
    root = book.folder / "metadata" / "1.root.json"
    if as_json:
        print_json({"offline": str(offline), "online": str(online), "root": str(root)})
        return
    out.print(f"the repository is {book.folder}, the keys are in {offline} and {online}")
    out.print(_WHAT_NOW.format(offline=offline, online=online, root=root), markup=False)


@app.command("list")
def list_keys(
    *,
    repository: RepositoryDir = None,
    keys: KeyDirs = None,
    config: ConfigOption = None,
    as_json: AsJson = False,
) -> None:
    """List the roles: until when they have signed, and whether the keys at hand suffice to sign anew."""
    with signing():
        book, at_hand = repository_of(repository, config), keys_at_hand(keys, config)
        rows = _roles(book, at_hand)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "at hand" if row["can_sign"] else "not at hand"
        needed = f"{row['threshold']} of {row['keys']} keys"
        out.print(f"{row['role']:<10} signed until {row['expires'][:10]}, needs {needed}: {state}")


@app.command("renew")
def renew(
    roles: Annotated[list[str] | None, typer.Argument(help="Roles (default: what is due).")] = None,
    *,
    repository: RepositoryDir = None,
    keys: KeyDirs = None,
    config: ConfigOption = None,
    as_json: AsJson = False,
) -> None:
    """Sign anew, for another term: the offline roles before they expire."""
    with signing():
        from sync.cloud.signing.refresh import refresh  # noqa: PLC0415 - needs the extra `cloud`

        book, at_hand = repository_of(repository, config), keys_at_hand(keys, config)
        known = [row["role"] for row in _roles(book, at_hand)]
        if unknown := sorted(set(roles or ()) - set(known)):
            fail(f"there is no role {', '.join(unknown)}, only {', '.join(known)}", exit_code=2)
        refreshed = refresh(book, at_hand, now=utc_now(), renew=roles or ())
    tell_refreshed(refreshed, as_json=as_json)
    if missing := sorted(set(roles or ()) & set(refreshed.waiting)):
        fail(f"the keys at hand do not suffice for {', '.join(missing)}")


@app.command("replace")
def replace(
    role: Annotated[str, typer.Argument(help="The role whose key was lost or stolen.")],
    *,
    repository: RepositoryDir = None,
    keys: KeyDirs = None,
    config: ConfigOption = None,
    new_in: Annotated[Path, typer.Option(help="Folder for the new key.", metavar="DIR")],
    revoke: Annotated[
        str | None, typer.Option(help="Which key, by the beginning of its id, when the role has several.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give a role another key; from their next look on, boxes believe the old one nothing."""
    with signing():
        from sync.cloud.signing.ceremony import replace_key  # noqa: PLC0415 - needs the extra `cloud`

        book, at_hand = repository_of(repository, config), keys_at_hand(keys, config)
        if role not in {row["role"] for row in _roles(book, at_hand)}:
            fail(f"there is no role {role}", exit_code=2)
        done = replace_key(book, role, keys=at_hand, new_in=new_in, now=utc_now(), revoked=revoke)
    if not as_json:
        out.print(f"{role}: key {done.revoked[:8]} is revoked, key {done.added[:8]} is in {new_in}")
    tell_refreshed(done.refreshed, as_json=as_json)


@app.command("add")
def add(
    role: Annotated[str, typer.Argument(help="A kind that the repository does not know yet: software.")],
    *,
    repository: RepositoryDir = None,
    keys: KeyDirs = None,
    config: ConfigOption = None,
    new_in: Annotated[Path, typer.Option(help="Folder for the new key.", metavar="DIR")],
    as_json: AsJson = False,
) -> None:
    """Make a key for a kind of releases that there was not when the repository was begun."""
    with signing():
        from sync.cloud.signing.ceremony import add_role  # noqa: PLC0415 - needs the extra `cloud`
        from sync.cloud.signing.roles import DELEGATIONS  # noqa: PLC0415 - likewise

        if role not in DELEGATIONS:
            fail(f"there is no role {role} to add, only {', '.join(DELEGATIONS)}", exit_code=2)
        book, at_hand = repository_of(repository, config), keys_at_hand(keys, config)
        refreshed = add_role(book, role, keys=at_hand, new_in=new_in, now=utc_now())
    if not as_json:
        out.print(f"{role}: its key is in {new_in}")
    tell_refreshed(refreshed, as_json=as_json)


def _roles(repository: "Repository", keys: "Keys") -> list[dict[str, Any]]:
    from sync.cloud.signing.refresh import expiries  # noqa: PLC0415 - needs the extra `cloud`
    from sync.cloud.signing.roles import DELEGATIONS  # noqa: PLC0415 - likewise

    root, targets = repository.root().signed, repository.targets().signed
    rows = []
    for name, expires in expiries(repository).items():
        role = (targets if name in DELEGATIONS else root).get_delegated_role(name)
        rows.append(
            {
                "role": name,
                "expires": expires.isoformat(),
                "threshold": role.threshold,
                "keys": len(role.keyids),
                "can_sign": keys.suffice(role),
            }
        )
    return rows
