"""The layers of a configuration, one over the other: the file, the box's own changes, what the cloud desires.

Pure. A layer is a tree: `gymbox.toml` as JSON, where stations, cameras and devices are objects by their ids,
so that one of them can be changed alone. A change is a JSON merge patch (RFC 7396) with two additions: null
on a whole station, camera or device takes it away, also when a layer beneath has it; and empty text makes a
setting as if nobody beneath had written it, which null, taking back the layer's own word, cannot say.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from gateway.config.problems import Problem
from provisioning.twin import merge

Tree = Mapping[str, Any]
Path = tuple[str, ...]
LayerName = Literal["file", "local", "cloud", "environment"]

TABLES: Final = ("station", "camera", "device")
"""The tables whose entries go by an id."""
_NOT_FOR_THE_CLOUD: Final = (("cloud", "release_root"), ("updates", "root"))


def keyed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The tree of settings as TOML has them, once they are known to be sound."""
    return {key: _by_id(value) if key in TABLES else value for key, value in data.items()}


def listed(tree: Tree) -> dict[str, Any]:
    """Settings as TOML has them, of a tree."""
    return {
        key: [{"id": name, **entry} for name, entry in value.items()]
        if key in TABLES and isinstance(value, Mapping)
        else dict(value)
        if isinstance(value, Mapping)
        else value
        for key, value in tree.items()
    }


def laid_over(below: Tree, above: Tree) -> dict[str, Any]:
    """A tree with a layer over it."""
    merged = dict(below)
    for key, value in above.items():
        if value is None or value == "":
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            before = merged.get(key)
            merged[key] = laid_over(before if isinstance(before, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def patched(layer: Tree, change: Tree, *, below: Tree) -> dict[str, Any]:
    """A layer after a change to it; `below` is what it lies over.

    Null takes the layer's own word back, but on a station, camera or device that is there beneath, where it
    stays written down: the entry is gone.
    """
    after: dict[str, Any] = merge(layer, change)
    for table in TABLES:
        entries = change.get(table)
        if not isinstance(entries, Mapping):
            continue
        beneath, own = below.get(table, {}), dict(after.get(table) or {})
        for name, entry in entries.items():
            if entry is None and name in beneath:
                own[name] = None
            elif own.get(name) == {} and name in beneath:
                del own[name]
        after[table] = own
    return {key: value for key, value in after.items() if value != {}}


def leaves(tree: Tree, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every setting of a tree and its path; an entry without settings, or taken away, counts as one."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def origins(layers: Sequence[tuple[LayerName, Tree]]) -> dict[Path, LayerName]:
    """Who has the last word about each setting, by its path; the last layer lies on top.

    A setting that nobody wrote is not there, nor is one that was taken back.
    """
    found: dict[Path, LayerName] = {}
    for name, layer in layers:
        for path, value in leaves(layer):
            if value == {}:  # a layer that names an entry and says nothing of it
                if not any(each[: len(path)] == path for each in found):
                    found[path] = name
                continue
            for other in [each for each in found if each[: len(path)] == path or path[: len(each)] == each]:
                del found[other]
            if value is not None and value != "":
                found[path] = name
    return found


def overridden(change: Tree, above: Tree) -> Iterator[Path]:
    """Yield what a change touches and a layer above has the last word on."""
    decided = [path for path, _ in leaves(above)]
    for path, _ in leaves(change):
        if any(path[: len(each)] == each or each[: len(path)] == path for each in decided):
            yield path


def misshapen(change: Tree, *, layer: LayerName) -> Iterator[Problem]:
    """Yield what a change cannot say, whatever it is to change."""
    for table in TABLES:
        entries = change.get(table)
        if entries is not None and not isinstance(entries, Mapping):
            yield problem((table,), f"must be an object of {table}s by their ids", layer)
            continue
        for name, entry in (entries or {}).items():
            if entry is not None and not isinstance(entry, Mapping):
                yield problem((table, name), "must be an object of settings, or null", layer)
            elif entry is not None and entry.get("id", name) != name:
                reason = "cannot be renamed; give the other one its settings, and null to this one"
                yield problem((table, name, "id"), reason, layer)
    box = change.get("box")
    if isinstance(box, Mapping) and box.get("data_dir") is not None:
        reason = "is for the file, the environment or --data-dir to say: this change is kept in that folder"
        yield problem(("box", "data_dir"), reason, layer)
    for section, key in _NOT_FOR_THE_CLOUD if layer == "cloud" else ():
        settings = change.get(section)
        if isinstance(settings, Mapping) and settings.get(key) is not None:
            reason = "is for the box to say: whose word it believes and where its program lies"
            yield problem((section, key), reason, layer)


def problem(path: Path, reason: str, layer: LayerName) -> Problem:
    """A problem with the setting at a path of a tree."""
    return Problem(source=layer, key=".".join(path), reason=reason, pointer=pointer(path))


def pointer(path: Path) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join("/" + each.replace("~", "~0").replace("/", "~1") for each in path)


def _by_id(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        str(each["id"]).strip(): {key: value for key, value in each.items() if key != "id"}
        for each in entries
    }
