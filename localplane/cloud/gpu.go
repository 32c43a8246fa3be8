package cloud

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// pluginImages are parts of the image names of NVIDIA's and of GKE's device plugin.
var pluginImages = []string{"k8s-device-plugin", "nvidia-gpu-device-plugin"}

// indexByNode finds the pods on a node.
const indexByNode = "node"

// gpus makes a node's GPUs allocatable while a device plugin runs there.
type gpus struct {
	client kubernetes.Interface
	nodes  corelisters.NodeLister
	pods   cache.Indexer
}

func (g *gpus) reconcile(ctx context.Context, object key) (time.Duration, error) {
	node, err := g.nodes.Get(object.Name)
	if err != nil {
		return 0, ignoreNotFound(err)
	}
	want, change := gpuChange(node, g.hasPlugin(node))
	if !change {
		return 0, nil
	}
	quantities := map[string]string{resourceGPU: want.String()}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"capacity": quantities, "allocatable": quantities}})
	if err != nil {
		return 0, err
	}
	_, err = g.client.CoreV1().Nodes().Patch(ctx, node.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	return 0, err
}

// gpuChange gives the GPUs a node should offer and whether it must be told. A kubelet never takes the resource away
// again: when the plugin goes, it says zero.
func gpuChange(node *corev1.Node, plugin bool) (resource.Quantity, bool) {
	var want resource.Quantity
	current, known := node.Status.Allocatable[resourceGPU]
	if built, err := resource.ParseQuantity(node.Labels[labelGPUs]); err == nil && plugin {
		want = built
	}
	if want.IsZero() && !known {
		return want, false
	}
	return want, current.Cmp(want) != 0
}

func (g *gpus) hasPlugin(node *corev1.Node) bool {
	if node.Labels[labelGPUPlugin] == "builtin" {
		return true
	}
	pods, err := g.pods.ByIndex(indexByNode, node.Name)
	if err != nil {
		return false
	}
	for _, object := range pods {
		if pod, ok := object.(*corev1.Pod); ok && isPlugin(pod) && isReady(pod) {
			return true
		}
	}
	return false
}

// isPlugin says whether a pod is a GPU device plugin.
func isPlugin(pod *corev1.Pod) bool {
	for _, container := range pod.Spec.Containers {
		for _, part := range pluginImages {
			if strings.Contains(container.Image, part) {
				return true
			}
		}
	}
	return false
}

// isReady says whether a pod serves: Ready, and not on its way out.
func isReady(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && podCondition(pod, corev1.PodReady) == corev1.ConditionTrue
}

func podCondition(pod *corev1.Pod, kind corev1.PodConditionType) corev1.ConditionStatus {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == kind {
			return condition.Status
		}
	}
	return corev1.ConditionUnknown
}

func isNodeReady(node *corev1.Node) bool {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}
