"""Rights that are missing or too many."""

from __future__ import annotations

from tests.doctor.faults.scheduling import deployment
from tests.doctor.matrix import Fault


def role(verbs: str, binding: str = "jupyter-role", labels: str = "{}") -> str:
    """Give a role of the hub, with these verbs on claims, bound to its ServiceAccount."""
    return f"""
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: jupyter-hub}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: jupyter-role}}
rules:
- {{apiGroups: [""], resources: [pods], verbs: ["*"]}}
- {{apiGroups: [""], resources: [persistentvolumeclaims], verbs: [{verbs}]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: {binding}, labels: {labels}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: jupyter-role}}
subjects: [{{kind: ServiceAccount, name: jupyter-hub}}]
"""


HUB = deployment("serviceAccountName: jupyter-hub, ", name="tf-hub").replace(
    "{name: tf-hub}", "{name: tf-hub, labels: {kfinstall.dev/component: jupyter}}", 1
)
REQUESTS = '{requests: {cpu: "10m", memory: 10Mi}}'
ALL_RIGHTS = """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: everything, labels: {kfinstall.dev/component: jupyter}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: jupyter-hub}]
"""


FAULTS = (
    Fault(
        "account-missing",
        "KF203",
        "ServiceAccount {ns}/web",
        deployment("serviceAccountName: web, "),
        says=("no pod of deployment/web can be made", "kubectl -n {ns} create serviceaccount web"),
        also=("KF706", "KF707"),
    ),
    Fault(
        "hub-without-claims",
        "KF204",
        "ServiceAccount {ns}/jupyter-hub",
        HUB.replace("resources: {}", f"resources: {REQUESTS}") + role("get, list"),
        says=("may not create persistentvolumeclaims; deployment/tf-hub needs it",),
    ),
    Fault(
        "cluster-admin",
        "KF205",
        "RoleBinding {ns}/everything",
        role("get, create") + ALL_RIGHTS,
        says=("ServiceAccount 'jupyter-hub' may do everything (cluster-admin)",),
    ),
)
