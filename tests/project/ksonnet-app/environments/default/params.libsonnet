local params = import "../../components/params.libsonnet";
params + { components +: { } }
