// Command localplane is a whole Kubernetes control plane in one program: the real etcd, API server, controller manager
// and scheduler, kwok for nodes that run nothing, and a simulated cloud around them.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"kfinstall.dev/localplane/cloud"
	"kfinstall.dev/localplane/parent"
	"kfinstall.dev/localplane/pki"
	"kfinstall.dev/localplane/stages"
)

// A program is one subcommand: what it is for, and how to run it with os.Args holding its own arguments.
type program struct {
	name  string
	about string
	run   func() int
}

var programs = []program{
	{"etcd", "the database", runEtcd},
	{"kube-apiserver", "the API server", command(apiserver.NewAPIServerCommand)},
	{"kube-controller-manager", "the controllers", command(controllermanager.NewControllerManagerCommand)},
	{"kube-scheduler", "the scheduler", command(func() *cobra.Command { return scheduler.NewSchedulerCommand() })},
	{"kwok", "nodes that run nothing", alone(runKwok)},
	{"cloud", "volumes, load balancers, GPUs, kubelets and webhooks, simulated", alone(command(cloud.NewCommand))},
	{"pki", "write certificates, keys and kubeconfigs", alone(command(pki.NewCommand))},
	{"stages", "print the kwok stages that belong to the cloud", printStages},
	{"version", "print what is inside", printVersion},
}

func main() {
	if err := dispatch(); err != nil {
		fmt.Fprintln(os.Stderr, "localplane:", err)
		fmt.Fprint(os.Stderr, usage())
		os.Exit(2)
	}
}

// dispatch runs the program that the binary is called by, or that its first argument names. It returns only when there is none.
func dispatch() error {
	arguments := slices.Clone(os.Args)
	if find(filepath.Base(arguments[0])) == nil {
		rest, err := parent.Watch(arguments[1:])
		if err != nil {
			return err
		}
		arguments = rest
	}
	if len(arguments) == 0 {
		return fmt.Errorf("a subcommand is missing")
	}
	chosen := find(filepath.Base(arguments[0]))
	if chosen == nil {
		return fmt.Errorf("unknown subcommand %q", arguments[0])
	}
	os.Args = arguments
	os.Exit(chosen.run())
	return nil
}

func find(name string) *program {
	index := slices.IndexFunc(programs, func(p program) bool { return p.name == name })
	if index < 0 {
		return nil
	}
	return &programs[index]
}

func usage() string {
	var text strings.Builder
	text.WriteString("usage: localplane [--watch-fd N] SUBCOMMAND [FLAGS]\n")
	for _, program := range programs {
		fmt.Fprintf(&text, "  %-24s %s\n", program.name, program.about)
	}
	return text.String()
}

func runEtcd() int {
	etcdmain.Main(os.Args)
	return 0
}

func command(build func() *cobra.Command) func() int {
	return func() int { return cli.Run(build()) }
}

// alone keeps the global flags, which the Kubernetes programs register for themselves, out of a program.
func alone(run func() int) func() int {
	return func() int {
		pflag.CommandLine = pflag.NewFlagSet(os.Args[0], pflag.ExitOnError)
		return run()
	}
}

func printStages() int {
	if err := stages.Write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "localplane:", err)
		return 1
	}
	return 0
}
