"""A proxy on loopback that counts the requests to an API server: run as a program, so it takes no time from who asks.

It copies bytes and reads only the head of each request. Who asks speaks plain HTTP to it and needs no credentials; to
the server it is the user of the kubeconfig, by client certificate. Every line on its input is answered by the counts
since the last one, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from kfinstall.cluster.kubeconfig import load_access

CHUNK = 1 << 16
BACKLOG = 4096
"""Helm sends all of a kind at once: thousands of connections."""


class Counting:
    """A running proxy: its kubeconfig, and what was asked since the last time."""

    def __init__(self, kubeconfig: Path, process: subprocess.Popen[str]) -> None:
        self.kubeconfig = kubeconfig
        self._process = process

    def take(self) -> Counter[str]:
        """Give the number of requests by method since this was last called; a watch is counted as WATCH."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(file=self._process.stdin, flush=True)
        return Counter(json.loads(self._process.stdout.readline()))


@contextmanager
def counting(upstream: Path, folder: Path) -> Iterator[Counting]:
    """Run a proxy to the API server that a kubeconfig names; its own kubeconfig is written to a folder."""
    argv = [sys.executable, "-m", __name__, str(upstream)]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            yield Counting(_write_kubeconfig(folder, port), process)
        finally:
            process.stdin.close()


def _write_kubeconfig(folder: Path, port: int) -> Path:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "counted",
        "contexts": [{"name": "counted", "context": {"cluster": "counted", "user": "counted"}}],
        "clusters": [{"name": "counted", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "counted", "user": {}}],
    }
    file = folder / "counted.kubeconfig"
    file.write_text(yaml.safe_dump(content))
    return file


async def _serve(upstream: Path) -> None:
    configuration = load_access(upstream).configuration
    address = urlsplit(configuration.host)
    tls = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    tls.load_cert_chain(configuration.cert_file, configuration.key_file)
    counts: Counter[str] = Counter()
    open_ones: set[object] = set()  # the loop alone would let go of a connection in use

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.add(this := asyncio.current_task())
        with suppress(asyncio.CancelledError):  # by the end of the program
            inward, outward = await asyncio.open_connection(address.hostname, address.port, ssl=tls)
            await asyncio.gather(_ask(reader, outward, counts), _copy(inward, writer))
        open_ones.discard(this)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=CHUNK, backlog=BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(counts), flush=True)
        counts.clear()


async def _ask(reader: asyncio.StreamReader, outward: asyncio.StreamWriter, counts: Counter[str]) -> None:
    """Pass requests on, one after the other, and count them."""
    with suppress(asyncio.IncompleteReadError, OSError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            counts[_kind_of(head)] += 1
            outward.write(head)
            if b"\r\ntransfer-encoding: chunked" in head.lower():
                await _pass_chunks(reader, outward)
            else:
                outward.write(await reader.readexactly(_length_of(head)))
            await outward.drain()
    outward.close()


def _kind_of(head: bytes) -> str:
    method, target, _ = head.split(b" ", 2)
    return "WATCH" if b"watch=" in target else method.decode()


def _length_of(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def _pass_chunks(reader: asyncio.StreamReader, outward: asyncio.StreamWriter) -> None:
    size = -1
    while size:
        line = await reader.readuntil(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        outward.write(line + await reader.readexactly(size + 2))


async def _copy(inward: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await inward.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    _allow_many_files()
    asyncio.run(_serve(Path(sys.argv[1])))
