"""Programs that stand for the real ones where only their name, their version and their failing matter."""

from __future__ import annotations

from pathlib import Path

VERSION_LINES = {
    "localplane": "localplane v1.36.3 etcd 3.6.8 kwok 0.8.0",
    "etcd": "etcd Version: 3.6.8",
    "kube-apiserver": "Kubernetes v1.36.9",
    "kube-controller-manager": "Kubernetes v1.36.9",
    "kube-scheduler": "Kubernetes v1.36.9",
    "kwok": "kwok version v0.8.1 go1.26.8 (linux/amd64)",
}
"""What each program says of its version, in the words of the real one."""


def write_program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def write_versioned(folder: Path, name: str, line: str = "") -> Path:
    return write_program(folder, name, f"echo '{line or VERSION_LINES[name]}'")


def write_go(folder: Path, log: Path, build: str = "", version: str = "go version go1.26.8 linux/amd64") -> Path:
    """Write a `go` that notes each build in `log` and makes a program that tells its version.

    In:  `build`, what it does before that; the file to make is `$out`.
    """
    line = VERSION_LINES["localplane"]
    return write_program(
        folder,
        "go",
        f"""\
if [ "$1" = version ]; then echo '{version}'; exit; fi
echo "$@" >> {log}
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
echo example.com/compiled >&2
{build}
printf '#!/bin/sh\\necho "{line}"\\n' > "$out"
chmod 755 "$out"
""",
    )
