"""Trees whose scalars are written over, layer by layer: of every spelling, in every style, by all that can do so."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

WORDS = (
    *("5", "0", "-1", "+1", "017", "0o7", "0x1F", "1_000", "1.0", "1.10", "1e3", ".5", "5.5.5", "1:30", "5/6", "5-6"),
    *("true", "False", "true-1", "yes", "no", "on", "off", "y", "n", "null", "", "2001-01-01", "2001-01-01T10:00:00Z"),
    *("few", "a b", "a/b", "a:b", "$(VAR)", "x: y", "#n", "-", "=", "é", "it's", "[a]", "{a: b}"),
)
IN_QUOTES = ("x: y", "#n", "-", "[a]", "{a: b}")
STYLES = ("plain", "plain", "plain", "single", "double", "|", ">")
KEYS = ("a", "b", "c", "d")
ANNOTATIONS = "{path: metadata/annotations}"
QUOTED_FIVE = "'5'"
DELIMITERS = ("/", ":", ".", "-")


def make_scalar_tree(random: Random) -> dict[str, str]:
    """Give a tree, path -> text, of one to three layers; `overlay` is the folder to build."""
    shapes = random.sample(SHAPES, random.choice([1, 2, 2, 3]))
    files = {"base/own.yaml": "---\n".join(_resource(random, shape, 3) for shape in shapes)}
    folders = ["base", *(["mid"] if random.random() > 0.5 else []), "overlay"]
    for below, folder in zip(["", *folders], folders, strict=False):
        entry = f"../{below}" if below else "own.yaml"
        changes = _changes(random, shapes) if folder != "base" or random.random() > 0.6 else ""
        files[f"{folder}/kustomization.yaml"] = f"resources: [{entry}]\n{changes}"
    return files


class Shape(NamedTuple):
    """A kind of resource: its apiVersion, what follows its metadata (with `SCALARS` for fields), paths into it."""

    kind: str
    api_version: str
    name: str
    body: str
    paths: tuple[str, ...]


METADATA = ("metadata.annotations.a", "metadata.labels.a", "metadata.labels.b", "metadata.name")
WIDGET = "spec:\nSCALARS2\n  m:\nSCALARS4\n  l:\nITEMS2\n  items:\nNAMED2\n"
POD = "      containers:\n      - name: c\n        image: IMAGE10\n        env:\nNAMED8\n        args:\nITEMS8\n"
WORKLOAD = f"spec:\n  replicas: COUNT4\n  template:\n    metadata:\n      labels:\nSCALARS8\n    spec:\n{POD}"
ENV = "spec.template.spec.containers.0.env"
SHAPES = (
    Shape(
        *("Widget", "example.com/v1", "w", WIDGET),
        (*(f"spec.{key}" for key in KEYS), "spec.m.a", "spec.l.0", "spec.items.[name=one].value", *METADATA),
    ),
    Shape("ConfigMap", "v1", "cm", "data:\nSCALARS2\n", (*(f"data.{key}" for key in KEYS), *METADATA)),
    Shape(
        *("Deployment", "apps/v1", "dep", WORKLOAD),
        ("spec.replicas", "spec.template.spec.containers.0.image", f"{ENV}.0.value", f"{ENV}.*.name", *METADATA),
    ),
)


def _scalar(random: Random, indent: int, words: tuple[str, ...] = WORDS) -> str:
    """Give a scalar as it is written, in some style."""
    word, style = random.choice(words), random.choice(STYLES)
    if style == "plain" and word not in IN_QUOTES:
        return word
    if style in "|>" and word:
        more = f"\n{' ' * indent}{random.choice(['more', '5'])}" if random.random() > 0.8 else ""
        return f"{style}{random.choice(['-', '-', ''])}\n{' ' * indent}{word}{more}"
    return "'" + word.replace("'", "''") + "'" if style == "single" else f'"{word}"'


def _pairs(random: Random, indent: int, count: int) -> str:
    keys = random.sample(KEYS, count)
    return "\n".join(f"{' ' * indent}{key}: {_scalar(random, indent + 2)}".rstrip() for key in keys)


def _items(random: Random, indent: int) -> str:
    return "\n".join(f"{' ' * indent}- {_scalar(random, indent + 2)}" for _ in range(2))


def _named(random: Random, indent: int) -> str:
    pad, names = " " * indent, random.sample(["one", "two", "5", "true"], random.randint(1, 2))
    return "\n".join(f'{pad}- name: "{name}"\n{pad}  value: {_scalar(random, indent + 4)}' for name in names)


def _resource(random: Random, shape: Shape, most: int) -> str:
    """Give a resource, or a patch for it, with some of what its shape has."""
    text = f"apiVersion: {shape.api_version}\nkind: {shape.kind}\nmetadata:\n  name: {shape.name}\n"
    for field in ("labels", "annotations"):
        text += f"  {field}:\n{_pairs(random, 4, random.randint(1, 2))}\n" if random.random() > 0.5 else ""
    for line in shape.body.splitlines():
        mark = line.strip().rpartition(" ")[2]
        word, indent = mark.rstrip("0123456789"), int("".join(char for char in mark if char.isdigit()) or 0)
        if word in ("SCALARS", "ITEMS", "NAMED"):
            filled = (
                _pairs(random, indent, random.randint(1, most)) if word == "SCALARS" else MAKERS[word](random, indent)
            )
            text += f"{filled}\n"
        elif word in ("IMAGE", "COUNT"):
            words = ("nginx", "nginx:1", "5", "nginx:5", "1.5") if word == "IMAGE" else ("1", "2", "x", "true")
            text += line.replace(mark, _scalar(random, indent, words)) + "\n"
        else:
            text += f"{line}\n"
    return text


MAKERS = {"ITEMS": _items, "NAMED": _named}


def _quoted(random: Random) -> str:
    return f'"{random.choice(WORDS)}"'


def _indented(text: str, indent: int) -> str:
    return "".join(f"{' ' * indent}{line}\n" for line in text.splitlines())


def _merge(random: Random, shape: Shape) -> str:
    target = f"  target: {{kind: {shape.kind}}}\n" if random.random() > 0.7 else ""
    return f"- patch: |\n{_indented(_resource(random, shape, 1), 4)}{target}"


def _operation(random: Random, shape: Shape, more: str = "") -> str:
    path = random.choice(shape.paths[:-1]).replace(".[name=one]", ".0").replace("*", "0").replace(".", "/")
    operation = f"op: add\n  path: /{path}\n  value: {_scalar(random, 4)}"
    return f"- target: {{kind: {shape.kind}{more}}}\n  patch: |-\n{_indented(f'- {operation}', 4)}"


def _older_operation(random: Random, shape: Shape) -> str:
    group = shape.api_version.rpartition("/")[0]
    return _operation(random, shape, f", name: {shape.name}, version: v1, group: '{group}'")


def _options(random: Random, lowest: int, others: tuple[str, ...] = ()) -> str:
    cut = f"delimiter: '{random.choice(DELIMITERS)}', index: {random.randint(lowest, 1)}"
    chosen = [one for one in (*others, cut) if random.random() > (0.3 if one in others else 0.65)]
    return f"    options: {{{', '.join(chosen)}}}\n" if chosen else ""


def _replacement(random: Random, shapes: list[Shape]) -> str:
    source, target = random.choice(shapes), random.choice(shapes)
    text = f"- source:\n    kind: {source.kind}\n    fieldPath: {random.choice(source.paths).replace('*', '0')}\n"
    text = text + _options(random, 0) if random.random() > 0.4 else f"- sourceValue: {_quoted(random)}\n"
    text += f"  targets:\n  - select: {{kind: {target.kind}}}\n    fieldPaths: ['{random.choice(target.paths)}']\n"
    return text + _options(random, -1, ("create: true",))


def _literals(random: Random, shapes: list[Shape]) -> str:
    is_there = any(shape.kind == "ConfigMap" for shape in shapes)
    name, behavior = ("cm", random.choice(["merge", "replace"])) if is_there else ("made", "create")
    pair = f"{random.choice(KEYS)}={random.choice(WORDS)}".replace("'", "''")
    options = f"  options: {{disableNameSuffixHash: true, labels: {{a: {_quoted(random)}}}}}\n"
    return f"- name: {name}\n  behavior: {behavior}\n  literals: ['{pair}']\n{options if random.random() > 0.5 else ''}"


def _var(random: Random, shape: Shape) -> str:
    path = random.choice([path for path in shape.paths if "*" not in path])
    target = f"{{kind: {shape.kind}, name: {shape.name}, apiVersion: {shape.api_version}}}"
    return f"- name: VAR\n  objref: {target}\n  fieldref: {{fieldpath: '{path}'}}\n"


def _transformer(random: Random, shape: Shape) -> str:
    key, word, other = random.choice(KEYS), _quoted(random), _quoted(random)
    path = random.choice([path for path in shape.paths if not set("[*0") & set(path)]).replace(".", "/")
    told = random.choice(
        [
            f"kind: LabelTransformer\nlabels: {{{key}: {word}}}\nfieldSpecs: [{{path: spec, kind: Widget}}]",
            f"kind: AnnotationsTransformer\nannotations: {{{key}: {word}}}\nfieldSpecs: [{ANNOTATIONS}]",
            "kind: ReplicaCountTransformer\nreplica: {name: w, count: 5}\nfieldSpecs: [{path: spec/a, create: true}]",
            f"kind: ImageTagTransformer\nimageTag: {{name: {word}, newName: {other}}}\nfieldSpecs: [{{path: spec/a}}]",
            f"kind: ValueAddTransformer\nvalue: {word}\ntargets: [{{fieldPath: {path}}}]",
        ]
    )
    name = random.choice(["one", "two", "three"])
    return f"- |\n{_indented(f'apiVersion: builtin{chr(10)}metadata: {{name: {name}}}{chr(10)}{told}', 2)}"


def _label(random: Random, shape: Shape) -> str:
    option = random.choice(
        ["", "  includeSelectors: true\n", "  fields: [{path: spec/a, kind: Widget, create: true}]\n"]
    )
    return f"- pairs: {{{random.choice(KEYS)}: {_quoted(random)}}}\n{option}"


def _image(random: Random, shape: Shape) -> str:
    change = random.choice(["newTag: '5'", "newTag: '1.10'", "newName: 'true'", "newName: '5'"])
    return f"- {{name: {random.choice(['nginx', chr(39) + '1.5' + chr(39)])}, {change}}}\n"


ONE = {
    "patches": lambda random, shape: random.choice([_merge, _merge, _operation])(random, shape),
    "patchesStrategicMerge": lambda random, shape: f"- |\n{_indented(_resource(random, shape, 1), 2)}",
    "patchesJson6902": _older_operation,
    "labels": _label,
    "commonAnnotations": lambda random, shape: f"  {random.choice(KEYS)}: {_quoted(random)}\n",
    "images": _image,
    "vars": _var,
    "transformers": _transformer,
}
"""Field -> one entry of it, for one of the resources that are there."""


def _changes(random: Random, shapes: list[Shape]) -> str:
    """Give some fields of a kustomization that write scalars."""
    text = ""
    for field in random.sample(
        [*ONE, "replacements", "configMapGenerator", "replicas", "namePrefix"], random.randint(1, 3)
    ):
        if field == "replacements":
            text += f"{field}:\n" + "".join(_replacement(random, shapes) for _ in range(random.randint(1, 2)))
        elif field == "configMapGenerator":
            text += f"{field}:\n{_literals(random, shapes)}"
        elif field == "namePrefix":
            text += (
                f"{random.choice(['namePrefix', 'nameSuffix', 'namespace'])}: {random.choice(['p-', QUOTED_FIVE])}\n"
            )
        elif field == "replicas":
            has_any = any(shape.kind == "Deployment" for shape in shapes)
            text += f"{field}: [{{name: dep, count: 3}}]\n" if has_any else ""
        else:
            text += f"{field}:\n{ONE[field](random, random.choice(shapes))}"
    return text
