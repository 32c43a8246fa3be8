"""Remote folders and files: what they build to, as the real tool does it, and what goes wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from base64 import b64encode
from pathlib import Path

import pytest

from kfinstall.build import build_resources
from kfinstall.build.repository import parse_repository
from kfinstall.errors import InputError
from kfinstall.load import load_tree
from kfinstall.load.clones import PREFIX
from kfinstall.load.downloads import Downloads
from kfinstall.load.git import clone_repository
from kfinstall.manifest import dump_resources
from tests.judge import judge, write_tree
from tests.servers import Answer, backend, commit, git, make_repository, serve, serve_as

TOP = "top/kustomization.yaml:1:"
TOKEN = "ghp_never0to1be2seen"


def config_map(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n"


BASE = {
    "kustomization.yaml": "namePrefix: root-\nresources: [base]\n",
    "base/kustomization.yaml": "resources: [a.yaml]\nconfigMapGenerator: [{name: g, literals: [a=b]}]\n",
    "base/a.yaml": config_map("a"),
    "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -part\n",
}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder to work in, with temporary files and Git's settings of its own."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("GITHUB_TOKEN", "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    assert not list((tmp_path / "tmp").glob(f"{PREFIX}*")), "clones were left behind"


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A repository with two tags and a branch, to be copied."""
    folder = make_repository(tmp_path_factory.mktemp("template") / "repo.git", BASE)
    git(folder, "tag", "v1")
    commit(folder, {"base/a.yaml": config_map("second")}, tag="v2")
    git(folder, "branch", "feature/x")
    commit(folder, {"base/a.yaml": config_map("third")})
    return folder


@pytest.fixture
def repository(place, template):
    """A repository with two tags and a branch."""
    return Path(shutil.copytree(template, place / "srv" / "org" / "repo.git"))


@pytest.fixture
def web(place, repository):
    """A server that has the repository, and files."""
    pages = {
        "/a.yaml": config_map("fetched").encode(),
        "/patch.yaml": b"- {op: add, path: /metadata/labels, value: {a: b}}\n",
        "/crd.json": b'{"github.com/a.B": {"Schema": {"properties": {}}}}',
        "/data.txt": b"some data\n",
        "/env.txt": b"a=1\nb=2\n",
        "/gone.yaml": Answer(b"no", 410),
        "/page/of": b"<!DOCTYPE html>\n<html><body>log in: [</body></html>",
        "/replacements.yaml": b"- source: {kind: ConfigMap, name: a, fieldPath: metadata.name}\n"
        b"  targets: [{select: {name: a}, fieldPaths: [metadata.labels.x], options: {create: true}}]\n",
        "/generator.yaml": b"apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: made}\nliterals: [x=y]\n",
        "/transformer.yaml": b"apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\nprefix: web-\n"
        b"fieldSpecs: [{path: metadata/name}]\n",
    }
    with serve(pages, place / "srv") as server:
        yield server


def build(path: Path | str = "top") -> str:
    return dump_resources(build_resources(load_tree(path)))


def write(text: str, **more: str) -> None:
    write_tree(Path.cwd(), {"top/kustomization.yaml": text, "top/a.yaml": config_map("a"), **more})


def mistakes(path: Path | str = "top") -> list[str]:
    with pytest.raises((InputError, ExceptionGroup)) as caught:
        build(path)
    return [str(one).replace("\n  hint: ", " | ") for one in getattr(caught.value, "exceptions", [caught.value])]


def agrees(path: Path | str = "top") -> str:
    """What is built, which is what the real tool builds."""
    text = build(path)
    assert text == judge(path)
    return text


