local params = std.extVar("__ksonnet/params").components["inception"];
local k = import "k.libsonnet";
local tfServing = import "kubeflow/tf-serving/tf-serving.libsonnet";
std.prune(k.core.v1.list.new(tfServing.parts(params)))
