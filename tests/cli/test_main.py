import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kfinstall.cli.main import COMMANDS, cli
from kfinstall.cli.start import EXIT_BUG, EXIT_NOBODY_READS, fail, run
from kfinstall.errors import ClusterError, InputError
from kfinstall.resource import Origin

KFINSTALL = [sys.executable, "-m", "kfinstall"]


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(entry.short_help in shown for entry in COMMANDS.values())


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "Usage: kfinstall" in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Examples:" in shown
    assert f"kfinstall {name}" in shown.split("Examples:")[1]


def every_command(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from every_command(found, (*words, name))


def test_the_help_of_every_command_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    for words in every_command(cli):
        assert run([*words, "--help"]) == 0
        assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == [], words


def test_a_group_without_a_command_shows_its_help_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gitops"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "\nCommands:\n" in said.err
    assert "\\n" not in said.err
    assert "error:" not in said.err


def test_a_mistyped_command_gets_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["aply"]) == 2
    assert capsys.readouterr().err == "error: there is no command 'aply'\n  hint: did you mean 'apply'?\n"


def test_a_mistyped_option_gets_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "--plattform", "gke"]) == 2
    assert capsys.readouterr().err == "error: no such option '--plattform'\n  hint: did you mean '--platform'?\n"


def test_a_wrong_value_of_an_option_names_the_right_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["version", "--output", "jsn"]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == "error: invalid value for '--output' / '-o': 'jsn' is not one of 'text', 'json', 'yaml'"
    assert second == "  hint: see 'kfinstall version --help'"


def test_a_time_that_is_none_says_what_may_stand_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "--timeout", "soon"]) == 2
    assert "'soon' is not a time; write for example 90s, 10m or 1h30m" in capsys.readouterr().err


def test_every_error_of_a_group_is_printed_with_its_place_and_hint(capsys: pytest.CaptureFixture[str]) -> None:
    one = InputError("unknown field 'resorces'", origin=Origin("k.yaml", 4), hint="did you mean 'resources'?")
    two = InputError("unknown field 'x'", origin=Origin("k.yaml", 9))
    assert fail(ExceptionGroup("input", [one, two]), []) == 2
    assert capsys.readouterr().err == (
        "error: k.yaml:4: unknown field 'resorces'\n"
        "  hint: did you mean 'resources'?\n"
        "error: k.yaml:9: unknown field 'x'\n"
    )


def test_the_exit_code_is_that_of_the_error_printed_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(ExceptionGroup("", [ClusterError("refused"), InputError("typo")]), []) == 3
    assert capsys.readouterr().err.startswith("error: refused\n")


def _bug() -> Exception:
    try:
        {}["hunter2-in-a-key"]
    except KeyError as problem:
        try:
            raise ValueError("invalid literal: hunter2") from problem
        except ValueError as outer:
            return outer
    raise AssertionError


def test_an_unexpected_exception_becomes_one_line_and_a_report_only_its_owner_reads(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fail(_bug(), ["apply", "--name", "hunter2"]) == EXIT_BUG
    first, second = capsys.readouterr().err.splitlines()
    assert first == "error: this is a bug in kfinstall: unexpected ValueError"
    report = Path(second.split(" is in ")[1].split(";")[0])
    try:
        assert report.stat().st_mode & 0o777 == 0o600
        text = report.read_text()
    finally:
        report.unlink()
    assert "command: apply" in text
    assert "KeyError (message left out)" in text
    assert "in _bug" in text
    assert "hunter2" not in text.replace('{}["hunter2-in-a-key"]', "").replace('"invalid literal: hunter2"', "")


def test_a_group_that_holds_a_bug_is_a_bug(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(ExceptionGroup("", [InputError("typo"), RuntimeError("x")]), []) == EXIT_BUG
    Path(capsys.readouterr().err.split(" is in ")[1].split(";")[0]).unlink()


def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    process = subprocess.Popen([*KFINSTALL, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == EXIT_NOBODY_READS
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()


def test_the_overview_loads_neither_the_client_nor_the_display() -> None:
    code = (
        "import sys; from kfinstall.cli.start import run; run(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for module in ("kubernetes", "rich", "yaml", "ruamel", "kfinstall.cli.apply", "kfinstall.apply"):
        assert module not in done.stderr.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert "_KFINSTALL_COMPLETE" in capsys.readouterr().out


def test_the_shell_is_offered_commands_that_fit() -> None:
    asked = {"_KFINSTALL_COMPLETE": "bash_complete", "COMP_WORDS": "kfinstall p", "COMP_CWORD": "1"}
    done = subprocess.run(KFINSTALL, env={**os.environ, **asked}, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["plain,plan", "plain,param", "plain,prototype", "plain,platforms"]
