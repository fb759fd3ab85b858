"""One connection to the broker, from CONNECT to its end, on paho-mqtt.

paho is used from one thread only, over its calls for a foreign event loop: its own thread has no
end when a callback raises, its own queue for QoS 0 has no bound, and its own reconnecting has no
policy that could be tested. A new client serves each connection, so nothing said before an outage
can be sent after it.
"""

import logging
import selectors
import socket
import ssl
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from paho.mqtt.client import DisconnectFlags
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from devices.mqtt.broker_settings import BrokerSettings, BrokerSettingsInvalid
from devices.mqtt.ending import Ended, not_connected, where, why_refused
from devices.mqtt.outbox import Outbox, Outgoing
from devices.mqtt.paho_client import V5, LeanClient, OnReceived
from devices.mqtt.reconnect import Failure
from devices.mqtt.waker import Waker
from devices.topics import PREFIX, status_topic

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 5.0  # for each step: TCP and TLS, CONNACK, SUBACK
# A broker from before MQTT 5 may wait for ever for the rest of a CONNECT that it misreads.
GREETING_TIMEOUT_S: Final = 1.5
KEEPALIVE_S: Final = 10  # a broker that freezes is noticed within twice this
FAREWELL_S: Final = 1.0  # for the last word before DISCONNECT
MAX_IN_FLIGHT: Final = 20  # either way, of messages that want an answer
MAX_PACKETS_AT_ONCE: Final = 256  # before we look at what is to be sent, and whether to stop
# Waking up costs more than a message does. Where they come one by one, those of the next moment are
# read together with it; what is to be sent, or a stop, does not wait.
FEW_PACKETS: Final = 16
GATHER_S: Final = 0.01
TICK_S: Final = 1.0  # paho's keepalive wants to be looked after this often


