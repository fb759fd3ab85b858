"""Whether a configuration on trial may stay: the parts that it touches do as well as before. Pure."""

from collections.abc import Iterable, Mapping

from gateway.config.change import Change
from gateway.health import PartState, State

_SEVERITY: Mapping[State, int] = {"ok": 0, "degraded": 1, "failed": 2}


def concerned(change: Change, parts: Iterable[str]) -> frozenset[str]:
    """Which parts of the box a change could have made worse."""
    names = {"config"}
    if change.touches("mqtt"):
        names |= {"mqtt", "broker"}
    if change.touches("vision") or change.cameras.all:
        names |= {"vision", *(each for each in parts if each.startswith("model:"))}
    names |= {f"camera:{each}" for each in change.cameras.added | change.cameras.changed}
    return frozenset(names)


def not_well(parts: Mapping[str, PartState]) -> frozenset[str]:
    """Parts that are not well now, which a change does not have to mend."""
    return frozenset(name for name, part in parts.items() if _SEVERITY[part.state] > 0)


def worse(names: Iterable[str], parts: Mapping[str, PartState], *, excused: Iterable[str]) -> str:
    """What is worse than before among the parts of these names; empty when nothing is."""
    looked_at = sorted(set(names) - set(excused))
    found = [
        f"{name}: {parts[name].reason or parts[name].state}" for name in looked_at if _ails(parts.get(name))
    ]
    return "; ".join(found)


def _ails(part: PartState | None) -> bool:
    return part is not None and _SEVERITY[part.state] > 0
