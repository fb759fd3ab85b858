"""Render the athlete's clip: `python -m vision.footage.render`.

A thin shell around the motion programme: OpenGL over EGL (a software rasteriser will do) and an ffmpeg pipe.
"""

import argparse
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import IO, Any, Self, cast

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vision.footage import clip_path
from vision.footage.body import Material, Part, build
from vision.footage.culling import KEY_DIRECTION, Camera, Tile, floor_tiles, picture_tiles
from vision.footage.motion import Programme, breath, programme, skeleton_at
from vision.footage.skeleton import unit
from vision.footage.truth import FPS, frame_count, truth

Image = NDArray[np.uint8]

EYE = np.array([1.50, 1.28, 3.75])
LOOK_AT = np.array([0.12, 0.82, 0.0])
FIELD_OF_VIEW_DEG = 36.5
FLOOR_AREA = np.array([-2.3, -1.8, 3.9, 2.6])  # corner x, z and extent: where the athlete's shadow can fall
FLOOR_TEXELS = (300, 200)
TILE = 36
_VERSION = "#version 330\n"
_VERTEX = _VERSION + "in vec2 corner;\nvoid main() { gl_Position = vec4(corner, 0.0, 1.0); }\n"
_FULL_SCREEN = np.array([-1.0, -1.0, 3.0, -1.0, -1.0, 3.0], dtype="f4")


def _rows(values: Iterable[Iterable[float]]) -> bytes:
    return np.array([tuple(row) for row in values], dtype="f4").tobytes()


def _camera() -> Camera:
    forward = unit(LOOK_AT - EYE)
    right = unit(np.cross(forward, np.array([0.0, 1.0, 0.0])))
    view = np.column_stack([right, np.cross(right, forward), forward])
    return Camera(EYE, view, 1.0 / float(np.tan(np.radians(FIELD_OF_VIEW_DEG / 2.0))))


def _uniforms(parts: list[Part]) -> dict[str, bytes]:
    """The athlete's parts as the shader's arrays."""
    starts = np.cumsum([0, *(len(part.capsules) for part in parts)])
    groups = np.cumsum([part.join_m == 0.0 for part in parts])
    frames = np.zeros((len(parts), 4, 4))
    for matrix, part in zip(frames, parts, strict=True):
        # Room to part, column by column: the transposed inverse of a rotation is itself.
        matrix[:3, :3], matrix[3, :3], matrix[3, 3] = part.frame, -part.origin @ part.frame, 1.0
    ranges = [(starts[i], starts[i + 1], part.material, groups[i]) for i, part in enumerate(parts)]
    reach_m = [np.linalg.norm(point - EYE) for part in parts for point in part.axis]
    return {
        "capsules": _rows(
            (*point, radius_m)
            for part in parts
            for start, end, start_radius_m, end_radius_m in part.capsules
            for point, radius_m in ((start, start_radius_m), (end, end_radius_m))
        ),
        "parts": np.array(ranges, dtype="i4").tobytes(),
        "shapes": _rows((part.blend_m, part.join_m, part.bound_radius_m(), 0.0) for part in parts),
        "clips": _rows(
            (*part.clip[0], -float(part.clip[0] @ part.clip[1])) if part.clip else (0.0, 0.0, 0.0, -1.0)
            for part in parts
        ),
        "bounds": _rows((*point, 0.0) for part in parts for point in part.axis),
        "frames": frames.astype("f4").tobytes(),
        "march_range": np.array([min(reach_m) - 0.3, max(reach_m) + 0.3], dtype="f4").tobytes(),
    }


