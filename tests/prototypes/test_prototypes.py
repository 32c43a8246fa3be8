"""Prototypes: what is declared holds together, and each parameter changes what it is for.

What each value changes, field by field, is in tests/golden/prototypes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from kfinstall import catalog
from kfinstall.catalog.values import CHECKS
from kfinstall.errors import InputError
from kfinstall.health import Status, assess
from kfinstall.manifest import parse_documents
from kfinstall.prototypes import Prototype, Request, generate, parse_request, prototype, prototypes
from kfinstall.prototypes.folders import manifests_text
from kfinstall.prototypes.shaping import is_for, places_at
from tests.catalog.manifests import build, find, values_of
from tests.prototypes.making import made, settings_of, text_of

NAMES = [found.name for found in prototypes()]
REPLICAS = "tfReplicaSpecs"


@pytest.fixture(params=NAMES)
def found(request: pytest.FixtureRequest) -> Prototype:
    return prototype(request.param)


def test_there_is_a_prototype_for_each_workload_of_the_old_guides() -> None:
    assert NAMES == [
        "pipeline",
        "pytorch-job",
        "serving-client",
        "sweep",
        "tensorboard",
        "tf-cnn",
        "tf-job",
        "tf-serving",
        "tf-serving-canary",
        "workflow",
    ]


def test_a_prototype_is_called_as_its_folder_and_requires_components_that_exist(found: Prototype) -> None:
    assert (catalog.root() / "prototypes" / found.name / "manifests.yaml").is_file()
    assert [catalog.component(name).name for name in found.requires] == list(found.requires)


def test_a_default_is_good_for_its_own_type(found: Prototype) -> None:
    for one in found.parameters:
        default = one.default.replace("{name}", "mine")
        assert default == "" or CHECKS[one.type](default, one) == "", one.name
        assert (one.type == "enum") == bool(one.allowed)


def test_every_shape_is_for_something_that_is_there(found: Prototype) -> None:
    documents = list(YAML().load_all(manifests_text(found)))
    for shape in found.shapes:
        meant = [document for document in documents if is_for(shape, document)]
        assert meant, shape
        for path in (*shape.fields, *shape.removes):
            assert all(places_at(document, path) for document in meant), (shape, path)


def test_every_parameter_changes_the_manifests(found: Prototype) -> None:
    for label, without, with_value in settings_of(found):
        assert made(found.name, **with_value) != made(found.name, **without), label


def test_the_manifests_are_the_same_to_every_reader(found: Prototype) -> None:
    """Ours, PyYAML (YAML 1.1) and ruamel.yaml (YAML 1.2) read the same, whatever the words are."""
    for _, _, values in settings_of(found):
        text = text_of(found.name, **values)
        assert list(YAML(typ="safe").load_all(text)) == list(yaml.safe_load_all(text))


@pytest.mark.parametrize(
    "word", ["on", "1", "1.0", "0x1", "1e3", "null", "~", "#x", "a: b", "- a", "[a]", "'", '"', "é"]
)
def test_a_word_is_the_same_word_to_every_reader(word: str) -> None:
    quoted = word if word not in "'\"" else f"\\{word}"
    text = text_of("tf-job", args=f"'{word}'" if quoted == word else quoted)
    for read in (yaml.safe_load, YAML(typ="safe").load):
        assert read(text)["spec"][REPLICAS]["Chief"]["template"]["spec"]["containers"][0]["args"] == [word]


def test_names_in_the_manifests_are_the_workloads(found: Prototype) -> None:
    for manifest in made(found.name):
        assert manifest["metadata"]["name"].startswith("mine")


def test_resources_of_two_workloads_of_one_prototype_do_not_meet(found: Prototype) -> None:
    def names(name: str) -> set[tuple[str, str]]:
        return {(one["kind"], one["metadata"]["name"]) for one in made(found.name, name)}

    assert not names("one") & names("two")


def test_what_a_file_was_generated_by_stands_in_its_first_line(found: Prototype) -> None:
    for _, _, values in settings_of(found):
        request = Request(found.name, "mine", {}).changed(list(values.items()))
        assert parse_request(generate(request)) == request


def test_stock_kustomize_builds_what_is_generated(found: Prototype, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(text_of(found.name))
    (tmp_path / "kustomization.yaml").write_text("namespace: ours\nresources: [mine.yaml]\n")
    built = build(tmp_path)
    assert {one["kind"] for one in built} == {one["kind"] for one in made(found.name)}
    assert {one["metadata"]["namespace"] for one in built} == {"ours"}


def test_the_comments_of_the_manifests_are_kept(found: Prototype) -> None:
    assert text_of(found.name).splitlines()[1].startswith("# ")


# What each is for


def replicas(**values: str) -> dict[str, int]:
    (job,) = made("tf-job", **values)
    return {role: spec["replicas"] for role, spec in job["spec"][REPLICAS].items()}


def test_a_training_job_has_the_roles_that_have_replicas() -> None:
    assert replicas() == {"Chief": 1, "PS": 1, "Worker": 2}
    assert replicas(numMasters="0", numPs="0", numWorkers="3") == {"Worker": 3}
    assert replicas(numEvaluators="1", numPs="2") == {"Chief": 1, "PS": 2, "Worker": 2, "Evaluator": 1}


def test_a_training_job_in_which_nothing_would_run_is_refused() -> None:
    with pytest.raises(InputError, match="numMasters and numWorkers are 0"):
        made("tf-job", numMasters="0", numWorkers="0")


def test_gpus_are_for_what_computes_and_not_for_parameter_servers() -> None:
    (job,) = made("tf-job", numGpus="2", numEvaluators="1")
    limits = {
        role: spec["template"]["spec"]["containers"][0]["resources"]["limits"]
        for role, spec in job["spec"][REPLICAS].items()
    }
    assert {role: limit.get("nvidia.com/gpu") for role, limit in limits.items()} == {
        "Chief": 2,
        "PS": None,
        "Worker": 2,
        "Evaluator": 2,
    }


@pytest.mark.parametrize("kind", ["tf-job", "pytorch-job"])
def test_a_claim_is_mounted_by_a_folder_of_it(kind: str) -> None:
    (job,) = made(kind, claim="data", claimPath="/data", claimSubPath="runs/7")
    assert all(
        {"name": "data", "mountPath": "/data", "subPath": "runs/7"} in one for one in values_of(job, "volumeMounts")
    )
    assert all(
        one == [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}] for one in values_of(job, "volumes")
    )
    (plain,) = made(kind)
    assert not list(values_of(plain, "volumes"))
    assert not list(values_of(plain, "volumeMounts"))


@pytest.mark.parametrize(
    ("kind", "old"),
    [
        ("tf-job", {"image": "a.example/b:1", "num_masters": "1", "num_ps": "2", "num_workers": "3", "num_gpus": "1"}),
        ("tf-job", {"image": "a.example/b:1", "numWorkers": "3", "numPs": "2", "numGpus": "1", "args": "--a"}),
        ("tf-cnn", {"batch_size": "64", "model": "vgg16", "num_gpus": "1", "num_ps": "2", "num_workers": "2"}),
        ("tf-serving", {"modelPath": "/mnt/inception", "modelStorageType": "nfs", "nfsPVC": "nfs-2", "modelName": "i"}),
        ("tf-serving", {"serviceType": "LoadBalancer", "numGpus": "1", "gcpCredentialSecretName": "s"}),
        ("tensorboard", {"logDir": "gs://bucket/logs"}),
    ],
)
def test_the_names_of_ksonnets_parameters_work(kind: str, old: dict[str, str]) -> None:
    assert made(kind, **old) != made(kind)


def split(**values: str) -> dict[str, Any]:
    return {
        one["metadata"]["name"]: one["spec"] for one in made("tf-serving-canary", **values) if one["kind"] == "Mapping"
    }


@pytest.mark.parametrize("weight", ["0", "10", "50", "100"])
def test_the_traffic_of_two_versions_goes_where_the_weight_says(weight: str) -> None:
    """A Mapping without a weight gets what the others of its prefix leave."""
    rules = split(canaryWeight=weight)
    assert rules["mine-canary"]["weight"] == int(weight)
    assert "weight" not in rules["mine-stable"]
    assert len({(rule["hostname"], rule["prefix"], rule["rewrite"]) for rule in rules.values()}) == 1
    assert {name: rule["service"] for name, rule in rules.items()} == {
        "mine-canary": "mine-canary:8500",
        "mine-stable": "mine-stable:8500",
    }


def test_each_of_two_servers_serves_its_own_version_behind_its_own_service() -> None:
    manifests = made("tf-serving-canary", stableVersion="6", canaryVersion="7")
    for side, version in (("mine-stable", 6), ("mine-canary", 7)):
        assert f"versions: {version} " in find(manifests, "ConfigMap", side)["data"]["models.config"]
        deployment = find(manifests, "Deployment", side)["spec"]
        assert deployment["template"]["metadata"]["labels"] == find(manifests, "Service", side)["spec"]["selector"]
        assert deployment["selector"]["matchLabels"] == find(manifests, "Service", side)["spec"]["selector"]
        volumes = {one["name"]: one for one in deployment["template"]["spec"]["volumes"]}
        assert volumes["config"]["configMap"]["name"] == side


@pytest.mark.parametrize("kind", ["tf-serving", "tf-serving-canary"])
@pytest.mark.parametrize(
    ("storage", "volumes"),
    [("pvc", {"models"}), ("nfs", {"nfs"}), ("gcs", {"gcp-credentials"}), ("minio", {"fetched"})],
)
def test_a_model_server_mounts_what_its_storage_needs_and_no_more(kind: str, storage: str, volumes: set[str]) -> None:
    for manifest in made(kind, modelStorageType=storage):
        if manifest["kind"] == "Deployment":
            pod = manifest["spec"]["template"]["spec"]
            assert {one["name"] for one in pod["volumes"]} - {"tmp", "config"} == volumes
            assert {one["name"] for one in pod["containers"][0]["volumeMounts"]} - {"tmp", "config"} == volumes
            assert ("initContainers" in pod) == (storage == "minio")
            assert ("env" in pod["containers"][0]) == (storage == "gcs")


def jobs_of_sweep(**values: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in made("sweep", **values) if one["kind"] == "TFJob"}


def test_a_sweep_has_one_job_for_every_combination_with_a_log_folder_of_its_own() -> None:
    jobs = jobs_of_sweep(learningRates="0.1,1e-3", hiddenLayers="0,2")
    arguments = {
        name: job["spec"][REPLICAS]["Worker"]["template"]["spec"]["containers"][0]["args"][:2]
        for name, job in jobs.items()
    }
    assert arguments == {
        "mine-lr0-1-layers0": ["--learning_rate=0.1", "--hidden_layers=0"],
        "mine-lr0-1-layers2": ["--learning_rate=0.1", "--hidden_layers=2"],
        "mine-lr1e-3-layers0": ["--learning_rate=1e-3", "--hidden_layers=0"],
        "mine-lr1e-3-layers2": ["--learning_rate=1e-3", "--hidden_layers=2"],
    }
    folders = [
        mount["subPath"] for job in jobs.values() for mounts in values_of(job, "volumeMounts") for mount in mounts[:1]
    ]
    assert folders == list(jobs)


def test_the_program_of_a_sweep_is_python_that_takes_the_arguments_of_the_jobs() -> None:
    program = find(made("sweep"), "ConfigMap", "mine-program")["data"]["train.py"]
    compile(program, "train.py", "exec")
    (job,) = jobs_of_sweep(learningRates="0.1", hiddenLayers="1").values()
    arguments = job["spec"][REPLICAS]["Worker"]["template"]["spec"]["containers"][0]["args"]
    assert all(f'"{argument.partition("=")[0]}"' in program for argument in arguments)


def test_a_value_that_stands_twice_in_a_sweep_is_tried_once() -> None:
    assert list(jobs_of_sweep(learningRates="0.1,0.1", hiddenLayers="1")) == ["mine-lr0-1-layers1"]


def test_a_name_that_would_be_too_long_for_the_pods_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be the name"):
        made("sweep", "s" * 45)
    with pytest.raises(InputError, match="cannot be the name"):
        made("tf-job", "s" * 49)


def test_a_pipeline_runs_on_a_schedule_only_where_one_is_set() -> None:
    assert [one["kind"] for one in made("pipeline")] == ["WorkflowTemplate"]
    template, cron = made("pipeline", schedule="0 4 * * 1")
    assert cron["spec"]["schedules"] == ["0 4 * * 1"]
    assert cron["spec"]["workflowSpec"]["workflowTemplateRef"]["name"] == template["metadata"]["name"]


def test_a_board_without_a_claim_reads_a_bucket() -> None:
    deployment = find(made("tensorboard", logStorageType="bucket", logDir="gs://bucket/logs"), "Deployment", "mine")
    pod = deployment["spec"]["template"]["spec"]
    assert [one["name"] for one in pod["volumes"]] == ["tmp"]
    assert "--logdir=gs://bucket/logs" in pod["containers"][0]["args"]


def test_a_client_asks_the_model_at_its_address() -> None:
    (job,) = made("serving-client", modelServer="mnist", modelName="digits", modelPort="8501", request="[1]")
    env = {one["name"]: one["value"] for one in job["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert env == {"MODEL": "http://mnist:8501/v1/models/digits", "REQUEST": "[1]"}


PLACE = {"cluster": {"ps": ["p-0:2222"], "worker": ["w-0:2222", "w-1:2222"]}, "task": {"type": "worker", "index": 1}}


@pytest.mark.parametrize(
    ("config", "arguments"),
    [
        ({}, []),
        ({"cluster": {"worker": ["w-0:2222"]}, "task": {"type": "worker", "index": 0}}, []),
        (PLACE, ["--job_name=worker", "--task_index=1", "--ps_hosts=p-0:2222", "--worker_hosts=w-0:2222,w-1:2222"]),
    ],
)
def test_the_benchmark_gets_its_place_in_the_cluster_as_arguments(config: object, arguments: list[str]) -> None:
    """The launcher in the ConfigMap, run as the container runs it."""
    launcher = find(made("tf-cnn"), "ConfigMap", "mine-launcher")["data"]["launcher.py"]
    program = [sys.executable, "-c", "import json, sys; print(json.dumps(sys.argv[1:]))", "--model=trivial"]
    done = subprocess.run(
        [sys.executable, "-c", launcher, *program],
        env={**os.environ, "TF_CONFIG": json.dumps(config)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == ["--model=trivial", *arguments]


def condition(*types: str) -> dict[str, Any]:
    return {"conditions": [{"type": one, "status": "True"} for one in types]}


@pytest.mark.parametrize(
    ("kind", "status", "submitted", "done"),
    [
        ("tf-job", {}, Status.IN_PROGRESS, Status.IN_PROGRESS),
        ("tf-job", condition("Created"), Status.CURRENT, Status.IN_PROGRESS),
        ("tf-job", condition("Created", "Running"), Status.CURRENT, Status.IN_PROGRESS),
        ("tf-job", condition("Created", "Succeeded"), Status.CURRENT, Status.CURRENT),
        ("tf-job", condition("Created", "Failed"), Status.FAILED, Status.FAILED),
        ("pytorch-job", condition("Created", "Running"), Status.CURRENT, Status.IN_PROGRESS),
        ("tf-cnn", condition("Created", "Running"), Status.CURRENT, Status.IN_PROGRESS),
        ("sweep", condition("Created", "Running"), Status.CURRENT, Status.IN_PROGRESS),
        ("workflow", {}, Status.IN_PROGRESS, Status.IN_PROGRESS),
        ("workflow", {"phase": "Running"}, Status.CURRENT, Status.IN_PROGRESS),
        ("workflow", {"phase": "Succeeded"}, Status.CURRENT, Status.CURRENT),
        ("workflow", {"phase": "Failed"}, Status.FAILED, Status.FAILED),
        ("workflow", {"phase": "Error"}, Status.FAILED, Status.FAILED),
    ],
)
def test_apply_waits_until_a_job_is_taken_up_or_where_it_is_asked_until_it_is_done(
    kind: str, status: dict[str, Any], submitted: Status, done: Status
) -> None:
    for values, wanted in (({}, submitted), ({"waitFor": "done"}, done)):
        job = made(kind, **values)[0]
        assert assess({**job, "status": status}, now=datetime(2026, 1, 1, tzinfo=UTC)).status is wanted


# What is refused


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("tf-job", {"numWorker": "1"}, "has no parameter 'numWorker'"),
        ("tf-job", {"numWorkers": "many"}, "numWorkers is 'many', and must be a whole number, 0 to 10000"),
        ("tf-job", {"numMasters": "2"}, "a whole number, 0 to 1"),
        ("tf-job", {"memory": "3Gi"}, "memory is '3Gi', which is more than memoryLimit, '2Gi'"),
        ("tf-job", {"args": "'"}, "words as a shell takes them"),
        ("tf-job", {"image": "mnist"}, "an image with a tag"),
        ("tf-serving-canary", {"canaryWeight": "101"}, "a whole number, 0 to 100"),
        ("sweep", {"learningRates": "0.1,"}, "numbers above 0"),
        ("serving-client", {"request": "{"}, "JSON"),
        ("pipeline", {"schedule": "daily"}, "five fields of cron"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_may_stand_there(kind: str, values: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        made(kind, **values)
    assert said in caught.value.message
    assert caught.value.hint


def test_a_typo_gets_the_nearest_name() -> None:
    with pytest.raises(InputError) as caught:
        prototype("tfjob")
    assert caught.value.hint == "did you mean 'tf-job'?"
    with pytest.raises(InputError) as caught:
        made("tf-job", numWorker="1")
    assert caught.value.hint == "did you mean 'numWorkers'?"


def test_all_mistakes_are_reported_together() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        made("tf-job", numPs="x", numGpus="y")
    assert len(caught.value.exceptions) == 2


@pytest.mark.parametrize("name", ["Mine", "1st", "a.b", "a-", "a/b", "../x", "", "kustomization"])
def test_a_name_that_resources_cannot_have_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of a workload"):
        made("tf-job", name)


def test_our_own_reader_takes_what_is_generated(found: Prototype) -> None:
    assert [one.manifest for one in parse_documents(text_of(found.name), "mine.yaml")] == made(found.name)
