package cloud

import (
	"context"
	"encoding/base64"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	corelisters "k8s.io/client-go/listers/core/v1"
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

