import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["cli.md", "components.md", "health.md", "platforms.md", "prototypes.md"])
def test_the_reference_is_as_the_code_says_now(name: str) -> None:
    expected = generator().PAGES[name]()
    assert (DOCS / "reference" / name).read_text() == expected, "run `make docs` and review what changed"


def test_every_page_of_the_reference_is_generated() -> None:
    assert {path.name for path in (DOCS / "reference").iterdir()} == set(generator().PAGES)


def test_every_check_of_doctor_has_its_page_as_the_code_says_now() -> None:
    there = {path.name: path.read_text() for path in (DOCS / "doctor").iterdir()}
    assert there == generator().doctor_pages(), "run `make docs` and review what changed"
