import pytest

from devices.codecs.control_point import Op, Response, Result
from devices.codecs.machine_status import MachineStatus, StatusOp
from devices.codecs.ranges import Range
from devices.control.machine_news import LinkChanged, Supported, decode
from devices.rejection import FrameRejected


@pytest.mark.parametrize(
    ("characteristic", "octets", "news"),
    [
        ("2ad9", "800201", Response(Op.SET_SPEED, Result.SUCCESS)),
        ("2ada", "04", MachineStatus(StatusOp.STARTED_BY_USER)),
        ("2ad4", "5000d0070a00", Supported("speed_kmh", Range(0.8, 20.0, 0.1))),
        ("2ad6", "000a01", Supported("resistance_level", Range(0.0, 100.0, 10.0), octets=1)),
        ("2ad6", "000064000100", Supported("resistance_level", Range(0.0, 10.0, 0.1), octets=2)),
        ("link", "7570", LinkChanged(up=True)),
        ("link", "646f776e", LinkChanged(up=False)),
        ("2acc", "0000000000000000", None),
    ],
)
def test_what_a_frame_says(characteristic: str, octets: str, news: object) -> None:
    assert decode(characteristic, bytes.fromhex(octets)) == news


@pytest.mark.parametrize(("characteristic", "octets"), [("2ad9", "8002"), ("2ada", "aa"), ("link", "00")])
def test_what_does_not_add_up_is_refused(characteristic: str, octets: str) -> None:
    with pytest.raises(FrameRejected):
        decode(characteristic, bytes.fromhex(octets))
