package cloud

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// secretSize is how many random bytes the value of a generated key stands for.
const secretSize = 32

// A generatedSecret is one Secret that the container of a pod makes when it is missing.
type generatedSecret struct {
	Name string   `json:"name"`
	Keys []string `json:"keys"`
}

// generator does the work of a container that generates Secrets, with the rights of the pod's own ServiceAccount: a
// missing permission fails the pod as it would fail the container.
// Source: the program in base/shared/make-secrets, which the real container runs.
type generator struct {
	config *rest.Config
}

// generate makes the Secrets that a pod's annotation lists. Those that exist stay as they are.
// Raises: the message with which the container would end; never with a value in it.
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
		if err := secret.ensure(ctx, client, pod); err != nil {
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

// ensure makes one Secret if it is missing, and complains about one that lacks a key.
func (s generatedSecret) ensure(ctx context.Context, client kubernetes.Interface, pod *corev1.Pod) error {
	secrets := client.CoreV1().Secrets(pod.Namespace)
	found, err := secrets.Get(ctx, s.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		found, err = secrets.Create(ctx, s.manifest(pod), metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
			found, err = secrets.Get(ctx, s.Name, metav1.GetOptions{})
		}
	}
	if err != nil {
		return fmt.Errorf("secret %s: %w", s.Name, err)
	}
	if lacking := s.lacking(found); len(lacking) > 0 {
		return fmt.Errorf("secret %s exists but lacks %s; add them, or delete it to have it made", s.Name, strings.Join(lacking, ", "))
	}
	return nil
}

func (s generatedSecret) lacking(found *corev1.Secret) []string {
	var lacking []string
	for _, name := range s.Keys {
		if _, ok := found.Data[name]; !ok {
			lacking = append(lacking, name)
		}
	}
	slices.Sort(lacking)
	return lacking
}

func (s generatedSecret) manifest(pod *corev1.Pod) *corev1.Secret {
	data := map[string][]byte{}
	for _, name := range s.Keys {
		random := make([]byte, secretSize)
		_, _ = rand.Read(random) // never fails
		data[name] = []byte(hex.EncodeToString(random))
	}
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: s.Name, Namespace: pod.Namespace, Labels: map[string]string{
			"app.kubernetes.io/managed-by": "kfinstall",
			"kfinstall.dev/generated-by":   pod.Labels["batch.kubernetes.io/job-name"],
		}},
		Type: corev1.SecretTypeOpaque,
		Data: data,
	}
}
