"""Faults that are really made on a control plane, and what `doctor` must say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import NamedTuple

from kfinstall.cluster.api import ApiCluster
from kfinstall.doctor import Finding, Report, Severity, Snapshot, judge
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.collect import collect
from kfinstall.doctor.formats.words import name_of
from kfinstall.manifest import parse_documents
from kfinstall.resource import Manifest, Origin, Resource, ResourceId
from tests.e2e.sites import Site
from tests.localplane.waiting import eventually


class Place(NamedTuple):
    """Where a fault is made: a namespace of its own, on the shared control plane."""

    namespace: str
    cluster: ApiCluster
    site: Site

    def kubectl(self, *arguments: object, stdin: str | None = None) -> str:
        return self.site.kubectl("-n", self.namespace, *arguments, stdin=stdin)

    def status(self, kind: str, name: str, status: str) -> None:
        """Write a status that no controller here writes; `status` is JSON."""
        patch = f'{{"status": {status}}}'
        self.kubectl("patch", kind, name, "--subresource=status", "--type=merge", "-p", patch)

    def event(self, reason: str, message: str, kind: str, name: str, **more: str) -> None:
        """Write an event as a kubelet does, about something that is there."""
        uid = self.kubectl("get", kind, name, "-o", "jsonpath={.metadata.uid}")
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        about = {"kind": kind, "namespace": self.namespace, "name": name, "uid": uid}
        event: Manifest = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{name}-{reason.lower()}", "namespace": self.namespace},
            "involvedObject": about,
            "reason": reason,
            "message": message,
            "type": more.get("type", "Warning"),
            "source": {"component": "kubelet"},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 7,
        }
        self.cluster.create(event)


def nothing_more(place: Place) -> None:
    """The manifests are the fault."""


@dataclass(frozen=True)
class Fault:
    """One fault. `{ns}` in its texts is its namespace.

    `check` must be found about `subject` (`Kind ns/name`, `*` for what differs from run to run), with `says` in message
    or hint; `also` are checks that rightly say something of it too. `make` does what manifests cannot. `rendered`: the
    fault is in what is to be installed, for the platform `chosen`, and is judged against the same cluster. `later_s`:
    it is judged as of so many seconds from now, since it takes that long to be one. One with `undo` concerns the whole
    cluster: it is made alone, when the others were looked at, and taken back.
    """

    name: str
    check: str
    subject: str
    manifests: str = ""
    says: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    make: Callable[[Place], None] = nothing_more
    rendered: str = ""
    chosen: str = ""
    later_s: float = 0.0
    undo: Callable[[Place], object] | None = None

    @property
    def namespace(self) -> str:
        return f"fault-{self.name}"

    @property
    def is_apart(self) -> bool:
        """Is it judged alone, and not as the cluster is now?"""
        return bool(self.rendered or self.later_s)

    def filled(self, text: str) -> str:
        return text.replace("{ns}", self.namespace)

    def is_found_by(self, findings: Iterable[Finding]) -> bool:
        for one in findings:
            told = f"{one.message} {one.hint}"
            if one.check == self.check and self._is_about(one):
                return all(self.filled(words) in told for words in self.says)
        return False

    def explains(self, finding: Finding) -> bool:
        """Is it this fault that a finding is about?"""
        if finding.check not in {self.check, *self.also}:
            return False
        places = {id.namespace for id in (finding.subject, *finding.affects)}
        return self.namespace in places or self._is_about(finding)

    def _is_about(self, finding: Finding) -> bool:
        return fnmatchcase(name_of(finding.subject), self.filled(self.subject))


def make_all(faults: Iterable[Fault], site: Site, cluster: ApiCluster) -> None:
    """Make the faults, several at a time, each in its namespace."""
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda fault: _make(fault, site, cluster), faults))


def take_back(fault: Fault, site: Site, cluster: ApiCluster) -> None:
    """Undo a fault that concerns the whole cluster."""
    if fault.undo is not None:
        fault.undo(Place(fault.namespace, cluster, site))


def _make(fault: Fault, site: Site, cluster: ApiCluster) -> None:
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": fault.namespace}})
    account = ResourceId("", "ServiceAccount", fault.namespace, "default")
    eventually(lambda: cluster.get(account))  # without it a pod is refused
    for manifest in documents(fault, fault.manifests):
        cluster.apply(manifest, force=True)
    fault.make(Place(fault.namespace, cluster, site))


def documents(fault: Fault, text: str) -> Iterator[Manifest]:
    """Give the manifests of a fault's text, in its namespace unless they name one or live in none."""
    for document in parse_documents(fault.filled(text), fault.name):
        metadata = document.manifest["metadata"]
        if metadata.pop("scope", "") != "cluster":
            metadata.setdefault("namespace", fault.namespace)
        yield document.manifest


def look(cluster: ApiCluster) -> tuple[Snapshot, Report]:
    """Let `doctor` look at the whole cluster, as the command does."""
    cluster.kinds(refresh=True)
    snapshot = collect(cluster, CHECKS, datetime.now(UTC))
    return snapshot, judge(snapshot, CHECKS)


def everything(report: Report) -> list[Finding]:
    """Give all findings, symptoms too."""
    return [one for root in report.findings for one in (root, *root.symptoms)]


def found_apart(fault: Fault, snapshot: Snapshot) -> list[Finding]:
    """Give what its check finds when the fault's render is to be installed on the same cluster, or time has passed."""
    resources = tuple(Resource(one, Origin(fault.name)) for one in documents(fault, fault.rendered))
    now = snapshot.now + timedelta(seconds=fault.later_s)
    other = replace(snapshot, now=now, rendered=resources if fault.rendered else None, chosen=fault.chosen)
    return everything(judge(other, [one for one in CHECKS if one.id == fault.check]))


def false_findings(report: Report, faults: Iterable[Fault]) -> list[Finding]:
    """Give the errors and warnings that no fault explains."""
    known = tuple(faults)
    told = [one for one in report.findings if one.severity is not Severity.INFO]
    return [one for one in told if not any(fault.explains(one) for fault in known)]


def table(found: Mapping[Fault, bool], false: Iterable[Finding]) -> str:
    """Give the matrix: each fault, the check it is for, whether it was found; then the sums."""
    wrong = list(false)
    rows = [
        f"  {fault.check}  {fault.name:<36} {'found' if is_found else 'MISSED'}" for fault, is_found in found.items()
    ]
    sums = f"  {len(found)} faults made, {sum(found.values())} found, {len(wrong)} false findings"
    return "\n".join(["", "faults on the control plane:", *sorted(rows), sums, *(f"  false: {one}" for one in wrong)])
