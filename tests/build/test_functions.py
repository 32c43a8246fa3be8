"""Functions and plugins: each is called as the real tool calls it, and what it prints becomes the same resources."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from recording import STAND_INS, Bench, Run

from kfinstall.cli.main import run as run_line

FUNCTION = """apiVersion: example.com/v1
kind: Fn
metadata:
  name: fn
  annotations:
    config.kubernetes.io/function: |
      container:
        image: example.com/fn:v1
spec: {b: 1, a: "x"}
"""
DEMANDING = FUNCTION.replace(
    "fn:v1",
    "fn:v1\n        network: true\n        envs: [A=1, B, LOG_TO_STDERR=false]\n"
    "        mounts: [{type: bind, src: ./sub/../d, dst: /d, rw: true}, {type: volume, dst: /e}]",
)
PLUGIN = "apiVersion: team.example.com/v1\nkind: ExecThing\nmetadata: {name: x}\nspec: {a: 1}\n"
WORDS = r"""argsOneLiner: 'a "b c" d\e "" # x'
argsFromFile: words.txt
"""
ALL = """apiVersion: v1
kind: Service
metadata:
  name: one
  labels: {z: "1", a: b}
spec: {b: "yes", a: [1, 1.50, {c: d}], t: "a\\nb\\n", n: null, y: 2}
---
apiVersion: v1
kind: Namespace
metadata: {name: ns}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: other, annotations: {a: b}}
spec: {template: {spec: {containers: [{name: c, env: [{name: E, valueFrom: {configMapKeyRef: {name: c}}}]}]}}}
"""
GENERATED = """apiVersion: v1
kind: ConfigMap
metadata: {name: g, annotations: {kustomize.config.k8s.io/needs-hash: 'true', other: a}}
data: {a: b}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
"""
TOP = """namespace: ns
namePrefix: p-
nameSuffix: -s
resources: [all.yaml]
configMapGenerator: [{name: c, literals: [a=b]}]
"""
TRANSFORMED = {"kustomization.yaml": f"{TOP}transformers: [fn.yaml]\n", "all.yaml": ALL, "fn.yaml": FUNCTION}
MADE = {"kustomization.yaml": f"{TOP}generators: [fn.yaml]\n", "all.yaml": ALL, "fn.yaml": FUNCTION}
NOTED = "buildMetadata: [originAnnotations, transformerAnnotations]\n"


def prints(text: str) -> dict[str, str]:
    """Give what lets a program print something of its own."""
    return {"STAND_IN_PRINTS": text}


def changes(old: str, new: str) -> dict[str, str]:
    """Give what lets a program print what it reads, changed."""
    return {"STAND_IN_CHANGES": json.dumps({old: new})}


FAILS = {"STAND_IN_STATUS": "3", "STAND_IN_SAYS": "oh dear\n"}
Files = Mapping[str, str]

CASES: dict[str, tuple[Files, tuple[str, ...], dict[str, str]]] = {
    "a transformer": (TRANSFORMED, (), {}),
    "a transformer in a base": (
        {
            "kustomization.yaml": "namePrefix: top-\nresources: [base]\n",
            **{f"base/{path}": text for path, text in TRANSFORMED.items()},
        },
        (),
        {},
    ),
    "a transformer that changes something": (TRANSFORMED, (), changes("a: b\n", "a: c\n        new: x\n")),
    "a transformer that renames": (TRANSFORMED, (), changes("  name: p-one-s\n", "  name: two\n")),
    "a transformer of notes": (
        {**TRANSFORMED, "kustomization.yaml": TOP + NOTED + "transformers: [fn.yaml]\n"},
        (),
        {},
    ),
    "a transformer that prints nothing": (TRANSFORMED, (), prints("")),
    "a transformer that prints an empty list": (TRANSFORMED, (), prints("kind: ResourceList\nitems: []\n")),
    "a transformer that prints no list": (TRANSFORMED, (), prints("kind: ResourceList\nfunctionConfig: {}\n")),
    "a transformer that prints documents": (TRANSFORMED, (), prints(ALL)),
    "a transformer that prints a list": (
        TRANSFORMED,
        (),
        prints(
            "kind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: q, annotations: {a: true}}}\n"
        ),
    ),
    "a transformer that repeats itself": (TRANSFORMED, (), prints(ALL + "---\n" + ALL)),
    "a transformer that prints no YAML": (TRANSFORMED, (), prints("a: [\n")),
    "a transformer that prints no resource": (TRANSFORMED, (), prints("a: b\n")),
    "a transformer that fails": (TRANSFORMED, (), FAILS),
    "a failure that is deferred": (
        {**TRANSFORMED, "fn.yaml": FUNCTION.replace("container:", "deferFailure: true\n      container:")},
        (),
        FAILS,
    ),
    "an older annotation": (
        {**TRANSFORMED, "fn.yaml": FUNCTION.replace("config.kubernetes.io/function", "config.k8s.io/function")},
        (),
        {},
    ),
    "an annotation with the image alone": (
        {
            **TRANSFORMED,
            "fn.yaml": "kind: F\nmetadata: {name: f, annotations: {config.kubernetes.io/container: example.com/fn}}\n",
        },
        (),
        {},
    ),
    "a field with the function": (
        {**TRANSFORMED, "fn.yaml": "kind: F\nmetadata: {name: f, configFn: {container: {image: example.com/fn}}}\n"},
        (),
        {},
    ),
    "a field that no function has": (
        {**TRANSFORMED, "fn.yaml": FUNCTION.replace("container:", "starlark: {path: a}\n      container:")},
        (),
        {},
    ),
    "a network that is not allowed": ({**TRANSFORMED, "fn.yaml": DEMANDING}, (), {}),
    "a network, mounts and variables": (
        {**TRANSFORMED, "fn.yaml": DEMANDING},
        ("--network", "--network-name=x", "-e", "B", "-e", "C=1=2", "--mount", "type=bind,source=x,target=/y"),
        {},
    ),
    "mounts and variables of the command line": (
        MADE,
        (
            *("--mount=type=bind,src=/a,dst=/b,rw=true", "--mount", "x=1,type=tmpfs,dst=/c"),
            *("-e", "A=b", "--env", "C", "-e", "LOG_TO_STDERR=false", "--as-current-user"),
        ),
        {},
    ),
    "a mount of an absolute path": ({**TRANSFORMED, "fn.yaml": DEMANDING.replace("./sub/../d", "/etc")}, (), {}),
    "a mount from outside": ({**TRANSFORMED, "fn.yaml": DEMANDING.replace("./sub/..", "..")}, (), {}),
    "a generator": (MADE, (), prints(GENERATED)),
    "a generator that prints what it reads": (MADE, (), {}),
    "a generator of notes": (
        {**MADE, "kustomization.yaml": f"{NOTED}generators: [fn.yaml]\n"},
        (),
        prints(GENERATED),
    ),
    "a generator that wants a hash, maybe": (MADE, (), prints(GENERATED.replace("'true'", "maybe"))),
    "a generator that merges": (
        {**MADE, "all.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: g}\ndata: {x: y, a: c}\n"},
        (),
        prints(GENERATED.replace("needs-hash: 'true'", "behavior: merge")),
    ),
    "an inline function": (
        {
            **MADE,
            "kustomization.yaml": "generators:\n- |\n" + "".join(f"  {line}\n" for line in FUNCTION.splitlines()),
        },
        (),
        prints(GENERATED),
    ),
    "a plugin that transforms": ({**TRANSFORMED, "fn.yaml": PLUGIN}, (), {}),
    "a plugin that changes something": ({**TRANSFORMED, "fn.yaml": PLUGIN}, (), changes("a: b\n", "a: c\n")),
    "a plugin that fails": ({**TRANSFORMED, "fn.yaml": PLUGIN}, (), FAILS),
    "a plugin that generates": ({**MADE, "fn.yaml": PLUGIN}, (), prints(GENERATED)),
    "a plugin with arguments": (
        {**MADE, "fn.yaml": PLUGIN + WORDS, "words.txt": "one two\n   three\n\n\tfour  \n"},
        (),
        prints(GENERATED),
    ),
    "a plugin with arguments in a file outside": (
        {**MADE, "fn.yaml": PLUGIN + WORDS.replace("words.txt", "../words.txt"), "../words.txt": "one\n"},
        (),
        prints(GENERATED),
    ),
    "a plugin with a quote that is open": (
        {**MADE, "fn.yaml": PLUGIN + WORDS.replace('b c"', "b c")},
        (),
        prints(GENERATED),
    ),
    "a plugin that is not there": ({**MADE, "fn.yaml": PLUGIN.replace("ExecThing", "Other")}, (), {}),
    "a validator that changes something": (
        {**TRANSFORMED, "kustomization.yaml": TOP + "validators: [fn.yaml]\n"},
        (),
        changes("a: b\n", "a: c\n"),
    ),
    "a validator that fails": ({**TRANSFORMED, "kustomization.yaml": TOP + "validators: [fn.yaml]\n"}, (), FAILS),
}


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Give the environment with a plugin home that has one plugin."""
    folder = tmp_path / "home/team.example.com/v1/execthing"
    folder.mkdir(parents=True)
    shutil.copy(STAND_INS / "docker", folder / "ExecThing")
    return {"KUSTOMIZE_PLUGIN_HOME": str(tmp_path / "home")}


