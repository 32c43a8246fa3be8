"""What the kernel says of processes' sockets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

LISTEN = "0A"
LOOPBACK_6 = "00000000000000000000000001000000"
IPV4_IN_6 = "0000000000000000FFFF0000"


class Socket(NamedTuple):
    """One TCP socket as /proc/net/tcp has it: addresses in hexadecimal."""

    local: str
    remote: str
    is_listening: bool

    @property
    def stays_here(self) -> bool:
        """Whether it can only be reached from, or reaches only, this machine."""
        end = self.local if self.is_listening else self.remote
        return end == LOOPBACK_6 or (end[:-8] in ("", IPV4_IN_6) and end.endswith("7F"))


def sockets_of(pids: Iterable[int]) -> list[Socket]:
    """Give the TCP sockets that processes hold."""
    held = {inode for pid in pids for inode in _inodes(pid)}
    tables = [Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table]
    return [Socket(row[1].split(":")[0], row[2].split(":")[0], row[3] == LISTEN) for row in rows if row[9] in held]


def _inodes(pid: int) -> Iterable[str]:
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            yield target[8:-1]
