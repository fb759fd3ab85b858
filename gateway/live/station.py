"""What is true at one station right now. Pure: events in, a snapshot out, time as an argument."""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from gateway.live.reps import StationReps, form_of
from gateway.live.snapshot import (
    Alert,
    CameraState,
    ControlState,
    HeartRateState,
    PoseState,
    RepMessage,
    SessionState,
    StationName,
    StationSnapshot,
    TreadmillState,
)
from gateway.members.names import short_name
from recommender.heart_rate import fraction, zone

if TYPE_CHECKING:
    from devices.reading import Metric
    from gateway.health import PartState
    from gateway.sessions.active import ActiveSession
    from gateway.stations import DeviceValues, Station
    from vision.counting.counter import CountStatus
    from vision.counting.reps import Rep
    from vision.keypoints import Pose
    from vision.processes.messages import CameraStatus, CameraView, StationView

# An older skeleton would show a person who may have walked away.
POSE_STALE_AFTER_S: Final = 1.0

_EVERYWHERE: Final = frozenset({"store"})
_NEED_CAMERA: Final = frozenset({"vision"})
_NEED_MACHINE: Final = frozenset({"mqtt", "broker"})

# So long before a session ends by itself its kiosk asks whether somebody is there.
ASK_BEFORE_S: Final = 60.0

# What the box does with a machine, by its id and the moment; None when it has no way to command it.
ControlOf = Callable[[str, float], ControlState | None]

# Seconds until a session ends by itself, by the session and the moment.
EndsIn = Callable[["ActiveSession", float], float]


def endless(_session: "ActiveSession", _now_s: float) -> float:
    """Stand in where no session ends by itself."""
    return math.inf


def uncontrolled(_device_id: str, _now_s: float) -> None:
    """Stand in where no machine is commanded."""


