"""Secrets that everybody could read who reads the repository. No value is ever in what is said about them.

What is encrypted (SOPS), sealed (SealedSecret) or only named (ExternalSecret) passes; so does a Secret that holds
nothing, for a controller or the token controller to fill.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kfinstall.errors import InputError, raise_all
from kfinstall.plan.takeover import LAST_APPLIED
from kfinstall.plan.templates import SECRET
from kfinstall.resource import Manifest, Resource

FIELDS = ("data", "stringData")
SOPS: Final = "sops"
ENCRYPTED: Final = "ENC["
"""How each value begins that SOPS has encrypted. Source: SOPS v3, aes/cipher.go."""

HINT = (
    "encrypt it with SOPS, use a SealedSecret or an ExternalSecret in its place, or let a Job in the cluster make it; "
    "see docs/gitops/rendered.md"
)


def check_no_clear_secrets(resources: Sequence[Resource]) -> None:
    """See that no Secret shows what it holds.

    Raises:  InputError for each that does, with its origin and the names of the keys: one, or a group.
    """
    raise_all(error for resource in resources if (error := _error(resource)))


def _error(resource: Resource) -> InputError | None:
    if resource.gvk.group_kind != SECRET:
        return None
    shown = list(_shown(resource.manifest))
    if not shown:
        return None
    what = "is encrypted but for" if SOPS in resource.manifest else "would be rendered in clear:"
    return InputError(f"{resource.id} {what} {', '.join(shown)}", origin=resource.origin, hint=HINT)


def _shown(manifest: Manifest) -> Iterator[str]:
    """Name the fields of a Secret that show something."""
    is_encrypted = SOPS in manifest
    for field in FIELDS:
        values = manifest.get(field)
        if values and not isinstance(values, Mapping):
            yield field
            continue
        yield from (f"{field}.{key}" for key, value in (values or {}).items() if _shows(value, is_encrypted))
    if (manifest["metadata"].get("annotations") or {}).get(LAST_APPLIED):
        yield f"the annotation {LAST_APPLIED}"


def _shows(value: Any, is_encrypted: bool) -> bool:
    if value in (None, ""):
        return False
    return not (is_encrypted and isinstance(value, str) and value.startswith(ENCRYPTED))
