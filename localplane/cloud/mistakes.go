package cloud

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"
	corev1 "k8s.io/api/core/v1"
)

// mistake gives the act of a container that no kubelet could start as it is written.
func mistake(pod *corev1.Pod, container corev1.Container, w world) (act, bool) {
	if _, err := reference.ParseNormalizedNamed(container.Image); err != nil {
		return misnamed(container.Image, err), true
	}
	for _, problem := range []string{environmentProblem(pod, container, w), userProblem(pod, container)} {
		if problem != "" {
			return act{
				state:   waiting("CreateContainerConfigError", problem),
				remarks: []remark{{container.Name + problem, corev1.EventTypeWarning, "Failed", "Error: " + problem}},
			}, true
		}
	}
	return act{}, false
}

// misnamed is an image whose name cannot be read.
// Source: pkg/kubelet/images/image_manager.go and pkg/util/parsers of Kubernetes 1.36.
func misnamed(image string, err error) act {
	message := fmt.Sprintf("Failed to apply default image tag %q: couldn't parse image name %q: %v", image, image, err)
	return act{
		state: waiting("InvalidImageName", message),
		remarks: []remark{
			{"inspect" + image, corev1.EventTypeWarning, "InspectFailed", message},
			{"invalid" + image, corev1.EventTypeWarning, "Failed", "Error: InvalidImageName"},
		},
	}
}

// userProblem is root where root is forbidden. Whether an image's own user is root cannot be known here.
// Source: pkg/kubelet/kuberuntime/security_context.go of Kubernetes 1.36.
func userProblem(pod *corev1.Pod, container corev1.Container) string {
	var user *int64
	forbidden := false
	if s := pod.Spec.SecurityContext; s != nil {
		user, forbidden = s.RunAsUser, isTrue(s.RunAsNonRoot)
	}
	if s := container.SecurityContext; s != nil {
		if s.RunAsUser != nil {
			user = s.RunAsUser
		}
		if s.RunAsNonRoot != nil {
			forbidden = *s.RunAsNonRoot
		}
	}
	if !forbidden || user == nil || *user != 0 {
		return ""
	}
	return fmt.Sprintf("container's runAsUser breaks non-root policy (pod: \"%s_%s(%s)\", container: %s)", pod.Name, pod.Namespace, pod.UID, container.Name)
}

// pullSecretRemarks says which pull secrets are missing; a pod starts without them when its images are public.
// Source: pkg/kubelet/kubelet_pods.go of Kubernetes 1.36.
func pullSecretRemarks(pod *corev1.Pod, w world) []remark {
	var missing []string
	for _, secret := range pod.Spec.ImagePullSecrets {
		if _, exists := w.secretKeys(pod.Namespace, secret.Name); !exists {
			missing = append(missing, secret.Name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	message := fmt.Sprintf("Unable to retrieve some image pull secrets (%s); attempting to pull the image may not succeed.", strings.Join(missing, ", "))
	return []remark{{message, corev1.EventTypeWarning, "FailedToRetrieveImagePullSecret", message}}
}
