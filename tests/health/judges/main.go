// Command judges prints what other programs think of live states: kubectl, Argo CD and kstatus, by their own code.
//
// Each argument is a file of the corpus, whose first document is judged. It prints a line of JSON per file:
// {"name": …, "verdicts": {judge: word, …}}. A judge without an opinion is left out.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/kubectl/pkg/polymorphichelpers"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type verdicts map[string]string

type answer struct {
	Name     string   `json:"name"`
	Verdicts verdicts `json:"verdicts"`
}

func main() {
	out := json.NewEncoder(os.Stdout)
	for _, path := range os.Args[1:] {
		state, err := read(path)
		if err == nil {
			err = out.Encode(answer{strings.TrimSuffix(filepath.Base(path), ".yaml"), judge(state)})
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(1)
		}
	}
}

func read(path string) (*unstructured.Unstructured, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	raw := json.RawMessage{}
	if err := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096).Decode(&raw); err != nil {
		return nil, err
	}
	state := &unstructured.Unstructured{}
	return state, state.UnmarshalJSON(raw)
}

func judge(state *unstructured.Unstructured) verdicts {
	said := verdicts{}
	for name, ask := range map[string]func(*unstructured.Unstructured) string{
		"kubectl": askKubectl, "argocd": askArgo, "kstatus": askKstatus,
	} {
		if word := ask(state.DeepCopy()); word != "" {
			said[name] = word
		}
	}
	return said
}

// askKubectl gives what `kubectl rollout status` says, revision not looked at: done, waits or error.
func askKubectl(state *unstructured.Unstructured) string {
	kind := state.GroupVersionKind().GroupKind()
	viewer, err := polymorphichelpers.StatusViewerFor(schema.GroupKind{Group: kind.Group, Kind: kind.Kind})
	if err != nil {
		return ""
	}
	switch _, done, err := viewer.Status(state, 0); {
	case err != nil && strings.Contains(err.Error(), "rollout status is only available"):
		return ""
	case err != nil:
		return "error"
	case done:
		return "done"
	default:
		return "waits"
	}
}

// askArgo gives Argo CD's health, by its Lua customisations first and its own code then.
func askArgo(state *unstructured.Unstructured) string {
	said, err := health.GetResourceHealth(state, customisations{})
	if err != nil {
		return "error"
	}
	if said == nil {
		return ""
	}
	return string(said.Status)
}

// askKstatus leaves out what it says of a kind it knows nothing of, where no condition that it reads is there.
func askKstatus(state *unstructured.Unstructured) string {
	said, err := status.Compute(state)
	switch {
	case err != nil:
		return "error"
	case said.Message == "Resource is current" && !hasReady(state):
		return ""
	default:
		return string(said.Status)
	}
}

func hasReady(state *unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(state.Object, "status", "conditions")
	return slices.ContainsFunc(conditions, func(one any) bool {
		found, ok := one.(map[string]any)
		return ok && found["type"] == "Ready"
	})
}
