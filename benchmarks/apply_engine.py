"""`kfinstall apply` beside kubectl, Helm and Flux: the same manifests on the same cluster, in turn, requests counted.

Each installs, applies again without a change, changes one image, and deletes; then the next one does, on a cluster that
was emptied. Beside them a client that only sends the same objects and waits: what the API server needs in any case.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from benchmarks import flux, installers, objects, peers
from benchmarks.installers import STEPS, Installer, Manifests
from benchmarks.installs import FailedRunError
from benchmarks.processes import Cost
from benchmarks.proxy import Counting, counting
from kfinstall import localplane
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.cluster.listing import PAGE_SIZE
from kfinstall.resource import GroupKind, ResourceId, id_of

SIZES: Final = (100, 1000, 5000)
OURS: Final = "kfinstall"
ONCE: Final = 1000
"""From this size on everything is done once: it takes long enough."""
EMPTY_WITHIN_S: Final = 1800.0
SETTLE_S: Final = 6.0
"""The namespace controller looks at a namespace five seconds after each of its changes, and a look that is still due
counts for the next one of that name: who deletes soon after another would be spared its own five seconds."""
HEAD: Final = f"{'':<30}{'installer':<30}{'wall':>10}{'CPU':>9}{'peak':>9}{'requests':>10}{'ours/its':>10}"


class Spent(NamedTuple):
    """What a step took one installer, and the requests it sent."""

    cost: Cost
    requests: int


class Failed(NamedTuple):
    """A step that an installer did not manage: the last that it said."""

    reason: str


class Bench(NamedTuple):
    """A cluster with all that is measured on it."""

    cluster: ApiCluster
    proxy: Counting
    installers: Sequence[Installer]


def report(rounds: int, sizes: Sequence[int]) -> Iterator[str]:
    """Measure, and give the lines of the report, each as soon as it is known."""
    yield HEAD
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bench = _set_up(stack, scratch)
        for count in sizes:
            manifests = write(scratch / str(count), count)
            spent = measure(bench, manifests, 1 if count >= ONCE else rounds)
            yield from table(f"{count} objects", spent)
            yield from verdicts(count, spent)


def _set_up(stack: ExitStack, scratch: Path) -> Bench:
    helm, controller, definitions = peers.helm(), peers.kustomize_controller(), peers.flux_definitions()
    plane = stack.enter_context(localplane.up("gke"))
    proxy = stack.enter_context(counting(plane.kubeconfig, scratch))
    (scratch / "flux").mkdir()
    running = flux.running(controller, definitions, plane.kubeconfig, proxy.kubeconfig, scratch / "flux")
    found: list[Installer] = [
        installers.kfinstall(proxy.kubeconfig),
        installers.kubectl(proxy.kubeconfig),
        installers.helm(helm, proxy.kubeconfig),
        stack.enter_context(running),
        *installers.bare(proxy.kubeconfig),
    ]
    return Bench(stack.enter_context(connect(plane.kubeconfig)), proxy, found)


def write(folder: Path, count: int) -> Manifests:
    """Write the manifests of one size, and the charts of them."""
    first = objects.write(folder / "first", count)
    changed = objects.write(folder / "changed", count, changed_image=True)
    for file in (first, changed):
        installers.write_chart(file)
    return Manifests(first, changed)


Measured = Mapping[tuple[str, str], Spent | Failed]
"""(step, installer) -> the medians of the rounds, or why there are none."""


def measure(bench: Bench, manifests: Manifests, rounds: int) -> Measured:
    """Let each installer do its steps, in turn, as often as there are rounds; say how far it is, for that takes long.

    One that fails is not asked again, and its row says why.
    Raises: FailedRunError when ours fails.
    """
    all_rounds: dict[tuple[str, str], list[Spent]] = {}
    failed: dict[tuple[str, str], Failed] = {}
    for _ in range(rounds):
        for installer in bench.installers:
            if installer.name in {name for _, name in failed}:
                continue
            for step in installer.steps():
                spent = _spend(bench, installer, step, manifests)
                if isinstance(spent, Failed):
                    failed[step, installer.name] = spent
                    break
                all_rounds.setdefault((step, installer.name), []).append(spent)
            empty(bench.cluster)
    return {**{key: _medians(values) for key, values in all_rounds.items()}, **failed}


def _spend(bench: Bench, installer: Installer, step: str, manifests: Manifests) -> Spent | Failed:
    bench.proxy.take()
    spent: Spent | Failed
    try:
        cost = installer.run(step, manifests)
        spent = Spent(cost, sum(bench.proxy.take().values()))
    except FailedRunError as error:
        if installer.name == OURS:
            raise
        spent = Failed(" ".join(str(error).split()))
    print(f"  {installer.name}, {step}:{_numbers(spent)}", file=sys.stderr, flush=True)
    return spent


def _numbers(spent: Spent | Failed) -> str:
    if isinstance(spent, Failed):
        return f"  failed: {spent.reason}"
    cost, requests = spent
    return f"{cost.wall_s:>9.2f}s{cost.cpu_s:>8.2f}s{cost.peak_mib:>6.0f}MiB{requests:>10}"


def _medians(values: Sequence[Spent]) -> Spent:
    costs = zip(*(one.cost for one in values), strict=True)
    return Spent(Cost(*map(median, costs)), int(median(one.requests for one in values)))


def empty(cluster: ApiCluster) -> None:
    """Take away what is still there, and wait until it is gone; also what one that failed has left of itself."""
    for manifest in cluster.list(GroupKind("", "Secret"), installers.RECORDS, "owner=helm"):
        cluster.delete(id_of(manifest))
    for manifest in cluster.list(flux.KUSTOMIZATION.group_kind):
        cluster.update({**manifest, "metadata": {**manifest["metadata"], "finalizers": []}})
        cluster.delete(id_of(manifest))
    names = [f"bench-{n}" for n in range(objects.NAMESPACES)]
    for name in names:
        cluster.delete(ResourceId("", "Namespace", "", name))
    give_up_s = time.perf_counter() + EMPTY_WITHIN_S
    while any(one["metadata"]["name"] in names for one in cluster.list(GroupKind("", "Namespace"))):
        if time.perf_counter() > give_up_s:
            raise FailedRunError(f"the cluster is not empty after {EMPTY_WITHIN_S:.0f} s")
        time.sleep(0.2)
    time.sleep(SETTLE_S)


def table(title: str, measured: Measured) -> Iterator[str]:
    """Lay out a row an installer and step, with our wall time in shares of its."""
    ours = _successes(measured)
    for step in STEPS:
        what = f"{title}, {step}"
        for (at, name), spent in measured.items():
            if at == step:
                ratio = "" if name == OURS or isinstance(spent, Failed) else f"{_ratio(ours[step, OURS], spent):.2f}"
                yield f"{what if name == OURS else '':<30}{name:<30}{_numbers(spent)}{ratio:>10}".rstrip()


def _successes(measured: Measured) -> Mapping[tuple[str, str], Spent]:
    return {key: spent for key, spent in measured.items() if isinstance(spent, Spent)}


def _ratio(one: Spent, other: Spent) -> float:
    return one.cost.wall_s / other.cost.wall_s


def verdicts(count: int, measured: Measured) -> Iterator[str]:
    """Say what of that meets its target."""
    for said, is_met in _targets(count, measured):
        yield f"  {'met' if is_met else 'NOT MET':<9}{said}"


def _targets(count: int, measured: Measured) -> Iterator[tuple[str, bool]]:
    spent = _successes(measured)
    ours = {step: spent[step, OURS] for step in STEPS}
    others = {key: one for key, one in spent.items() if key[1] != OURS}
    for (_, name), one in ((key, one) for key, one in others.items() if key[1].startswith("bare")):
        ratio = _ratio(ours[STEPS[0]], one)
        yield f"first install at most 1.2 of the {name}: {ratio:.2f}", ratio <= 1.2
    peers = {key: one for key, one in others.items() if not key[1].startswith("bare")}
    behind = [f"{step} ({name})" for (step, name), one in peers.items() if _ratio(ours[step], one) >= 1]
    yield f"ahead of every peer in each row{': not in ' + ', '.join(behind) if behind else ''}", not behind
    again = ours[STEPS[1]]
    if count <= PAGE_SIZE:
        yield f"unchanged: at most {objects.KINDS + 5} requests: {again.requests}", again.requests <= objects.KINDS + 5
    if count == 1000:
        yield f"unchanged: within 1 s: {again.cost.wall_s:.2f} s", again.cost.wall_s <= 1.0
    peak = max(one.cost.peak_mib for one in ours.values())
    yield f"memory under 200 MB: {peak * 1.048576:.0f} MB", peak * 1.048576 < 200
