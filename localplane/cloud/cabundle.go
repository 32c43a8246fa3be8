package cloud

import (
	"context"
	"encoding/base64"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
)

// caHolders are the kinds of object that say which authority their server's certificate comes from, with the fields
// where they say it: each names a map that has `service` and gets `caBundle`.
var caHolders = map[schema.GroupVersionResource]func(*unstructured.Unstructured) []map[string]any{
	{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}: webhookClients,
	{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "mutatingwebhookconfigurations"}:   webhookClients,
	{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}:               conversionClient,
	{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}:                           apiServiceSpec,
}

// caBundles fills in the authority of the stand-ins, as the controller in the pod would: only once that pod is ready.
type caBundles struct {
	client   dynamic.Interface
	resource schema.GroupVersionResource
	services corelisters.ServiceLister
	pods     corelisters.PodLister
	bundle   []byte
}

// addCABundles follows every kind that holds an authority, by its metadata alone: definitions can be large.
func (c *cloud) addCABundles(bundle []byte) error {
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
		part := &caBundles{client: full, resource: resource, services: core.Services().Lister(), pods: core.Pods().Lister(), bundle: bundle}
		l := newLoop(resource.Resource, part.reconcile)
		c.loops = append(c.loops, l)
		if err := c.followHolders(l, c.metadata.ForResource(resource).Informer()); err != nil {
			return err
		}
	}
	return nil
}

// followHolders looks at each object that asks for a bundle when it changes, and at all of them when a stand-in or a
// Service does.
func (c *cloud) followHolders(l *loop, holders cache.SharedIndexInformer) error {
	look := func(object any) {
		if holder, ok := object.(metav1.Object); ok && holder.GetAnnotations()[annotationInjectCA] == "true" {
			l.add(object)
		}
	}
	lookAtAll := func(object any) {
		if pod, ok := object.(*corev1.Pod); ok && !isStandIn(pod) {
			return
		}
		for _, holder := range holders.GetStore().List() {
			look(holder)
		}
	}
	core := c.factory.Core().V1()
	if err := onChange(holders, look); err != nil {
		return err
	}
	if err := onChange(core.Pods().Informer(), lookAtAll); err != nil {
		return err
	}
	return onChange(core.Services().Informer(), lookAtAll)
}

func (c *caBundles) reconcile(ctx context.Context, object key) (time.Duration, error) {
	found, err := c.client.Resource(c.resource).Get(ctx, object.Name, metav1.GetOptions{})
	if err != nil || found.GetAnnotations()[annotationInjectCA] != "true" {
		return 0, ignoreNotFound(err)
	}
	bundle := base64.StdEncoding.EncodeToString(c.bundle)
	changed := false
	for _, client := range caHolders[c.resource](found) {
		if client["caBundle"] != bundle && c.isServed(client) {
			client["caBundle"] = bundle
			changed = true
		}
	}
	if !changed {
		return 0, nil
	}
	_, err = c.client.Resource(c.resource).Update(ctx, found, metav1.UpdateOptions{})
	return 0, err
}

// isServed says whether a ready pod stands behind the Service that a client configuration names.
func (c *caBundles) isServed(client map[string]any) bool {
	namespace, _, _ := unstructured.NestedString(client, "service", "namespace")
	name, _, _ := unstructured.NestedString(client, "service", "name")
	service, err := c.services.Services(namespace).Get(name)
	if err != nil || len(service.Spec.Selector) == 0 {
		return false
	}
	pods, err := c.pods.Pods(namespace).List(labels.SelectorFromSet(service.Spec.Selector))
	if err != nil {
		return false
	}
	for _, pod := range pods {
		if isStandIn(pod) && isReady(pod) {
			return true
		}
	}
	return false
}

func webhookClients(object *unstructured.Unstructured) []map[string]any {
	var clients []map[string]any
	webhooks, _ := object.Object["webhooks"].([]any)
	for _, webhook := range webhooks {
		if entry, ok := webhook.(map[string]any); ok {
			clients = append(clients, child(entry, "clientConfig")...)
		}
	}
	return clients
}

func conversionClient(object *unstructured.Unstructured) []map[string]any {
	return child(object.Object, "spec", "conversion", "webhook", "clientConfig")
}

func apiServiceSpec(object *unstructured.Unstructured) []map[string]any {
	return child(object.Object, "spec")
}

// child gives the map at a path, not a copy, if it is there.
func child(parent map[string]any, path ...string) []map[string]any {
	for _, field := range path {
		next, ok := parent[field].(map[string]any)
		if !ok {
			return nil
		}
		parent = next
	}
	return []map[string]any{parent}
}
