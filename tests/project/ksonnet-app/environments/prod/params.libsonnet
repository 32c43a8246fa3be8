local params = import "../../components/params.libsonnet";
params + {
  components +: {
    "kubeflow-core" +: {
      jupyterHubServiceType: "LoadBalancer",
    },
    mnist +: {
      num_ps: 4,
    },
  },
}
