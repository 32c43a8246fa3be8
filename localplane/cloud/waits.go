package cloud

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// A world answers what exists in a namespace. Contents are reduced to their keys: no value is ever held.
type world interface {
	configMapKeys(namespace, name string) (keys map[string]bool, exists bool)
	secretKeys(namespace, name string) (keys map[string]bool, exists bool)
	hasServiceAccount(namespace, name string) bool
	isClaimBound(namespace, name string) bool
}

// unmounted gives the kubelet's message for each volume of a pod that cannot be mounted.
func unmounted(pod *corev1.Pod, w world) []string {
	var messages []string
	for _, volume := range pod.Spec.Volumes {
		if problem := volumeProblem(pod, volume, w); problem != "" {
			messages = append(messages, fmt.Sprintf("MountVolume.SetUp failed for volume %q : %s", volume.Name, problem))
		}
	}
	return messages
}

func volumeProblem(pod *corev1.Pod, volume corev1.Volume, w world) string {
	switch {
	case volume.ConfigMap != nil:
		return configMapProblem(pod, volume.ConfigMap.Name, volume.ConfigMap.Items, volume.ConfigMap.Optional, w)
	case volume.Secret != nil:
		return secretProblem(pod, volume.Secret.SecretName, volume.Secret.Items, volume.Secret.Optional, w)
	case volume.PersistentVolumeClaim != nil:
		return claimProblem(pod, volume.PersistentVolumeClaim.ClaimName, w)
	case volume.Ephemeral != nil:
		return claimProblem(pod, pod.Name+"-"+volume.Name, w)
	case volume.Projected != nil:
		return projectedProblem(pod, volume.Projected.Sources, w)
	}
	return ""
}

func projectedProblem(pod *corev1.Pod, sources []corev1.VolumeProjection, w world) string {
	for _, source := range sources {
		problem := ""
		switch {
		case source.ConfigMap != nil:
			problem = configMapProblem(pod, source.ConfigMap.Name, source.ConfigMap.Items, source.ConfigMap.Optional, w)
		case source.Secret != nil:
			problem = secretProblem(pod, source.Secret.Name, source.Secret.Items, source.Secret.Optional, w)
		case source.ServiceAccountToken != nil && !w.hasServiceAccount(pod.Namespace, pod.Spec.ServiceAccountName):
			problem = fmt.Sprintf("failed to fetch token: serviceaccounts %q not found", pod.Spec.ServiceAccountName)
		}
		if problem != "" {
			return problem
		}
	}
	return ""
}

func claimProblem(pod *corev1.Pod, name string, w world) string {
	if w.isClaimBound(pod.Namespace, name) {
		return ""
	}
	return fmt.Sprintf("persistentvolumeclaim %q is not bound", name)
}

func configMapProblem(pod *corev1.Pod, name string, items []corev1.KeyToPath, optional *bool, w world) string {
	keys, exists := w.configMapKeys(pod.Namespace, name)
	return contentProblem("configmap", "config", name, items, optional, keys, exists)
}

func secretProblem(pod *corev1.Pod, name string, items []corev1.KeyToPath, optional *bool, w world) string {
	keys, exists := w.secretKeys(pod.Namespace, name)
	return contentProblem("secret", "secret", name, items, optional, keys, exists)
}

func contentProblem(kind, keyKind, name string, items []corev1.KeyToPath, optional *bool, keys map[string]bool, exists bool) string {
	if isTrue(optional) {
		return ""
	}
	if !exists {
		return fmt.Sprintf("%s %q not found", kind, name)
	}
	for _, item := range items {
		if !keys[item.Key] {
			return fmt.Sprintf("references non-existent %s key: %s", keyKind, item.Key)
		}
	}
	return ""
}

// environmentProblem gives the kubelet's message for an environment that cannot be made.
func environmentProblem(pod *corev1.Pod, container corev1.Container, w world) string {
	for _, from := range container.EnvFrom {
		problem := ""
		if from.ConfigMapRef != nil {
			problem = configMapProblem(pod, from.ConfigMapRef.Name, nil, from.ConfigMapRef.Optional, w)
		} else if from.SecretRef != nil {
			problem = secretProblem(pod, from.SecretRef.Name, nil, from.SecretRef.Optional, w)
		}
		if problem != "" {
			return problem
		}
	}
	for _, variable := range container.Env {
		if problem := variableProblem(pod, variable, w); problem != "" {
			return problem
		}
	}
	return ""
}

func variableProblem(pod *corev1.Pod, variable corev1.EnvVar, w world) string {
	if variable.ValueFrom == nil {
		return ""
	}
	if ref := variable.ValueFrom.ConfigMapKeyRef; ref != nil && !isTrue(ref.Optional) {
		keys, exists := w.configMapKeys(pod.Namespace, ref.Name)
		return keyProblem("configmap", "ConfigMap", pod.Namespace, ref.Name, ref.Key, keys, exists)
	}
	if ref := variable.ValueFrom.SecretKeyRef; ref != nil && !isTrue(ref.Optional) {
		keys, exists := w.secretKeys(pod.Namespace, ref.Name)
		return keyProblem("secret", "Secret", pod.Namespace, ref.Name, ref.Key, keys, exists)
	}
	return ""
}

func keyProblem(resource, kind, namespace, name, wanted string, keys map[string]bool, exists bool) string {
	if !exists {
		return fmt.Sprintf("%s %q not found", resource, name)
	}
	if !keys[wanted] {
		return fmt.Sprintf("couldn't find key %s in %s %s/%s", wanted, kind, namespace, name)
	}
	return ""
}

func isTrue(value *bool) bool {
	return value != nil && *value
}
