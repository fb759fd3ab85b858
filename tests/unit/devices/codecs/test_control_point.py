"""What is written to a control point, and what comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import control_point
from devices.codecs.control_point import PAUSE, REQUESTS, STOP, Op, Request, Response, Result
from devices.codecs.fields import Number, Variable
from devices.rejection import FrameRejected


def values_of(number: Number) -> st.SearchStrategy[float]:
    bits = 8 * number.octets
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if number.signed else (0, (1 << bits) - 1)
    return st.integers(low, high).map(
        lambda raw: raw * number.resolution.numerator / number.resolution.denominator
    )


@st.composite
def requests(draw: st.DrawFn) -> tuple[Request, int]:
    """Anything that can be asked, and how wide the machine's resistance is."""
    op = draw(st.sampled_from(list(REQUESTS.parameters)))
    octets = draw(st.sampled_from([1, 2]))
    structure = REQUESTS.parameters[op]
    if structure.choices:
        return Request(op, (draw(st.sampled_from(sorted(structure.choices))),)), octets
    numbers = [n.of_width(octets) if isinstance(n, Variable) else n for n in structure.numbers]
    return Request(op, tuple(draw(values_of(number)) for number in numbers)), octets


@given(requests())
def test_decode_of_encode_is_the_same_request(asked: tuple[Request, int]) -> None:
    request, octets = asked
    payload = control_point.encode_request(request, resistance_octets=octets)
    assert control_point.decode_request(payload) == request
    assert len(payload) <= 19


@given(
    st.builds(
        Response,
        op=st.integers(0, 255),
        result=st.sampled_from(Result),
        parameters=st.binary(max_size=control_point.MAX_PARAMETER_OCTETS),
    )
)
def test_decode_of_encode_is_the_same_response(response: Response) -> None:
    assert control_point.decode_response(control_point.encode_response(response)) == response


@pytest.mark.parametrize(
    ("request_", "payload"),
    [
        (Request(Op.REQUEST_CONTROL), "00"),
        (Request(Op.RESET), "01"),
        (Request(Op.SET_SPEED, (12.34,)), "02 d204"),
        (Request(Op.SET_INCLINE, (-1.5,)), "03 f1ff"),
        (Request(Op.SET_RESISTANCE, (10.0,)), "04 6400"),
        (Request(Op.SET_POWER, (250.0,)), "05 fa00"),
        (Request(Op.SET_HEART_RATE, (140.0,)), "06 8c"),
        (Request(Op.START), "07"),
        (Request(Op.STOP, (STOP,)), "08 01"),
        (Request(Op.STOP, (PAUSE,)), "08 02"),
        (Request(Op.SET_ENERGY, (300.0,)), "09 2c01"),
        (Request(Op.SET_STEPS, (1000.0,)), "0a e803"),
        (Request(Op.SET_STRIDES, (500.0,)), "0b f401"),
        (Request(Op.SET_DISTANCE, (70_000.0,)), "0c 701101"),
        (Request(Op.SET_TIME, (600.0,)), "0d 5802"),
        (Request(Op.SET_TIME_IN_2_ZONES, (60.0, 120.0)), "0e 3c00 7800"),
        (Request(Op.SET_TIME_IN_3_ZONES, (60.0, 120.0, 30.0)), "0f 3c00 7800 1e00"),
        (Request(Op.SET_TIME_IN_5_ZONES, (1.0, 2.0, 3.0, 4.0, 5.0)), "10 0100 0200 0300 0400 0500"),
        (Request(Op.SIMULATE_ROAD, (-1.5, 3.25, 0.004, 0.51)), "11 24fa 4501 28 33"),
        (Request(Op.SET_WHEEL, (2105.5,)), "12 3f52"),
        (Request(Op.SPIN_DOWN, (1.0,)), "13 01"),
        (Request(Op.SET_CADENCE, (90.5,)), "14 b500"),
    ],
)
def test_octets_of_every_request(request_: Request, payload: str) -> None:
    octets = bytes.fromhex(payload)
    assert control_point.encode_request(request_) == octets
    assert control_point.decode_request(octets) == request_


def test_every_op_code_has_its_vector_and_its_parameters() -> None:
    assert set(REQUESTS.parameters) == set(Op) - {Op.RESPONSE}
    assert [int(op) for op in REQUESTS.parameters] == list(range(0x15))


def test_resistance_as_wide_as_the_machine_says() -> None:
    request = Request(Op.SET_RESISTANCE, (10.0,))
    assert control_point.encode_request(request, resistance_octets=1) == bytes.fromhex("0464")
    assert control_point.decode_request(bytes.fromhex("0464")) == request


@pytest.mark.parametrize(
    ("payload", "kind", "words"),
    [
        ("", "truncated", "empty"),
        ("02", "truncated", "target_speed_kmh needs octets 1 to 2"),
        ("02d2", "truncated", "ends after 2"),
        ("02d20400", "trailing", "1 octets follow"),
        ("0700", "trailing", "no parameter: 1 octets follow"),
        ("08", "truncated", "stop_or_pause"),
        ("0800", "value", "0 means nothing"),
        ("0803", "value", "3 means nothing"),
        ("1300", "value", "0 means nothing"),
        ("04", "width", "0 octets are left"),
        ("04640000", "width", "3 octets are left"),
        ("15", "value", "no op code 0x15"),
        ("800701", "value", "no op code 0x80"),
    ],
)
def test_a_request_that_does_not_add_up_is_refused(payload: str, kind: str, words: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        control_point.decode_request(bytes.fromhex(payload))
    assert caught.value.kind == kind
    assert words in caught.value.reason


@pytest.mark.parametrize(
    ("payload", "response"),
    [
        ("800001", Response(Op.REQUEST_CONTROL, Result.SUCCESS)),
        ("800705", Response(Op.START, Result.NOT_PERMITTED)),
        ("807f02", Response(0x7F, Result.NOT_SUPPORTED)),
        ("801301 2c01 f401", Response(Op.SPIN_DOWN, Result.SUCCESS, bytes.fromhex("2c01f401"))),
    ],
)
def test_responses(payload: str, response: Response) -> None:
    octets = bytes.fromhex(payload)
    assert control_point.decode_response(octets) == response
    assert control_point.encode_response(response) == octets


@pytest.mark.parametrize(
    ("payload", "kind", "words"),
    [
        ("", "truncated", "this has 0"),
        ("8007", "truncated", "this has 2"),
        ("020701", "value", "begins with 0x80, this with 0x02"),
        ("800700", "value", "no result 0x00"),
        ("800706", "value", "no result 0x06"),
        ("800701" + 18 * "00", "trailing", "18 octets of parameters"),
    ],
)
def test_a_response_that_does_not_add_up_is_refused(payload: str, kind: str, words: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        control_point.decode_response(bytes.fromhex(payload))
    assert caught.value.kind == kind
    assert words in caught.value.reason


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request(Op.SET_SPEED), "SET_SPEED does not take 0 values"),
        (Request(Op.START, (1.0,)), "START does not take 1 values"),
        (Request(Op.RESPONSE), "RESPONSE does not take 0 values"),
        (Request(Op.SET_SPEED, (-1.0,)), "does not fit"),
        (Request(Op.STOP, (3.0,)), "one of"),
    ],
)
def test_what_cannot_be_asked(request_: Request, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        control_point.encode_request(request_)


@pytest.mark.parametrize("bad", [Response(256, Result.SUCCESS), Response(0, Result.SUCCESS, bytes(18))])
def test_what_cannot_be_answered(bad: Response) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - two causes, two texts
        control_point.encode_response(bad)
