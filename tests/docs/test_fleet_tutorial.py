"""The tutorial on a fleet, done as it says: its files and its commands, in an empty folder."""

import os
import re
import signal
import socket
import subprocess
import sysconfig
from contextlib import ExitStack
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "tutorial" / "fleet.md").read_text(encoding="utf-8")
PORTS = ("8443", "8444", "8081", "8082", "8083")
MARK = "@@ "
WITHIN_S = 300


def free_ports(count: int) -> list[str]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [str(each.getsockname()[1]) for each in sockets]


def script(text: str, folder: Path) -> list[str]:
    """Write the page's files; return its commands as they come."""
    commands = []
    for language, block in re.findall(r"```(console|toml)\n(.*?)```", text, re.DOTALL):
        if language == "toml":
            (folder / block.split("\n", 1)[0].removeprefix("# ")).write_text(block, encoding="utf-8")
        else:
            commands += re.findall(r"^\$ (.*)$", block, re.MULTILINE)
    return commands


def shown(text: str) -> dict[str, str]:
    """What the page shows to come out of each command that says something."""
    parts = [
        part.split("\n", 1)
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    ]
    return {command: output for command, output in parts if output.strip()}


def pattern(output: str) -> str:
    """`…` stands for anything, and blanks for as many as there are."""
    escaped = re.escape(output.strip()).replace("…", ".*")
    return re.sub(r"(\\\ )+", r"\\s+", escaped).replace("\\\n", r"\s*")


@pytest.mark.slow
@pytest.mark.timeout(WITHIN_S + 30)
def test_it_works_as_it_says(tmp_path: Path) -> None:
    text = TEXT
    # The service is told by the environment where the page leaves its port alone.
    numbers = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    for port, free in numbers.items():
        text = text.replace(port, free)
    commands = script(text, tmp_path)
    lines = ["set -m"]
    for number, command in enumerate(commands):
        lines += [f"echo '{MARK}{number}'", command]
        if not command.endswith("&"):
            lines.append(f"[ $? = 0 ] || {{ echo '{MARK}failed {number}'; kill $(jobs -p); exit 1; }}")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GYMBOX_")},
        "PATH": f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}",
        "GYMBOX_CLOUD_SERVICE__PORT": numbers["8443"],
    }
    shell = subprocess.Popen(
        ["bash", "-c", "\n".join(lines)],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = shell.communicate(timeout=WITHIN_S)
    finally:
        end_all_of(shell.pid)
    logs = "\n".join(f"--- {each.name}\n{each.read_text()[-3000:]}" for each in tmp_path.glob("*.log"))
    assert shell.returncode == 0, f"{output}\n{logs}"
    said = dict(re.findall(rf"^{MARK}(\d+)\n(.*?)(?=^{MARK}|\Z)", output, re.DOTALL | re.MULTILINE))
    for command, wanted in shown(text).items():
        found = said[str(commands.index(command))]
        assert re.search(pattern(wanted), found, re.DOTALL), f"{command} said:\n{found}"


def end_all_of(session: int) -> None:
    """End whatever the shell has started and left behind."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            of_session = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[3]) == session
        except (OSError, ValueError):
            continue
        if of_session:
            os.kill(int(folder.name), signal.SIGKILL)
