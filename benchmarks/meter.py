"""Run a command and print what it took: wall seconds, CPU seconds, peak memory in KiB, exit code.

Runs as a script in a bare interpreter: the kernel counts the peak of the parent into that of a child it starts, so the
parent has to be small.
"""

import os
import sys
import time

RUNNER = ["-I", "-S"]


def main(argv: list[str]) -> None:
    """Run `argv` with nothing on its input and its output thrown away; what it says of errors is passed on."""
    nothing = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, nothing, descriptor) for descriptor in (0, 1)]
    began = time.perf_counter()
    process = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - began
    print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1:])
