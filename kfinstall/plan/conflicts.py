"""What to do where someone else manages a field that we want otherwise, per run, per resource and per field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

Policy: TypeAlias = Literal["fail", "force", "yield"]
ON_CONFLICT: Final = "kfinstall.dev/on-conflict"
POLICIES: Final[tuple[Policy, ...]] = get_args(Policy)


class Rules(NamedTuple):
    """The policy of a resource, and of fields of it, named as a conflict names them."""

    default: Policy
    by_field: tuple[tuple[str, Policy], ...] = ()

    @property
    def always_forces(self) -> bool:
        """Is no conflict to stop or change anything?"""
        return self.default == "force" and all(policy == "force" for _, policy in self.by_field)

    def policy_of(self, field: str) -> Policy:
        """Give the policy of the longest named field that a field is, or stands in."""
        found = [(len(name), policy) for name, policy in self.by_field if _is_in(field, name)]
        return max(found)[1] if found else self.default


def _is_in(field: str, name: str) -> bool:
    return field == name or field.startswith((f"{name}.", f"{name}["))


def conflict_rules(manifest: Mapping[str, Any], default: Policy = "fail") -> Rules:
    """Read `fail`, `force`, `yield`, or `FIELD=…` for one field; several with `;` between them.

    In:      `default`: the policy of the run, for what the manifest says nothing of.
    Raises:  ValueError for another word.
    """
    text = ((manifest.get("metadata") or {}).get("annotations") or {}).get(ON_CONFLICT)
    statements = [statement.strip().rpartition("=") for statement in str(text).split(";")] if text is not None else []
    by_field = tuple((f".{name.strip().lstrip('.')}", _policy(word)) for name, is_field, word in statements if is_field)
    whole = [_policy(word) for _, is_field, word in statements if not is_field]
    return Rules(whole[-1] if whole else default, by_field)


def _policy(word: str) -> Policy:
    for policy in POLICIES:
        if word.strip() == policy:
            return policy
    raise ValueError(f"{ON_CONFLICT} has '{word.strip()}'; it may be: {', '.join(POLICIES)}, alone or after FIELD=")
