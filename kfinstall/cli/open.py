"""`kfinstall open`."""

from __future__ import annotations

import socket
from pathlib import Path

import click

from kfinstall.cli import options, output
from kfinstall.cli.options import Access
from kfinstall.cli.pages import PAGES, how_to_log_in
from kfinstall.errors import ClusterError, InputError

HELP = """Reach a page of what is installed from this machine, through the API server:
nothing has to be opened to the outside, and the right to port-forward is
enough. It goes on until Ctrl-C, and says how to log in.

\b
Pages:
  jupyter    JupyterHub, for notebooks
  argo       Argo's workflows, behind ambassador
  minio      the object store's console
  dashboard  the first page behind ambassador

\b
Examples:
  kfinstall open jupyter
  kfinstall open argo --no-browser --port 8080
"""


DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


@click.command(help=HELP)
@click.argument("name", metavar="PAGE", type=click.Choice(tuple(PAGES)))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="PORT", help="Port here. Default: a free one."
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open nothing.")
@click.option("--in", "namespace", metavar="NS", help="Namespace of it. Default: the project's, else kubeflow.")
@options.project_option
@options.access_options
def command(name: str, port: int, namespace: str | None, project: str, access: Access, *, no_browser: bool) -> int:
    """Find it, listen, say where, connect."""
    from kfinstall.cluster import connect
    from kfinstall.cluster.forward import find_backend, forward

    page = PAGES[name]
    where = namespace or _namespace(Path(project))
    with connect(access.kubeconfig, access.context) as cluster, _listen(port) as listener:
        backend = find_backend(cluster, where, page.service, page.port)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}{page.path}"
        output.line(address)
        output.flush()
        output.note(f"leads to {backend.pod} in {where} until Ctrl-C")
        for line in how_to_log_in(page, where):
            output.note(line)
        if not no_browser:
            _browse(address)
        try:
            forward(listener, lambda: cluster.tunnel(where, page.service, page.port), _turned_away)
        except KeyboardInterrupt:
            output.note("closed")
    return 0


def _namespace(folder: Path) -> str:
    from kfinstall import catalog
    from kfinstall.project.layout import is_project
    from kfinstall.project.reading import read_project

    return read_project(folder).settings.namespace if is_project(folder) else catalog.NAMESPACE


def _listen(port: int) -> socket.socket:
    """Listen on this machine alone."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        hint = "leave out --port, and a free one is taken"
        raise InputError(f"cannot listen on port {port}: {error.strerror}", hint=hint) from None


def _turned_away(error: ClusterError) -> None:
    output.error(error)


def _browse(address: str) -> None:
    """Open a browser where there is a screen; a terminal's own is none that a person asked for."""
    import os
    import sys
    import webbrowser

    if sys.platform == "darwin" or any(os.environ.get(name) for name in DISPLAYS):
        webbrowser.open(address)
