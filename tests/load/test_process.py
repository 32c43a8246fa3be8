"""Running programs: what they get, and what they may not do."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from kfinstall.errors import InputError
from kfinstall.load.process import Limits, Order, run, run_well
from kfinstall.resource import Origin

HERE = Origin("kustomization.yaml", 3)


def python(code: str, **given: object) -> Order:
    return Order([sys.executable, "-c", code], "the program", HERE, **given)


def test_a_program_reads_what_it_is_given_and_nothing_else():
    done = run(python("import sys; print(len(sys.stdin.read()))", stdin=b"x" * 3_000_000))
    assert (done.stdout, done.status) == (b"3000000\n", 0)
    assert run(python("import sys; print(repr(sys.stdin.read()))")).stdout == b"''\n"


def test_a_program_need_not_read(tmp_path: Path):
    assert run(python("print(1)", stdin=b"x" * 3_000_000)).stdout == b"1\n"


def test_a_program_has_its_folder_and_its_variables_beside_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OURS", "1")
    code = "import os; print(os.getcwd(), os.environ['OURS'], os.environ['ITS'])"
    assert run(python(code, folder=str(tmp_path), env={"ITS": "2"})).stdout.decode() == f"{tmp_path} 1 2\n"


def test_no_shell_reads_the_arguments():
    assert run(Order(["echo", "$HOME; `id` > x", "*"], "echo", HERE)).stdout == b"$HOME; `id` > x *\n"


@pytest.mark.parametrize(
    ("code", "limits", "complaint"),
    [
        ("import time; time.sleep(600)", Limits(0.3), "did not end within 0.3 seconds"),
        ("while True: print('x' * 1000)", Limits(60, 100_000), "printed more than 100000 bytes"),
        ("import os; os.fork() or os.setsid(); import time; time.sleep(20)", Limits(0.3), "did not end within"),
        ("import sys; sys.exit('oh dear\\nsecond line')", Limits(), "ended with status 1\n  oh dear\n  second line"),
        ("import os; os.kill(os.getpid(), 9)", Limits(), "was ended by signal 9"),
    ],
)
def test_a_program_that_goes_wrong_is_ended_and_named(code: str, limits: Limits, complaint: str):
    with pytest.raises(InputError) as caught:
        run_well(python(code), limits)
    assert str(caught.value).startswith(f"kustomization.yaml:3: the program {complaint}")


def test_what_a_program_started_is_ended_with_it(tmp_path: Path):
    code = (
        f"import os, time; open({str(tmp_path / 'child')!r}, 'w').write(str(os.fork() or os.getpid())); time.sleep(600)"
    )
    with pytest.raises(InputError):
        run(python(code), Limits(1.0))
    child = (tmp_path / "child").read_text()
    for _ in range(100):
        if not is_running(child):
            return
        time.sleep(0.1)
    raise AssertionError(f"{child} is still running")


def is_running(pid: str) -> bool:
    """Is a process there, and not a dead one that waits for its parent?"""
    found = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True).stdout
    return bool(found.strip()) and found.strip()[0] not in "ZX"


def test_much_on_standard_error_is_cut():
    done = run(python("import sys; sys.stderr.write('x' * 1_000_000)"), Limits(60, 1000))
    assert 1000 <= len(done.stderr) <= 1001


@pytest.mark.parametrize("program", ["no-such-program", "/etc"])
def test_a_program_that_is_none_is_named_with_what_to_do(program: str):
    with pytest.raises(InputError) as caught:
        run(Order([program], "it", HERE, hint="install it"))
    assert f"'{program}'" in caught.value.message
    assert caught.value.hint == "install it"
