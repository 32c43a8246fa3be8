"""Observe a cluster and run a plan on it: send, wait for health, record, prune."""

from kfinstall.apply.checks import check_adoption
from kfinstall.apply.clock import SystemClock
from kfinstall.apply.events import Event
from kfinstall.apply.handover import hand_over, look_to_hand_over
from kfinstall.apply.history import find_revision, read_history, read_revision
from kfinstall.apply.install import install, preview
from kfinstall.apply.model import RECORD_NAMESPACE, Installation, Options, PodRow, StatusRow
from kfinstall.apply.observe import observe
from kfinstall.apply.record import find_installations as installations
from kfinstall.apply.record import read_inventory
from kfinstall.apply.run import run_plan
from kfinstall.apply.status import status
from kfinstall.apply.uninstall import look_to_uninstall, uninstall
from kfinstall.apply.view import View, look

__all__ = [
    "RECORD_NAMESPACE",
    "Event",
    "Installation",
    "Options",
    "PodRow",
    "StatusRow",
    "SystemClock",
    "View",
    "check_adoption",
    "find_revision",
    "hand_over",
    "install",
    "installations",
    "look",
    "look_to_hand_over",
    "look_to_uninstall",
    "observe",
    "preview",
    "read_history",
    "read_inventory",
    "read_revision",
    "run_plan",
    "status",
    "uninstall",
]
