// Command localplane is a whole Kubernetes control plane in one program: the real etcd, API server, controller manager
// and scheduler, kwok for nodes that run nothing, and a simulated cloud around them.
//
// With the build tag `simulation` it has only what nobody else publishes: the cloud, and what belongs to it.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/version"

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

// execName runs a foreign program. Unlike the others it must still do something when the parent is gone.
const execName = "exec"

var simulation = []program{
	{"cloud", "volumes, load balancers, GPUs, kubelets and webhooks, simulated", alone(command(cloud.NewCommand))},
	{"pki", "write certificates, keys and kubeconfigs", alone(command(pki.NewCommand))},
	{"stages", "print the kwok stages that belong to the cloud", printStages},
	{"version", "print what is inside", printVersion},
	{execName, "run another program, which ends with the parent too", nil},
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
	var gone <-chan struct{}
	if find(filepath.Base(arguments[0])) == nil {
		var err error
		if arguments, gone, err = parent.Watch(arguments[1:]); err != nil {
			return err
		}
	}
	if len(arguments) == 0 {
		return errors.New("a subcommand is missing")
	}
	chosen := find(filepath.Base(arguments[0]))
	switch {
	case chosen == nil:
		return fmt.Errorf("unknown subcommand %q", arguments[0])
	case chosen.name == execName:
		return execute(arguments[1:], gone)
	}
	go func() {
		<-gone
		os.Exit(0)
	}()
	os.Args = arguments
	os.Exit(chosen.run())
	return nil
}

func execute(arguments []string, gone <-chan struct{}) error {
	if len(arguments) == 0 {
		return errors.New("exec needs a program")
	}
	code, err := parent.Execute(arguments, gone)
	if err != nil {
		fmt.Fprintln(os.Stderr, "localplane:", err)
	}
	os.Exit(code)
	return nil
}

func programs() []program {
	return slices.Concat(controlPlane, simulation)
}

func find(name string) *program {
	all := programs()
	index := slices.IndexFunc(all, func(p program) bool { return p.name == name })
	if index < 0 {
		return nil
	}
	return &all[index]
}

func usage() string {
	var text strings.Builder
	text.WriteString("usage: localplane [--watch-fd N] SUBCOMMAND [FLAGS]\n")
	for _, program := range programs() {
		fmt.Fprintf(&text, "  %-24s %s\n", program.name, program.about)
	}
	return text.String()
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

func printVersion() int {
	fmt.Println("localplane", version.Get().GitVersion, contents)
	return 0
}
