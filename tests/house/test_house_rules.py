"""What the house bans, checked on every source file, and each check tried on a line that breaks it."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("gateway", "devices", "vision", "recommender", "sync", "provisioning")
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "lib"}
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
QUEUES = {"Queue", "SimpleQueue", "LifoQueue", "PriorityQueue", "JoinableQueue"}
FRAMEWORK_ONLY_IN = {  # heavy or optional imports stand in exactly one file or room of a package each
    "pycoral": {"vision/runtimes/edgetpu.py"},
    "ai_edge_litert": {"vision/runtimes/litert/", "recommender/training/int8_file.py"},
    "onnxruntime": {"vision/runtimes/onnx.py", "recommender/onnx_model.py"},
    "moderngl": {"vision/footage/render.py"},
    "keras": {"vision/training/network.py", "recommender/training/network.py"},
    "tensorflow": {
        "vision/training/network.py",
        "recommender/training/network.py",
        "sync/cloud/retraining/tensorboard.py",
    },
    "distributed": {"sync/cloud/retraining/dask_cluster.py"},
    "onnx": {
        "vision/training/onnx_file.py",
        "recommender/training/onnx_file.py",
        "sync/cloud/federated/start_model.py",
    },
    "duckdb": {"recommender/training/records.py", "sync/cloud/lake/parquet.py"},
    "obstore": {"sync/cloud/lake/objects.py"},
    "amqtt": {"devices/broker_amqtt.py"},
    "nicegui": {"gateway/console/"},  # a room of its own, brought to life by console.py for the first visitor
    "argon2": {"gateway/operators/passwords.py", "sync/cloud/operators/passwords.py"},
    "segno": {"gateway/api/links.py"},
    "zeroconf": {"gateway/discovery/brokers.py"},
}

Nodes = Sequence[ast.AST]
Check = Callable[[Nodes], Iterator[str]]


def _call_name(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _dotted(node: ast.expr) -> str:
    """`os.environ.get` of the tree that says so; what is no plain name is left out."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return getattr(node, "id", "")


def unbounded_queues(nodes: Nodes) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Call) and _call_name(node) in QUEUES:
            bounded = node.args or any(keyword.arg == "maxsize" for keyword in node.keywords)
            if not bounded:
                yield f"line {node.lineno}: a queue without a bound"
        if isinstance(node, ast.Call) and _call_name(node) == "deque":
            bounded = len(node.args) > 1 or any(keyword.arg == "maxlen" for keyword in node.keywords)
            if not bounded:
                yield f"line {node.lineno}: a deque without maxlen"


def swallowed_exceptions(nodes: Nodes) -> Iterator[str]:
    for node in nodes:
        if not isinstance(node, ast.ExceptHandler):
            continue
        broad = node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"}
        speaks = any(isinstance(inner, ast.Raise | ast.Call) for inner in ast.walk(node))
        if broad and not speaks:
            yield f"line {node.lineno}: every exception caught, none counted or raised again"


def star_imports(nodes: Nodes) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield f"line {node.lineno}: import *"


def long_functions(nodes: Nodes) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"line {node.lineno}: {node.name} has {lines} lines"


def wall_clock_durations(nodes: Nodes) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Call) and _dotted(node.func) == "time.time":
            yield f"line {node.lineno}: time.time(); durations use time.monotonic(), stamps an aware datetime"


def environment_reads(nodes: Nodes) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Call) and _dotted(node.func) in {"os.getenv", "os.environ.get"}:
            yield f"line {node.lineno}: configuration read outside the model"


def unverified_tls(nodes: Nodes) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in {"CERT_NONE", "_create_unverified_context"}:
            yield f"line {node.lineno}: TLS without verification"
        if isinstance(node, ast.Call) and _call_name(node) == "tls_insecure_set":
            yield f"line {node.lineno}: TLS without verification"


CHECKS: dict[Check, str] = {
    unbounded_queues: "from queue import Queue\nq = Queue()",
    swallowed_exceptions: "try:\n    work()\nexcept Exception:\n    pass",
    star_imports: "from os import *",
    long_functions: "def f():\n" + "    x = 1\n" * MAX_FUNCTION_LINES,
    wall_clock_durations: "import time\nstart = time.time()",
    environment_reads: "import os\nport = os.getenv('PORT')",
    unverified_tls: "import ssl\nmode = ssl.CERT_NONE",
}
# The configuration model is the one place that reads the environment.
EXEMPT = {(environment_reads, "gateway/config/file.py")}


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_check_finds_what_it_bans(check: Check) -> None:
    assert list(check(list(ast.walk(ast.parse(CHECKS[check])))))


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_a_source_file_keeps_the_rules(path: Path) -> None:
    nodes, name = list(ast.walk(ast.parse(path.read_text(encoding="utf-8")))), relative(path)
    faults = [f"{name} {fault}" for check in CHECKS if (check, name) not in EXEMPT for fault in check(nodes)]
    assert not faults


def test_no_file_is_too_long() -> None:
    everything = [*sources(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    lengths = {relative(path): path.read_text(encoding="utf-8").count("\n") for path in everything}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


def test_no_drawers() -> None:
    drawers = [
        relative(path) for path in sources() if DRAWERS & {path.stem, *path.parts[len(ROOT.parts) : -1]}
    ]
    assert drawers == []


def test_a_heavy_import_stands_in_one_place_of_a_package() -> None:
    for places in FRAMEWORK_ONLY_IN.values():
        assert len({place.split("/")[0] for place in places}) == len(places)
    strangers = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                homes = FRAMEWORK_ONLY_IN.get(name.split(".")[0])
                if homes and not relative(path).startswith(tuple(homes)):
                    strangers.append(f"{relative(path)} imports {name}; only {', '.join(sorted(homes))} may")
    assert strangers == []


def test_the_lock_names_no_index_host() -> None:
    locks = [ROOT / "requirements" / name for name in ("box.txt", "dev.txt")]
    assert all("--hash=sha256:" in lock.read_text(encoding="utf-8") for lock in locks)
    assert not any(
        re.search(r"://|^--(extra-)?index|^--find", lock.read_text(), re.MULTILINE) for lock in locks
    )
