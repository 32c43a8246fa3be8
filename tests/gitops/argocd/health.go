package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argoproj/argo-cd/v3/util/lua"
)

// One question: what a script says of a live object.
type question struct {
	Object map[string]any `json:"object"`
	Script string         `json:"script"`
}

// Its answer; where the script failed, only the error.
type answer struct {
	Status  string `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
	Error   string `json:"error,omitempty"`
}

// health reads questions from standard input, one JSON object after another, and prints an answer a line.
func health() *cobra.Command {
	return &cobra.Command{
		Use:  "argocd-health",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
			for {
				var asked question
				if err := in.Decode(&asked); err == io.EOF {
					return nil
				} else if err != nil {
					return fmt.Errorf("no question: %w", err)
				}
				if err := out.Encode(judge(asked)); err != nil {
					return err
				}
			}
		},
	}
}

func judge(asked question) answer {
	interpreter := lua.VM{UseOpenLibs: false}
	said, err := interpreter.ExecuteHealthLua(&unstructured.Unstructured{Object: asked.Object}, asked.Script)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Status: string(said.Status), Message: said.Message}
}
