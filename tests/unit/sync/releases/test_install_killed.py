"""Installations that are killed at every moment: what is left is the old release or the new one, whole."""

import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provisioning.models import read_model, verify
from sync.cloud.signing.publish import Published
from tests.unit.sync.releases.signed_cloud import Box, Cloud

# For each line it reads, forks a child that installs, and that kills itself without a word at the numbered
# call of one of the functions that change names on a disk. Says how the child ended.
PROGRAM = textwrap.dedent("""
    import os, pathlib, shutil, signal, sys, tempfile
    from types import SimpleNamespace
    from tests.unit.sync.releases.signed_cloud import Box

    def arm(module, name):
        real = getattr(module, name)
        def armed(*args, **kwargs):
            global steps
            steps -= 1
            if steps < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)
        setattr(module, name, armed)

    for module, name in ((os, "replace"), (pathlib.Path, "rename"), (pathlib.Path, "mkdir"),
                         (tempfile, "mkdtemp"), (shutil, "rmtree"), (shutil, "copyfileobj")):
        arm(module, name)
    os.fsync = lambda descriptor: None
    for line in sys.stdin:
        url, root, home, target, steps = line.rstrip("\\n").split("\\t")
        steps = int(steps)
        child = os.fork()
        if child == 0:
            cloud = SimpleNamespace(url=url, root=pathlib.Path(root).read_bytes())
            Box(cloud, pathlib.Path(home)).installer.install(target)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
""")
MANY = 200
Run = Callable[[Path, Published, int], bool]


@pytest.fixture
def run(cloud: Cloud) -> Iterator[Run]:
    """run(home, published, killed_at): whether the installation came to its end."""
    command, here = [sys.executable, "-c", PROGRAM], Path(__file__).parents[4]
    root = cloud.folder / "metadata" / "1.root.json"
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=here
    ) as runner:
        assert runner.stdin is not None
        assert runner.stdout is not None
        send, answers = runner.stdin, runner.stdout

        def one(home: Path, published: Published, killed_at: int) -> bool:
            print(cloud.url, root, home, published.target, killed_at, sep="\t", file=send, flush=True)
            code = int(answers.readline())
            assert code in {0, -signal.SIGKILL}
            return code == 0

        yield one


@pytest.mark.parametrize("before", [None, "1"])
def test_a_kill_at_every_step(
    cloud: Cloud, new_box: Callable[..., Box], run: Run, before: str | None
) -> None:
    """One installation for each step, until one has fewer steps than that."""
    if before:
        assert new_box().install(cloud.release(before)) == before
    second = cloud.release("2")
    home = new_box().home
    home.mkdir(exist_ok=True)
    start = home.parent / "start"
    shutil.copytree(home, start, symlinks=True)
    for step in range(MANY):
        shutil.rmtree(home)
        shutil.copytree(start, home, symlinks=True)
        finished = run(home, second, step)
        box = new_box()
        for folder in box.models_dir.glob("[!.]*"):
            assert verify(read_model(folder)) == ()  # what a reader sees is whole at once
        found = {finding.state for finding in box.installer.check()}
        assert found <= ({"whole"} if before else {"whole", "absent"})
        assert box.version() in {before, "2"}
        assert sorted(path.name for path in box.models_dir.glob(".*")) in ([], [".previous"])
        if finished:
            break
        if step % 5 == 0:
            assert box.install(second) == "2"
            assert not (home / "releases" / "incoming").exists()
    else:
        pytest.fail("an installation has more steps than this test expects")
    assert step > 10
    assert new_box().version() == "2"
