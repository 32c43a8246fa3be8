"""Prototypes: plain manifests, and data that says how parameters shape them; a workload is made from one."""

from kfinstall.prototypes.folders import prototype, prototypes
from kfinstall.prototypes.generating import Request, generate, parse_request
from kfinstall.prototypes.model import Each, Prototype, Shape

__all__ = ["Each", "Prototype", "Request", "Shape", "generate", "parse_request", "prototype", "prototypes"]
