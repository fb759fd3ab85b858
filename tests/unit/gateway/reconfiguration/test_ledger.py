"""What the box makes of what is desired: tried, confirmed, given up; nothing twice, whoever kills it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reconfiguration.ledger import MOST_STARTS, Ledger, Trial
from provisioning.config_bundle import Bundle


def bundle(hour: int, version: str = "1", rollout: str | None = None) -> Bundle:
    return Bundle(version=version, values=[{"gym": {"plans_hour": hour}}], rollout=rollout)


def tried(ledger: Ledger, name: str, wish: Bundle | None) -> Ledger:
    return ledger.tried(Trial(name=name, wish=wish))


def state(ledger: Ledger, name: str, wish: Bundle | None) -> str | None:
    standing = ledger.standing(name, wish)
    return None if standing is None else standing.state


def test_a_wish_is_tried_and_confirmed() -> None:
    ledger, wish = Ledger(), bundle(1)
    assert ledger.next_wish({"a": wish}) == ("a", wish)
    assert state(ledger, "a", wish) == "waiting"
    ledger = tried(ledger, "a", wish)
    assert (state(ledger, "a", wish), ledger.layer) == ("installing", {"gym": {"plans_hour": 1}})
    ledger = ledger.confirm()
    assert (state(ledger, "a", wish), ledger.layer) == ("active", {"gym": {"plans_hour": 1}})
    assert ledger.next_wish({"a": wish}) is None


def test_what_did_not_prove_itself_goes_and_is_not_tried_again() -> None:
    held, wish = bundle(1), bundle(2, "2")
    ledger = tried(tried(Ledger(), "a", held).confirm(), "a", wish)
    ledger = ledger.given_up("rolled_back", "no broker")
    assert ledger.layer == {"gym": {"plans_hour": 1}}
    standing = ledger.standing("a", wish)
    assert standing is not None
    assert (standing.state, standing.reason, standing.version) == ("rolled_back", "no broker", "2")
    assert ledger.next_wish({"a": wish}) is None
    assert ledger.next_wish({"a": bundle(2, "3")}) == ("a", bundle(2, "3")), "another version is another wish"
    assert ledger.next_wish({"a": held}) is None


def test_a_bundle_that_is_not_desired_any_more_is_taken_away_by_a_trial() -> None:
    ledger = tried(Ledger(), "a", bundle(1)).confirm()
    assert ledger.next_wish({}) == ("a", None)
    trial = tried(ledger, "a", None)
    assert (trial.layer, state(trial, "a", None)) == ({}, "installing")
    assert trial.confirm() == Ledger()
    back = trial.given_up("rolled_back", "why")
    assert (back.layer, back.next_wish({})) == (ledger.layer, None)
    assert state(back, "a", None) == "rolled_back"


def test_the_original_is_none_of_it() -> None:
    original = Bundle(version="original")
    assert Ledger().next_wish({"a": original}) is None
    assert state(Ledger(), "a", original) == "active"
    ledger = tried(Ledger(), "a", bundle(1)).confirm()
    assert ledger.next_wish({"a": original}) == ("a", original)
    assert tried(ledger, "a", original).confirm().confirmed == {}


def test_the_same_settings_of_another_rollout_need_no_proof() -> None:
    ledger = tried(Ledger(), "a", bundle(1, rollout="r1")).confirm()
    wish = bundle(1, version="2", rollout="r2")
    assert ledger.next_wish({"a": wish}) is None
    standing = ledger.concerning({"a": wish}).standing("a", wish)
    assert standing is not None
    assert (standing.state, standing.version, standing.rollout) == ("active", "2", "r2")


def test_a_box_that_goes_down_twice_goes_on_without_it() -> None:
    ledger = tried(Ledger(), "a", bundle(1))
    for start in range(1, MOST_STARTS):
        ledger = ledger.started()
        assert ledger.trial is not None
        assert (ledger.trial.starts, ledger.layer) == (start, {"gym": {"plans_hour": 1}})
    ledger = ledger.started()
    assert (ledger.trial, ledger.layer) == (None, {})
    assert "the box went down 2 times" in ledger.verdicts["a"].reason
    assert ledger.started() == ledger


def test_why_a_wish_waits_is_told() -> None:
    standing = Ledger().standing("a", bundle(1), waits="somebody trains there")
    assert standing is not None
    assert (standing.state, standing.reason) == ("waiting", "somebody trains there")
    assert Ledger().standing("a", None) is None


def test_nothing_on_trial_is_nothing_to_decide() -> None:
    assert Ledger().confirm() == Ledger().given_up("failed", "x") == Ledger().put_off() == Ledger()


_wishes = st.dictionaries(
    st.sampled_from(["a", "b", "box"]),
    st.builds(bundle, st.integers(0, 3), st.sampled_from(["1", "2", "original"])),
    max_size=3,
)
_deeds = st.lists(
    st.tuples(_wishes, st.sampled_from(["confirm", "give up", "kill", "kill twice"])), max_size=8
)


@given(deeds=_deeds)
def test_whatever_happens_what_holds_was_confirmed_and_it_comes_to_rest(deeds: Any) -> None:
    ledger, proven = Ledger(), [Ledger().layer]
    desired: dict[str, Bundle] = {}
    for wishes, end in deeds:
        desired = wishes
        if (found := ledger.next_wish(desired)) is None:
            continue
        ledger = tried(ledger, *found)
        if end == "kill":
            ledger = ledger.started()
        elif end == "kill twice":
            ledger = ledger.started().started()
        ledger = Ledger.model_validate_json(ledger.model_dump_json())  # what the disk gives back
        ledger = ledger.confirm() if end == "confirm" else ledger.given_up("rolled_back", "because")
        if end == "confirm":
            proven.append(ledger.layer)
        assert ledger.layer in proven
    for _ in range(4):
        if (found := ledger.next_wish(desired)) is None:
            break
        ledger = tried(ledger, *found).given_up("rolled_back", "because")
    assert ledger.next_wish(desired) is None


@pytest.mark.parametrize("text", ['{"confirmed": {"a": {"version": "1", "values": [{}]}}, "later": 1}', "{}"])
def test_what_another_version_wrote_is_read(text: str) -> None:
    assert Ledger.model_validate_json(text).trial is None
