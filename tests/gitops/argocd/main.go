// One program with the parts of Argo CD that tests run. Which part it is says the name that it was called by, as in
// Argo CD's own image. `argocd-health` is not a part of it: it asks Argo CD's own Lua interpreter.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	applicationset "github.com/argoproj/argo-cd/v3/cmd/argocd-applicationset-controller/commands"
	plugins "github.com/argoproj/argo-cd/v3/cmd/argocd-cmp-server/commands"
	credentials "github.com/argoproj/argo-cd/v3/cmd/argocd-git-ask-pass/commands"
	repositories "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
)

var parts = map[string]func() *cobra.Command{
	"argocd-application-controller":    controller.NewCommand,
	"argocd-applicationset-controller": applicationset.NewCommand,
	"argocd-cmp-server":                plugins.NewCommand,
	"argocd-git-ask-pass":              credentials.NewCommand,
	"argocd-repo-server":               repositories.NewCommand,
	"argocd-health":                    health,
}

func main() {
	name := filepath.Base(os.Args[0])
	part, known := parts[name]
	if !known {
		fmt.Fprintf(os.Stderr, "no part of Argo CD is called %q\n", name)
		os.Exit(2)
	}
	if err := part().Execute(); err != nil {
		os.Exit(1)
	}
}