class StationLive:
    """One station's live state."""

    def __init__(
        self,
        *,
        station: "Station",
        devices: "DeviceValues",
        control_of: ControlOf = uncontrolled,
        ends_in: EndsIn = endless,
    ) -> None:
        self.station = station
        self._devices = devices
        self._control_of = control_of
        self._ends_in = ends_in
        self._session: ActiveSession | None = None
        self._reps = StationReps()
        self._view: StationView | CameraView | None = None
        self._status: CountStatus | None = None
        self._camera: CameraStatus | None = None

    @property
    def busy(self) -> bool:
        """Whether somebody trains here."""
        return self._session is not None

    @property
    def devices(self) -> frozenset[str]:
        """Ids of the machine and the band that are shown here."""
        return frozenset(each for each in (self.station.treadmill, self._band_id) if each is not None)

    def moved(self, station: "Station") -> None:
        """Be another station from now on, under the same id."""
        if station.camera != self.station.camera:
            self._view = self._status = self._camera = None
        self.station = station

    def session_started(self, session: "ActiveSession") -> None:
        """Somebody checked in, or goes on after a restart."""
        self._session = session
        self._reps.begin()

    def session_ended(self) -> None:
        """Nobody is checked in any more."""
        self._session = None
        self._reps.begin()

    def on_view(self, view: "StationView") -> None:
        """Take what the counter sees."""
        self._view, self._status = view, view.status
        self._reps.see(view)

    def on_camera_view(self, view: "CameraView") -> None:
        """Take what an unwatched camera sees."""
        self._view, self._status = view, None

    def on_camera(self, status: "CameraStatus") -> None:
        """Take how the camera does."""
        self._camera = status

    def on_rep(self, rep: "Rep") -> RepMessage:
        """Take a repetition that the session, if there is one, has counted already."""
        return self._reps.add(rep, self._session)

    def concerns(self, part: str) -> bool:
        """Tell whether trouble with a part of the box is this station's trouble."""
        if part in _EVERYWHERE:
            return True
        if part in _NEED_CAMERA:
            return self.station.camera is not None
        if part in _NEED_MACHINE:
            return self.station.treadmill is not None or self._band_id is not None
        return part == f"camera:{self.station.camera}"

    def snapshot(
        self, *, now_s: float, at: datetime, box_started_at: datetime, parts: Mapping[str, "PartState"]
    ) -> StationSnapshot:
        """Return everything a kiosk shows."""
        fresh = self._view is not None and now_s - self._view.captured_s <= POSE_STALE_AFTER_S
        status = self._status if fresh else None
        exercise = self._exercise(status)
        reps, partials = self._reps.totals(self._session)
        return StationSnapshot(
            station=StationName(id=self.station.id, name=self.station.name),
            at=at,
            box_started_at=box_started_at,
            session=self._session_state(now_s),
            exercise=exercise,
            reps=reps.get(exercise, 0) if exercise else 0,
            partials=partials.get(exercise, 0) if exercise else 0,
            refused=self._reps.refused,
            phase=status.phase if status else "unknown",
            depth=status.depth if status else None,
            tempo_s=self._reps.tempo_s,
            form=form_of(self._reps.last),
            treadmill=self._treadmill(now_s),
            control=self._control(now_s),
            heart_rate=self._heart_rate(now_s),
            pose=self._pose(now_s) if fresh else None,
            camera=self._camera_state(),
            alerts=self._alerts(parts),
        )

    @property
    def _band_id(self) -> str | None:
        return self._session.band_id if self._session else None

    def _exercise(self, status: "CountStatus | None") -> str | None:
        if status is not None and status.exercise is not None:
            return status.exercise
        if self._reps.last is not None:
            return self._reps.last.exercise
        if self._session is None:
            return None
        sets = self._session.progress.sets.sets  # a session that goes on after a restart has a last set
        return sets[-1].exercise if sets else self._session.exercise

    def _session_state(self, now_s: float) -> SessionState | None:
        session = self._session
        if session is None:
            return None
        reps, partials = session.totals()
        still_s, ends_in_s = session.still_s(now_s), self._ends_in(session, now_s)
        return SessionState(
            id=session.id,
            member_id=session.member_id,
            display_name=session.display_name,
            short_name=short_name(session.display_name),
            exercise=session.exercise,
            started_at=session.started_at,
            elapsed_s=round(session.elapsed_s(now_s), 1),
            language=session.language,
            still_s=None if still_s is None else round(still_s, 1),
            ends_in_s=round(ends_in_s, 1) if ends_in_s <= ASK_BEFORE_S else None,
            sets=dict(Counter(each.exercise for each in session.progress.sets.sets)),
            reps=reps,
            partials=partials,
        )

    def _treadmill(self, now_s: float) -> TreadmillState | None:
        device_id = self.station.treadmill
        if device_id is None:
            return None

        def value(metric: "Metric") -> float | None:
            return self._devices.value(device_id, metric, now_s)

        return TreadmillState(
            device_id=device_id,
            link=self._devices.link(device_id, now_s),
            speed_kmh=value("speed_kmh"),
            incline_percent=value("incline_percent"),
            distance_m=value("distance_m"),
            energy_kcal=value("energy_kcal"),
            elapsed_s=value("elapsed_s"),
        )

    def _control(self, now_s: float) -> ControlState | None:
        device_id = self.station.treadmill
        return None if device_id is None else self._control_of(device_id, now_s)

    def _heart_rate(self, now_s: float) -> HeartRateState | None:
        if self._session is None or self._session.band_id is None:
            return None
        band_id = self._session.band_id
        bpm = self._devices.value(band_id, "heart_rate_bpm", now_s)
        contact = self._devices.value(band_id, "contact", now_s)
        maximum_bpm = self._session.maximum_bpm
        zone_now: int | None = None
        share: float | None = None
        if bpm is not None and maximum_bpm is not None:
            zone_now, share = zone(bpm, maximum_bpm), round(fraction(bpm, maximum_bpm), 3)
        return HeartRateState(
            device_id=band_id,
            link=self._devices.link(band_id, now_s),
            bpm=bpm,
            zone=zone_now,
            fraction=share,
            contact=None if contact is None else contact > 0.0,
        )

    def _pose(self, now_s: float) -> PoseState | None:
        view = self._view
        if view is None or view.pose is None:
            return None
        return PoseState(
            width=view.width,
            height=view.height,
            points=_points(view.pose),
            age_s=round(max(0.0, now_s - view.captured_s), 3),
        )

    def _camera_state(self) -> CameraState | None:
        if self.station.camera is None:
            return None
        if self._camera is None:
            state, reason = "starting", ""
        else:
            state, reason = self._camera.state, self._camera.reason
        return CameraState(id=self.station.camera, state=state, reason=reason, stage=self.station.stage)

    def _alerts(self, parts: Mapping[str, "PartState"]) -> list[Alert]:
        return [
            Alert(part=part, level=each.state, reason=each.reason)
            for part, each in parts.items()
            if each.state != "ok" and self.concerns(part)
        ]


def _points(pose: "Pose") -> list[tuple[float, float, float]]:
    # A tenth of a pixel is more than a screen shows and keeps the message short.
    return [(round(x, 1), round(y, 1), round(score, 2)) for x, y, score in pose.points.tolist()]
