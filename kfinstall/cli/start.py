"""Where the program starts: runs the command line, and turns what went wrong into lines, hints and an exit code.

A plain `kfinstall build` is run from here; click and the other commands are loaded when they are needed.
"""

from __future__ import annotations

import os
import sys

from kfinstall.cli.plain import plain_build
from kfinstall.errors import KfinstallError
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPLETE_VARIABLE = "_KFINSTALL_COMPLETE"

EXIT_BUG = 70
EXIT_INTERRUPTED = 130
EXIT_NOBODY_READS = 141
"""As the shell reports a program that SIGPIPE ended."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code; SIGTERM is an interrupt like Ctrl-C."""
    import _signal  # type: ignore[import-not-found]  # what `signal` wraps, without the enums it makes of it

    _signal.signal(_signal.SIGTERM, _signal.default_int_handler)
    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))


def run(argv: Sequence[str]) -> int:
    """Run the command line; give its exit code. Errors are printed, none is raised."""
    try:
        result = _invoke(argv)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; run the same command again to go on\n")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_NOBODY_READS
    except Exception as problem:  # noqa: BLE001 the one place that turns whatever is left into a line and a code
        return fail(problem, argv)


def _invoke(argv: Sequence[str]) -> object:
    plain = None if os.environ.get(COMPLETE_VARIABLE) else plain_build(argv)
    if plain is None:
        from kfinstall.cli.main import invoke

        return invoke(argv)
    from kfinstall.cli.building import render
    from kfinstall.cli.libyaml import put_off_python_yaml

    put_off_python_yaml()
    render(**plain)
    return 0


def fail(problem: Exception, argv: Sequence[str]) -> int:
    """Print every error of the run, or write a report where one of them is a bug; give the exit code."""
    from kfinstall.cli import output

    expected = list(output.leaves(problem))
    if not expected or len(expected) < _count(problem):
        return _bug(problem, argv)
    for error in expected:
        output.error(error)
    return expected[0].exit_code


def _count(problem: BaseException) -> int:
    """How many exceptions are in a group?"""
    return sum(map(_count, problem.exceptions)) if isinstance(problem, BaseExceptionGroup) else 1


def _bug(problem: Exception, argv: Sequence[str]) -> int:
    from kfinstall.cli import output
    from kfinstall.cli.main import COMMANDS
    from kfinstall.cli.report import write_report

    command = next((word for word in argv if word in COMMANDS), "")
    path = write_report(problem, command)
    hint = f"a report without any values is in {path}; please send it with what you did"
    output.error(KfinstallError(f"this is a bug in kfinstall: unexpected {type(problem).__name__}", hint=hint))
    return EXIT_BUG
