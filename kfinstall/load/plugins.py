"""Running functions and plugins: with Docker, or as programs of this machine."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from kfinstall.build.functions import Function, FunctionOptions, docker_arguments, exec_env, is_container
from kfinstall.build.programs import Plugin
from kfinstall.build.reading.files import Folder, read_file
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.load.process import Done, Order, failure, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LONGEST_VARIABLE = 131071
"""Source: kustomize v5.8.1, execplugin, maxArgStringLength."""

EXEC_HINT = "add --enable-exec to run programs of this machine; only if you trust the tree"
DOCKER_HINT = "install Docker, or a program of that name that runs containers"


def run_function(function: Function, given: bytes, options: FunctionOptions, say: Callable[[str], None]) -> bytes:
    """Give what a function prints for what it is given.

    In:     `say`, is told what it says on standard error where it does not fail.
    Raises: InputError when it may not be run, or fails.
    """
    done = _finished(_order(function, given, options))
    if done.stderr.strip():
        say(done.stderr.rstrip())
    return done.stdout


def _order(function: Function, given: bytes, options: FunctionOptions) -> Order:
    label, origin, root = function.label, function.origin, function.root
    if is_container(function):
        argv = ["docker", *docker_arguments(function, options)]
        return Order(argv, label, origin, given, folder=root, hint=DOCKER_HINT)
    program = function.spec.exec
    if not options.has_exec:
        raise InputError(f"{label} is the program '{program.path}'", origin=origin, hint=EXEC_HINT)
    if root == "/":
        raise InputError(f"{label} would run in '/'", origin=origin, hint="move the kustomization into a folder")
    env = exec_env(function, options)
    hint = "its path is relative to the folder of the kustomization"
    return Order([program.path, *program.args], label, origin, given, env, root, hint)


def _finished(order: Order) -> Done:
    done = run(order)
    if done.status != 0:
        raise failure(order, done._replace(stderr="\n".join((done.stderr.strip(), *_results(done.stdout)))))
    return done


def _results(output: bytes) -> Iterator[str]:
    """Give the messages of the results that a function wrote before it failed."""
    from kfinstall.manifest import parse_documents

    try:
        documents = parse_documents(output, "results")
    except InputError:
        return
    for document in documents:
        results = document.manifest.get("results") if isinstance(document.manifest, dict) else None
        for one in results if isinstance(results, list) else ():
            if isinstance(one, dict) and one.get("message"):
                yield f"{one.get('severity') or 'error'}: {one['message']}"


def run_plugin(plugin: Plugin, given: bytes, folder: Folder, environ: Mapping[str, str] = os.environ) -> bytes:
    """Give what a plugin prints for what it is given.

    In:     `folder`, that of the kustomization.
    Raises: InputError when there is none, or it fails.
    """
    path = _find(plugin, environ)
    words = [*plugin.words, *_words_of_file(plugin, folder)]
    variables = {
        "KUSTOMIZE_PLUGIN_CONFIG_STRING": plugin.config.decode(),
        "KUSTOMIZE_PLUGIN_CONFIG_ROOT": plugin.root,
    }
    env = {key: value for key, value in variables.items() if len(f"{key}={value}".encode()) <= LONGEST_VARIABLE}
    with TemporaryDirectory(prefix="kfinstall-plugin-") as temporary:
        config = Path(temporary) / "kust-plugin-config-0"
        config.write_bytes(plugin.config)
        argv = [str(path), str(config), *words]
        return _finished(Order(argv, plugin.label, plugin.origin, given, env, plugin.root)).stdout


def _words_of_file(plugin: Plugin, folder: Folder) -> list[str]:
    if not plugin.words_file:
        return []
    lines = read_file(folder, plugin.words_file, plugin.origin).decode(errors="replace").split("\n")
    return [line.lstrip(" ") for line in lines if line.strip(" ")]


def _find(plugin: Plugin, environ: Mapping[str, str]) -> Path:
    home = next((folder for folder in _homes(environ) if folder.exists()), None)
    if home is None:
        hint = "say where plugins are with KUSTOMIZE_PLUGIN_HOME"
        raise InputError(
            f"{plugin.label} needs a folder of plugins, and there is none", origin=plugin.origin, hint=hint
        )
    path = home / plugin.path
    if path.is_file() and os.access(path, os.X_OK):
        return path.absolute()
    if path.exists():
        message = f"{plugin.label} is no program: '{path}'"
        raise InputError(message, origin=plugin.origin, hint="make it executable with 'chmod +x'")
    if path.with_name(f"{path.name}.so").exists() or path.with_name(f"{path.name}.go").exists():
        hint = "write it as a program, or as a function in a container"
        raise InputError(f"{plugin.label} is a Go plugin, which only Go can load", origin=plugin.origin, hint=hint)
    hint = "a function has the annotation config.kubernetes.io/function; a plugin is a program at that path"
    raise InputError(f"{plugin.label} is not there: no '{path}'", origin=plugin.origin, hint=hint)


def _homes(environ: Mapping[str, str]) -> Iterator[Path]:
    """Give the folders that may hold plugins. Source: kustomize v5.8.1, api/konfig/plugins.go."""
    home = Path(environ.get("HOME") or "~")
    if environ.get("KUSTOMIZE_PLUGIN_HOME"):
        yield Path(environ["KUSTOMIZE_PLUGIN_HOME"])
    if environ.get("XDG_CONFIG_HOME"):
        yield Path(environ["XDG_CONFIG_HOME"]) / "kustomize" / "plugin"
    yield home / ".config" / "kustomize" / "plugin"
    yield home / "kustomize" / "plugin"
