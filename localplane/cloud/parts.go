package cloud

import (
	"context"
	"io"
	"net/netip"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

func (c *cloud) addClaims(events recorder) error {
	core, storage := c.factory.Core().V1(), c.factory.Storage().V1()
	part := &claims{
		client: c.client, events: events, classes: storage.StorageClasses().Lister(),
		claims: core.PersistentVolumeClaims().Lister(), volumes: core.PersistentVolumes().Lister(),
	}
	provision, err := c.loop("claims", part.reconcile, core.PersistentVolumeClaims().Informer())
	if err != nil {
		return err
	}
	if err := onChange(storage.StorageClasses().Informer(), func(any) {
		c.all(provision, core.PersistentVolumeClaims().Informer())
	}); err != nil {
		return err
	}
	_, err = c.loop("volumes", part.reclaim, core.PersistentVolumes().Informer())
	return err
}

// all puts everything an informer has on a queue.
func (c *cloud) all(l *loop, informer cache.SharedIndexInformer) {
	for _, object := range informer.GetStore().List() {
		l.add(object)
	}
}

func (c *cloud) addBalancer(events recorder) error {
	services := c.factory.Core().V1().Services()
	part := &balancer{
		client: c.client, services: services.Lister(), events: events, answer: c.options.LoadBalancer, given: map[key]string{},
	}
	_, err := c.loop("balancer", part.reconcile, services.Informer())
	return err
}

func (c *cloud) addGPUs(pods cache.SharedIndexInformer) error {
	nodes := c.factory.Core().V1().Nodes()
	part := &gpus{client: c.client, nodes: nodes.Lister(), pods: pods.GetIndexer()}
	l, err := c.loop("gpus", part.reconcile, nodes.Informer())
	if err != nil {
		return err
	}
	return onChange(pods, func(object any) {
		if pod, ok := object.(*corev1.Pod); ok && isPlugin(pod) && pod.Spec.NodeName != "" {
			l.queue.Add(key{Name: pod.Spec.NodeName})
		}
	})
}

func (c *cloud) addKubelets(ctx context.Context, events recorder) error {
	core := c.factory.Core().V1()
	prefix, err := netip.ParsePrefix(c.options.PodCIDR)
	if err != nil {
		return err
	}
	part := &kubelets{
		client: c.client, pods: core.Pods().Lister(), nodes: core.Nodes().Lister(), events: events, now: time.Now,
		generator: generator{config: c.config}, memory: newMemory(), addresses: newAddresses(prefix),
		world: listed{
			configMaps: core.ConfigMaps().Lister(), secrets: core.Secrets().Lister(),
			serviceAccounts: core.ServiceAccounts().Lister(), claims: core.PersistentVolumeClaims().Lister(),
		},
	}
	if err := c.seed(ctx, part.addresses); err != nil {
		return err
	}
	l, err := c.loop("kubelets", part.reconcile, core.Pods().Informer())
	if err != nil {
		return err
	}
	return c.wake(l)
}

// seed keeps the addresses that pods have from an earlier life of this process.
func (c *cloud) seed(ctx context.Context, a *addresses) error {
	pods, err := c.client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for i := range pods.Items {
		a.note(keyOf(&pods.Items[i]), pods.Items[i].Status.PodIP)
	}
	return nil
}

func (c *cloud) openProxy(ctx context.Context, pods cache.Indexer, certificates *certificates) error {
	core := c.factory.Core().V1()
	network := &routes{
		pods: pods, nodes: core.Nodes().Lister(),
		standIns: serveInProcess(ctx, &standIns{pods: core.Pods().Lister()}, certificates),
		kubelet:  serveInProcess(ctx, kubeletServer(core.Pods().Lister()), certificates),
	}
	var log io.Writer
	if c.options.ProxyLog != "" {
		file, err := os.OpenFile(c.options.ProxyLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		log = file
	}
	klog.V(1).InfoS("proxy", "socket", c.options.ProxySocket)
	return (&proxy{route: network.find, log: log}).serve(ctx, c.options.ProxySocket)
}
