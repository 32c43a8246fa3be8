"""What `--fix` can do: changes in the cluster, and changes in the files that were rendered."""
