"""What the program imports of PyYAML first, and that the rest is as if it had been imported at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PUT_OFF = "from kfinstall.cli.libyaml import put_off_python_yaml\nput_off_python_yaml()\n"
ERRORS = ("reader", "scanner", "parser", "composer", "constructor", "emitter", "serializer", "representer")
BROKEN = {
    "a-tab": b"a:\n\t- b\n",
    "an-open-bracket": b"a: [1\n",
    "a-control-character": b"a: 1\nb: \x01\n",
    "an-unknown-anchor": b"a: *nobody\n",
    "an-unknown-escape": b'a: "\\q"\n',
    "a-slash": b'a: "\\/"\n',
    "not-base64": b"a: !!binary '*'\n",
}


def run(code: str, *words: str, first: Path | None = None) -> str:
    """Give what a new interpreter prints."""
    path = [*([str(first)] if first else []), *sys.path]
    line = [sys.executable, "-c", f"import sys\nsys.path[:0] = {path!r}\n{code}", *words]
    done = subprocess.run(line, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("asked", ["import yaml.events", "from yaml._yaml import CParser", "import yaml"])
def test_all_of_pyyaml_is_there_when_it_is_asked_for(asked):
    printed = run(f"""\
{PUT_OFF}
{asked}
import yaml
print("yaml.reader" in sys.modules, yaml.safe_load("a: 1"), yaml.reader is sys.modules["yaml.reader"])
print(yaml.load("a: [2]", yaml.CSafeLoader), yaml.dump({{"b": 2}}, Dumper=yaml.CSafeDumper).strip())
for module in {ERRORS}:
    name = module.title() + "Error"
    print(getattr(yaml._yaml, name) is getattr(getattr(yaml, module), name))
print(type(yaml).__name__, type(yaml.__loader__).__name__, type(yaml.__spec__.loader).__name__)
""")
    expected = ["False {'a': 1} True", "{'a': [2]} b: 2", *["True"] * len(ERRORS)]
    assert printed.splitlines() == [*expected, "module SourceFileLoader SourceFileLoader"]


def test_what_was_imported_before_stays_as_it_is():
    assert run(f"import yaml\n{PUT_OFF}import yaml.events\nprint('yaml.reader' in sys.modules)") == "True\n"


def test_only_the_next_import_is_another():
    assert run(f"{PUT_OFF}import yaml\nprint(any('kfinstall' in repr(f) for f in sys.meta_path))") == "False\n"


@pytest.mark.parametrize(
    "binding",
    ["raise ImportError('no libyaml')", "import yaml\nyaml.spelling.SpellingError\n"],
    ids=["there-is-none", "it-wants-what-is-not-known"],
)
def test_a_binding_that_cannot_be_imported_alone_comes_with_the_rest(tmp_path, binding):
    package = tmp_path / "yaml"
    package.mkdir()
    (package / "__init__.py").write_text("the_rest = 'is here'\n")
    (package / "_yaml.py").write_text(binding)
    assert run(f"{PUT_OFF}import yaml\nprint(yaml.the_rest)", first=tmp_path) == "is here\n"


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_mistake_reads_the_same(tmp_path, content):
    (tmp_path / "broken.yaml").write_bytes(content)
    (tmp_path / "kustomization.yaml").write_text("resources: [broken.yaml]\n")
    build = "from kfinstall.cli.start import run\nrun(sys.argv[1:])"
    line = ("build", str(tmp_path), "--no-cache")
    first = run(build, *line)
    assert first == run(f"import yaml\n{build}", *line)
    assert "broken.yaml:" in first
    assert "bug" not in first
