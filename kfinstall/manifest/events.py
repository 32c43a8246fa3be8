"""What stands around libyaml: UTF-8, cutting a file into documents, mistakes as InputErrors at their line."""

from __future__ import annotations

from yaml.error import MarkedYAMLError, YAMLError

from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.resource import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 200
LONG_TAG = "tag:yaml.org,2002:"
SEPARATOR = b"\n---"
HINTS = {
    "cannot start any token": "indent with spaces, not with tabs",
    "a tab character": "indent with spaces, not with tabs",
    "mapping values are not allowed": "put text that holds ': ' in quotes",
    "block sequence entries are not allowed": "put the list on its own lines below the key",
    "could not find expected ':'": "is the line indented too little, or a ':' missing?",
    "did not find expected key": "is the line indented as its neighbours, and quotes closed?",
    "unknown escape character": "write the character without a backslash, or the backslash twice",
    "special characters are not allowed": "remove the control character",
    "did not find expected <document start>": "is the line indented too little, or '---' missing before it?",
}
OTHER_HINT = "look at the line and the one before it: indentation, quotes, ':' and '-'"


class Chunk(NamedTuple):
    """The bytes between two `---` lines, and the line of the file they start at."""

    content: bytes
    first_line: int


def encode(text: str | bytes, path: str) -> bytes:
    """Give UTF-8 with Unix line ends.

    Raises: InputError for what is no UTF-8, at its line.
    """
    try:
        content = text.encode() if isinstance(text, str) else text
        content.decode()
    except UnicodeError as error:
        raise _not_utf8(error, text, path) from None
    return content.replace(b"\r\n", b"\n") if b"\r" in content else content


def split_documents(content: bytes, path: str, first_line: int = 1) -> Iterator[Chunk]:
    """Cut at the lines that start with `---`, as kustomize does before it reads any YAML.

    Raises: InputError for a separator with something behind it.
    Source: kyaml v0.21.1, kio/byteio_reader.go.
    """
    start, line = 0, first_line
    while (found := content.find(SEPARATOR, start)) >= 0 and (end := content.find(b"\n", found + 1)) >= 0:
        behind = content[found + len(SEPARATOR) : end].strip()
        next_line = line + content.count(b"\n", start, found) + 1
        if behind and not behind.startswith(b"#"):
            shown = content[found:end].strip().decode()
            raise InputError(f"invalid document separator '{shown}'", origin=Origin(path, next_line), hint=NO_CONTENT)
        yield Chunk(content[start : found + 1], line)
        start, line = end + 1, next_line + 1
    yield Chunk(content[start:], line)


NO_CONTENT = "start the document on the next line"


class yaml_errors:  # noqa: N801 it reads as the statement it is
    """Turn libyaml's complaints into InputErrors at their line."""

    def __init__(self, chunk: Chunk, path: str) -> None:
        self.chunk = chunk
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, YAMLError):
            raise yaml_error(problem, self.chunk, self.path) from None


def yaml_error(error: YAMLError, chunk: Chunk, path: str) -> InputError:
    """Give libyaml's complaint as an InputError at its line."""
    line, message = chunk.first_line, str(error).splitlines()[0]
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        last = chunk.content.rstrip().count(b"\n")
        line, message = line + (min(mark.line, last) if mark else 0), str(error.problem)
    elif hasattr(error, "position"):  # a yaml.reader.ReaderError, which costs much to import
        line, message = line + chunk.content.count(b"\n", 0, error.position), str(getattr(error, "reason", ""))
    hint = next((text for part, text in HINTS.items() if part in message), OTHER_HINT)
    return InputError(f"not YAML: {message}", origin=Origin(path, line), hint=hint)


def _not_utf8(error: UnicodeError, text: str | bytes, path: str) -> InputError:
    start = error.start if isinstance(error, UnicodeDecodeError | UnicodeEncodeError) else 0
    line = text[:start].count("\n" if isinstance(text, str) else b"\n") + 1  # type: ignore[arg-type]
    return InputError("not UTF-8 text", origin=Origin(path, line), hint="save the file as UTF-8")
