"""A throwaway control plane on this machine, in the shape of a platform: real programs, simulated nodes and cloud.

    with localplane.up("gke") as plane:
        ...                                   # plane.kubeconfig

`start_detached` and `stop` are the same for a control plane that outlives the process which starts it.
"""

from kfinstall.localplane.binaries import DEFAULT_CHOICE, Choice, find_binaries
from kfinstall.localplane.detached import logs, start_detached, stop, stop_all
from kfinstall.localplane.plane import Plane, up
from kfinstall.localplane.progress import Progress, Step
from kfinstall.localplane.state import Instance, find, find_only, instances

__all__ = [
    "DEFAULT_CHOICE",
    "Choice",
    "Instance",
    "Plane",
    "Progress",
    "Step",
    "find",
    "find_binaries",
    "find_only",
    "instances",
    "logs",
    "start_detached",
    "stop",
    "stop_all",
    "up",
]
