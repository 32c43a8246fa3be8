"""The programs of this machine, for a build that may run them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kfinstall.build.external import plugins_refused
from kfinstall.build.functions import Function, FunctionOptions
from kfinstall.build.helm import helm_refused
from kfinstall.build.programs import Chart, Plugin
from kfinstall.build.reading.files import ROOT_ONLY, Folder, bounded
from kfinstall.build.reading.tree import RESTRICTORS
from kfinstall.load.disk import DiskFiles
from kfinstall.load.downloads import Downloads
from kfinstall.load.helm import HelmOptions, render_chart
from kfinstall.load.plugins import run_function, run_plugin


@dataclass(frozen=True, slots=True)
class LocalPrograms:
    """Runs programs of this machine; what is None is not allowed.

    `downloads` are those that the tree was loaded with, and `load_restrictor` its own: it holds for the files that a
    program is given too. `functions` allows plugins too; `say` is told what they say and do not fail.
    """

    downloads: Downloads
    load_restrictor: str = "rootOnly"
    helm: HelmOptions | None = None
    functions: FunctionOptions | None = None
    say: Callable[[str], None] = lambda text: None

    def render_chart(self, chart: Chart) -> bytes:
        """Give what `helm template` prints for a chart.

        Raises: InputError when Helm is not allowed, or refuses.
        """
        if self.helm is None:
            raise helm_refused(chart.told)
        return render_chart(chart, self.helm, self._folder(chart.root, chart.shown, chart.clone))

    def run_function(self, function: Function, given: bytes) -> bytes:
        """Give what a KRM function prints for what it is given.

        Raises: InputError when functions are not allowed, or it fails.
        """
        if self.functions is None:
            raise plugins_refused(function.label, function.origin)
        return run_function(function, given, self.functions, self.say)

    def run_plugin(self, plugin: Plugin, given: bytes) -> bytes:
        """Give what a plugin prints for what it is given.

        Raises: InputError when plugins are not allowed, there is none, or it fails.
        """
        if self.functions is None:
            raise plugins_refused(plugin.label, plugin.origin)
        return run_plugin(plugin, given, self._folder(plugin.root, plugin.shown, plugin.clone))

    def _folder(self, root: str, shown: str, clone: str) -> Folder:
        restrictor = ROOT_ONLY if clone else RESTRICTORS[self.load_restrictor]  # a repository stays within itself
        return Folder(bounded(DiskFiles()), self.downloads, root, shown, restrictor, clone)
