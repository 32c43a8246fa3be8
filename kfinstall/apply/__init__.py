"""Observe a cluster and run a plan on it: send, wait for health, record, prune."""
