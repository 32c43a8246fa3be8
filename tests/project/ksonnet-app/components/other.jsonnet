local params = std.extVar("__ksonnet/params").components.other;
{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "other" } }
