package cloud

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// Options say which cluster the cloud belongs to and how it behaves.
type Options struct {
	Kubeconfig   string
	ProxySocket  string
	ProxyLog     string
	LoadBalancer string
	PodCIDR      string
}

// serverPatience is how long the API server may take to answer for the first time.
const serverPatience = time.Minute

// A cloud is everything simulated around one control plane.
type cloud struct {
	options  Options
	config   *rest.Config
	client   kubernetes.Interface
	factory  informers.SharedInformerFactory
	metadata metadatainformer.SharedInformerFactory
	loops    []*loop
}

// Run simulates a cloud until ctx ends.
func Run(ctx context.Context, options Options) error {
	config, err := clientcmd.BuildConfigFromFlags("", options.Kubeconfig)
	if err != nil {
		return err
	}
	config.UserAgent = "local-cloud"
	config.QPS = -1
	client, err := kubernetes.NewForConfig(protobuf(config))
	if err != nil {
		return err
	}
	if err := awaitServer(ctx, client); err != nil {
		return err
	}
	c := &cloud{options: options, config: config, client: client, factory: informers.NewSharedInformerFactory(client, 0)}
	if err := c.build(ctx); err != nil {
		return err
	}
	for _, l := range c.loops {
		go l.run(ctx)
	}
	fmt.Println("cloud: ready")
	<-ctx.Done()
	return nil
}

func protobuf(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	return config
}

func awaitServer(ctx context.Context, client kubernetes.Interface) error {
	for start := time.Now(); ; {
		_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		if err == nil {
			return nil
		}
		if time.Since(start) > serverPatience {
			return fmt.Errorf("the API server does not get ready: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// build wires every part, fills the caches and opens the proxy.
func (c *cloud) build(ctx context.Context) error {
	pods := c.factory.Core().V1().Pods().Informer()
	if err := pods.AddIndexers(cache.Indexers{indexByNode: podNode, indexByIP: podIPs}); err != nil {
		return err
	}
	certificates, err := newCertificates()
	if err != nil {
		return err
	}
	events := newRecorder(c.client)
	for _, add := range []func() error{
		func() error { return c.addClaims(events) },
		func() error { return c.addBalancer(events) },
		func() error { return c.addGPUs(pods) },
		func() error { return c.addKubelets(ctx, events) },
		func() error { return c.addCABundles(ctx, certificates.authority.Certificate) },
	} {
		if err := add(); err != nil {
			return err
		}
	}
	c.factory.Start(ctx.Done())
	c.metadata.Start(ctx.Done())
	c.factory.WaitForCacheSync(ctx.Done())
	c.metadata.WaitForCacheSync(ctx.Done())
	return c.openProxy(ctx, pods.GetIndexer(), certificates)
}

func (c *cloud) loop(name string, work reconcile, informers ...cache.SharedIndexInformer) (*loop, error) {
	l := newLoop(name, work)
	c.loops = append(c.loops, l)
	for _, informer := range informers {
		if err := l.follow(informer); err != nil {
			return nil, err
		}
	}
	return l, nil
}

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

func (c *cloud) addCABundles(ctx context.Context, bundle []byte) error {
	light, err := metadata.NewForConfig(c.config)
	if err != nil {
		return err
	}
	full, err := dynamic.NewForConfig(c.config)
	if err != nil {
		return err
	}
	c.metadata = metadatainformer.NewSharedInformerFactory(light, 0)
	core := c.factory.Core().V1()
	for resource := range caHolders {
		informer := c.metadata.ForResource(resource).Informer()
		part := &caBundles{client: full, resource: resource, services: core.Services().Lister(), pods: core.Pods().Lister(), bundle: bundle}
		l := newLoop(resource.Resource, part.reconcile)
		c.loops = append(c.loops, l)
		asking := func(object any) {
			if holder, ok := object.(metav1.Object); ok && holder.GetAnnotations()[annotationInjectCA] == "true" {
				l.add(object)
			}
		}
		if err := onChange(informer, asking); err != nil {
			return err
		}
		again := func(object any) {
			if pod, ok := object.(*corev1.Pod); ok && !isStandIn(pod) {
				return
			}
			for _, holder := range informer.GetStore().List() {
				asking(holder)
			}
		}
		if err := onChange(core.Pods().Informer(), again); err != nil {
			return err
		}
		if err := onChange(core.Services().Informer(), again); err != nil {
			return err
		}
	}
	return nil
}

func (c *cloud) openProxy(ctx context.Context, pods cache.Indexer, certificates *certificates) error {
	core := c.factory.Core().V1()
	network := &routes{
		pods: pods, nodes: core.Nodes().Lister(),
		standIns: serveInProcess(ctx, &standIns{pods: core.Pods().Lister()}, certificates),
		kubelet:  serveInProcess(ctx, &logs{pods: core.Pods().Lister()}, certificates),
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

func podNode(object any) ([]string, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok || pod.Spec.NodeName == "" {
		return nil, nil
	}
	return []string{pod.Spec.NodeName}, nil
}

func podIPs(object any) ([]string, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok || pod.Spec.HostNetwork {
		return nil, nil
	}
	var all []string
	for _, address := range pod.Status.PodIPs {
		all = append(all, address.IP)
	}
	return all, nil
}
