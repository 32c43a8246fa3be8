"""A user's own project: a folder of plain kustomize that kfinstall writes, checks and edits."""
