"""A proxy on loopback that counts the requests to an API server: run as a program, so it takes no time from who asks.

It copies bytes and reads only the heads of requests and answers. Who asks speaks plain HTTP to it and needs no
credentials; to the server it is the user of the kubeconfig, by client certificate, over connections that are used
again. So nobody waits for TLS, and the thousands of connections that Helm opens at once are not as many handshakes.
Every line on its input is answered by the counts since the last one, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import yaml

from kfinstall.cluster.kubeconfig import load_access

CHUNK = 1 << 16
BACKLOG = 4096
"""Helm sends all of a kind at once: thousands of connections."""
STREAMS = 100
"""So many requests are under way at once, as on one connection of HTTP/2 to an API server; watches are not counted."""
HEAD_END = b"\r\n\r\n"


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
    server = Server(upstream)
    counts: Counter[str] = Counter()
    open_ones: set[object] = set()  # the loop alone would let go of a connection in use

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.add(this := asyncio.current_task())
        with suppress(
            asyncio.CancelledError, asyncio.IncompleteReadError, OSError
        ):  # by an end of the program, or theirs
            while await _pass_on(reader, writer, server, counts):
                pass
        writer.close()
        open_ones.discard(this)

    listening = await asyncio.start_server(accept, "127.0.0.1", 0, limit=CHUNK, backlog=BACKLOG)
    print(listening.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(counts), flush=True)
        counts.clear()


class Connection(NamedTuple):
    """One to the API server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Server:
    """Owner of the connections to the API server."""

    def __init__(self, kubeconfig: Path) -> None:
        configuration = load_access(kubeconfig).configuration
        self._address = urlsplit(configuration.host)
        self._tls = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
        self._tls.load_cert_chain(configuration.cert_file, configuration.key_file)
        self._idle: list[Connection] = []
        self.slots = asyncio.Semaphore(STREAMS)

    async def send(self, request: bytes) -> tuple[Connection, bytes]:
        """Send a request; give the connection and the head of the answer. One that was closed meanwhile is replaced."""
        while self._idle:
            connection = self._idle.pop()
            with suppress(asyncio.IncompleteReadError, OSError):
                return connection, await _ask(connection, request)
            connection.writer.close()
        connection = Connection(*await asyncio.open_connection(*self._address_of(), ssl=self._tls, limit=CHUNK))
        return connection, await _ask(connection, request)

    def _address_of(self) -> tuple[str | None, int | None]:
        return self._address.hostname, self._address.port

    def take_back(self, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end."""
        self._idle.append(connection)


async def _ask(connection: Connection, request: bytes) -> bytes:
    connection.writer.write(request)
    await connection.writer.drain()
    return await connection.reader.readuntil(HEAD_END)


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server, counts: Counter[str]
) -> bool:
    """Pass one request on and its answer back; say whether the connection may be used again."""
    head = await reader.readuntil(HEAD_END)
    kind = _kind_of(head)
    counts[kind] += 1
    request = head + b"".join([part async for part in _body(reader, head)])
    if kind == "WATCH":
        return await _pass_watch(reader, writer, server, request)
    async with server.slots:
        connection, answered = await server.send(request)
        writer.write(answered)
        async for part in _body(connection.reader, answered):
            writer.write(part)
            await writer.drain()
        may_stay = not _says(answered, b"connection: close")
        if may_stay:
            server.take_back(connection)
        else:
            connection.writer.close()
    await writer.drain()
    return may_stay


async def _pass_watch(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server, request: bytes
) -> bool:
    """Pass the answer to a watch back until either side ends it."""
    connection, answered = await server.send(request)
    writer.write(answered)
    left = asyncio.create_task(reader.read(1))  # who watches sends nothing more: it is the end of the connection
    copied = asyncio.create_task(_copy(connection.reader, writer))
    _, pending = await asyncio.wait((left, copied), return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    connection.writer.close()
    return False


async def _copy(inward: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await inward.read(CHUNK):
            writer.write(data)
            await writer.drain()


def _kind_of(head: bytes) -> str:
    method, target, _ = head.split(b" ", 2)
    return "WATCH" if b"watch=" in target else method.decode()


def _says(head: bytes, line: bytes) -> bool:
    return b"\r\n" + line in head.lower()


async def _body(reader: asyncio.StreamReader, head: bytes) -> AsyncIterator[bytes]:
    """Give what follows a head, as it comes: nothing, so many bytes, or chunks and the line after them."""
    if _says(head, b"transfer-encoding: chunked"):
        size = -1
        while size:
            line = await reader.readuntil(b"\r\n")
            size = int(line.partition(b";")[0], 16)
            yield line + await reader.readexactly(size + 2)
        return
    left = _length_of(head)
    while left:
        part = await reader.read(min(left, CHUNK))
        if not part:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(part)
        yield part


def _length_of(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    _allow_many_files()
    asyncio.run(_serve(Path(sys.argv[1])))