@dataclass(frozen=True, slots=True)
class _Canvas:
    """A GL context and what every pass over the picture needs."""

    context: Any
    corners: Any
    camera: Camera
    size: tuple[int, int]

    def pass_of(self, name: str, defines: str = "") -> Any:
        """The fragment shader of this name, ready to be drawn over the whole target."""
        source = resources.files("vision.footage")
        text = (source / "common.glsl").read_text() + (source / name).read_text()
        parts = build(skeleton_at(programme(), 0.0), 0.0)
        capsule_count = sum(len(part.capsules) for part in parts)
        defines += f"const int PARTS = {len(parts)}, CAPSULES = {capsule_count};\n"
        program = self.context.program(vertex_shader=_VERTEX, fragment_shader=_VERSION + defines + text)
        constants = {
            "resolution": np.array(self.size),
            "eye": self.camera.eye,
            "view": self.camera.view.T,  # GLSL reads matrices column by column
            "focal": np.array([self.camera.focal]),
            "floor_area": FLOOR_AREA,
            "floor_resolution": np.array(FLOOR_TEXELS),
            "key_direction": KEY_DIRECTION,
        }
        for key, value in constants.items():
            if key in program:
                program[key].write(np.ascontiguousarray(value, dtype="f4").tobytes())
        return self.context.vertex_array(program, [(self.corners, "2f", "corner")])

    def render_room(self, samples: int) -> list[Any]:
        """Textures of the room's key light and ambient light, averaged over the samples."""
        draw = self.pass_of("room.glsl")
        textures = [self.context.texture(self.size, 4, dtype="f4") for _ in range(2)]
        frame = self.context.framebuffer(color_attachments=textures)
        total = np.zeros((2, self.size[0] * self.size[1] * 4), dtype="f4")
        for index in range(samples):
            frame.use()
            draw.program["sample_index"].value = float(index)
            draw.render(moderngl.TRIANGLES)
            total += np.stack([np.frombuffer(texture.read(), dtype="f4") for texture in textures])
        for texture, light in zip(textures, total / samples, strict=True):
            texture.write(light.tobytes())
        return textures


