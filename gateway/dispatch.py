"""Who hears what: news of cameras and machines on its way to the sessions and the live board."""

from typing import TYPE_CHECKING

from vision.processes.messages import CameraStatus, CameraView, RepCounted, StationView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devices.reading import Reading
    from gateway.camera_news import VisionMessage
    from gateway.cameras import CameraFleet
    from gateway.commands.service import Commands
    from gateway.live.board import LiveBoard
    from gateway.sessions.active import ActiveSession
    from gateway.sessions.service import SessionService


class Dispatch:
    """Hands each message to the parts that care; called on the event loop."""

    def __init__(self, *, board: "LiveBoard", sessions: "SessionService", commands: "Commands") -> None:
        self._board = board
        self._sessions = sessions
        self._commands = commands

    def on_vision(self, message: "VisionMessage") -> None:
        """Take what the camera processes say."""
        match message:
            case StationView():
                self._board.on_view(message)
                if message.pose is not None:
                    self._sessions.on_seen(message.station_id)
            case RepCounted():
                if self._sessions.on_rep(message.station_id, message.rep):
                    self._board.on_rep(message.station_id, message.rep)
            case CameraView():
                self._board.on_camera_view(message)
            case CameraStatus():
                self._board.on_camera(message)

    def on_readings(self, device_id: str, readings: "Sequence[Reading]") -> None:
        """Take what a machine or band says."""
        self._sessions.on_readings(device_id, readings)
        self._commands.on_readings(device_id, readings)
        self._board.on_device(device_id)


class CountWhileTraining:
    """Has the cameras count at a station for as long as somebody trains there."""

    def __init__(self, fleet: "CameraFleet") -> None:
        self._fleet = fleet

    def session_started(self, session: "ActiveSession") -> None:
        """Count what was chosen, or whichever of the station's exercises is seen."""
        exercises = (session.exercise,) if session.exercise else session.station.exercises
        self._fleet.watch(session.station.id, exercises)

    def session_ended(self, session: "ActiveSession") -> None:
        """Stop counting."""
        self._fleet.unwatch(session.station.id)
