"""Resources and what the cluster has -> Plan: edges, changes, prune. Pure."""
