"""Asking before something is changed."""

from __future__ import annotations

import click

from kfinstall.cli import output
from kfinstall.errors import InputError


def confirm(question: str, *, yes: bool, is_risky: bool) -> None:
    """Ask on a terminal; without one go on, unless something would be taken away.

    Raises:  click.Abort for a no; InputError where nobody can be asked and it is risky.
    """
    if yes:
        return
    if output.can_ask():
        click.confirm(question, abort=True, err=True)
    elif is_risky:
        raise InputError(
            "this takes something away, and there is nobody to ask", hint="look at 'kfinstall plan', then add --yes"
        )
