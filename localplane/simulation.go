//go:build simulation

package main

// controlPlane is empty: etcd, the Kubernetes programs and kwok come from elsewhere.
var controlPlane []program

// contents is what the version says about the programs inside.
const contents = "simulation only"
