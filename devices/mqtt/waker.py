"""Wakes a thread that waits for sockets."""

import socket


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
