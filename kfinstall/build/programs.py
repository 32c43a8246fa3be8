"""Programs that a build may need: what they are told, and how what they print becomes resources.

Nothing is run here, and nothing without a `Programs` that whoever starts a build hands to it.
"""

from __future__ import annotations

from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple, Protocol
from kfinstall.manifest import parse_resources
from kfinstall.resource import Resource

if TYPE_CHECKING:
    from kfinstall.build.functions import Function
    from kfinstall.build.kustomization import HelmChart
    from kfinstall.resource import Origin


class Chart(NamedTuple):
    """A Helm chart to render: what its entry says, and where charts and Helm's own files are.

    `chart_home` and `config_home` are as written, empty where nothing was; `root` is the real path of the folder of
    the kustomization, `shown` the path a person knows it by, `clone` that of the repository it was fetched with.
    """

    told: HelmChart
    chart_home: str
    config_home: str
    root: str
    shown: str
    clone: str = ""


class Plugin(NamedTuple):
    """A plugin of kustomize's older kind: where it is below the plugin home, what it is called, and what it is told.

    `config` is its configuration as text; `words` are its arguments, and `words_file` names a file with more of them.
    `root`, `shown` and `clone` are as for a chart.
    """

    path: str
    label: str
    origin: Origin
    config: bytes
    words: tuple[str, ...]
    words_file: str
    root: str
    shown: str
    clone: str = ""


class Programs(Protocol):
    """Runs the programs that a tree names, each kind only when whoever started the build allows it."""

    def render_chart(self, chart: Chart) -> bytes:
        """Give what `helm template` prints for a chart.

        Raises: InputError when Helm is not allowed, or refuses.
        """

    def run_function(self, function: Function, given: bytes) -> bytes:
        """Give what a KRM function prints for what it is given.

        Raises: InputError when functions are not allowed, or it fails.
        """

    def run_plugin(self, plugin: Plugin, given: bytes) -> bytes:
        """Give what a plugin prints for what it is given.

        Raises: InputError when plugins are not allowed, there is none, or it fails.
        """


def read_output(output: bytes, label: str, origin: Origin) -> tuple[Resource, ...]:
    """Give the resources that a program printed; they are from where the program was named.

    In:     `label`, what the program is called in errors.
    Raises: InputError for what is no resource.
    """
    try:
        resources = parse_resources(output, label)
    except InputError as error:
        message = f"{error} in what it printed" if error.origin is None else str(error).partition("\n")[0]
        raise InputError(message, origin=origin, hint=f"look at what {label} prints") from None
    return tuple(Resource(one.manifest, origin, one.former_ids, one.notes) for one in resources)
