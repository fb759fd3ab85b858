import threading

from sync.cloud.readiness import PartState, Readiness


def test_a_part_that_hangs_is_failed_and_is_not_asked_a_second_time() -> None:
    go, asked = threading.Event(), []

    def hang() -> None:
        asked.append(1)
        go.wait(10)

    readiness = Readiness({"well": lambda: None, "hung": hang}, within_s=0.05)
    for _ in range(3):
        report = readiness.report()
        assert report == {"well": PartState("ok"), "hung": PartState("failed", "hung does not answer")}
    assert len(asked) == 1
    go.set()
    readiness._asked["hung"].result(10)
    assert readiness.report()["hung"] == PartState("ok")
    assert readiness.report()["hung"] == PartState("ok")
    assert len(asked) == 2
    readiness.close()
