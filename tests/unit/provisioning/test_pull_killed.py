"""Pulls that are killed at every moment: what is left is the old model, the new one, or none."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioning.catalogue import parse_catalogue
from provisioning.models import installed, read_model, verify
from provisioning.pull import PullSettings, pull
from provisioning.rollback import PREVIOUS
from provisioning.staging import recover

# For each line it reads, forks a child that pulls, and that kills itself without a word at the numbered call
# of one of the functions that change a folder. Says whether the child came to its end.
PROGRAM = textwrap.dedent("""
    import os, pathlib, shutil, signal, sys, tempfile
    from provisioning.catalogue import load_catalogue
    from provisioning.pull import pull

    def arm(module, name):
        real = getattr(module, name)
        def armed(*args, **kwargs):
            global steps
            steps -= 1
            if steps < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)
        setattr(module, name, armed)

    for module, name in ((os, "replace"), (pathlib.Path, "rename"), (os, "fsync"), (tempfile, "mkdtemp"),
                         (shutil, "rmtree"), (pathlib.Path, "mkdir")):
        arm(module, name)
    for line in sys.stdin:
        catalogue, models_dir, steps = line.rstrip("\\n").split("\\t")
        steps = int(steps)
        child = os.fork()
        if child == 0:
            book = load_catalogue(pathlib.Path(catalogue))
            pull("toy", pathlib.Path(models_dir), catalogue=book, sources=[])
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
""")
NEVER = 1_000_000
Run = Callable[..., bool]


@pytest.fixture
def run() -> Iterator[Run]:
    """run(catalogue, models_dir, killed_at): whether the pull came to its end."""
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdin is not None
        assert runner.stdout is not None
        send, answers = runner.stdin, runner.stdout

        def one(catalogue: Path, models_dir: Path, killed_at: int = NEVER) -> bool:
            print(catalogue, models_dir, killed_at, sep="\t", file=send, flush=True)
            code = int(answers.readline())
            assert code in {0, -signal.SIGKILL}
            return code == 0

        yield one


@pytest.fixture
def shop(tmp_path: Path, toy_text: Callable[..., str], toy_file: Callable[..., str]) -> Callable[[str], Path]:
    """A catalogue file of one version, with its files beside it."""

    def make(version: str) -> Path:
        folder = tmp_path / f"shop-{version}"
        folder.mkdir(exist_ok=True)
        tables = []
        for name in ("a", "b"):
            content = f"{name} of {version}".encode()
            (folder / name).write_bytes(content)
            tables.append(toy_file(f"{name}.tflite", content, f'{{path = "{name}"}}'))
        (folder / "catalogue.toml").write_text(toy_text(*tables, version=version))
        return folder / "catalogue.toml"

    return make


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("before", [None, "1"])
def test_a_kill_at_every_step(
    tmp_path: Path, run: Run, shop: Callable[[str], Path], before: str | None
) -> None:
    """One run for each step, until a run has fewer steps than the number at which it would be killed."""
    killed = 0
    for step in range(60):
        models_dir = tmp_path / f"models-{step}"
        if before:
            assert run(shop(before), models_dir)
        finished = run(shop("2"), models_dir, step)
        # What a reader sees right after the kill is whole: never a mixture, never half a file.
        for model in installed(models_dir):
            assert verify(model) == ()
            assert {model.file(name).read_bytes()[-1:] for name in ("a.tflite", "b.tflite")} == {
                model.version.encode()
            }
        if models_dir.exists():
            recover(models_dir)
            assert [name for name in names(models_dir) if name != PREVIOUS] in ([], ["toy"])
        if before:
            assert verify(read_model(models_dir / "toy")) == ()
        if finished:
            break
        killed += 1
        assert run(shop("2"), models_dir)
        assert read_model(models_dir / "toy").version == "2"
        assert [name for name in names(models_dir) if name != PREVIOUS] == ["toy"]
    else:
        pytest.fail("the pull has more steps than this test expects")
    assert killed > 8


def test_killed_in_the_middle_of_a_download(
    tmp_path: Path, toy_text: Callable[..., str], toy_file: Callable[..., str], site: Any, content: bytes
) -> None:
    text = toy_text(toy_file("cpu.tflite", content, f'{{https = "{site.url}/stalled"}}'))
    (tmp_path / "catalogue.toml").write_text(text)
    models_dir = tmp_path / "models"
    program = textwrap.dedent(f"""
        from pathlib import Path
        from provisioning.catalogue import load_catalogue
        from provisioning.pull import PullSettings, pull
        folder = Path({str(tmp_path)!r})
        pull("toy", folder / "models", catalogue=load_catalogue(folder / "catalogue.toml"),
             sources=[], settings=PullSettings(ca_file=Path({str(site.ca_file)!r})),
             progress=lambda done, total, what: print(done, flush=True))
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        os.kill(process.pid, signal.SIGKILL)
    assert installed(models_dir) == ()
    (leftover,) = models_dir.iterdir()
    assert leftover.name.startswith(".toy.")

    good = parse_catalogue(text.replace("/stalled", "/good"))
    begun = time.monotonic()
    folder = pull("toy", models_dir, catalogue=good, sources=[], settings=PullSettings(ca_file=site.ca_file))
    assert time.monotonic() - begun < 10  # the dead process holds no lock
    assert verify(folder) == ()
    assert names(models_dir) == ["toy"]


def test_leftovers_are_cleared_even_when_nothing_is_to_do(
    tmp_path: Path, run: Run, shop: Callable[[str], Path]
) -> None:
    models_dir = tmp_path / "models"
    assert run(shop("1"), models_dir)
    (models_dir / ".toy.abc.pull" / "model").mkdir(parents=True)
    (models_dir / ".other.abc.old" / "model").mkdir(parents=True)
    (models_dir / ".hidden-by-the-user").mkdir()
    assert run(shop("1"), models_dir)
    # `other` had stepped aside when its pull was killed: it is back.
    assert names(models_dir) == [".hidden-by-the-user", "other", "toy"]