def with_data(run: Run) -> list[object]:
    """Give the calls with the data that was read instead of its text: how YAML is laid out is nobody's concern."""
    return [{**call, "stdin": list(yaml.safe_load_all(call["stdin"]))} for call in run.calls]


@pytest.mark.parametrize("name", CASES)
def test_programs_are_called_as_the_real_tool_calls_them(name: str, tmp_path: Path, env: dict[str, str]) -> None:
    files, flags, wanted = CASES[name]
    bench = Bench(tmp_path, files, {**env, **wanted})
    theirs, ours = bench.theirs("--enable-alpha-plugins", *flags), bench.ours("--enable-alpha-plugins", *flags)
    assert ours.printed == theirs.printed, ours.said
    assert with_data(ours) == with_data(theirs)
    if theirs.printed is None:
        assert ".yaml:" in ours.said


@pytest.mark.parametrize("name", ["a transformer", "a generator", "a plugin that transforms", "a validator that fails"])
@pytest.mark.parametrize("flags", [(), ("--enable-exec",), ("--enable-helm",)])
def test_nothing_is_run_without_the_flag(
    name: str, flags: tuple[str, ...], tmp_path: Path, env: dict[str, str]
) -> None:
    run = Bench(tmp_path, CASES[name][0], env).ours(*flags)
    assert run.printed is None
    assert "tree/fn.yaml:1: the " in run.said
    assert "is a program, which is not enabled" in run.said
    assert "hint: add --enable-alpha-plugins" in run.said
    assert run.calls == []


