"""KRM functions: what the configuration of one says must be run, and what Docker is told to run it.

Source: kustomize v5.8.1, kyaml/fn/runtime (runtimeutil, container, exec) and kyaml/runfn.
"""

from __future__ import annotations

from posixpath import isabs, join, normpath

from kfinstall.build.decode import decode_node, new_decoding
from kfinstall.build.ids import kind_of, metadata_of, name_of
from kfinstall.errors import InputError, raise_all
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest import dump_manifest, parse_node, source_text
from kfinstall.manifest.annotations import mapped_annotations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfinstall.resource import Origin, Resource

ANNOTATIONS = ("config.kubernetes.io/function", "config.k8s.io/function")
OLDER = "config.kubernetes.io/container"
"""An annotation that holds nothing but the image."""

FUNCTION_ENV = ("LOG_TO_STDERR=true", "STRUCTURED_RESULTS=true")


class Mount(NamedTuple):
    """A folder, file or volume that a container sees."""

    type: str = ""
    src: str = ""
    dst: str = ""
    rw: bool = False


class ContainerSpec(NamedTuple):
    """A function that is an image."""

    image: str = ""
    network: bool = False
    mounts: tuple[Mount, ...] = ()
    envs: tuple[str, ...] = ()


class ExecSpec(NamedTuple):
    """A function that is a program."""

    path: str = ""
    args: tuple[str, ...] = ()
    envs: tuple[str, ...] = ()


class FunctionSpec(NamedTuple):
    """What is to be run: an image, or a program. A failure that is deferred is one all the same."""

    container: ContainerSpec = ContainerSpec()
    exec: ExecSpec = ExecSpec()
    defer_failure: bool = False


class FunctionOptions(NamedTuple):
    """What whoever starts a build says of all functions; `user` is as Docker has it, `uid:gid`."""

    has_exec: bool = False
    has_network: bool = False
    mounts: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    user: str = "nobody"


class Function(NamedTuple):
    """A function that a tree names: what is to be run, what it is called, where, and the folder it runs in."""

    spec: FunctionSpec
    label: str
    origin: Origin
    root: str


def function_of(config: Resource, root: str) -> Function | None:
    """Give the function that a configuration names; None when it names none.

    Raises: InputError, or a group of them, for what is no function.
    """
    label = f"the function {kind_of(config)} {name_of(config)}"
    metadata = metadata_of(config.manifest)
    annotations = {key: source_text(value) for key, value in mapped_annotations(config.manifest).items()}
    text = next((annotations[key] for key in ANNOTATIONS if annotations.get(key)), "")
    if not text and metadata.get("configFn") is not None:
        text = dump_manifest(metadata["configFn"])
    image = annotations.get(OLDER) or ""
    if not text and not image:
        return None
    spec = _read(text, config.origin) if text else FunctionSpec(ContainerSpec(image))
    function = Function(spec, label, config.origin, root)
    raise_all(list(_mistakes(function)))
    return function


def _read(text: str, origin: Origin) -> FunctionSpec:
    node = parse_node(text, origin.path).node
    decoding = new_decoding(origin.path)
    spec = decode_node(node, FunctionSpec, decoding) if node else FunctionSpec()
    raise_all([InputError(one.message, origin=origin, hint=one.hint) for one in decoding.errors])
    return spec


def _mistakes(function: Function) -> Iterator[InputError]:
    container, program, origin = function.spec.container, function.spec.exec, function.origin
    if not container.image and not program.path:
        hint = "add 'container: {image: …}' or 'exec: {path: …}'"
        yield InputError(f"{function.label} names nothing to run", origin=origin, hint=hint)
    if container.image.startswith("-"):
        hint = "begin its name with a letter or a digit"
        yield InputError(f"the image '{container.image}' is an option of Docker's", origin=origin, hint=hint)
    for mount in container.mounts:
        if isabs(mount.src) or normpath(mount.src).startswith(".."):
            hint = "mount what is in the folder of the kustomization, by a relative path"
            yield InputError(f"{function.label} mounts '{mount.src}'", origin=origin, hint=hint)
        if "," in f"{mount.type}{mount.src}{mount.dst}":
            hint = "Docker would read more options behind it: rename the folder"
            yield InputError(f"{function.label} has a mount with a comma", origin=origin, hint=hint)


def is_container(function: Function) -> bool:
    """Is it an image? The image counts where there are both."""
    return bool(function.spec.container.image)


def docker_arguments(function: Function, options: FunctionOptions) -> list[str]:
    """Give what Docker is told to run a function.

    Raises: InputError when the function needs a network and may not have it.
    """
    container = function.spec.container
    if container.network and not options.has_network:
        hint = "add --network to let functions that ask for it reach the network"
        raise InputError(f"{function.label} needs the network", origin=function.origin, hint=hint)
    mounts = [*container.mounts, *map(_mount, options.mounts)]
    return [
        *("run", "--rm", "-i", "-a", "STDIN", "-a", "STDOUT", "-a", "STDERR"),
        *("--network", "host" if container.network else "none"),
        *("--user", options.user, "--security-opt=no-new-privileges"),
        *(word for mount in mounts for word in ("--mount", _mount_text(mount, function.root))),
        *_env_arguments([*FUNCTION_ENV, *container.envs, *FUNCTION_ENV, *options.env]),
        container.image,
    ]


def _mount(text: str) -> Mount:
    """Give a mount as --mount has it: `type=bind,src=…,dst=…,rw=true`."""
    told = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
    src, dst = told.get("source", told.get("src", "")), told.get("target", told.get("dst", ""))
    return Mount(told.get("type", ""), src, dst, told.get("rw") == "true")


def _mount_text(mount: Mount, root: str) -> str:
    source = mount.src if isabs(mount.src) else normpath(join(root, mount.src))
    return f"type={mount.type},source={source},target={mount.dst}{'' if mount.rw else ',readonly'}"


def _env_arguments(entries: Iterable[str]) -> Iterator[str]:
    """Give variables with a value by name, then those that are handed on, in order; the last value counts."""
    entries = list(entries)
    values = dict(entry.split("=", 1) for entry in entries if "=" in entry)
    for name in sorted(values):
        yield from ("-e", f"{name}={values[name]}")
    for name in dict.fromkeys(entry for entry in entries if "=" not in entry):
        yield from ("-e", name)


def exec_env(function: Function, options: FunctionOptions) -> dict[str, str]:
    """Give the variables that a program gets beside ours; an entry must have one `=`, as for kustomize."""
    entries = [entry.split("=") for entry in (*function.spec.exec.envs, *options.env)]
    return {parts[0]: parts[1] for parts in entries if len(parts) == 2}
