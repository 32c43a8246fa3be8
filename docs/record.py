"""Record a command's last screen as a picture: `python docs/record.py FILE.svg COLUMNSxROWS COMMAND [SHOWN]`.

`docs/demo.svg` is `python docs/record.py docs/demo.svg 80x56 "make demo"`; SHOWN stands there instead of COMMAND.

The command runs in a real terminal (tmux), and the picture is made from what that terminal shows at the end.
"""

from __future__ import annotations

import subprocess
import sys
from io import StringIO
from pathlib import Path

SESSION = "kfinstall-record"


def main() -> None:
    """Run the command, wait for its end, and write the picture."""
    target, size, command = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    columns, rows = (int(part) for part in size.split("x"))
    target.write_text(picture(screen(command, columns, rows), columns, sys.argv[-1]), encoding="utf-8")


def screen(command: str, columns: int, rows: int) -> str:
    """Give what a terminal of this size shows when the command has ended, with its colours as escape sequences."""
    done = f"{SESSION}-done"
    shell = f"{command}; tmux wait-for -S {done}; sleep 60"
    new = ["tmux", "new-session", "-d", "-s", SESSION, "-x", str(columns), "-y", str(rows), shell]
    subprocess.run(new, check=True)
    try:
        subprocess.run(["tmux", "wait-for", done], check=True)
        capture = ["tmux", "capture-pane", "-e", "-p", "-t", SESSION]
        return subprocess.run(capture, check=True, capture_output=True, text=True).stdout.rstrip()
    finally:
        subprocess.run(["tmux", "kill-session", "-t", SESSION], check=True)


def picture(shown: str, columns: int, title: str) -> str:
    """Give the screen as an SVG that names no font of another site."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=columns, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {title}\n{shown}"))
    svg = console.export_svg(title="kfinstall")
    start, end = svg.find("@font-face"), svg.rfind("@font-face")
    after = svg.index("}", end) + 1
    return svg[:start] + svg[after:] if start >= 0 else svg


if __name__ == "__main__":
    main()
