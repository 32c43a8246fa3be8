{
  global: {
    // replicas: 4,
  },
  components: {
    // Component-level parameters
    "kubeflow-core": {
      AmbassadorServiceType: "NodePort",
      cloud: "acsengine",
      disks: "null",
      jupyterHubServiceType: 'ClusterIP',
      jupyterNotebookPVCMount: "/home/jovyan",
      jupyterHubAuthenticator: "iap",
      name: "kubeflow-core",
      namespace: "null",
      reportUsage: "true",
      tfJobImage: "gcr.io/tf-on-k8s-dogfood/tf_operator:v20180226-403",
      usageId: "4f0e9d58-0000-4000-8000-000000000000",
    },
    mnist: {
      args: ["--epochs", "3", "--title=two words"],  /* as words */
      image: "registry.example/mnist:1.0",
      name: "mnist",
      num_masters: 1,
      num_ps: 2,
      num_workers: "lots",
      num_gpus: 1 + 1,
    },
    "inception": {
      modelPath: "gs://bucket/inception",
      modelName: "inception",
      name: "inception",
    },
    other: { x: 1 },
  },
}
