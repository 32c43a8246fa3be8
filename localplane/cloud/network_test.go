package cloud

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// network gives the routes to some pods, with no stand-in behind them.
func network(pods ...*corev1.Pod) *routes {
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{indexByIP: podIPs})
	for _, pod := range pods {
		if err := indexer.Add(pod); err != nil {
			panic(err)
		}
	}
	return &routes{pods: indexer, nodes: corelisters.NewNodeLister(cache.NewIndexer(cache.MetaNamespaceKeyFunc, nil))}
}

func runningPod(annotations map[string]string, port int32, ready corev1.ConditionStatus) *corev1.Pod {
	pod := podWith(annotations, "x")
	pod.Spec.NodeName = "node"
	pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: port}}
	pod.Status.PodIPs = []corev1.PodIP{{IP: "10.244.0.9"}}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}}
	return pod
}

func TestWhatTheProxyRefuses(t *testing.T) {
	hook := map[string]string{annotationWebhook: webhookAdmit}
	for name, test := range map[string]struct {
		pod     *corev1.Pod
		address string
		want    string
	}{
		"the outside":         {runningPod(hook, 443, corev1.ConditionTrue), "203.0.113.1:443", "nothing may leave the machine"},
		"loopback":            {runningPod(hook, 443, corev1.ConditionTrue), "127.0.0.1:443", "nothing may leave the machine"},
		"a name":              {runningPod(hook, 443, corev1.ConditionTrue), "example.com:443", "nothing may leave the machine"},
		"a pod not ready":     {runningPod(hook, 443, corev1.ConditionFalse), "10.244.0.9:443", "is not ready"},
		"another port":        {runningPod(hook, 443, corev1.ConditionTrue), "10.244.0.9:8443", "does not listen on port 8443"},
		"a pod of no process": {runningPod(nil, 443, corev1.ConditionTrue), "10.244.0.9:443", "no local process stands for pod ns/p"},
		"a backend elsewhere": {runningPod(map[string]string{annotationBackend: "203.0.113.1:80"}, 443, corev1.ConditionTrue), "10.244.0.9:443", "no loopback address"},
		"nonsense":            {runningPod(hook, 443, corev1.ConditionTrue), "nonsense", "missing port"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			status := connect(t, &proxy{route: network(test.pod).find, log: &log}, test.address)
			if !strings.HasPrefix(status, "HTTP/1.1 403 refused by the local control plane") || !strings.Contains(status, test.want) {
				t.Errorf("got %q", status)
			}
			if !strings.Contains(log.String(), `"allowed":false`) {
				t.Errorf("log %q", log.String())
			}
		})
	}
}

func TestABackendOnLoopbackIsConnected(t *testing.T) {
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Close()
	go func() {
		connection, err := backend.Accept()
		if err == nil {
			fmt.Fprint(connection, "hello\n")
			connection.Close()
		}
	}()
	pod := runningPod(map[string]string{annotationBackend: backend.Addr().String()}, 443, corev1.ConditionTrue)
	if got := connect(t, &proxy{route: network(pod).find}, "10.244.0.9:443"); !strings.HasPrefix(got, "HTTP/1.1 200") || !strings.HasSuffix(got, "hello\n") {
		t.Errorf("got %q", got)
	}
}

// connect asks the proxy for an address and gives all it answers.
func connect(t *testing.T, p *proxy, address string) string {
	t.Helper()
	// Not t.TempDir: a socket's path must be short.
	folder, err := os.MkdirTemp("", "proxy")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	socket := filepath.Join(folder, "s")
	if err := p.serve(ctx, socket); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket %v, %v", info, err)
	}
	connection, err := net.DialTimeout("unix", socket, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", http.MethodConnect, address, address)
	var answer strings.Builder
	_, _ = bufio.NewReader(connection).WriteTo(&answer)
	return answer.String()
}

func TestAnAddressBelongsToOnePodAtATime(t *testing.T) {
	pool := newAddresses(netip.MustParsePrefix("10.0.0.0/29"))
	pool.note(key{Name: "old"}, "10.0.0.1")
	seen := map[string]bool{"10.0.0.1": true}
	for i := range 6 {
		address, err := pool.take(key{Name: fmt.Sprint(i)})
		if err != nil || seen[address] {
			t.Fatalf("pod %d: %s, %v", i, address, err)
		}
		seen[address] = true
	}
	if address, err := pool.take(key{Name: "late"}); err == nil {
		t.Errorf("%s is given twice", address)
	}
	pool.free(key{Name: "old"})
	if address, err := pool.take(key{Name: "late"}); err != nil || address != "10.0.0.1" {
		t.Errorf("after one went: %s, %v", address, err)
	}
}