SPELLINGS = [
    "file://{srv}/org/repo.git",
    "file://{srv}/org/repo.git?ref=v1",
    "file://{srv}/org/repo.git//base?ref=v1",
    "file://{srv}/org/repo.git/base?ref=v2&submodules=false",
    "file://{srv}/org/repo.git?version=v1",
    "file://{srv}/org/repo.git?ref=feature/x&timeout=20s",
    "file://{srv}/org/repo.git//base/../base",
    "git::file://{srv}/org/repo.git//base?ref=v1",
    "FILE://{srv}/org/repo.git//base?ref=v1",
    "{web}/git/org/repo.git",
    "{web}/git/org/repo.git//base?ref=v1",
    "{web}/git/org/repo.git/base?ref=feature%2Fx",
    "git::{web}/git/org/repo.git?ref=v2",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_repository_is_cloned_at_its_ref(place, web, spelling):
    url = spelling.format(srv=place / "srv", web=web.url)
    write(f"buildMetadata: [originAnnotations, transformerAnnotations]\nresources: ['{url}']\nnamePrefix: top-\n")
    assert "name: top-" in agrees()


@pytest.mark.parametrize("spelling", SPELLINGS[2::5])
def test_the_root_may_be_a_repository(place, web, spelling):
    assert "kind: ConfigMap" in agrees(spelling.format(srv=place / "srv", web=web.url))


def test_a_commit_is_a_ref_where_the_server_allows(repository):
    write(f"resources: ['file://{repository}//base?ref={git(repository, 'rev-parse', 'v1')}']\n")
    assert "name: a\n" in agrees()


def test_components_generators_and_transformers_may_be_remote(repository, web):
    write(
        f"resources: [a.yaml]\ncomponents: ['file://{repository}//part']\ngenerators: ['{web.url}/generator.yaml']\n"
        f"transformers: ['{web.url}/transformer.yaml']\nbuildMetadata: [originAnnotations]\n"
    )
    assert "name: web-a-part" in agrees()


@pytest.mark.parametrize(
    "field",
    [
        "resources: ['{}/a.yaml']",
        "patches: [{{path: '{}/patch.yaml', target: {{kind: ConfigMap}}}}]",
        "patchesJson6902: [{{path: '{}/patch.yaml', target: {{version: v1, kind: ConfigMap, name: a}}}}]",
        "patchesStrategicMerge: ['{}/strategic.yaml']",
        "configMapGenerator: [{{name: x, files: ['{}/data.txt', 'k={}/data.txt'], envs: ['{}/env.txt']}}]",
        "secretGenerator: [{{name: x, envs: ['{}/env.txt']}}]",
        "crds: ['{}/crd.json']",
        "replacements: [{{path: '{}/replacements.yaml'}}]",
        "configurations: ['{}/configuration.yaml']",
        "openapi: {{path: '{}/openapi.json'}}",
        "generators: ['{}/generator.yaml']",
    ],
)
def test_a_file_may_be_a_url_wherever_the_real_tool_takes_one(web, place, field):
    more = {
        "/a.yaml": config_map("fetched").encode(),
        "/patch.yaml": b"- {op: add, path: /metadata/labels, value: {a: b}}\n",
        "/strategic.yaml": config_map("a").encode() + b"  labels: {c: d}\n",
        "/configuration.yaml": b"namePrefix: [{path: metadata/annotations/x}]\n",
        "/openapi.json": b'{"definitions": {}}',
        "/data.txt": b"some data\n",
        "/env.txt": b"a=1\n",
        "/crd.json": b"{}",
        "/generator.yaml": b"apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: made}\nliterals: [x=y]\n",
        "/replacements.yaml": b"- source: {kind: ConfigMap, name: a, fieldPath: metadata.name}\n"
        b"  targets: [{select: {name: a}, fieldPaths: [metadata.labels.x], options: {create: true}}]\n",
    }
    resources = "" if field.startswith("resources") else "resources: [a.yaml]\n"
    with serve(more) as server:
        write(f"buildMetadata: [originAnnotations]\n{resources}{field.format(*[server.url] * 3)}\n")
        assert agrees()


def test_a_url_that_is_no_resource_is_tried_as_a_repository(place, repository):
    """As github.com answers a page for people where a repository is named."""
    html = b"<!DOCTYPE html>\n<html><body>[</body></html>"
    with serve({"/git/org/repo.git": html}, place / "srv") as server:
        write(f"resources: ['{server.url}/git/org/repo.git']\n")
        assert "root-" in agrees()


def test_a_repository_named_twice_is_cloned_once(web):
    url = f"{web.url}/git/org/repo.git"
    write(
        f"resources: ['{url}//base?ref=v1', two]\n",
        **{"top/two/kustomization.yaml": f"namePrefix: two-\nresources: ['{url}//base?ref=v1']\n"},
    )
    load_tree("top")
    assert sum(request.path.endswith("service=git-upload-pack") for request in web.asked) == 1


def test_nothing_is_cloned_unless_a_remote_is_named(place):
    program = (
        "import sys\nfrom kfinstall.load import load_tree\nload_tree('top')\n"
        "print(*{'subprocess', 'socket', 'tempfile', 'kfinstall.load.git', 'kfinstall.load.http'} & set(sys.modules))"
    )
    write("resources: [a.yaml]\n")
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "\n"


def test_a_submodule_comes_along_unless_it_is_not_wanted(place, monkeypatch):
    inner = make_repository(place / "srv" / "inner.git", {"a.yaml": config_map("inner")})
    outer = make_repository(place / "srv" / "outer.git", {"kustomization.yaml": "resources: [sub/a.yaml]\n"})
    git(outer, "submodule", "add", "-q", f"file://{inner}", "sub")
    commit(outer, {})
    with serve({}, place / "srv") as server:
        git(outer, "config", "-f", ".gitmodules", "submodule.sub.url", "../inner.git")
        commit(outer, {})
        write(f"resources: ['{server.url}/git/outer.git']\n")
        assert "name: inner" in agrees()
        write(f"resources: ['{server.url}/git/outer.git?submodules=false']\n")
        assert judge("top") is None
        assert "no such file" in mistakes()[0]


def test_a_repository_from_elsewhere_has_no_submodule_of_this_machine(place, monkeypatch):
    """Whatever the user's settings allow; what is on this machine may have one, if they do."""
    inner = make_repository(place / "private.git", {"a.yaml": config_map("private")})
    outer = make_repository(place / "srv" / "outer.git", {"kustomization.yaml": "resources: [sub/a.yaml]\n"})
    git(outer, "submodule", "add", "-q", f"file://{inner}", "sub")
    commit(outer, {})
    write_tree(place, {"home/.gitconfig": '[protocol "file"]\n\tallow = always\n'})
    with serve({}, place / "srv") as server:
        write(f"resources: ['{server.url}/git/outer.git']\n")
        assert "transport 'file' not allowed" in mistakes()[0]
    write(f"resources: ['file://{outer}']\n")
    assert "name: private" in agrees()


def test_what_looks_like_a_repository_is_one_even_if_there_is_a_folder(place, monkeypatch):
    for name, value in (
        ("COUNT", "1"),
        ("KEY_0", "url.file:///nowhere/.insteadOf"),
        ("VALUE_0", "https://github.com/"),
    ):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    folder = {"top/github.com/org/repo/kustomization.yaml": "namePrefix: x-\n"}
    write("resources: [github.com/org/repo]\n", **folder)
    assert judge("top") is None
    assert mistakes()[0].startswith(f"{TOP} cannot clone https://github.com/org/repo: ")
    write("resources: [./github.com/org/repo, a.yaml]\n", **folder)
    assert agrees()


def test_what_looks_like_a_repository_is_a_file_if_there_is_one(place):
    write("resources: [github.com/org/a.yaml]\n", **{"top/github.com/org/a.yaml": config_map("here")})
    assert "here" in agrees()


@pytest.mark.parametrize(
    ("files", "entry", "mistake"),
    [
        ({"k/kustomization.yaml": "resources: [../../outside]\n"}, "//k", "no such file or folder: '../../outside'"),
        ({"k/kustomization.yaml": "resources: [../../../../..]\n"}, "//k", "leads out of the repository of"),
        ({"k/kustomization.yaml": "resources: [../a.yaml]\n", "a.yaml": "x"}, "//k", "'../a.yaml' is outside"),
        ({"k/kustomization.yaml": "resources: [/etc/hostname]\n"}, "//k", "'/etc/hostname' is outside"),
        ({"a.yaml": "x"}, "//nowhere", "'nowhere' is not there in file://"),
        ({"a.yaml": "x"}, "//a.yaml", "'a.yaml' is a file, not a folder in file://"),
        ({"a.yaml": "x"}, "", "has no kustomization"),
        ({"kustomization.yaml": "resorces: []\n"}, "", "unknown field 'resorces'"),
        ({"a.yaml": "x"}, "?ref=none", "couldn't find remote ref none | name a branch"),
        ({"a.yaml": "x"}, "?ref=a;b", "cannot be read | write ?ref=NAME"),
    ],
)
def test_a_repository_that_is_wrong_is_refused(place, files, entry, mistake):
    folder = make_repository(place / "srv" / "bad.git", files)
    write(f"resources: ['file://{folder}{entry}']\n")
    assert mistake in mistakes()[0]
    if "cannot be read" not in mistake:
        assert judge("top") is None


def test_mistakes_in_a_repository_have_its_name_and_their_line(place):
    folder = make_repository(place / "srv" / "bad.git", {"k/kustomization.yaml": "resources:\n- a.yaml\n- b.yaml\n"})
    commit(folder, {"k/a.yaml": "a: [\n"})
    write(f"resources: ['file://{folder}//k']\n")
    first, second = mistakes()
    assert first.startswith(f"file://{folder}//k/a.yaml:")
    assert second.startswith(f"file://{folder}//k/kustomization.yaml:3: no such file or folder: 'b.yaml'")


@pytest.mark.parametrize("target", ["/etc/hostname", "../../../outside.yaml", "../outside"])
def test_a_symlink_may_not_lead_out_of_a_repository(place, target):
    write_tree(place, {"outside/kustomization.yaml": "namePrefix: x-\n", "outside.yaml": config_map("x")})
    folder = make_repository(place / "srv" / "bad.git", {"k/kustomization.yaml": "resources: [link]\n"})
    (folder / "k" / "link").symlink_to(target)
    (folder / "outside").symlink_to(place / "outside")
    commit(folder, {})
    write(f"resources: ['file://{folder}//k']\n")
    assert judge("top") is None
    assert "'link'" in mistakes()[0]
    write(f"resources: ['file://{folder}//outside']\n")
    assert "'outside' leads out of" in mistakes()[0]


def test_cycles_through_repositories_are_found(place):
    one = make_repository(
        place / "srv" / "one.git", {"kustomization.yaml": f"resources: ['file://{place}/srv/two.git']\n"}
    )
    make_repository(place / "srv" / "two.git", {"kustomization.yaml": f"resources: ['file://{one}']\n"})
    write(f"resources: ['file://{one}']\n")
    assert judge("top") is None
    assert mistakes() == [
        f"file://{place}/srv/two.git//kustomization.yaml:1: bases form a cycle: 'file://{one}' is named by "
        f"'file://{one}' | remove one of the two entries"
    ]
    commit(one, {"kustomization.yaml": f"resources: ['file://{one}?ref=main']\n"})
    assert "bases form a cycle" in mistakes(f"file://{one}//?ref=main")[0]


def test_a_folder_of_a_repository_may_name_another_of_it_as_remote(place):
    url = f"file://{place}/srv/one.git"
    files = {
        "base/sub/kustomization.yaml": f"namePrefix: sub-\nresources: ['{url}//base?ref=main']\n",
        "base/kustomization.yaml": "resources: [a.yaml]\n",
        "base/a.yaml": config_map("a"),
    }
    make_repository(place / "srv" / "one.git", files)
    write(f"resources: ['{url}//base/sub?ref=main']\n")
    assert "sub-a" in agrees()


@pytest.mark.parametrize("ref", ["--upload-pack=touch owned", "-x"])
def test_a_ref_that_is_an_option_is_refused(place, repository, ref):
    write(f"resources: ['file://{repository}?ref={ref.replace(' ', '%20')}']\n")
    assert mistakes() == [f"{TOP} the ref '{ref}' begins with '-' | name a branch, a tag or a commit"]
    assert not list(place.rglob("owned"))


@pytest.mark.parametrize(
    "entry",
    [
        "ext::sh -c 'touch owned'",
        "git::ext::sh -c touch% owned",
        "ssh://-oProxyCommand=touch owned/org/repo",
        "git@-oProxyCommand=touch owned:org/repo",
    ],
)
def test_an_address_that_is_a_command_runs_nothing(place, entry):
    write(f'resources: ["{entry}"]\n')
    assert len(mistakes()) == 1
    assert not list(place.rglob("owned"))


def test_what_is_cloned_runs_nothing(place, monkeypatch):
    """Hooks in the tree that a user's settings point to, a submodule that is a command, and a template with hooks."""
    hook = f"#!/bin/sh\ntouch {place}/owned\n"
    folder = make_repository(place / "srv" / "bad.git", {".hooks/post-checkout": hook, **BASE})
    (folder / ".hooks" / "post-checkout").chmod(0o755)
    commit(folder, {".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% owned\n'})
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{git(folder, 'rev-parse', 'HEAD')},x")
    git(folder, "commit", "-q", "-m", "submodule")
    write_tree(place, {"template/hooks/post-checkout": hook})
    (place / "template/hooks/post-checkout").chmod(0o755)
    settings = f"[core]\n\thooksPath = .hooks\n[init]\n\ttemplateDir = {place}/template\n[protocol]\n\tallow = always\n"
    write_tree(place, {"home/.gitconfig": settings + '[protocol "ext"]\n\tallow = always\n'})
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file:ext")
    write(f"resources: ['file://{folder}?submodules=false']\n")
    assert build()
    write(f"resources: ['file://{folder}']\n")
    assert "cannot clone" in mistakes()[0]
    assert "not allowed" in mistakes()[0]
    assert not list(place.rglob("owned"))


def test_git_that_is_called_from_a_hook_touches_no_other_repository(place, repository, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    before = (repository / ".git" / "config").read_bytes()
    write(f"resources: ['file://{repository}//base?ref=v1']\n")
    assert "name: a\n" in build()
    assert (repository / ".git" / "config").read_bytes() == before


def test_a_user_and_password_are_used_and_shown_nowhere(place, web, monkeypatch):
    """The program that stands for Git writes down its arguments and the clone's settings, then is Git."""
    tool = place / "bin" / "git"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\n(echo "$@"; cat .git/config) >> {place}/arguments\nexec $REAL_GIT "$@"\n')
    tool.chmod(0o755)
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    monkeypatch.setenv("REAL_GIT", real)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GIT_TRACE_CURL", "1")
    monkeypatch.setenv("GIT_TRACE_REDACT", "0")
    host = web.url.removeprefix("http://")
    url = f"http://alice:s3cret@{host}/git/org/repo.git"
    write(f"buildMetadata: [originAnnotations]\nresources: ['{url}//base?ref=v1']\n")
    text = build()
    assert f"repo: http://{host}/git/org/repo.git" in text
    write(f"resources: ['{url}?ref=none', 'http://alice:s3cret@{host}/gone.yaml']\n")
    said = "".join(mistakes())
    arguments = (place / "arguments").read_text()
    assert "fetch" in arguments
    assert '[remote "origin"]' in arguments
    for secret in ("s3cret", "alice", TOKEN):
        assert secret not in text + said + arguments


def test_a_password_reaches_the_server(place, repository):
    seen = []

    def page(request):
        seen.append(request.headers.get("Authorization"))
        return Answer(b"no", 401, {"WWW-Authenticate": "Basic"} if not seen[-1] else {})

    with serve({"/org/repo.git/info/refs": page, "/a.yaml": page}) as server:
        host = server.url.removeprefix("http://")
        write(
            f"resources: ['git::http://alice:s3%20cret@{host}/org/repo.git', 'http://alice:s3%20cret@{host}/a.yaml']\n"
        )
        first, second = mistakes()
    assert seen.count("Basic YWxpY2U6czMgY3JldA==") >= 2
    assert "Git logs in by a credential helper" in first
    assert "'http://" in second
    assert "answers 401 Unauthorized | it needs a login" in second


@pytest.mark.parametrize(
    ("answer", "mistake"),
    [
        (Answer(b"", 404), "answers 404 Not Found | is it spelled right?"),
        (Answer(b"", 429), "answers 429 Too Many Requests | the server limits how often one may ask: wait a while"),
        (Answer(b"", 403, {"X-RateLimit-Remaining": "0"}), "answers 403 Forbidden | the server limits how often"),
        (Answer(b"", 500), "answers 500 Internal Server Error"),
        (Answer(b"", 302, {"Location": "/a.yaml"}), "redirects more than 10 times"),
        (Answer(b"", 302, {"Location": "file:///etc/hostname"}), "a.yaml"),
        (Answer(b"", 302, {"Location": "ftp://127.0.0.1/x"}), "leads to what is no address of HTTP"),
    ],
)
def test_a_file_that_cannot_be_had_is_named_with_what_the_server_said(answer, mistake):
    with serve({"/a.yaml": answer}) as server:
        write(f"resources: ['{server.url}/a.yaml?token=s3cret']\n")
        (said,) = mistakes()
        assert said.startswith(f"{TOP} ")
        assert mistake in said
        assert f"{server.url}/a.yaml'" in said
        assert judge("top") is None


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        ("org/repo/main/a.yaml", "'{}' answers 404 Not Found | is it spelled right?"),
        ("org/repo/main/bad.yaml?x=1", "bad.yaml:2: not YAML: "),
        ("org/repo/page", "cannot clone {}: repository '{}/' not found"),
        ("org/repo", "cannot clone {}: repository '{}/' not found; and as a file, '{}' answers 404 Not Found"),
    ],
)
def test_a_url_is_taken_for_what_it_looks_like_when_it_is_neither(name, mistake):
    pages = {"/org/repo/main/bad.yaml": b"a: b\nc: [\n", "/org/repo/page": b"<html>[</html>"}
    with serve(pages) as server:
        write(f"resources: ['{server.url}/{name}']\n")
        (said,) = mistakes()
    url = f"{server.url}/{name}" if name.endswith(".yaml") else f"{server.url}/org/repo"
    assert mistake.replace("{}", url) in said


def test_redirects_are_followed_and_logins_are_not_sent_along():
    asked = []

    def page(request):
        asked.append(request.headers.get("Authorization"))
        return Answer(config_map("found").encode())

    with (
        serve({"/b.yaml": page}) as other,
        serve({"/a.yaml": Answer(b"", 302, {"Location": f"{other.url}/b.yaml"})}) as one,
    ):
        write(f"resources: ['{one.url.replace('//', '//alice:s3cret@')}/a.yaml']\n")
        assert "found" in build()
    assert asked == [None]


def test_a_file_that_breaks_off_is_refused():
    with serve({"/a.yaml": Answer(config_map("a").encode(), headers={"Content-Length": "1000"})}) as server:
        write(f"resources: ['{server.url}/a.yaml']\n")
        assert mistakes() == [f"{TOP} '{server.url}/a.yaml' came in part: the server hung up | try again"]
        assert judge("top") is None


def test_a_file_over_the_limit_is_refused():
    from kfinstall.build.reading.files import MAX_BYTES

    with serve({"/a.yaml": b"#" * (MAX_BYTES + 1)}) as server:
        write(f"resources: ['{server.url}/a.yaml']\n")
        assert mistakes() == [f"{TOP} '{server.url}/a.yaml' has more than 64 MiB | split it"]


@pytest.mark.parametrize("root", ["https://example.com/a.yaml", "http://me:s3cret@example.com"])
def test_a_url_that_is_no_repository_is_no_folder(root):
    name = root.replace("me:s3cret@", "")
    hint = "write it as https://host/org/repo//folder?ref=NAME"
    assert mistakes(root) == [f"'{name}' names no repository | {hint}"]
    write(f"components: ['{root}']\n")
    assert mistakes() == [f"{TOP} '{name}' names no repository | {hint}"]


def test_the_load_restrictor_does_not_open_a_repository(place):
    folder = make_repository(place / "srv" / "bad.git", {"k/kustomization.yaml": "resources: [../a.yaml]\n"})
    commit(folder, {"a.yaml": config_map("a")})
    with pytest.raises(InputError, match=r"'\.\./a\.yaml' is outside"):
        load_tree(f"file://{folder}//k", load_restrictor="none")
    assert judge(f"file://{folder}//k", "--load-restrictor=LoadRestrictionsNone") is None


def test_the_load_restrictor_does_not_open_a_repository_to_helm_either(place):
    chart = "helmCharts: [{name: app, valuesFile: /etc/hostname}]\n"
    folder = make_repository(
        place / "srv" / "bad.git", {"kustomization.yaml": chart, "charts/app/Chart.yaml": "name: app\n"}
    )
    helm = place / "helm"
    helm.write_text(f"#!/bin/sh\ncase $1 in version) echo v3.19.0;; *) touch {place}/rendered;; esac\n")
    helm.chmod(0o755)
    options = ["--enable-helm", f"--helm-command={helm}", "--load-restrictor=LoadRestrictionsNone"]
    command = [sys.executable, "-m", "kfinstall", "build", f"file://{folder}", *options]
    run = subprocess.run(command, capture_output=True, text=True)
    assert "'/etc/hostname' is outside" in run.stderr
    assert run.returncode == 2
    assert judge(f"file://{folder}", *options) is None
    assert not (place / "rendered").exists()


def test_a_server_that_never_answers_ends_with_the_timeout(place):
    hangs = threading.Event()

    def page(request):
        hangs.wait(20)
        return Answer()

    with serve({"/org/repo.git": page, "/org/repo.git/info/refs": page}) as server:
        write(f"resources: ['{server.url}/org/repo.git?timeout=500ms']\n")
        (said,) = mistakes()
        hangs.set()
    assert f"cannot clone {server.url}/org/repo.git: not done in 0.5 s; and as a file" in said
    assert "?timeout=120s" in said


def test_nobody_listening_is_said(place):
    with serve({}) as server:
        url = server.url
    write(f"resources: ['{url}/a.yaml', '{url}/org/repo.git']\n")
    first, second = mistakes()
    assert first == f"{TOP} cannot fetch '{url}/a.yaml': Connection refused | can this machine reach that host?"
    assert f"cannot clone {url}/org/repo.git: " in second
    assert second.endswith("| can this machine reach that host?")


def test_without_git_it_is_said(place, repository, monkeypatch):
    monkeypatch.setenv("PATH", str(place))
    write(f"resources: ['file://{repository}']\n")
    assert mistakes() == [
        f"{TOP} cannot clone file://{repository}: there is no git to run | install Git, or clone it beside your tree"
    ]


BOMB = {"kustomization.yaml": "resources: []\n", "zeros": "0" * 8_000_000}
NOISE = {"kustomization.yaml": "resources: []\n", "noise": b64encode(os.urandom(3_000_000)).decode()}


@pytest.mark.parametrize("files", [BOMB, NOISE], ids=["when-it-is-checked-out", "when-it-is-fetched"])
def test_a_clone_that_is_too_large_is_refused(place, files):
    made = make_repository(place / "srv" / "large.git", files)
    repository = parse_repository(f"file://{made}")
    (place / "clone" / "repository").mkdir(parents=True)
    with pytest.raises(InputError, match="it has more than 2 MiB") as caught:
        clone_repository(repository, place / "clone" / "repository", os.environ, 2 * 2**20)
    assert caught.value.hint == "clone it beside your tree, and name the folder"


def test_all_clones_of_a_run_are_bounded_together(place):
    made = [make_repository(place / "srv" / name, NOISE) for name in ("one.git", "two.git")]
    write("".join(["resources:\n", *(f"- file://{folder}\n" for folder in made)]))
    with (
        Downloads(most_bytes=12 * 2**20) as downloads,
        pytest.raises(InputError, match=r"two\.git.*: it has more than"),
    ):
        load_tree("top", downloads=downloads)
    with Downloads(most_bytes=24 * 2**20) as downloads:
        load_tree("top", downloads=downloads)


def test_the_time_of_all_fetches_is_bounded(web):
    entries = ("a.yaml", "b.yaml", "git/org/repo.git", "a.yaml")
    write("".join(["resources:\n", *(f"- {web.url}/{entry}\n" for entry in entries)]))
    with Downloads(most_s=6e-9) as downloads, pytest.raises(ExceptionGroup) as caught:
        load_tree("top", downloads=downloads)
    said = "what is remote has taken 1e-10 minutes: no more is fetched"
    assert [(error.origin.line, error.message) for error in caught.value.exceptions] == [(3, said), (4, said)]


def test_what_a_killed_run_left_is_removed_by_the_next(place, repository):
    left = place / "tmp" / f"{PREFIX}left"
    left.mkdir()
    (left / "lock").touch()
    (left / "file").write_text("x")
    write(f"resources: ['file://{repository}']\n")
    assert build()
    assert not left.exists()


def test_the_command_builds_and_removes_its_clone_when_interrupted(place, repository):
    run = subprocess.run(
        [sys.executable, "-m", "kfinstall", "build", f"file://{repository}//base?ref=v1"],
        capture_output=True,
        text=True,
    )
    assert run.stdout == judge(f"file://{repository}//base?ref=v1")
    tool = place / "bin" / "git"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nkill -TERM $(ps -o ppid= -p $$)\nsleep 20\n")
    tool.chmod(0o755)
    environ = {**os.environ, "PATH": f"{tool.parent}:{os.environ['PATH']}"}
    command = [sys.executable, "-m", "kfinstall", "build", f"file://{repository}"]
    run = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert run.returncode == 130, run.stderr
    assert not list((place / "tmp").iterdir())


@pytest.fixture
def github(place, repository, monkeypatch):
    """What answers as github.com, behind a proxy: pages for people, and repositories, one of them private."""
    limited = Answer(b"slow down", 429)
    secret = {f"Basic {b64encode(f'x-access-token:{TOKEN}'.encode()).decode()}", f"token {TOKEN}"}

    def is_in(request):
        return request.headers.get("Authorization") in secret

    def page(request):
        return Answer(b"<!DOCTYPE html>\n<html>[</html>") if is_in(request) else Answer(b"", 404)

    def repository_of_org(request):
        asks = Answer(b"", 401, {"WWW-Authenticate": "Basic"})
        inside = request._replace(path=request.path.replace("/org/private", "/git/org/repo.git"))
        return backend(place / "srv", inside) if is_in(request) else asks

    pages = {
        "github.com/org/private": page,
        "github.com/org/private/info/refs": repository_of_org,
        "github.com/org/private/git-upload-pack": repository_of_org,
        "github.com/org/public": b"<!DOCTYPE html>\n<html>[</html>",
        "github.com/org/public/info/refs": Answer(
            b"", 301, {"Location": "/git/org/repo.git/info/refs?service=git-upload-pack"}
        ),
        "github.com/org/busy": limited,
        "github.com/org/busy/info/refs": limited,
        "raw.githubusercontent.com/org/repo/main/a.yaml": lambda r: config_map("raw").encode() if is_in(r) else limited,
        "raw.githubusercontent.com/org/repo/main/away.yaml": Answer(
            b"", 302, {"Location": "https://elsewhere.com/a.yaml"}
        ),
        "elsewhere.com/a.yaml": config_map("elsewhere").encode(),
    }
    hosts = ("github.com", "raw.githubusercontent.com", "elsewhere.com")
    with serve_as(hosts, place / "tls", pages, place / "srv") as internet:
        for name in ("https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, internet.proxy)
        monkeypatch.setenv("SSL_CERT_FILE", str(internet.ca))
        monkeypatch.setenv("GIT_SSL_CAINFO", str(internet.ca))
        monkeypatch.setenv("NO_PROXY", "")
        yield internet


@pytest.mark.parametrize(
    "spelling", ["github.com/org/public/base?ref=v1", "https://github.com/org/public//base", "gitHub.com:org/public"]
)
def test_github_needs_no_scheme(github, spelling):
    write(f"buildMetadata: [originAnnotations]\nresources: ['{spelling}']\n")
    assert "repo: https://github.com/org/public" in agrees()


def test_the_token_opens_what_is_private_at_github_and_goes_nowhere_else(github, monkeypatch):
    private = "https://github.com/org/private"
    write(f"resources: ['{private}//base?ref=v1']\n")
    (said,) = mistakes()
    assert said.startswith(f"{TOP} cannot clone {private}: could not read Username")
    assert "answers 404 Not Found | it is private, or not there" in said
    monkeypatch.setenv("GITHUB_TOKEN", f"{TOKEN}\n")
    load_tree("top")
    raw = "https://raw.githubusercontent.com/org/repo/main"
    write(f"resources: ['{raw}/a.yaml', '{raw}/away.yaml']\n")
    assert "name: elsewhere" in build()
    sent = {request.headers["Host"] for request in github.asked if "Authorization" in request.headers}
    assert sent == {"github.com", "raw.githubusercontent.com"}
    assert "elsewhere.com" in {request.headers["Host"] for request in github.asked}


def test_a_token_stays_at_home_over_plain_http(web, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    write(f"resources: ['{web.url}/git/org/repo.git//base', '{web.url}/a.yaml']\n")
    load_tree("top")
    assert web.asked
    assert not any("Authorization" in request.headers for request in web.asked)


def test_what_can_be_no_token_is_refused_and_not_shown(github, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret\nX-Other: x")
    write("resources: ['https://github.com/org/public']\n")
    (said,) = mistakes()
    assert "GITHUB_TOKEN holds what can be no token" in said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    "entry", ["https://github.com/org/busy", "https://raw.githubusercontent.com/org/repo/main/a.yaml"]
)
def test_github_that_has_had_enough_is_told_from_other_mistakes(github, entry):
    write(f"resources: ['{entry}']\n")
    (said,) = mistakes()
    assert "answers 429 Too Many Requests" in said
    assert said.endswith("| GitHub limits how often one may ask: wait a while, or set GITHUB_TOKEN")


def test_other_commands_take_a_repository_too(repository, web):
    for root in (f"file://{repository}//base?ref=v1", f"{web.url}/git/org/repo.git//base?ref=v1"):
        run = subprocess.run([sys.executable, "-m", "kfinstall", "graph", root], capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        assert "ConfigMap default/a" in run.stdout
