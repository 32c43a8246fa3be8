package cloud

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// A generatedSecret is one Secret that the container of a pod makes when it is missing.
type generatedSecret struct {
	Name string   `json:"name"`
	Keys []string `json:"keys"`
}

// generator does the work of a container that generates Secrets, with the rights of the pod's own ServiceAccount: a
// missing permission fails the pod as it would fail the container.
type generator struct {
	config *rest.Config
}

// generate makes the Secrets that a pod's annotation lists. Those that exist stay as they are.
// Raises the message with which the container would end.
func (g generator) generate(ctx context.Context, pod *corev1.Pod) error {
	text := pod.Annotations[annotationGenerates]
	if text == "" || pod.Annotations[annotationReleased] != "" {
		return nil
	}
	var wanted []generatedSecret
	if err := json.Unmarshal([]byte(text), &wanted); err != nil {
		return fmt.Errorf("annotation %s: %w", annotationGenerates, err)
	}
	client, err := kubernetes.NewForConfig(g.asAccountOf(pod))
	if err != nil {
		return err
	}
	for _, secret := range wanted {
		if err := ensureSecret(ctx, client, pod.Namespace, secret); err != nil {
			return err
		}
	}
	return nil
}

func (g generator) asAccountOf(pod *corev1.Pod) *rest.Config {
	config := rest.CopyConfig(g.config)
	config.Impersonate = rest.ImpersonationConfig{
		UserName: fmt.Sprintf("system:serviceaccount:%s:%s", pod.Namespace, pod.Spec.ServiceAccountName),
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + pod.Namespace, "system:authenticated"},
	}
	return config
}

func ensureSecret(ctx context.Context, client kubernetes.Interface, namespace string, wanted generatedSecret) error {
	_, err := client.CoreV1().Secrets(namespace).Get(ctx, wanted.Name, metav1.GetOptions{})
	if err == nil || !apierrors.IsNotFound(err) {
		return err
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: wanted.Name, Namespace: namespace}, Data: map[string][]byte{}}
	for _, name := range wanted.Keys {
		secret.Data[name] = []byte(rand.Text())
	}
	_, err = client.CoreV1().Secrets(namespace).Create(ctx, secret, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
