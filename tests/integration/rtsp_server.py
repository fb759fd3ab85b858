"""An RTSP camera for tests: loops an H.264 file without end, over TCP or UDP, with or without a login.

Runs under the system's Python, which has GStreamer; prints ``ready PORT`` when it serves ``/cam``.
"""

import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstApp, GstRtspServer  # noqa: E402, F401 - versions first; GstApp gives appsink its methods


def access_units(path: str) -> list[bytes]:
    """Every coded frame of the file, read once into memory."""
    pipeline = Gst.parse_launch(
        f"filesrc location={path} ! qtdemux ! h264parse config-interval=-1 "
        "! video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=sink sync=false"
    )
    pipeline.set_state(Gst.State.PLAYING)
    sink = pipeline.get_by_name("sink")
    units = []
    while sample := sink.try_pull_sample(2 * Gst.SECOND):
        buffer = sample.get_buffer()
        units.append(buffer.extract_dup(0, buffer.get_size()))
    pipeline.set_state(Gst.State.NULL)
    return units


def feed(media: GstRtspServer.RTSPMedia, units: list[bytes], fps: int) -> None:
    """Hand the frames out one after the other, on a clock that never goes back."""
    frame_ns = Gst.SECOND // fps
    source = media.get_element().get_by_name_recurse_up("source")
    count = 0

    def need_data(source: Gst.Element, _length: int) -> None:
        nonlocal count
        buffer = Gst.Buffer.new_wrapped(units[count % len(units)])
        buffer.pts = buffer.dts = count * frame_ns
        buffer.duration = frame_ns
        count += 1
        source.emit("push-buffer", buffer)

    source.connect("need-data", need_data)


def login(user: str, password: str) -> GstRtspServer.RTSPAuth:
    """Only this user may look, by Basic or by Digest."""
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(gi.repository.GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(user, password, token)
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    return auth


def main() -> None:
    """Serve until killed."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("file")
    arguments.add_argument("--port", default="0")
    arguments.add_argument("--fps", type=int, default=25)
    arguments.add_argument("--user")
    arguments.add_argument("--password")
    chosen = arguments.parse_args()
    Gst.init(None)
    units = access_units(chosen.file)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(chosen.port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        "( appsrc name=source is-live=true format=time do-timestamp=false "
        f"caps=video/x-h264,stream-format=byte-stream,alignment=au,framerate={chosen.fps}/1 "
        "! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
    )
    factory.set_shared(True)
    factory.connect("media-configure", lambda _factory, media: feed(media, units, chosen.fps))
    if chosen.user:
        server.set_auth(login(chosen.user, chosen.password))
        permissions = GstRtspServer.RTSPPermissions()
        for what in ("access", "construct"):
            permissions.add_permission_for_role("user", f"media.factory.{what}", True)  # noqa: FBT003 - GStreamer's own
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory("/cam", factory)
    server.attach(None)
    sys.stdout.write(f"ready {server.get_bound_port()}\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


main()
