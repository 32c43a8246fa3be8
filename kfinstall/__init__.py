"""kfinstall: folders of YAML into one dependency graph of changes, printed, compared, applied or handed to GitOps."""

__version__ = "0.1.0"
