"""`python -m kfinstall` is `kfinstall`."""

from kfinstall.cli.main import main

main()
