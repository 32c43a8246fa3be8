"""What has to be fetched: repositories and files that a kustomization names, behind a protocol."""

from __future__ import annotations

from kfinstall.build.repository import without_secrets
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kfinstall.build.repository import Repository
    from kfinstall.resource import Origin

REMOTE_HINT = "download it into your tree and name the folder or the file"


class FetchError(InputError):
    """A file could not be had over HTTP; `status` is what the server answered, 0 when it did not."""

    def __init__(self, message: str, *, origin: Origin | None = None, hint: str = "", status: int = 0) -> None:
        super().__init__(message, origin=origin, hint=hint)
        self.status = status


class Remotes(Protocol):
    """Where repositories and files are fetched from.

    Raises: InputError at `origin`, for what cannot be had; it never shows what may be secret in a name.
    """

    def clone(self, repository: Repository, origin: Origin | None) -> str:
        """Give the real path of a folder that holds the repository, at the ref it asks for."""

    def fetch(self, url: str, origin: Origin | None) -> bytes:
        """Give the content of a file."""


class NoRemotes:
    """Nothing is fetched: what is remote is a mistake."""

    def clone(self, repository: Repository, origin: Origin | None) -> str:
        """Refuse."""
        raise _remote_error(repository.written, origin)

    def fetch(self, url: str, origin: Origin | None) -> bytes:
        """Refuse."""
        raise _remote_error(url, origin)


def _remote_error(name: str, origin: Origin | None) -> InputError:
    return InputError(f"'{without_secrets(name)}' is remote: nothing is fetched here", origin=origin, hint=REMOTE_HINT)
