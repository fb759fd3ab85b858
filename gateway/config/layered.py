"""A configuration made of layers: what the whole says, or what is wrong and in which layer."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_origin

from pydantic import BaseModel

from gateway.config import layers
from gateway.config.camera_source import CameraSource
from gateway.config.file import ConfigError, Overrides, Problem, build, checked, overrides, read
from gateway.config.layers import LayerName, Tree
from gateway.config.model import BoxConfig
from gateway.config.problems import Origin
from gateway.redaction import MASK

_PLACEHOLDERS: Final = ("{username}", "{password}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayeredConfig:
    """The layers of one box, the lowest first.

    Attributes:
        file: the configuration file; None where there is none.
        written: what stands there, with the paths in it made absolute.
        local: what was changed on the box itself.
        cloud: what the cloud desires.
        variables: of the environment.
        folder: from which the paths of what nobody wrote are seen.
        data_dir: from which the paths of `local` and `cloud` are seen.
    """

    file: Path | None
    written: Tree
    local: Tree = field(default_factory=dict)
    cloud: Tree = field(default_factory=dict)
    variables: Overrides = field(default_factory=dict)
    folder: Path
    data_dir: Path

    @classmethod
    def read(
        cls, file: Path | None, *, data_dir: Path, environ: Mapping[str, str] | None = None
    ) -> "LayeredConfig":
        """Read the file and the environment, without any other layer.

        Raises:
            ConfigError: the file alone, with the environment, is no configuration.
        """
        variables = overrides(environ)
        if file is None:
            written = {"http": {"host": "0.0.0.0"}}  # noqa: S104 - who sets it up comes from another machine
            build(deepcopy(written), environ=environ)
            return cls(file=None, written=written, variables=variables, folder=data_dir, data_dir=data_dir)
        there, folder = read(file), file.resolve().parent
        build(deepcopy(there.data), path=file, lines=there.lines, environ=environ)
        return cls(
            file=file,
            written=_rooted(layers.keyed(there.data), folder),
            variables=variables,
            folder=folder,
            data_dir=data_dir,
        )

    @classmethod
    def of(cls, config: BoxConfig, *, data_dir: Path) -> "LayeredConfig":
        """Take a configuration that was made otherwise for what a file says."""
        written = layers.keyed(config.model_dump(by_alias=True, exclude_unset=True))
        return cls(file=None, written=written, folder=Path.cwd(), data_dir=data_dir)

    def with_local(self, local: Tree) -> "LayeredConfig":
        """The same with another layer of what was changed on the box."""
        return replace(self, local=local)

    def with_cloud(self, cloud: Tree) -> "LayeredConfig":
        """The same with another layer of what the cloud desires."""
        return replace(self, cloud=cloud)

    @property
    def environment(self) -> dict[str, Any]:
        """What the environment sets, as a tree."""
        tree: dict[str, Any] = {}
        for keys, (_, value) in self.variables.items():
            tree = layers.laid_over(tree, _nested([str(key) for key in keys], value))
        return tree

    @property
    def origins(self) -> dict[layers.Path, LayerName]:
        """Who has the last word about each setting."""
        return layers.origins(
            [
                ("file", self.written),
                ("local", self.local),
                ("cloud", self.cloud),
                ("environment", self.environment),
            ]
        )

    def build(self) -> BoxConfig:
        """Check the whole.

        Raises:
            ConfigError: it is no configuration; each problem names its layer.
        """
        found = [*_unfit(self.local, "local"), *_unfit(self.cloud, "cloud")]
        if found:
            raise ConfigError(found)
        tree = dict(self.written)
        for above in (self.local, self.cloud):
            tree = layers.laid_over(tree, _rooted(above, self.data_dir))
        origin = Origin(
            source="file",
            variables={keys: name for keys, (name, _) in self.variables.items()},
            ids={table: tuple(tree.get(table) or ()) for table in layers.TABLES},
            layers=dict(self.origins) or {(): "file"},
        )
        return checked(layers.listed(tree), self.variables, folder=self.folder, origin=origin)


def _unfit(layer: Tree, name: LayerName) -> Iterator[Problem]:
    yield from layers.misshapen(layer, layer=name)
    cameras = layer.get("camera")
    for camera_id, camera in cameras.items() if isinstance(cameras, Mapping) else ():
        url = camera.get("url") if isinstance(camera, Mapping) else None
        if isinstance(url, str) and (reason := _login_in(url)):
            yield layers.problem(("camera", camera_id, "url"), reason, name)


def _login_in(url: str) -> str:
    """Why a camera's address must not be kept in a layer; empty when it may."""
    if MASK in url:
        return "is shown here without its login; leave it out, or write it whole"
    for placeholder in _PLACEHOLDERS:
        url = url.replace(placeholder, "")
    if str(CameraSource(url)) != url or "@" in url.partition("://")[2].partition("/")[0].strip("@:"):
        return "holds a login; write username and password_file instead"
    return ""


def _rooted(tree: Tree, folder: Path) -> dict[str, Any]:
    """The tree with its paths made absolute, seen from a folder."""
    rooted = dict(tree)
    for section, keys in _PATHS.items():
        if isinstance(inside := tree.get(section), Mapping):
            rooted[section] = {
                key: _absolute(value, folder) if key in keys else value for key, value in inside.items()
            }
    if isinstance(cameras := tree.get("camera"), Mapping):
        rooted["camera"] = {name: _rooted_camera(camera, folder) for name, camera in cameras.items()}
    return rooted


def _rooted_camera(camera: Any, folder: Path) -> Any:
    if not isinstance(camera, Mapping):
        return camera
    rooted = dict(camera)
    if "password_file" in rooted:
        rooted["password_file"] = _absolute(rooted["password_file"], folder)
    url = rooted.get("url")
    if isinstance(url, str) and url.strip() and CameraSource(url.strip()).kind == "file":
        rooted["url"] = _absolute(url.strip(), folder)
    return rooted


def _absolute(value: Any, folder: Path) -> Any:
    return (
        str(folder / Path(value.strip()).expanduser()) if isinstance(value, str) and value.strip() else value
    )


def _path_keys(section: type[BaseModel]) -> frozenset[str]:
    """Keys of a section that are paths."""
    return frozenset(name for name, each in section.model_fields.items() if _is_path(each.annotation))


def _is_path(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _is_path(get_args(annotation)[0])
    return annotation is Path or any(map(_is_path, get_args(annotation)))


_PATHS: Final[Mapping[str, frozenset[str]]] = {
    name: keys
    for name, each in BoxConfig.model_fields.items()
    if isinstance(each.annotation, type)
    and issubclass(each.annotation, BaseModel)
    and (keys := _path_keys(each.annotation))
}


def _nested(keys: list[str], value: Any) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    return dict(value)
