package cloud

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"
)

// wake looks again at the pods that what changed may concern: those of its namespace that were not released, or those
// of the node.
func (c *cloud) wake(l *loop) error {
	core := c.factory.Core().V1()
	waiting := func(object any) {
		for _, pod := range c.podsBeside(object) {
			if pod.Annotations[annotationReleased] == "" {
				l.add(pod)
			}
		}
	}
	for _, informer := range []cache.SharedIndexInformer{core.ConfigMaps().Informer(), core.Secrets().Informer()} {
		if err := informer.SetTransform(withoutValues); err != nil {
			return err
		}
	}
	for _, informer := range []cache.SharedIndexInformer{
		core.ConfigMaps().Informer(), core.Secrets().Informer(), core.ServiceAccounts().Informer(), core.PersistentVolumeClaims().Informer(),
	} {
		if err := onChange(informer, waiting); err != nil {
			return err
		}
	}
	return c.wakeByNode(l)
}

// wakeByNode looks again at the pods of a node that got ready or lost it.
func (c *cloud) wakeByNode(l *loop) error {
	pods := c.factory.Core().V1().Pods().Informer().GetIndexer()
	tell := func(node *corev1.Node) {
		found, err := pods.ByIndex(indexByNode, node.Name)
		if err != nil {
			return
		}
		for _, pod := range found {
			l.add(pod)
		}
	}
	_, err := c.factory.Core().V1().Nodes().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) { tell(object.(*corev1.Node)) },
		UpdateFunc: func(before, after any) {
			if isNodeReady(before.(*corev1.Node)) != isNodeReady(after.(*corev1.Node)) {
				tell(after.(*corev1.Node))
			}
		},
	})
	return err
}

func (c *cloud) podsBeside(object any) []*corev1.Pod {
	neighbour, ok := object.(metav1.Object)
	if !ok {
		return nil
	}
	pods, err := c.factory.Core().V1().Pods().Lister().Pods(neighbour.GetNamespace()).List(labels.Everything())
	if err != nil {
		return nil
	}
	return pods
}

func podNode(object any) ([]string, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok || pod.Spec.NodeName == "" {
		return nil, nil
	}
	return []string{pod.Spec.NodeName}, nil
}

func podIPs(object any) ([]string, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return nil, nil
	}
	var all []string
	for _, address := range pod.Status.PodIPs {
		all = append(all, address.IP)
	}
	return all, nil
}