@dataclass(frozen=True, slots=True)
class Renderer:
    """The finished room and the passes that put the athlete into it."""

    size: tuple[int, int]
    canvas: _Canvas
    room: list[Any]
    floor_light: Any
    floor_target: Any
    target: Any
    floor: Any
    backdrop: Any
    body: Any
    with_head: Any

    @classmethod
    def start(cls, size: tuple[int, int], supersample: float, room_samples: int) -> Self:
        """Open a GL context, render the room and compile the passes."""
        # Without a display only the surfaceless platform starts.
        os.environ.setdefault("EGL_PLATFORM", "surfaceless")
        create: Any = moderngl.create_context  # its stub mistypes the settings
        context = create(standalone=True, backend="egl")
        inner = (round(size[0] * supersample), round(size[1] * supersample))
        canvas = _Canvas(context, context.buffer(_FULL_SCREEN.tobytes()), _camera(), inner)
        room = canvas.render_room(room_samples)
        floor_light = context.texture(FLOOR_TEXELS, 4, dtype="f2")
        floor_light.repeat_x = floor_light.repeat_y = False
        backdrop = canvas.pass_of("backdrop.glsl")
        inputs = {"room_direct": room[0], "room_ambient": room[1], "floor_light": floor_light}
        for location, (name, texture) in enumerate(inputs.items()):
            texture.use(location=location)
            backdrop.program[name].value = location
        return cls(
            size=size,
            canvas=canvas,
            room=room,
            floor_light=floor_light,
            floor_target=context.framebuffer(color_attachments=[floor_light]),
            target=context.simple_framebuffer(inner, components=3),
            floor=canvas.pass_of("athlete.glsl", "#define FLOOR_TILE\n"),
            backdrop=backdrop,
            body=canvas.pass_of("athlete.glsl"),
            with_head=canvas.pass_of("athlete.glsl", "#define WITH_HEAD\n"),
        )

    def frame(self, script: Programme, index: int) -> Image:
        """One picture (RGB)."""
        time_s = index / FPS
        parts = build(skeleton_at(script, time_s), breath(time_s))
        head = [part.material for part in parts].index(Material.HEAD)
        uniforms = _uniforms(parts)
        for draw in (self.floor, self.body, self.with_head, self.backdrop):
            for name, data in uniforms.items():
                if name in draw.program:
                    draw.program[name].write(data)
            if "frame_index" in draw.program:
                draw.program["frame_index"].value = float(index % 61)
        self.with_head.program["head"].value = head

        self.floor_target.use()
        self.floor_target.scissor = None
        self.floor_target.clear(1.0, 1.0, 1.0, 1.0)
        for tile in floor_tiles(parts, FLOOR_AREA, FLOOR_TEXELS, TILE):
            self._draw_tile(self.floor, self.floor_target, tile)
        self.target.use()
        self.target.scissor = None
        self.backdrop.render(moderngl.TRIANGLES)
        self.canvas.context.enable(moderngl.BLEND)
        for tile in picture_tiles(parts, self.canvas.camera, self.canvas.size, TILE):
            body_only = tuple(part for part in tile.seen if part != head)
            draw = self.body if body_only == tile.seen else self.with_head
            self._draw_tile(draw, self.target, replace(tile, seen=body_only))
        self.canvas.context.disable(moderngl.BLEND)
        self.target.scissor = None
        pixels = np.frombuffer(self.target.read(components=3), dtype=np.uint8)
        picture = pixels.reshape(self.canvas.size[1], self.canvas.size[0], 3)[::-1]
        return np.asarray(cv2.resize(picture, self.size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def _draw_tile(self, draw: Any, target: Any, tile: Tile) -> None:
        lists = np.zeros((2, draw.program["shapes"].array_length), dtype="i4")
        lists[0, : len(tile.seen)], lists[1, : len(tile.blocking)] = tile.seen, tile.blocking
        draw.program["tile_parts"].write(lists.tobytes())
        if "seen_count" in draw.program:
            draw.program["seen_count"].value = len(tile.seen)
        draw.program["blocking_count"].value = len(tile.blocking)
        target.scissor = tile.rectangle
        draw.render(moderngl.TRIANGLES)


def encode(pictures: Iterator[Image], size: tuple[int, int], out: Path) -> None:
    """Pipe pictures through ffmpeg into an H.264 file that plays everywhere."""
    command = (
        f"ffmpeg -y -loglevel error -f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r {FPS} -i -"
        " -c:v libx264 -preset slow -crf 21 -pix_fmt yuv420p -movflags +faststart"
    )
    with subprocess.Popen([*command.split(), str(out)], stdin=subprocess.PIPE) as process:  # noqa: S603
        pipe = cast("IO[bytes]", process.stdin)
        # An ffmpeg that has given up says why itself; its exit status tells below.
        with suppress(BrokenPipeError):
            for picture in pictures:
                pipe.write(picture.tobytes())
            pipe.close()
    if process.returncode:
        raise RuntimeError(f"ffmpeg ended with {process.returncode}")


def _progress(renderer: Renderer, script: Programme, indices: range) -> Iterator[Image]:
    columns = (TextColumn("rendering"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        for index in progress.track(indices):
            yield renderer.frame(script, index)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Render the demo athlete and his true counts.")
    parser.add_argument(
        "--out", type=Path, default=clip_path(), help="clip; the truth goes beside it as .json"
    )
    parser.add_argument("--width", type=int, default=960)
    parser.add_argument("--height", type=int, default=540)
    parser.add_argument("--supersample", type=float, default=1.25)
    parser.add_argument("--room-samples", type=int, default=32, help="rays per pixel for the room's light")
    parser.add_argument("--seconds", type=float, nargs=2, metavar=("A", "B"), help="only this stretch")
    parser.add_argument(
        "--stills", type=float, nargs="+", metavar="T", help="PNG files at these seconds instead"
    )
    options = parser.parse_args()
    script = programme()
    renderer = Renderer.start((options.width, options.height), options.supersample, options.room_samples)
    if options.stills:
        for time_s in options.stills:
            picture = renderer.frame(script, round(time_s * FPS))
            cv2.imwrite(f"{options.out.with_suffix('')}-{time_s:g}.png", picture[:, :, ::-1])
        return
    first, last = (round(s * FPS) for s in options.seconds) if options.seconds else (0, frame_count(script))
    encode(_progress(renderer, script, range(first, last)), renderer.size, options.out)
    if not options.seconds:
        facts = truth(script, options.out.name, options.width, options.height)
        options.out.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
