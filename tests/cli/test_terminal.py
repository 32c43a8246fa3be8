"""What a person at a terminal sees: the command line runs in a pseudo-terminal."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

COLUMNS = 50


def shown(arguments: list[str], environment: Mapping[str, str]) -> list[str]:
    """Give the lines that a terminal of 50 columns gets."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
    subprocess.run(
        [sys.executable, "-m", "kfinstall", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**env, "TERM": "xterm", **environment},
    )
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        return terminal.read(65536).decode().replace("\r\n", "\n").splitlines()


def test_an_error_is_coloured_on_a_terminal() -> None:
    assert shown(["aply"], {}) == [
        "\x1b[31merror:\x1b[0m there is no command 'aply'",
        "  \x1b[36mhint:\x1b[0m did you mean 'apply'?",
    ]


def test_no_color_is_respected() -> None:
    assert shown(["aply"], {"NO_COLOR": "1"})[0] == "error: there is no command 'aply'"


def test_a_dumb_terminal_gets_no_escape_sequences() -> None:
    assert "\x1b" not in "".join(shown(["aply"], {"TERM": "dumb"}))


def test_a_long_error_is_wrapped_between_words_below_its_first_line() -> None:
    lines = shown(["graph"], {"NO_COLOR": "1"}) + shown(["apply", "--timeout", "soon"], {"NO_COLOR": "1"})
    assert max(map(len, lines)) <= COLUMNS
    assert lines[2].startswith("error: invalid value for '--timeout': 'soon' is")
    assert lines[3].startswith("       ")


def test_who_edits_a_project_at_a_terminal_is_told_what_to_type_next(tmp_path: Path) -> None:
    folder = str(tmp_path / "p")
    plain = {"NO_COLOR": "1"}
    made = shown(["init", folder, "--platform", "kind", "--components", "ambassador"], plain)
    warning = next(at for at, line in enumerate(made) if line.startswith("warning: "))
    assert made[warning + 1].startswith("         ")
    assert max(map(len, made[warning:])) <= COLUMNS
    said = shown(["param", "set", "ambassadorReplicas", "2", "--project", folder], plain)
    assert said[-1] == "  kfinstall diff  what that changes in the cluster"
    assert shown(["param", "set", "ambassadorReplicas", "2", "--project", folder], plain) == [
        "nothing was changed: it is so already"
    ]
    said = shown(["generate", "pytorch-job", "mine", "--project", folder], plain)
    assert "  kfinstall apply  submits it" in said


def test_who_reads_from_a_pipe_is_told_nothing_beside_the_result(tmp_path: Path) -> None:
    folder = str(tmp_path / "p")
    shown(["init", folder, "--platform", "kind", "--components", "ambassador"], {})
    words = [sys.executable, "-m", "kfinstall", "param", "set", "ambassadorReplicas", "2", "--project", folder]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    assert done.stderr == ""
