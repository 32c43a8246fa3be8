"""Tree -> resources: kustomize's meaning, one transformer a module; `pipeline` shows the order."""
