package cloud

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
)

// How a cloud answers a Service of type LoadBalancer.
const (
	balancerIP       = "ip"       // with an address, as most do
	balancerHostname = "hostname" // with a host name, as AWS does
	balancerNone     = "none"     // not at all: there is no cloud
)

// balancerPrefix is TEST-NET-2, set aside for documentation: nothing answers there.
const balancerPrefix = "198.51.100."

// balancer gives addresses to LoadBalancer Services.
type balancer struct {
	client   kubernetes.Interface
	services corelisters.ServiceLister
	events   recorder
	answer   string
	// given holds what this process handed out and the cache may not show yet, by Service.
	given map[key]string
}

func (b *balancer) reconcile(ctx context.Context, object key) (time.Duration, error) {
	service, err := b.services.Services(object.Namespace).Get(object.Name)
	if err != nil || service.DeletionTimestamp != nil {
		delete(b.given, object)
		return 0, ignoreNotFound(err)
	}
	ours := service.Spec.Type == corev1.ServiceTypeLoadBalancer && service.Spec.LoadBalancerClass == nil && b.answer != balancerNone
	var want []corev1.LoadBalancerIngress
	if ours {
		if want, err = b.ingress(object, service); err != nil {
			return 0, err
		}
	} else {
		delete(b.given, object)
		if service.Spec.Type == corev1.ServiceTypeLoadBalancer {
			return 0, nil
		}
	}
	return 0, b.write(ctx, service, want)
}

func (b *balancer) write(ctx context.Context, service *corev1.Service, want []corev1.LoadBalancerIngress) error {
	if equality.Semantic.DeepEqual(service.Status.LoadBalancer.Ingress, want) {
		return nil
	}
	updated := service.DeepCopy()
	updated.Status.LoadBalancer.Ingress = want
	_, err := b.client.CoreV1().Services(service.Namespace).UpdateStatus(ctx, updated, metav1.UpdateOptions{})
	if err == nil && want != nil {
		b.events.as("service-controller", "").Event(service, corev1.EventTypeNormal, "EnsuredLoadBalancer", "Ensured load balancer")
	}
	return err
}

// ingress gives what a Service has already, or else a new address.
func (b *balancer) ingress(object key, service *corev1.Service) ([]corev1.LoadBalancerIngress, error) {
	if current := service.Status.LoadBalancer.Ingress; len(current) > 0 {
		return current, nil
	}
	if b.answer == balancerHostname {
		return []corev1.LoadBalancerIngress{{Hostname: fmt.Sprintf("%s-%s.elb.example", service.Name, service.Namespace)}}, nil
	}
	address, err := b.address(object)
	if err != nil {
		return nil, err
	}
	mode := corev1.LoadBalancerIPModeVIP
	return []corev1.LoadBalancerIngress{{IP: address, IPMode: &mode}}, nil
}

func (b *balancer) address(object key) (string, error) {
	if address, ok := b.given[object]; ok {
		return address, nil
	}
	taken, err := b.taken()
	if err != nil {
		return "", err
	}
	for last := 1; last < 255; last++ {
		address := fmt.Sprintf("%s%d", balancerPrefix, last)
		if !taken[address] {
			b.given[object] = address
			return address, nil
		}
	}
	return "", fmt.Errorf("no free load balancer address for %s", object)
}

func (b *balancer) taken() (map[string]bool, error) {
	services, err := b.services.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, address := range b.given {
		taken[address] = true
	}
	for _, service := range services {
		for _, ingress := range service.Status.LoadBalancer.Ingress {
			taken[ingress.IP] = true
		}
	}
	return taken, nil
}