EXEC = FUNCTION.replace(
    "container:\n        image: example.com/fn:v1", "exec: {path: ./f, args: [x], envs: [FN_A=1, FN_B]}"
)
PROGRAM = {**TRANSFORMED, "fn.yaml": EXEC, "f": (STAND_INS / "docker").read_text()}


def test_a_function_that_is_a_program_gets_what_one_in_a_container_gets(tmp_path: Path) -> None:
    """kubectl has no flag for them: the container is the judge of all but arguments and environment."""
    given = changes("a: b\n", "a: c\n")
    container = Bench(tmp_path, TRANSFORMED, given).theirs("--enable-alpha-plugins")
    program = Bench(tmp_path, PROGRAM, given).ours(
        "--enable-alpha-plugins", "--enable-exec", "-e", "FN_C=2", "-e", "FN_D"
    )
    assert program.printed == container.printed
    ((call,), (wanted,)) = (with_data(program), with_data(container))
    assert call["argv"] == ["x"]
    assert call["env"] == {"FN_A": "1", "FN_C": "2"}
    assert call["cwd"] == wanted["cwd"] == str(tmp_path / "tree")
    assert call["stdin"][0]["items"] == wanted["stdin"][0]["items"]


def test_a_function_that_is_a_program_needs_a_flag_of_its_own(tmp_path: Path) -> None:
    run = Bench(tmp_path, PROGRAM).ours("--enable-alpha-plugins")
    assert run.printed is None
    assert "tree/fn.yaml:1: the function Fn fn is the program './f'" in run.said
    assert "hint: add --enable-exec" in run.said
    assert run.calls == []


def test_what_is_not_as_it_is_meant_is_given_to_no_program(tmp_path: Path) -> None:
    files = {
        **TRANSFORMED,
        "kustomization.yaml": f"{TOP}transformers: [fn.yaml]\nreplicas: [{{name: wbe, count: 2}}]\n",
    }
    run = Bench(tmp_path, files).ours("--enable-alpha-plugins")
    assert run.said == (
        "error: tree/kustomization.yaml:7: replicas: nothing to scale is named 'wbe'\n  hint: did you mean 'web'?\n"
    )
    assert run.calls == []


@pytest.mark.parametrize("config", [FUNCTION, PLUGIN])
def test_a_validator_that_changes_nothing_passes(config: str, tmp_path: Path, env: dict[str, str]) -> None:
    files = {"kustomization.yaml": TOP + "validators: [fn.yaml]\n", "all.yaml": ALL, "fn.yaml": config}
    without = {**files, "kustomization.yaml": TOP}
    run = Bench(tmp_path, files, env).ours("--enable-alpha-plugins")
    assert run.printed == Bench(tmp_path, without).theirs().printed
    assert len(run.calls) == 1


