"""`python -m kfinstall` is `kfinstall`."""

from kfinstall.cli.start import main

main()
