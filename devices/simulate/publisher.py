"""Publishes a simulated gym through a real broker, at the pace of the wall."""

import threading
from time import monotonic
from typing import Final

from devices.session import MqttSession
from devices.simulate.gym import SimulatedGym

STEP_S: Final = 0.05


def publish(gym: SimulatedGym, session: MqttSession, stop: threading.Event) -> None:
    """Publish until `stop` is set; frames made while there is no link are dropped."""
    while not stop.wait(STEP_S):
        for topic, payload in gym.step(monotonic()):
            session.publish(topic, payload)
