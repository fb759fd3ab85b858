"""One connection to the broker, from CONNECT to its end, on paho-mqtt.

paho is used from one thread only, over its calls for a foreign event loop: its own thread has no
end when a callback raises, its own queue for QoS 0 has no bound, and its own reconnecting has no
policy that could be tested. A new client serves each connection, so nothing said before an outage
can be sent after it.
"""

import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from devices.broker_settings import BrokerSettings, BrokerSettingsInvalid
from devices.outbox import Outbox, Outgoing
from devices.reconnect import Failure
from devices.topics import status_topic

CONNECT_TIMEOUT_S: Final = 5.0  # for each step: TCP and TLS, CONNACK, SUBACK
KEEPALIVE_S: Final = 10  # a broker that freezes is noticed within twice this
FAREWELL_S: Final = 1.0  # for the last word before DISCONNECT
MAX_IN_FLIGHT: Final = 20
TICK_S: Final = 1.0  # paho's keepalive wants to be looked after this often

_SERVER_UNAVAILABLE = "Server unavailable"


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a connection ended or never came about, and how long it was fit for use."""

    failure: Failure
    reason: str
    connected_s: float = 0.0


class Connection:
    """A single use: `run` it once, in one thread.

    `on_ready` is called when every subscription stands. `on_message` must not raise.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        subscriptions: Sequence[str],
        outbox: Outbox,
        on_message: Callable[[MQTTMessage], None],
        on_ready: Callable[[], None],
    ) -> None:
        self._settings = settings
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

    def run(self, stop: threading.Event, waker: "Waker") -> Ended:
        """Connect, serve until the connection ends or `stop` is set; `waker` makes `stop` seen at once."""
        try:
            client = self._client()
            client.connect(self._settings.host, self._settings.port, keepalive=KEEPALIVE_S)
        except BrokerSettingsInvalid as error:
            return Ended("refused", str(error))
        except (OSError, ValueError) as error:
            return _not_connected(self._settings, error)
        self._deadline_s = monotonic() + CONNECT_TIMEOUT_S
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

    def _client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages = MAX_IN_FLIGHT
        client.max_queued_messages = MAX_IN_FLIGHT
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, self._settings.password)
        if self._settings.tls:
            client.tls_set_context(self._settings.tls_context())
        client.will_set(self._status_topic, b"offline", qos=1, retain=True)
        client.on_connect = self._connack
        client.on_subscribe = self._suback
        client.on_publish = self._puback
        client.on_disconnect = self._disconnected
        client.on_message = lambda _client, _userdata, message: self._on_message(message)
        return client

    def _serve(self, client: Client, stop: threading.Event, waker: "Waker") -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(waker, selectors.EVENT_READ)
            while (sock := client.socket()) is not None and self._ended is None:
                _watch(selector, sock, writing=client.want_write())
                buffered = _buffered(sock)
                events = selector.select(0.0 if buffered else TICK_S)
                if stop.is_set():
                    self._farewell(client)
                    return
                waker.clear()
                self._turn(client, readable=buffered or _readable(events, sock))
                self._check_deadline()

    def _turn(self, client: Client, *, readable: bool) -> None:
        if readable:
            client.loop_read()
        if client.socket() is not None and client.want_write():
            client.loop_write()
        if self._ready_s is not None:
            self._send_waiting(client)
        client.loop_misc()

    def _check_deadline(self) -> None:
        if self._ready_s is None and self._ended is None and monotonic() > self._deadline_s:
            step = "the subscriptions" if self._acknowledged else "CONNECT"
            self._ended = Ended(
                "unreachable",
                f"{_where(self._settings)} did not answer {step} within {CONNECT_TIMEOUT_S:g} s",
            )

    def _send_waiting(self, client: Client) -> None:
        """Hand over what paho can send now; the rest stays where it is bounded and counted."""
        while (
            client.socket() is not None
            and not client.want_write()
            and len(self._unacknowledged) < MAX_IN_FLIGHT
            and (message := self._outbox.take()) is not None
        ):
            self._publish(client, message)

    def _publish(self, client: Client, message: Outgoing) -> None:
        info = client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)
        if message.qos and info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._unacknowledged.add(info.mid)

    def _farewell(self, client: Client) -> None:
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

    def _connack(
        self, client: Client, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Any
    ) -> None:
        if code.is_failure:
            failure: Failure = "unreachable" if code.getName() == _SERVER_UNAVAILABLE else "refused"
            self._ended = Ended(failure, f"{_where(self._settings)} refused the login: {str(code).lower()}")
            return
        self._acknowledged = True
        self._deadline_s = monotonic() + CONNECT_TIMEOUT_S
        if self._subscriptions:
            client.subscribe([(topic, 1) for topic in self._subscriptions])
        else:
            self._become_ready(client)

    def _suback(
        self, client: Client, _userdata: Any, _mid: int, codes: list[ReasonCode], _properties: Any
    ) -> None:
        for topic, code in zip(self._subscriptions, codes, strict=False):
            if code.is_failure:
                self._ended = Ended(
                    "refused", f"{_where(self._settings)} refused the subscription to {topic}"
                )
                return
        self._become_ready(client)

    def _become_ready(self, client: Client) -> None:
        self._ready_s = monotonic()
        self._publish(client, Outgoing(self._status_topic, b"online", qos=1, retain=True))
        self._on_ready()

    def _puback(self, _client: Client, _userdata: Any, mid: int, _code: ReasonCode, _properties: Any) -> None:
        self._unacknowledged.discard(mid)

    def _disconnected(
        self, _client: Client, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Any
    ) -> None:
        if self._ended is None:
            silent = code.getName() == "Keep alive timeout"
            did = "stopped answering" if silent else "closed the connection"
            self._ended = Ended("lost" if self._ready_s else "unreachable", f"{_where(self._settings)} {did}")


class Waker:
    """Wakes a thread out of `select`, from any other."""

    def __init__(self) -> None:
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)  # noqa: FBT003 - the socket's own signature
        self._sender.setblocking(False)  # noqa: FBT003 - as above

    def fileno(self) -> int:
        """What `select` watches."""
        return self._receiver.fileno()

    def wake(self) -> None:
        """Make the watching `select` return; once is enough however often it is called."""
        try:
            self._sender.send(b"\0")
        except OSError:
            return  # full: it will wake anyway; closed: nobody is left to wake

    def clear(self) -> None:
        """Forget the wakings so far."""
        try:
            self._receiver.recv(4096)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give the sockets back."""
        self._receiver.close()
        self._sender.close()


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


def _where(settings: BrokerSettings) -> str:
    return f"broker {settings.host}:{settings.port}"


def _not_connected(settings: BrokerSettings, error: Exception) -> Ended:
    where = _where(settings)
    match error:
        case ssl.SSLCertVerificationError():
            return Ended("refused", f"{where}: its certificate is not trusted: {error.verify_message}")
        case ssl.SSLError():
            return Ended(
                "unreachable", f"{where}: no TLS connection: {getattr(error, 'reason', None) or error}"
            )
        case socket.gaierror():
            return Ended("unreachable", f"{where}: the name cannot be resolved")
        case TimeoutError():
            return Ended("unreachable", f"{where}: no connection within {CONNECT_TIMEOUT_S:g} s")
        case OSError():
            return Ended("unreachable", f"{where}: {error.strerror or error}")
        case _:
            return Ended("refused", f"{where}: {error}")
