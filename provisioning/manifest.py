"""What a model says of itself: the form of `model.toml`, read and written.

Pure: text in, values out. Every problem names the key that it is at.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

SCHEMA: Final = 1
# Far above any pose model, far below what fills a box's disk.
MAX_FILE_BYTES: Final = 1024 * 1024 * 1024
MANIFEST_NAME: Final = "model.toml"


def _check_file_name(name: str) -> str:
    if name == MANIFEST_NAME:
        raise ValueError(f"{MANIFEST_NAME} is the manifest's own name")
    return name


# Lower case and plain, so that a name is a folder on every file system and can never climb out of it.
ModelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
FileName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)+$", max_length=100),
    AfterValidator(_check_file_name),
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
# A TOML array arrives as a list; what stands in it is still checked strictly.
_Array = Field(strict=False, min_length=1)
Runtime = Literal["litert", "onnx", "edgetpu"]


class Strict(BaseModel):
    """A frozen value that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TensorSpec(Strict):
    """One input or output of one file.

    Attributes:
        file: The file that it belongs to; a model of two stages has one for each.
        name: The tensor's name inside of the file.
        shape: Its dimensions, batch first.
        dtype: Its element type.
        unit: What the numbers mean and in which unit and range.
    """

    file: FileName
    name: Line
    shape: Annotated[tuple[Annotated[int, Field(ge=1)], ...], _Array]
    dtype: Literal["float32", "float16", "int8", "uint8", "int32", "int64"]
    unit: Line


class ModelFile(Strict):
    """One file of a model: what runs it, and how to know that it is whole.

    Attributes:
        name: Its name in the model's folder.
        runtime: What runs it.
        sha256: Its digest, lower-case hexadecimal.
        size: Its length in bytes.
    """

    name: FileName
    runtime: Runtime
    sha256: Sha256
    size: Annotated[int, Field(ge=1, le=MAX_FILE_BYTES)]


class ModelFacts(Strict):
    """What is said of a model in the catalogue and in its folder alike."""

    version: Line
    task: Literal["pose", "phase", "intensity", "effect"]
    description: Line
    licence: Line
    accuracy: Line
    data: Line
    inputs: Annotated[tuple[TensorSpec, ...], _Array]
    outputs: Annotated[tuple[TensorSpec, ...], _Array]


class ModelManifest(ModelFacts):
    """The content of a `model.toml`."""

    schema_version: Literal[1] = Field(default=SCHEMA, alias="schema")
    name: ModelName
    files: Annotated[tuple[ModelFile, ...], _Array]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_files(self, [file.name for file in self.files])
        return self

    def file(self, name: str) -> ModelFile:
        """The entry of a file; KeyError when the model has none of that name."""
        for file in self.files:
            if file.name == name:
                return file
        raise KeyError(name)


def check_files(facts: ModelFacts, names: list[str]) -> None:
    """Raise ValueError unless file names are unique and every tensor is of one of the files."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"more than one file is called {twice[0]}")
    unknown = sorted({tensor.file for tensor in (*facts.inputs, *facts.outputs)} - set(names))
    if unknown:
        raise ValueError(f"an input or output is of {unknown[0]}, which is not among the files")


class DocumentError(ValueError):
    """A TOML document does not say what it should.

    Attributes:
        where: The file it came from, for people.
        problems: One line each, `key.path[2]: reason`.
    """

    def __init__(self, where: str, problems: tuple[str, ...]) -> None:
        self.where = where
        self.problems = problems
        super().__init__("\n".join(f"{where}: {problem}" for problem in problems))


_T = TypeVar("_T", bound=BaseModel)


def parse_document(text: str, model: type[_T], *, where: str) -> _T:
    """Parse TOML into a model.

    Raises:
        DocumentError: It is not TOML (the reason has the line) or does not fit; all problems at once.
    """
    try:
        document = tomllib.loads(text)
        return model.model_validate(document)
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(where, (f"not TOML: {error}",)) from error
    except ValidationError as error:
        raise DocumentError(where, tuple(_problems(error))) from error


def parse_manifest(text: str, *, where: str = MANIFEST_NAME) -> ModelManifest:
    """Read a `model.toml`.

    Raises:
        DocumentError: It is not one.
    """
    return parse_document(text, ModelManifest, where=where)


def dump_manifest(manifest: ModelManifest) -> str:
    """Write a `model.toml` that `parse_manifest` reads back as the same manifest."""
    document = manifest.model_dump(mode="json", by_alias=True)
    simple = {key: value for key, value in document.items() if not isinstance(value, list)}
    lines = [
        "# Written when the model was installed; changes are undone by the next installation.",
        *_pairs(simple),
    ]
    for key, value in document.items():
        if isinstance(value, list):
            for table in value:
                lines += ["", f"[[{key}]]", *_pairs(table)]
    return "\n".join(lines) + "\n"


def _pairs(table: Mapping[str, object]) -> Iterator[str]:
    for key, value in table.items():
        # JSON's text, numbers and flat arrays are TOML, but for the one control character that JSON lets
        # through.
        text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        yield f"{key} = {text}"


def _problems(error: ValidationError) -> Iterator[str]:
    details = error.errors(include_url=False, include_context=False)
    for detail in details:
        # An array whose items are all wrong is also called too short; the items' own problems say it better.
        inner = any(
            len(d["loc"]) > len(detail["loc"]) and d["loc"][: len(detail["loc"])] == detail["loc"]
            for d in details
        )
        if not (inner and detail["type"] == "too_short"):
            yield f"{_key_path(detail)}: {_reason(detail)}"


def _key_path(detail: ErrorDetails) -> str:
    path = ""
    for part in detail["loc"]:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not part.endswith(" source"):  # the tag of a union, which is not in the document
            path += f".{part}" if path else part
    return path or "(top)"


def _reason(detail: ErrorDetails) -> str:
    message = detail["msg"].removeprefix("Value error, ")
    given = detail["input"]
    return f"{message}, not {given!r}" if isinstance(given, str | int | float) else message
