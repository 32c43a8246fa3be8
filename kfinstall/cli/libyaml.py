"""PyYAML's binding to libyaml, without the reader and the writer that PyYAML has in Python beside it.

Those import `re` and `datetime` and compile patterns, which takes as long as the rest of a small build. All the binding
takes of them is the classes of their errors. So the first `import yaml` imports the binding, with stand-ins for these
classes; the first name that is missing then runs PyYAML's own `__init__`, and all is as if it had been run at once.
"""

from __future__ import annotations

import sys

from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from typing import Any

PACKAGE = "yaml"
USED = ("error", "events", "nodes", "tokens")
"""The modules of what the binding gives; they import nothing."""
OF_ERRORS = ("reader", "scanner", "parser", "composer", "constructor", "emitter", "serializer", "representer")
"""The modules of which the binding takes a class of errors, and no more."""

Module = type(sys)


def put_off_python_yaml() -> None:
    """Let the next `import yaml` of this process import what reads with libyaml, and the rest when it is asked for."""
    if PACKAGE not in sys.modules:
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds PyYAML once, where it is."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != PACKAGE:
            return None
        sys.meta_path.remove(self)
        found = (finder.find_spec(name, path, target) for finder in sys.meta_path)
        spec = next((spec for spec in found if spec), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)  # type: ignore[assignment]
        return spec


class _Loader:
    """Runs what `loader` would run only when a name is missing."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python, as is usual."""

    def exec_module(self, module: Any) -> None:
        module.__spec__.loader = module.__loader__ = self.loader
        module.__class__ = _Binding
        try:
            __import__(f"{PACKAGE}._yaml")
        except (ImportError, AttributeError):
            _complete(module)  # another PyYAML than is known here, or one without libyaml
        else:
            module.__class__ = _Unfinished


class _Binding(Module):  # type: ignore[misc, valid-type]  # the class of all modules
    """The package while its binding is imported."""

    def __getattr__(self, name: str) -> Any:
        if name in USED:
            return __import__(f"{PACKAGE}.{name}", fromlist=[name])
        if name in OF_ERRORS:
            return _StandIn(name)
        raise AttributeError(name)


class _Unfinished(Module):  # type: ignore[misc, valid-type]
    """The package with its binding alone."""

    def __getattr__(self, name: str) -> Any:
        _complete(self)
        return getattr(self, name)


class _StandIn(Module):  # type: ignore[misc, valid-type]
    """A module of which nothing but the class of its errors is wanted."""

    def __getattr__(self, name: str) -> type[Exception]:
        from yaml.error import MarkedYAMLError, YAMLError

        if name == "ReaderError":
            return type(name, (YAMLError,), {"__init__": _init_reader_error})
        return type(name, (MarkedYAMLError,), {})


def _init_reader_error(self: Any, name: str, position: int, character: int, encoding: str, reason: str) -> None:
    self.name, self.position, self.character, self.encoding, self.reason = name, position, character, encoding, reason


def _complete(package: Any) -> None:
    """Run PyYAML's own `__init__`, and give the binding the classes that had stand-ins."""
    package.__class__ = Module
    package.__loader__.exec_module(package)
    binding = sys.modules.get(f"{PACKAGE}._yaml")
    for module in OF_ERRORS if binding else ():
        name = f"{module.title()}Error"
        setattr(binding, name, getattr(sys.modules[f"{PACKAGE}.{module}"], name))
