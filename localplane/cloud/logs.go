package cloud

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
)

// logs answers in place of the kubelets for what containers print.
type logs struct {
	pods corelisters.PodLister
}

// ServeHTTP answers /containerLogs/NAMESPACE/POD/CONTAINER.
func (l *logs) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	if len(parts) != 4 {
		http.NotFound(response, request)
		return
	}
	pod, err := l.pods.Pods(parts[1]).Get(parts[2])
	if err != nil || pod.Spec.NodeName != standingFor(request) {
		http.Error(response, fmt.Sprintf("pod %q does not exist", parts[2]), http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(response, logOf(pod, parts[3]))
}

// logOf gives what a container has printed: what its pod's annotation says, else its last words, else a line that says
// that it is simulated.
func logOf(pod *corev1.Pod, container string) string {
	text := pod.Annotations[annotationLog]
	if text == "" {
		text = lastWords(pod, container)
	}
	if text == "" {
		text = "simulated container " + container + ": nothing runs here"
	}
	return strings.TrimSuffix(text, "\n") + "\n"
}

func lastWords(pod *corev1.Pod, container string) string {
	for _, status := range pod.Status.ContainerStatuses {
		if status.Name != container {
			continue
		}
		for _, end := range []*corev1.ContainerStateTerminated{status.State.Terminated, status.LastTerminationState.Terminated} {
			if end != nil && end.ExitCode != 0 {
				return strings.TrimSpace(fmt.Sprintf("simulated failure with exit code %d %s", end.ExitCode, end.Message))
			}
		}
	}
	return ""
}
