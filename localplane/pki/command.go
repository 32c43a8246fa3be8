package pki

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
)

// NewCommand gives `localplane pki`.
func NewCommand() *cobra.Command {
	var plan Plan
	command := &cobra.Command{
		Use:   "pki",
		Short: "Write the certificates, keys and kubeconfigs of one control plane",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			server, err := url.Parse(plan.Server)
			if err != nil || server.Scheme != "https" || server.Host == "" {
				return fmt.Errorf("--server %q is no https URL", plan.Server)
			}
			return Write(plan)
		},
		SilenceUsage: true,
	}
	flags := command.Flags()
	flags.StringVar(&plan.Dir, "dir", "", "folder to write to; it becomes readable by its owner alone")
	flags.StringVar(&plan.Server, "server", "", "URL of the API server, https://127.0.0.1:PORT")
	flags.StringVar(&plan.Name, "name", "localplane", "name of the cluster and the context in the kubeconfigs")
	flags.StringSliceVar(&plan.Hosts, "host", []string{"127.0.0.1"}, "address or host name the servers are reached at")
	flags.StringVar(&plan.ServiceIP, "service-ip", "10.96.0.1", "address of the Service kubernetes.default")
	for _, required := range []string{"dir", "server"} {
		if err := command.MarkFlagRequired(required); err != nil {
			panic(err)
		}
	}
	return command
}
