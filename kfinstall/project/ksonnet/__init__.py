"""Applications of ksonnet, read as far as they are plain data, and what of them goes into a project."""