class Connection:
    """A single use: `run` it once, in one thread.

    `on_ready` is called when the broker has answered to every subscription: a refusal of one of our own
    topics ends the connection, any other is logged; those that `subscriptions` answers later are
    followed, `waker` tells of them. `on_message` must not raise.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        subscriptions: Callable[[], tuple[str, ...]],
        outbox: Outbox,
        on_message: OnReceived,
        on_ready: Callable[[], None],
        version: MQTTProtocolVersion = V5,
    ) -> None:
        self._settings = settings
        self._version = version
        self._subscriptions = subscriptions
        self._outbox = outbox
        self._on_message = on_message
        self._on_ready = on_ready
        self._status_topic = status_topic(settings.client_id)
        self._ended: Ended | None = None
        self._acknowledged = False  # CONNACK
        self._ready_s: float | None = None
        self._deadline_s = 0.0
        self._unacknowledged: set[int] = set()
        self._asked: tuple[str, ...] = ()
        self._asking: dict[int, tuple[str, ...]] = {}

    def run(self, stop: threading.Event, waker: Waker) -> Ended:
        """Connect, serve until the connection ends or `stop` is set; `waker` makes `stop` seen at once."""
        try:
            client = self._client()
            client.open(
                self._settings.host,
                self._settings.port,
                keepalive_s=KEEPALIVE_S,
                receive_maximum=MAX_IN_FLIGHT,
            )
        except BrokerSettingsInvalid as error:
            return Ended("refused", str(error))
        except (OSError, ValueError) as error:
            return not_connected(self._settings, error, CONNECT_TIMEOUT_S)
        patience_s = min(GREETING_TIMEOUT_S, CONNECT_TIMEOUT_S) if self._version == V5 else CONNECT_TIMEOUT_S
        self._deadline_s = monotonic() + patience_s
        try:
            _send_at_once(client.socket())
            self._serve(client, stop, waker)
        finally:
            self._outbox.close(len(self._unacknowledged))
            if (sock := client.socket()) is not None:
                sock.close()
        connected_s = 0.0 if self._ready_s is None else monotonic() - self._ready_s
        ended = self._ended or Ended("lost", "the broker closed the connection")
        return Ended(ended.failure, ended.reason, connected_s)

    def _client(self) -> LeanClient:
        client = LeanClient(self._settings.client_id, protocol=self._version, on_received=self._on_message)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages = MAX_IN_FLIGHT
        client.max_queued_messages = MAX_IN_FLIGHT
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, self._settings.password)
        if self._settings.tls:
            client.tls_set_context(self._settings.tls_context())
        client.will_set(self._status_topic, b"offline", qos=1, retain=True)
        client.on_connect = lambda _client, _data, _flags, code, _properties: self._connack(client, code)
        client.on_subscribe = lambda _client, _data, mid, codes, _properties: self._suback(client, mid, codes)
        client.on_publish = lambda _client, _data, mid, code, _properties: self._puback(mid, code)
        client.on_disconnect = lambda _client, _data, flags, code, _properties: self._disconnected(
            flags, code
        )
        return client

    def _serve(self, client: LeanClient, stop: threading.Event, waker: Waker) -> None:
        with selectors.DefaultSelector() as selector, selectors.DefaultSelector() as news:
            selector.register(waker, selectors.EVENT_READ)
            news.register(waker, selectors.EVENT_READ)
            while (sock := client.socket()) is not None and self._ended is None:
                _watch(selector, sock, writing=client.want_write())
                buffered = client.holds_octets or _buffered(sock)
                events = selector.select(0.0 if buffered else TICK_S)
                if stop.is_set():
                    self._farewell(client)
                    return
                waker.clear()
                packets = self._turn(client, readable=buffered or _readable(events, sock))
                self._check_deadline()
                if 0 < packets < FEW_PACKETS and self._ready_s is not None:
                    news.select(GATHER_S)

    def _turn(self, client: LeanClient, *, readable: bool) -> int:
        """Do what there is to do; how many packets were read."""
        packets = client.read(MAX_PACKETS_AT_ONCE) if readable else 0
        if client.socket() is not None and client.want_write():
            client.loop_write()
        if self._ready_s is not None:
            self._follow(client)
            self._send_waiting(client)
        client.loop_misc()
        return packets

    def _check_deadline(self) -> None:
        if self._ready_s is not None or self._ended is not None or monotonic() <= self._deadline_s:
            return
        step = "the subscriptions" if self._acknowledged else "CONNECT"
        self._ended = Ended(
            self._before_ready(),
            f"{where(self._settings)} did not answer {step} within {CONNECT_TIMEOUT_S:g} s",
        )

    def _before_ready(self) -> Failure:
        """What it means that the connection ends now: perhaps the broker cannot read what we say."""
        return "version" if self._version == V5 and not self._acknowledged else "unreachable"

    def _send_waiting(self, client: LeanClient) -> None:
        """Hand over what paho can send now; the rest stays where it is bounded and counted."""
        while (
            client.socket() is not None
            and not client.want_write()
            and len(self._unacknowledged) < MAX_IN_FLIGHT
            and (message := self._outbox.take()) is not None
        ):
            self._publish(client, message)

    def _publish(self, client: LeanClient, message: Outgoing) -> None:
        number = client.send(
            message.topic,
            message.payload,
            qos=message.qos,
            retain=message.retain,
            expires_after_s=message.expires_after_s,
        )
        if number is not None:
            self._unacknowledged.add(number)

    def _farewell(self, client: LeanClient) -> None:
        """Say `offline` and DISCONNECT; if that takes too long, the broker says it for us (the will)."""
        if self._acknowledged:
            client.publish(self._status_topic, b"offline", qos=0, retain=True)
        client.disconnect()
        deadline_s = monotonic() + FAREWELL_S
        with selectors.DefaultSelector() as selector:
            while (sock := client.socket()) is not None and monotonic() < deadline_s:
                _watch(selector, sock, writing=True)
                selector.select(FAREWELL_S)
                client.loop_write()
        self._ended = Ended("lost", "stopped")

    def _connack(self, client: LeanClient, code: ReasonCode) -> None:
        if code.is_failure:
            self._ended = Ended(
                why_refused(code), f"{where(self._settings)} refused the login: {str(code).lower()}"
            )
            return
        self._acknowledged = True
        self._deadline_s = monotonic() + CONNECT_TIMEOUT_S
        self._follow(client)
        if not self._asking:
            self._become_ready(client)

    def _follow(self, client: LeanClient) -> None:
        """Ask for what is wanted and was not, give up what no longer is."""
        wanted = self._subscriptions()
        if wanted is self._asked:
            return
        new = tuple(topic for topic in wanted if topic not in self._asked)
        gone = [topic for topic in self._asked if topic not in wanted]
        self._asked = wanted
        if new and (number := client.ask_for(new)) is not None:
            self._asking[number] = new
        if gone:
            client.unsubscribe(gone)

    def _suback(self, client: LeanClient, number: int, codes: list[ReasonCode]) -> None:
        for topic, code in zip(self._asking.pop(number, ()), codes, strict=False):
            if not code.is_failure:
                continue
            refusal = f"{where(self._settings)} refused the subscription to {topic}"
            if topic.startswith(f"{PREFIX}/"):
                self._ended = Ended("refused", refusal)
                return
            logger.warning("%s; nothing is heard there", refusal)
        if self._ready_s is None:
            self._become_ready(client)

    def _become_ready(self, client: LeanClient) -> None:
        self._ready_s = monotonic()
        self._publish(client, Outgoing(self._status_topic, b"online", qos=1, retain=True))
        self._on_ready()

    def _puback(self, mid: int, code: ReasonCode) -> None:
        if mid in self._unacknowledged:
            self._unacknowledged.remove(mid)
            if code.is_failure:
                self._outbox.refused()

    def _disconnected(self, flags: DisconnectFlags, code: ReasonCode) -> None:
        if self._ended is not None:
            return
        did = "closed the connection"
        if flags.is_disconnect_packet_from_server:
            did = f"ended the connection: {str(code).lower()}"
        elif code.getName() == "Keep alive timeout":
            did = "stopped answering"
        failure = "lost" if self._ready_s else self._before_ready()
        self._ended = Ended(failure, f"{where(self._settings)} {did}")


def _watch(selector: selectors.BaseSelector, sock: Any, *, writing: bool) -> None:
    """Register the socket, or change what is waited for."""
    events = selectors.EVENT_READ | (selectors.EVENT_WRITE if writing else 0)
    key = selector.get_map().get(sock)
    if key is None:
        selector.register(sock, events)
    elif key.events != events:
        selector.modify(sock, events)


def _readable(events: list[tuple[selectors.SelectorKey, int]], sock: Any) -> bool:
    return any(key.fileobj is sock and mask & selectors.EVENT_READ for key, mask in events)


def _buffered(sock: Any) -> bool:
    """TLS reads ahead: octets may wait inside the socket object, where no selector sees them."""
    return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0


def _send_at_once(sock: Any) -> None:
    """Without this, Nagle's algorithm holds small messages back for up to 40 ms."""
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
