"""What a ServiceAccount may do, computed from roles and bindings. No question is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kfinstall.doctor.kinds import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.resource import GroupKind, Manifest


class Account(NamedTuple):
    """A ServiceAccount."""

    namespace: str
    name: str

    @property
    def user(self) -> str:
        """Give the name that the API server has for it."""
        return f"system:serviceaccount:{self.namespace}:{self.name}"

    @property
    def groups(self) -> tuple[str, ...]:
        """Give the groups that it is in."""
        return ("system:serviceaccounts", f"system:serviceaccounts:{self.namespace}", "system:authenticated")


class Need(NamedTuple):
    """A right: to use a verb on a resource (`pods`, `tfjobs/status`) of a group; `name` for one resource alone."""

    verb: str
    group: str
    resource: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}{'.' + self.group if self.group else ''}"


def may(account: Account, need: Need, namespace: str, snapshot: Snapshot) -> bool:
    """Does any role that the account is bound to in this namespace, or everywhere, give the right?

    Source: kubernetes v1.36, pkg/registry/rbac/validation/rule.go.
    """
    return any(gives(rule, need) for rule in _rules_of(account, namespace, snapshot))


def _rules_of(account: Account, namespace: str, snapshot: Snapshot) -> Iterator[Mapping[str, Any]]:
    for kind, where in ((CLUSTER_ROLE_BINDING, ""), (ROLE_BINDING, namespace)):
        for binding in snapshot.in_namespace(kind, where):
            if is_bound(binding, account):
                yield from _rules_behind(binding, where, snapshot)


def is_bound(binding: Manifest, account: Account) -> bool:
    """Does a binding name the account, its name as a user, or a group that it is in?"""
    return any(_is_meant(subject, account, binding) for subject in binding.get("subjects") or ())


def _is_meant(subject: Mapping[str, Any], account: Account, binding: Manifest) -> bool:
    if subject.get("kind") == "ServiceAccount":
        namespace = subject.get("namespace") or part(binding, "metadata").get("namespace")
        return (namespace, subject.get("name")) == account
    if subject.get("kind") == "Group":
        return subject.get("name") in account.groups
    return subject.get("kind") == "User" and subject.get("name") == account.user


def _rules_behind(binding: Manifest, namespace: str, snapshot: Snapshot) -> Sequence[Mapping[str, Any]]:
    reference = part(binding, "roleRef")
    kind: GroupKind = ROLE if reference.get("kind") == "Role" else CLUSTER_ROLE
    role = snapshot.get(kind, namespace if kind == ROLE else "", str(reference.get("name")))
    return (role or {}).get("rules") or ()


def gives(rule: Mapping[str, Any], need: Need) -> bool:
    """Does one rule of a role give a right?"""
    names = rule.get("resourceNames") or ()
    return (
        _has(rule.get("verbs"), need.verb)
        and _has(rule.get("apiGroups"), need.group)
        and _has_resource(rule.get("resources"), need.resource)
        and (not names or need.name in names)
    )


def _has(given: Sequence[str] | None, wanted: str) -> bool:
    return any(one in ("*", wanted) for one in given or ())


def _has_resource(given: Sequence[str] | None, wanted: str) -> bool:
    _, slash, below = wanted.partition("/")
    return _has(given, wanted) or (bool(slash) and _has(given, f"*/{below}"))


def is_everything(rule: Mapping[str, Any]) -> bool:
    """Does a rule give every verb on every resource?"""
    return all("*" in (rule.get(field) or ()) for field in ("verbs", "resources", "apiGroups"))
