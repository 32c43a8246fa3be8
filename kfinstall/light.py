"""What the standard library has, in a form that costs nothing until it is used: a build of a small tree must be over
before `typing`, `re`, `functools` and `enum` would have been imported.

Every module that `kfinstall build` needs takes these instead. Type checkers see the names of the standard library:
`NamedTuple` is `typing.NamedTuple`, `lazy_pattern` gives a `re.Pattern`. What only annotations need is imported below
`if TYPE_CHECKING:`, and the value of a type alias is in quotes.
"""

from __future__ import annotations

TYPE_CHECKING = False
"""As in `typing`: type checkers take it for true."""

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, AnyStr, TypeVar
    from typing import NamedTuple as NamedTuple
    from typing import Protocol as Protocol

    Key = TypeVar("Key")
    Value = TypeVar("Value")
else:
    from _collections import _tuplegetter

    Protocol = object
    """Only type checkers look at protocols."""

    class _Records(type):
        """Makes the classes; their `__new__` is compiled when the first instance is made."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            fields = tuple(body.get("__annotations__", ()))
            body["_fields"] = body["__match_args__"] = fields
            body["_field_defaults"] = {field: body[field] for field in fields if field in body}
            body["__slots__"] = ()
            for place, field in enumerate(fields):
                body[field] = _tuplegetter(place, "")
            return super().__new__(cls, name, bases, body)

    class NamedTuple(tuple, metaclass=_Records):
        """A class of named tuples, as `typing.NamedTuple` makes them, at a fifth of the cost."""

        def __new__(cls, /, *values: Any, **named: Any) -> Any:
            """Compile the constructor of this class, then use it."""
            defaults = cls._field_defaults
            arguments = "".join(f", {name}=_{name}" if name in defaults else f", {name}" for name in cls._fields)
            names = {"_new": tuple.__new__, "__builtins__": {}}
            names |= {f"_{name}": default for name, default in defaults.items()}
            code = f"lambda _cls{arguments}: _new(_cls, ({''.join(f'{name},' for name in cls._fields)}))"
            cls.__new__ = eval(code, names)  # noqa: S307 made of field names, as in collections.namedtuple
            return cls.__new__(cls, *values, **named)

        @classmethod
        def _make(cls, values: Iterable[Any]) -> Any:
            return tuple.__new__(cls, values)

        def _replace(self, /, **named: Any) -> Any:
            changed = [named.pop(field, value) for field, value in zip(self._fields, self, strict=True)]
            if named:
                raise TypeError(f"got unexpected field names: {list(named)}")
            return tuple.__new__(type(self), changed)

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            shown = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({shown})"


def lazy_pattern(text: AnyStr) -> re.Pattern[AnyStr]:
    """Give a regular expression that is compiled when it is first used; flags stand in its text."""
    return _Pattern(text)  # type: ignore[return-value]  # it is one as soon as it is asked for a method


class _Pattern:
    def __init__(self, text: str | bytes) -> None:
        self.text = text

    def __getattr__(self, name: str) -> Any:
        """Compile, and keep the method that was asked for in place of this."""
        import re

        method = self.__dict__[name] = getattr(re.compile(self.text), name)
        return method


def remembered(most: int) -> Callable[[Callable[[Key], Value]], Callable[[Key], Value]]:
    """Give a decorator for a function of one argument: its results are kept, all dropped when there are too many."""
    return lambda function: _Memory(function, most).__getitem__


class _Memory(dict["Key", "Value"]):
    def __init__(self, function: Callable[[Key], Value], most: int) -> None:
        self.function = function
        self.most = most

    def __missing__(self, key: Key) -> Value:
        if len(self) >= self.most:
            self.clear()
        value = self[key] = self.function(key)
        return value


def lazy_exports(package: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """Give the `__getattr__` of a package that imports its modules when one of their names is asked for.

    In: module of the package -> the names that the package gives from it.
    """
    home_of = {name: f"{package}.{home}" for home, names in homes.items() for name in names}

    def find(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(__import__(home_of[name], fromlist=[name]), name)

    return find
