"""Documents read and printed here come out as they do from kubectl's kustomize."""

import tempfile
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kfinstall.manifest import dump_resources, parse_resources
from tests.judge import judge, write_tree

PLAIN = "a b1 b10 yes 0x1F 1.10 1e3 ~ 2001-01-01 08 .5 null é x:y a#b 100m /bin/sh 1:30 << = -1 +.5e2 True off"
WORDS = st.sampled_from(PLAIN.split(" "))
LINE = st.sampled_from(["x", "yy z", " x", "  x", "", "# c", "k: v", "- a", "w" * 30 + " y"])
LINES = st.lists(LINE, max_size=6)
TEXTS = st.text(st.sampled_from("ab 1:#'\"\\-\n\t{}[],&*!|>%@`éλ中\u00a0"), max_size=100)
KEYS = st.sampled_from(["a", "B", "a1", "a10", "a2", "a-b", "a_b", "a.b", "ab", "A", "é", "z9", "x/y"])
KUSTOMIZATION = "resources: [a.yaml]\n"


def double_quoted(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def block(style, lines, indent):
    pad = " " * indent
    return style + "".join(f"\n{pad}{line}" if line.strip() else "\n" for line in ["first", *lines])


SCALARS = WORDS | TEXTS.map(double_quoted)
BLOCKS = st.builds(block, st.sampled_from(["|", "|-", "|+", ">", ">-", ">+"]), LINES, st.just(4))
FLOWS = st.lists(SCALARS, max_size=4).map(lambda items: f"[{', '.join(items)}]")
FIELDS = st.dictionaries(KEYS, SCALARS | BLOCKS | FLOWS, max_size=8)


def document(number, fields, items):
    data = "".join(f"  {key}: {value}\n" for key, value in fields.items())
    entries = "".join(f"- {item}\n" for item in items)
    return f"kind: A\nmetadata:\n  name: n{number}\ndata:\n  z: 1\n{data}list:\n{entries}- end\n"


@settings(max_examples=12, derandomize=True, deadline=None, phases=[Phase.generate])
@given(st.lists(st.tuples(FIELDS, st.lists(SCALARS, max_size=4)), min_size=30, max_size=50))
def test_documents_print_as_kustomize_prints_them(documents):
    text = "---\n".join(document(i, *parts) for i, parts in enumerate(documents))
    with tempfile.TemporaryDirectory() as folder:
        write_tree(Path(folder), {"kustomization.yaml": KUSTOMIZATION, "a.yaml": text})
        want = judge(Path(folder), "--reorder=none")
    assert want is not None
    got = dump_resources(parse_resources(text, "a.yaml"))
    assert got.split("---\n") == want.split("---\n")
