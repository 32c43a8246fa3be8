package cloud

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// indexByIP finds the pods at an address.
const indexByIP = "ip"

// kubeletPort is where the API server looks for a kubelet whose node names no port.
const kubeletPort = 10250

// routes knows what stands for which address.
type routes struct {
	pods     cache.Indexer
	nodes    corelisters.NodeLister
	standIns *inProcess
	kubelet  *inProcess
}

// find is the router of the simulated network.
func (r *routes) find(host, port string) (route, error) {
	if node := r.node(host); node != nil && port == strconv.Itoa(portOf(node)) {
		return r.kubelet.take(node.Name), nil
	}
	pod, err := r.pod(host, port)
	if err != nil {
		return nil, err
	}
	if backend := pod.Annotations[annotationBackend]; backend != "" {
		return dialLoopback(backend)
	}
	if !isStandIn(pod) {
		return nil, fmt.Errorf("no local process stands for pod %s", keyOf(pod))
	}
	return r.standIns.take(keyOf(pod).String()), nil
}

// pod gives the ready pod that listens on a port of an address; pods on the network of their host share one.
func (r *routes) pod(host, port string) (*corev1.Pod, error) {
	found, err := r.pods.ByIndex(indexByIP, host)
	if err != nil {
		return nil, err
	}
	problem := errors.New("no simulated pod or node has this address, and nothing may leave the machine")
	for _, object := range found {
		pod, ok := object.(*corev1.Pod)
		switch {
		case !ok || !isPlayable(pod):
		case !isReady(pod):
			problem = fmt.Errorf("pod %s is not ready", keyOf(pod))
		case !listens(pod, port):
			problem = fmt.Errorf("pod %s does not listen on port %s", keyOf(pod), port)
		default:
			return pod, nil
		}
	}
	return nil, problem
}

func (r *routes) node(host string) *corev1.Node {
	nodes, err := r.nodes.List(labels.Everything())
	if err != nil {
		return nil
	}
	for _, node := range nodes {
		is := func(address corev1.NodeAddress) bool { return address.Address == host }
		if node.Name == host || slices.ContainsFunc(node.Status.Addresses, is) {
			return node
		}
	}
	return nil
}

func portOf(node *corev1.Node) int {
	if port := node.Status.DaemonEndpoints.KubeletEndpoint.Port; port != 0 {
		return int(port)
	}
	return kubeletPort
}

// listens says whether a pod serves on a port: on those it declares, on any if it declares none.
func listens(pod *corev1.Pod, port string) bool {
	declared := false
	for _, container := range pod.Spec.Containers {
		for _, p := range container.Ports {
			declared = true
			if strconv.Itoa(int(p.ContainerPort)) == port {
				return true
			}
		}
	}
	return !declared
}

// dialLoopback gives the route to a real process on this machine.
func dialLoopback(address string) (route, error) {
	backend, err := dialBackend(address)
	if err != nil {
		return nil, err
	}
	return func(connection net.Conn) { splice(connection, backend) }, nil
}

// dialBackend connects to a real process on this machine.
func dialBackend(address string) (net.Conn, error) {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil || !parsed.Addr().IsLoopback() {
		return nil, fmt.Errorf("backend %q is no loopback address and port", address)
	}
	return net.DialTimeout("tcp", parsed.String(), 5*time.Second)
}

// splice copies both ways until either side ends, and closes both; then the channel it gives is closed.
func splice(a, b io.ReadWriteCloser) <-chan struct{} {
	done, ended := make(chan struct{}, 2), make(chan struct{})
	pipe := func(to io.Writer, from io.Reader) {
		_, _ = io.Copy(to, from)
		done <- struct{}{}
	}
	go pipe(a, b)
	go pipe(b, a)
	go func() {
		<-done
		_ = a.Close()
		_ = b.Close()
		close(ended)
	}()
	return ended
}
