"""Running another program: an argument list and never a shell, nothing of our own standard input, bounded in time and
output.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import IO, NamedTuple

from kfinstall.errors import InputError
from kfinstall.resource import Origin

SHOWN_LENGTH = 4000
NOTHING_HINT = "it did not say why; run it by hand"
FAILED_HINT = "what it says is from the program itself; run it by hand to see more"
CHUNK_BYTES = 65536


class Limits(NamedTuple):
    """How long a program may run, and how much it may print on each of its two outputs."""

    time_s: float = 600.0
    output_bytes: int = 64 * 1024 * 1024


class Order(NamedTuple):
    """One run of a program: its arguments, what it is called in errors and where it was named.

    `stdin` is all that it can read there; `folder` it runs in (None: this process's own), with `env` beside the
    environment of this process; `hint` says what to do when there is no such program.
    """

    argv: Sequence[str]
    label: str
    origin: Origin
    stdin: bytes = b""
    env: Mapping[str, str] = {}
    folder: str | None = None
    hint: str = ""


class Done(NamedTuple):
    """What a program printed on its two outputs, and the status it ended with."""

    stdout: bytes
    stderr: str
    status: int


LIMITS = Limits()


def run(order: Order, limits: Limits = LIMITS) -> Done:
    """Run a program to its end, whatever its status is.

    Raises: InputError when there is no such program, or it exceeds a limit; it and what it started are ended then.
    """
    process = _start(order)
    output, errors = bytearray(), bytearray()
    readers = (
        Thread(target=_drain, args=(process.stdout, output, limits.output_bytes, process), daemon=True),
        Thread(target=_drain, args=(process.stderr, errors, limits.output_bytes, None), daemon=True),
    )
    deadline_s = monotonic() + limits.time_s
    try:
        for one in (Thread(target=_feed, args=(process.stdin, order.stdin), daemon=True), *readers):
            one.start()
        for reader in readers:
            reader.join(max(0.0, deadline_s - monotonic()))
        status = process.wait(max(0.0, deadline_s - monotonic())) if not readers[0].is_alive() else None
    except subprocess.TimeoutExpired:
        status = None
    finally:
        _end(process)
    if len(output) > limits.output_bytes:
        raise _error(order, f"printed more than {limits.output_bytes} bytes", "have it print less")
    if status is None:
        raise _error(order, f"did not end within {limits.time_s:g} seconds", "run it by hand to see why")
    return Done(bytes(output), errors.decode(errors="replace"), status)


def run_well(order: Order, limits: Limits = LIMITS) -> Done:
    """Run a program that must end with status 0.

    Raises: InputError when it does not, with what it said on standard error.
    """
    done = run(order, limits)
    if done.status != 0:
        raise failure(order, done)
    return done


def failure(order: Order, done: Done) -> InputError:
    """Give the error for a program that failed: its status, and the end of what it said on standard error."""
    said = done.stderr.strip()[-SHOWN_LENGTH:]
    how = f"ended with status {done.status}" if done.status >= 0 else f"was ended by signal {-done.status}"
    return _error(order, how, FAILED_HINT if said else NOTHING_HINT, said.splitlines())


def _start(order: Order) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    environ = {**os.environ, **order.env}
    try:
        return subprocess.Popen(
            order.argv, stdin=pipe, stdout=pipe, stderr=pipe, cwd=order.folder, env=environ, start_new_session=True
        )
    except FileNotFoundError:
        message = f"there is no program '{order.argv[0]}'"
        raise InputError(message, origin=order.origin, hint=order.hint) from None
    except (OSError, ValueError) as error:
        message = f"cannot run '{order.argv[0]}': {getattr(error, 'strerror', None) or error}"
        raise InputError(message, origin=order.origin, hint=order.hint) from None


def _feed(stream: IO[bytes] | None, content: bytes) -> None:
    """Write what the program may read; it need not read it."""
    assert stream is not None
    with suppress(BrokenPipeError), stream:
        stream.write(content)


def _drain(stream: IO[bytes] | None, into: bytearray, limit: int, process: subprocess.Popen[bytes] | None) -> None:
    """Read to the end, and keep one byte more than the limit at most; then the process is ended, if one is given."""
    assert stream is not None
    with stream:
        while chunk := os.read(stream.fileno(), CHUNK_BYTES):
            into += chunk[: limit + 1 - len(into)]
            if process is not None and len(into) > limit:
                _end(process)
                return


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it started, if it is still there."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _error(order: Order, what: str, hint: str, said: Iterable[str] = ()) -> InputError:
    return InputError(f"{order.label} {what}", origin=order.origin, hint=hint, details=said)
