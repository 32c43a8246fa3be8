package cloud

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// A fault is one thing that was asked to go wrong with a pod.
type fault struct {
	kind      string
	argument  string
	container string // empty: every container
}

// The kinds of fault.
const (
	faultImagePull  = "image-pull"
	faultCrashLoop  = "crash-loop"
	faultOOM        = "oom"
	faultStartError = "start-error"
	faultNeverReady = "never-ready"
	faultSandbox    = "sandbox"
	faultSlowStart  = "slow-start"
	faultEvicted    = "evicted"
	faultJobFails   = "job-fails"
	faultStuck      = "stuck-terminating"
)

// faultArguments lists every kind, with the argument it takes when none is given; "-" takes none.
var faultArguments = map[string]string{
	faultImagePull:  "-",
	faultCrashLoop:  "1",
	faultOOM:        "-",
	faultStartError: "-",
	faultNeverReady: "-",
	faultSandbox:    "-",
	faultSlowStart:  "5",
	faultEvicted:    "-",
	faultJobFails:   "1",
	faultStuck:      "-", // played by kwok's stage pod-delete
}

// faultsOf gives the faults that a pod asks for, by its annotation and by the names of its images.
func faultsOf(pod *corev1.Pod) ([]fault, error) {
	var faults []fault
	for _, text := range strings.Split(pod.Annotations[annotationFault], ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		parsed, err := parseFault(text)
		if err != nil {
			return nil, err
		}
		faults = append(faults, parsed)
	}
	for _, container := range allContainers(pod) {
		asked, ok := strings.CutPrefix(container.Image, imageFaultHost)
		if !ok {
			continue
		}
		parsed, err := imageFault(asked, container.Name)
		if err != nil {
			return nil, err
		}
		faults = append(faults, parsed)
	}
	return faults, nil
}

// parseFault reads KIND[=ARGUMENT][@CONTAINER].
func parseFault(text string) (fault, error) {
	text, container, _ := strings.Cut(text, "@")
	kind, argument, given := strings.Cut(text, "=")
	usual, known := faultArguments[kind]
	if !known {
		return fault{}, fmt.Errorf("unknown fault %q, known are %s", kind, strings.Join(slices.Sorted(maps.Keys(faultArguments)), ", "))
	}
	if !given {
		argument = usual
	}
	if _, err := strconv.Atoi(argument); (argument == "-") != (usual == "-") || err != nil && usual != "-" {
		return fault{}, fmt.Errorf("fault %q has the wrong argument %q", kind, argument)
	}
	return fault{kind: kind, argument: argument, container: container}, nil
}

// imageFault reads KIND[:ARGUMENT] as it stands in an image name. A tag that is no number is only a tag.
func imageFault(asked, container string) (fault, error) {
	asked, _, _ = strings.Cut(asked, "@")
	kind, tag, _ := strings.Cut(asked, ":")
	if _, err := strconv.Atoi(tag); err == nil && faultArguments[kind] != "-" {
		kind += "=" + tag
	}
	return parseFault(kind + "@" + container)
}

func findFault(faults []fault, kind string) (fault, bool) {
	index := slices.IndexFunc(faults, func(f fault) bool { return f.kind == kind })
	if index < 0 {
		return fault{}, false
	}
	return faults[index], true
}

// number is the fault's argument, which parseFault has checked.
func (f fault) number() int {
	n, _ := strconv.Atoi(f.argument)
	return n
}

func (f fault) seconds() time.Duration {
	return time.Duration(f.number()) * time.Second
}

func allContainers(pod *corev1.Pod) []corev1.Container {
	return slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers)
}
