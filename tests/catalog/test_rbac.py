"""Who may do what: every binding leads from an account that exists to a role that exists, and no role is wide open."""

from __future__ import annotations

from tests.catalog.manifests import Manifest, build_all, find, names, of_kind, pods

PROVIDED = {"system:openshift:scc:anyuid", "system:openshift:scc:nonroot-v2"}  # by OpenShift
WILD = {"Role/ambassador"}  # reads all kinds of its own API group


def test_every_binding_names_an_account_of_the_overlay_with_its_namespace(wide: tuple[Manifest, ...]) -> None:
    accounts = names(wide, "ServiceAccount")
    for binding in of_kind(wide, "RoleBinding", "ClusterRoleBinding"):
        for subject in binding["subjects"]:
            assert subject["kind"] == "ServiceAccount"
            assert (subject["namespace"], subject["name"]) in accounts, binding["metadata"]["name"]


def test_every_binding_names_a_role_that_exists(wide: tuple[Manifest, ...]) -> None:
    for binding in of_kind(wide, "RoleBinding", "ClusterRoleBinding"):
        role = binding["roleRef"]
        namespace = binding["metadata"].get("namespace", "") if role["kind"] == "Role" else ""
        assert role["name"] in PROVIDED or (namespace, role["name"]) in names(wide, role["kind"]), role


def test_every_role_is_bound(wide: tuple[Manifest, ...]) -> None:
    bound = {(b["roleRef"]["kind"], b["roleRef"]["name"]) for b in of_kind(wide, "RoleBinding", "ClusterRoleBinding")}
    roles = {(role["kind"], role["metadata"]["name"]) for role in of_kind(wide, "Role", "ClusterRole")}
    assert roles == bound - {("ClusterRole", name) for name in PROVIDED}


def test_no_role_allows_everything(base: tuple[Manifest, ...]) -> None:
    for role in of_kind(base, "Role", "ClusterRole"):
        for rule in role["rules"]:
            assert "*" not in rule["verbs"] + rule["apiGroups"]
            if "*" in rule["resources"]:
                assert f"{role['kind']}/{role['metadata']['name']}" in WILD
                assert set(rule["verbs"]) == {"get", "list", "watch"}


def test_nobody_reads_the_secrets_of_all_namespaces(base: tuple[Manifest, ...]) -> None:
    for role in of_kind(base, "ClusterRole"):
        for rule in role["rules"]:
            assert "secrets" not in rule["resources"] or rule.get("resourceNames"), role["metadata"]["name"]


def test_pods_without_rights_carry_no_token(base: tuple[Manifest, ...]) -> None:
    for pod in pods(base):
        assert ("serviceAccountName" in pod.spec) != (pod.spec.get("automountServiceAccountToken") is False), pod.name


OF_OTHERS = {"metacontroller": "what it makes belongs to kinds of one's own, which its README allows"}
MAKES = {"pods", "services", "deployments", "statefulsets", "configmaps", "jobs"}


def test_a_controller_may_update_the_finalizers_of_the_kinds_it_makes_things_for() -> None:
    """OpenShift lets nobody else make a pod that belongs to an object and holds up its deletion."""
    built = build_all("openshift")
    own = {crd["spec"]["names"]["plural"] for crd in of_kind(built, "CustomResourceDefinition")}
    for name, allowed in allowed_to(built).items():
        makes = any(("create", what) in allowed for what in MAKES)
        serves = {kind for kind in own if ("watch", kind) in allowed and ("update", f"{kind}/status") in allowed}
        missing = {kind for kind in serves if ("update", f"{kind}/finalizers") not in allowed}
        assert not makes or not missing or name in OF_OTHERS, (name, missing)


def test_every_operator_of_training_jobs_is_among_them() -> None:
    allowed = allowed_to(build_all("openshift"))
    kinds = {"tf-job-operator": "tfjobs", "pytorch-operator": "pytorchjobs", "mpi-operator": "mpijobs"}
    kinds |= {"xgboost-operator": "xgboostjobs", "paddle-operator": "paddlejobs", "argo": "workflows"}
    for account, kind in kinds.items():
        assert ("create", "pods") in allowed[account]
        assert ("update", f"{kind}/finalizers") in allowed[account]


def allowed_to(built: tuple[Manifest, ...]) -> dict[str, set[tuple[str, str]]]:
    """Give, for each account, what its roles allow: verb and resource."""
    rules = {(role["kind"], role["metadata"]["name"]): role["rules"] for role in of_kind(built, "Role", "ClusterRole")}
    allowed: dict[str, set[tuple[str, str]]] = {}
    for binding in of_kind(built, "RoleBinding", "ClusterRoleBinding"):
        for rule in rules.get((binding["roleRef"]["kind"], binding["roleRef"]["name"]), ()):
            pairs = {(verb, resource) for verb in rule["verbs"] for resource in rule["resources"]}
            allowed.setdefault(binding["subjects"][0]["name"], set()).update(pairs)
    return allowed


def test_on_openshift_only_accounts_with_a_fixed_user_are_allowed_one() -> None:
    built = build_all("openshift")
    fixed = {
        pod.spec.get("serviceAccountName", "default")
        for pod in pods(built)
        if {"runAsUser", "runAsGroup", "fsGroup"} & pod.spec["securityContext"].keys()
    }
    assert fixed - {"local-path"} == {"ambassador", "jupyter-hub"}  # in kube-system constraints do not hold
    allowed = {
        subject["name"]
        for binding in of_kind(built, "RoleBinding")
        if binding["roleRef"]["name"] == "system:openshift:scc:anyuid"
        for subject in binding["subjects"]
    }
    assert allowed == {"ambassador", "jupyter-hub"}
    assert find(built, "Route", "ambassador")["spec"]["to"]["name"] == "ambassador"
