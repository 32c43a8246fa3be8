"""The programs of this machine, for a build that may run them."""

from __future__ import annotations

from dataclasses import dataclass

from kfinstall.build.helm import helm_refused
from kfinstall.build.programs import Chart
from kfinstall.build.reading.files import ROOT_ONLY, Folder
from kfinstall.build.reading.tree import RESTRICTORS
from kfinstall.load.disk import DiskFiles
from kfinstall.load.downloads import Downloads
from kfinstall.load.helm import HelmOptions, render_chart


@dataclass(frozen=True, slots=True)
class LocalPrograms:
    """Runs programs of this machine; what is None is not allowed.

    `downloads` are those that the tree was loaded with, and `load_restrictor` its own: it holds for the files that a
    program is given too.
    """

    downloads: Downloads
    load_restrictor: str = "rootOnly"
    helm: HelmOptions | None = None

    def render_chart(self, chart: Chart) -> bytes:
        """Give what `helm template` prints for a chart.

        Raises: InputError when Helm is not allowed, or refuses.
        """
        if self.helm is None:
            raise helm_refused(chart.told)
        return render_chart(chart, self.helm, self._folder(chart.root, chart.shown, chart.clone))

    def _folder(self, root: str, shown: str, clone: str) -> Folder:
        restrictor = ROOT_ONLY if clone else RESTRICTORS[self.load_restrictor]  # a repository stays within itself
        return Folder(DiskFiles(), self.downloads, root, shown, restrictor, clone)
