"""Live manifest -> Health: one table of rules, small functions. No I/O, no clock."""

from kfinstall.health.assess import assess, related_kinds
from kfinstall.health.definitions import writes_conditions
from kfinstall.health.family import pods_of
from kfinstall.health.model import Health, Related, Rule, Status
from kfinstall.health.stated import HEALTH_ANNOTATION
from kfinstall.health.table import HEALTH_BY_KIND

__all__ = [
    "HEALTH_ANNOTATION",
    "HEALTH_BY_KIND",
    "Health",
    "Related",
    "Rule",
    "Status",
    "assess",
    "pods_of",
    "related_kinds",
    "writes_conditions",
]
