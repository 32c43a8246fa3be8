local params = std.extVar("__ksonnet/params").components["mnist"];
local k = import "k.libsonnet";
local tfJob = import "kubeflow/tf-job/tf-job.libsonnet";
std.prune(k.core.v1.list.new(tfJob.parts(params)))
