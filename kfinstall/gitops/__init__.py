"""What others sync: rendered manifests in a repository, and the objects that tell Argo CD and Flux to sync them.

Pure functions from resources to files, and from two sets of files to what differs. Nothing here speaks to a cluster.
"""
