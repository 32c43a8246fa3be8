"""Files -> Tree: what kustomizations say and the files they name, from a disk or from memory."""
