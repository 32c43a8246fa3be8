//go:build !simulation

package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	etcd "go.etcd.io/etcd/api/v3/version"
	"go.etcd.io/etcd/server/v3/etcdmain"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	"sigs.k8s.io/kwok/pkg/config"
	"sigs.k8s.io/kwok/pkg/consts"
	kwok "sigs.k8s.io/kwok/pkg/kwok/cmd"
	"sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/signals"
)

// controlPlane has the real programs.
var controlPlane = []program{
	{"etcd", "the database", runEtcd},
	{"kube-apiserver", "the API server", command(apiserver.NewAPIServerCommand)},
	{"kube-controller-manager", "the controllers", command(controllermanager.NewControllerManagerCommand)},
	{"kube-scheduler", "the scheduler", command(func() *cobra.Command { return scheduler.NewSchedulerCommand() })},
	{"kwok", "nodes that run nothing", alone(runKwok)},
}

// contents is what the version says about the programs inside.
var contents = fmt.Sprintf("etcd %s kwok %s", etcd.Version, consts.Version)

func runEtcd() int {
	etcdmain.Main(os.Args)
	return 0
}

// runKwok does what kwok's own main does.
// Source: sigs.k8s.io/kwok v0.8.0, cmd/kwok/main.go.
func runKwok() int {
	flags := pflag.NewFlagSet("global", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	ctx, logger := log.InitFlags(signals.SetupSignalContext(), flags)
	ctx, err := config.InitFlags(ctx, flags)
	if err != nil {
		fmt.Fprint(os.Stderr, flags.FlagUsages())
		logger.Error("Init config flags", "err", err)
		return 1
	}
	command := kwok.NewCommand(ctx)
	command.PersistentFlags().AddFlagSet(flags)
	if err := command.ExecuteContext(ctx); err != nil {
		logger.Error("Execute exit", "err", err)
		return 1
	}
	return 0
}
