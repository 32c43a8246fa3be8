package main

import (
	"fmt"

	etcd "go.etcd.io/etcd/api/v3/version"
	"k8s.io/component-base/version"
	kwok "sigs.k8s.io/kwok/pkg/consts"
)

func printVersion() int {
	fmt.Printf("localplane %s etcd %s kwok %s\n", version.Get().GitVersion, etcd.Version, kwok.Version)
	return 0
}
