"""Reasons in Chinese: as they are composed by the box, and only those that it still gives."""

import tomllib
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.mqtt.broker_settings import BrokerSettings
from devices.mqtt.ending import not_connected
from gateway.console.reasons import chinese_reasons
from gateway.console.words import Words

ROOT = Path(__file__).parents[4]
KNOWN = tomllib.loads((ROOT / "gateway" / "console" / "reasons.zh.toml").read_text(encoding="utf-8"))
# What libraries and the system say, not our own code.
ELSEWHERE = {
    "bad user name or password", "not authorized", "self-signed certificate", "certificate has expired",
    "self-signed certificate in certificate chain", "unable to get local issuer certificate",
    "Connection refused", "No route to host", "Network is unreachable", "All connection attempts failed",
}  # fmt: skip


def literals(sentence: str) -> list[str]:
    return [text.strip() for text, _, _, _ in Formatter().parse(sentence) if text.strip(" :,;.()")]


def test_every_reason_is_still_given_by_the_box() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for room in ("gateway", "devices", "vision", "sync")
        for path in (ROOT / room).rglob("*.py")
    )
    gone = [
        english
        for english in KNOWN
        if english not in ELSEWHERE and not all(each in code for each in literals(english))
    ]
    assert gone == []


@pytest.mark.parametrize("english", KNOWN)
def test_both_languages_have_the_same_values_and_words_beside_them(english: str) -> None:
    names, chinese_names = (
        {name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, KNOWN[english])
    )
    assert chinese_names <= names
    assert literals(english)


@pytest.mark.parametrize("english", KNOWN)
def test_each_reason_is_found_by_its_own_line(english: str) -> None:
    values = {name: "xyz" for _, name, _, _ in Formatter().parse(english) if name}
    assert chinese_reasons()(english.format(**values)) == KNOWN[english].format(**values)


def test_what_a_broker_does_is_told_in_chinese() -> None:
    settings = BrokerSettings("mqtts://broker.lan")
    told = not_connected(settings, ConnectionRefusedError(111, "Connection refused"), 5.0).reason
    chinese = "没有消息代理：消息代理 broker.lan:8883：连接被拒绝"  # noqa: RUF001 - Chinese has its own
    assert Words("zh").reason(f"no broker: {told}") == chinese
    assert Words("en").reason(told) == told


def test_of_several_reasons_each_is_said_as_far_as_it_is_known() -> None:
    told = "启动中；never seen before"  # noqa: RUF001 - Chinese has its own
    assert chinese_reasons()("starting; never seen before") == told


@given(st.text(max_size=200))
def test_any_text_is_taken(reason: str) -> None:
    assert isinstance(chinese_reasons()(reason), str)
