package cloud

import (
	"context"
	"encoding/json"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
)

// kubelets plays the kubelets' part of every pod's life that kwok cannot: what a pod must wait for, and what goes wrong
// with it. A pod that may start is released to kwok.
//
// Everything is written through pods/status, as a kubelet does, the release too: no admission webhook of the cluster
// under test is asked about it.
type kubelets struct {
	client    kubernetes.Interface
	pods      corelisters.PodLister
	nodes     corelisters.NodeLister
	world     world
	generator generator
	addresses *addresses
	memory    *memory
	events    recorder
	now       func() time.Time
}

func (k *kubelets) reconcile(ctx context.Context, object key) (time.Duration, error) {
	pod, err := k.pods.Pods(object.Namespace).Get(object.Name)
	if err != nil {
		k.memory.forget(object)
		k.addresses.free(object)
		return 0, ignoreNotFound(err)
	}
	if !isPlayable(pod) {
		return 0, nil
	}
	node, err := k.nodes.Get(pod.Spec.NodeName)
	if err != nil || node.Annotations[annotationManagedNode] == "" {
		return 0, ignoreNotFound(err)
	}
	if !isNodeReady(node) {
		return 0, k.withhold(ctx, pod)
	}
	return k.play(ctx, pod, node)
}

// isPlayable says whether a pod has a kubelet that still has something to do with it.
func isPlayable(pod *corev1.Pod) bool {
	over := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
	return pod.Spec.NodeName != "" && pod.DeletionTimestamp == nil && !over
}

func (k *kubelets) play(ctx context.Context, pod *corev1.Pod, node *corev1.Node) (time.Duration, error) {
	object := keyOf(pod)
	now := k.now()
	seen := k.memory.of(object, pod.UID, now)
	verdict := judge(pod, k.world, seen, now)
	if verdict.release {
		if err := k.generator.generate(ctx, pod); err != nil {
			verdict = ended(pod, seen, 1, err.Error(), now)
		}
	}
	if err := k.carryOut(ctx, pod, node, verdict); err != nil {
		return 0, err
	}
	k.say(pod, seen, verdict.remarks)
	return verdict.next, nil
}

func (k *kubelets) carryOut(ctx context.Context, pod *corev1.Pod, node *corev1.Node, verdict decision) error {
	switch {
	case verdict.release:
		return k.release(ctx, pod, node)
	case verdict.status.Phase != "":
		return k.write(ctx, pod, node, verdict.status)
	}
	return nil
}

// say writes those remarks as Events that were not made about this pod before.
func (k *kubelets) say(pod *corev1.Pod, seen *memo, remarks []remark) {
	voice := k.events.as("kubelet", pod.Spec.NodeName)
	for _, r := range remarks {
		if !seen.said[r.id] {
			seen.said[r.id] = true
			voice.Event(pod, r.kind, r.reason, r.message)
		}
	}
}

// release lets kwok start a pod, at an address of its own.
func (k *kubelets) release(ctx context.Context, pod *corev1.Pod, node *corev1.Node) error {
	if pod.Annotations[annotationReleased] != "" {
		return nil
	}
	status := *pod.Status.DeepCopy()
	begin(&status, k.now())
	value := releasedToRun
	if completes(pod) {
		value = releasedToComplete
	}
	if err := k.locate(&status, pod, node); err != nil {
		return err
	}
	return k.patch(ctx, pod, &value, status)
}

// withhold takes back the release of a pod whose node is not ready, so that it recovers when its node does. The
// node controller marks such a pod not ready; this does so too, in case kwok answered it before.
func (k *kubelets) withhold(ctx context.Context, pod *corev1.Pod) error {
	if pod.Annotations[annotationReleased] == "" {
		return nil
	}
	status := *pod.Status.DeepCopy()
	setCondition(&status, corev1.PodReady, false, "", "", k.now())
	return k.patch(ctx, pod, nil, status)
}

// write makes the pod's status what it should be and takes back its release.
func (k *kubelets) write(ctx context.Context, pod *corev1.Pod, node *corev1.Node, status corev1.PodStatus) error {
	if status.Phase != corev1.PodPending || podCondition(&corev1.Pod{Status: status}, corev1.PodReadyToStartContainers) == corev1.ConditionTrue {
		if err := k.locate(&status, pod, node); err != nil {
			return err
		}
	}
	if pod.Annotations[annotationReleased] == "" && equality.Semantic.DeepEqual(status, pod.Status) {
		return nil
	}
	return k.patch(ctx, pod, nil, status)
}

// locate gives a pod the addresses it keeps for life.
func (k *kubelets) locate(status *corev1.PodStatus, pod *corev1.Pod, node *corev1.Node) error {
	host := nodeAddress(node, corev1.NodeInternalIP)
	if status.HostIP == "" && host != "" {
		status.HostIP = host
		status.HostIPs = []corev1.HostIP{{IP: host}}
	}
	if status.PodIP != "" {
		return nil
	}
	address := host
	if !pod.Spec.HostNetwork {
		var err error
		if address, err = k.addresses.take(keyOf(pod)); err != nil {
			return err
		}
	}
	if address != "" {
		status.PodIP = address
		status.PodIPs = []corev1.PodIP{{IP: address}}
	}
	return nil
}

// patch writes status and release in one request; released nil takes the release back. The resource version makes it
// fail when someone else, kwok for one, was faster.
func (k *kubelets) patch(ctx context.Context, pod *corev1.Pod, released *string, status corev1.PodStatus) error {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{
			"uid":             pod.UID,
			"resourceVersion": pod.ResourceVersion,
			"annotations":     map[string]any{annotationReleased: released},
		},
		"status": status,
	})
	if err != nil {
		return err
	}
	_, err = k.client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}

func keyOf(pod *corev1.Pod) key {
	return key{Namespace: pod.Namespace, Name: pod.Name}
}

func nodeAddress(node *corev1.Node, kind corev1.NodeAddressType) string {
	for _, address := range node.Status.Addresses {
		if address.Type == kind {
			return address.Address
		}
	}
	return ""
}