def test_a_failure_shows_what_was_said_and_the_results(tmp_path: Path) -> None:
    results = "kind: ResourceList\nitems: []\nresults: [{message: no limits, severity: error}]\n"
    run = Bench(tmp_path, TRANSFORMED, {**FAILS, **prints(results)}).ours("--enable-alpha-plugins")
    assert "tree/fn.yaml:1: the function Fn fn ended with status 3" in run.said
    assert "oh dear" in run.said
    assert "error: no limits" in run.said


def test_what_a_function_says_is_passed_on(tmp_path: Path) -> None:
    run = Bench(tmp_path, TRANSFORMED, {"STAND_IN_SAYS": "beware\n"}).ours("--enable-alpha-plugins")
    assert run.printed
    assert run.said == "beware\n"


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("{}", "names nothing to run"),
        ("{container: {image: --privileged}}", "is an option of Docker's"),
        ("{container: {image: a, mounts: [{src: 'a,source=/etc', dst: /b}]}}", "has a mount with a comma"),
        ("{exec: {pth: a}}", "did you mean 'path'?"),
    ],
)
def test_a_function_that_is_none_is_refused(spec: str, complaint: str, tmp_path: Path) -> None:
    config = f'kind: F\nmetadata: {{name: f, annotations: {{config.kubernetes.io/function: "{spec}"}}}}\n'
    run = Bench(tmp_path, {**TRANSFORMED, "fn.yaml": config}).ours("--enable-alpha-plugins", "--enable-exec")
    assert run.printed is None
    assert "tree/fn.yaml:1: " in run.said
    assert complaint in run.said
    assert run.calls == []


@pytest.mark.parametrize("variable", ["XDG_CONFIG_HOME", "HOME", "HOME/.config"])
def test_plugins_are_looked_for_where_the_real_tool_looks(variable: str, tmp_path: Path, env: dict[str, str]) -> None:
    name, _, below = variable.partition("/")
    (tmp_path / "away" / below / "kustomize").mkdir(parents=True)
    shutil.move(tmp_path / "home", tmp_path / "away" / below / "kustomize/plugin")
    files = {**TRANSFORMED, "fn.yaml": PLUGIN}
    elsewhere = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": "",
        "KUSTOMIZE_PLUGIN_HOME": "",
        name: str(tmp_path / "away"),
    }
    bench = Bench(tmp_path, files, elsewhere)
    theirs, ours = bench.theirs("--enable-alpha-plugins"), bench.ours("--enable-alpha-plugins")
    assert theirs.printed
    assert ours.printed == theirs.printed
    assert with_data(ours) == with_data(theirs)


@pytest.mark.parametrize(
    ("name", "mode", "complaint"),
    [
        ("Other.so", 0o755, "is a Go plugin"),
        ("Other", 0o644, "hint: make it executable"),
        ("None", 0o755, "is not there"),
    ],
)
def test_a_plugin_that_cannot_be_run_is_refused(
    name: str, mode: int, complaint: str, tmp_path: Path, env: dict[str, str]
) -> None:
    folder = tmp_path / "home/team.example.com/v1/other"
    folder.mkdir()
    (folder / name).touch(mode)
    files = {**TRANSFORMED, "fn.yaml": PLUGIN.replace("ExecThing", "Other")}
    run = Bench(tmp_path, files, env).ours("--enable-alpha-plugins")
    assert run.printed is None
    assert "tree/fn.yaml:1: the plugin Other x" in run.said
    assert complaint in run.said


def test_a_plugin_stands_below_the_plugin_home(tmp_path: Path, env: dict[str, str]) -> None:
    files = {**TRANSFORMED, "fn.yaml": PLUGIN.replace("team.example.com/v1", "../../bin")}
    run = Bench(tmp_path, files, env).ours("--enable-alpha-plugins")
    assert "is no path of a plugin" in run.said
    assert run.calls == []


def test_the_options_stand_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["build", "--help"]) == 0
    text = capsys.readouterr().out
    for option in (
        "--enable-helm",
        "--helm-command",
        "--enable-alpha-plugins",
        "--enable-exec",
        "--network",
        "--mount",
    ):
        assert option in text


def test_what_a_function_renames_is_made_by_the_function(tmp_path: Path) -> None:
    files = {**TRANSFORMED, "kustomization.yaml": TOP + NOTED + "transformers: [fn.yaml]\n"}
    bench = Bench(tmp_path, files, changes("  name: p-one-s\n", "  name: two\n"))
    theirs, ours = bench.theirs("--enable-alpha-plugins"), bench.ours("--enable-alpha-plugins")
    made = "    config.kubernetes.io/origin: |\n      configuredIn: fn.yaml\n"
    assert (theirs.printed or made).count(made) == 0
    assert (ours.printed or "").count(made) == 1
