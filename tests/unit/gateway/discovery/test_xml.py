"""XML from strangers: bombs, lies about encodings, and plain rubbish are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.discovery.xml import LONGEST, XmlRefused, parse, text_of

from .answers import BOMB


def test_what_is_asked_for_is_found_whatever_its_namespace() -> None:
    root = parse(b'<a xmlns:v="urn:1"><v:b> one </v:b><b xmlns="urn:2">two</b></a>')
    assert text_of(root, "b") == "one"
    assert text_of(root, "c") == ""
    assert text_of(root, "b", longest=2) == "on"


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (BOMB, "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type"),
        (b'<x/><!ENTITY a "b">', "document type"),
        (b"<x>" + b"a" * LONGEST + b"</x>", "longer"),
        (b"", "no XML"),
        (b"<x>", "no XML"),
        (b"<x>&undefined;</x>", "no XML"),
        (b"\x00\xff\xfe", "no XML"),
    ],
)
def test_hostile_and_broken_documents_are_refused_with_the_reason(octets: bytes, reason: str) -> None:
    with pytest.raises(XmlRefused, match=reason):
        parse(octets)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7", "cp037"])
def test_a_bomb_in_another_encoding_does_not_go_off(encoding: str) -> None:
    text = BOMB.decode().replace('version="1.0"', f'version="1.0" encoding="{encoding}"')
    with pytest.raises(XmlRefused):
        parse(text.encode(encoding))


def test_octets_that_are_no_utf8_cost_nobody_a_camera() -> None:
    assert text_of(parse(b"<x><name>Cam\xb0</name></x>"), "name") == "Cam\ufffd"


def test_a_deep_document_is_read_or_refused_but_never_fatal() -> None:
    depth = LONGEST // 8
    try:
        root = parse(b"<a>" * depth + b"</a>" * depth)
    except XmlRefused:
        return
    assert sum(1 for _ in root.iter()) == depth


@given(st.binary(max_size=300))
def test_noise_is_refused_or_read_and_nothing_else(octets: bytes) -> None:
    try:
        parse(octets)
    except XmlRefused as error:
        assert str(error)  # noqa: PT017 - either is right; a refusal has its reason
