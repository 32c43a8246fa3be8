package cloud

import (
	"context"
	"fmt"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
)

// NewCommand gives `localplane cloud`.
func NewCommand() *cobra.Command {
	var options Options
	answers := []string{balancerIP, balancerHostname, balancerNone}
	command := &cobra.Command{
		Use:   "cloud",
		Short: "Simulate what lies around a control plane: volumes, load balancers, GPUs, kubelets, webhooks",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if !slices.Contains(answers, options.LoadBalancer) {
				return fmt.Errorf("--load-balancer %q is none of %v", options.LoadBalancer, answers)
			}
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return Run(ctx, options)
		},
		SilenceUsage: true,
	}
	flags := command.Flags()
	flags.StringVar(&options.Kubeconfig, "kubeconfig", "", "how to reach the API server, as an administrator")
	flags.StringVar(&options.ProxySocket, "proxy-socket", "", "Unix socket of the API server's egress proxy")
	flags.StringVar(&options.ProxyLog, "proxy-log", "", "file that gets one JSON line for each connection the API server asks for")
	flags.StringVar(&options.LoadBalancer, "load-balancer", balancerIP, fmt.Sprintf("what a LoadBalancer Service gets, one of %v", answers))
	flags.StringVar(&options.PodCIDR, "pod-cidr", "10.244.0.0/16", "where the addresses of pods are taken from")
	for _, required := range []string{"kubeconfig", "proxy-socket"} {
		if err := command.MarkFlagRequired(required); err != nil {
			panic(err)
		}
	}
	return command
}
