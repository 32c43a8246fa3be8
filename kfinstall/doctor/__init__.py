"""What is wrong, before, during and after an install: facts are collected once, checks judge them without any I/O."""

from kfinstall.doctor.judge import judge
from kfinstall.doctor.model import Check, Finding, Found, Report, Severity, Step
from kfinstall.doctor.snapshot import Snapshot

__all__ = ["Check", "Finding", "Found", "Report", "Severity", "Snapshot", "Step", "judge"]
