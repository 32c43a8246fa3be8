"""An installer as a process of its own, to be killed or stopped: `python -m tests.apply.child KUBECONFIG NAMESPACE`."""

from __future__ import annotations

import sys

from kfinstall.apply import Options
from kfinstall.cluster import connect
from tests.apply.real import apply, delete, twelve_in


def main(kubeconfig: str, namespace: str, what: str) -> int:
    """Apply or delete the set of twelve; 0 when all went well."""
    with connect(kubeconfig, request_timeout_s=5) as cluster:
        if what == "delete":
            outcome = delete(cluster, namespace, Options(timeout_s=60, delete_data=True))
        else:
            outcome = apply(cluster, namespace, twelve_in(namespace), Options(timeout_s=60, lock_ttl_s=9))
    print(outcome.texts)
    return len(outcome.errors)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
