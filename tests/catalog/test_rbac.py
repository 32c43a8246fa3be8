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


def test_on_openshift_only_accounts_with_a_fixed_user_are_allowed_one() -> None:
    built = build_all("openshift")
    fixed = {
        pod.spec.get("serviceAccountName", "default")
        for pod in pods(built)
        if {"runAsUser", "runAsGroup", "fsGroup"} & pod.spec["securityContext"].keys()
    }
    assert fixed == {"ambassador", "jupyter-hub"}
    allowed = {
        subject["name"]
        for binding in of_kind(built, "RoleBinding")
        if binding["roleRef"]["name"] == "system:openshift:scc:anyuid"
        for subject in binding["subjects"]
    }
    assert allowed == fixed
    assert find(built, "Route", "ambassador")["spec"]["to"]["name"] == "ambassador"
