package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/cri-streaming/pkg/streaming/portforward"
)

// How long a forwarded port may be silent, and a client may take to open its streams: those of the kubelet.
const (
	forwardIdleTimeout     = 4 * time.Hour
	forwardCreationTimeout = 30 * time.Second
)

// kubeletServer answers in place of all kubelets.
func kubeletServer(pods corelisters.PodLister) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/containerLogs/", &logs{pods: pods})
	mux.Handle("/portForward/", &ports{pods: pods})
	mux.HandleFunc("/", func(response http.ResponseWriter, _ *http.Request) {
		http.Error(response, "a simulated node only has container logs and ports: nothing runs in its pods", http.StatusNotImplemented)
	})
	return mux
}

// ports leads connections to a port of a pod to the local process that stands for it.
type ports struct {
	pods corelisters.PodLister
}

// ServeHTTP answers /portForward/NAMESPACE/POD, over WebSockets or SPDY, with the kubelet's own code.
func (p *ports) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	if len(parts) != 3 {
		http.NotFound(response, request)
		return
	}
	options, err := portforward.NewV4Options(request)
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	name := parts[1] + "/" + parts[2]
	portforward.ServePortForward(response, request, p, name, "", options,
		forwardIdleTimeout, forwardCreationTimeout, portforward.SupportedProtocols)
}

// PortForward copies both ways until either side ends; name is NAMESPACE/POD.
func (p *ports) PortForward(_ context.Context, name, _ string, port int32, stream io.ReadWriteCloser) error {
	backend, err := p.dial(name, port)
	if err != nil {
		return err
	}
	<-splice(stream, backend)
	return nil
}

func (p *ports) dial(name string, port int32) (io.ReadWriteCloser, error) {
	namespace, pod, _ := strings.Cut(name, "/")
	found, err := p.pods.Pods(namespace).Get(pod)
	if err != nil {
		return nil, err
	}
	if !listens(found, strconv.Itoa(int(port))) {
		return nil, fmt.Errorf("pod %s does not listen on port %d", name, port)
	}
	backend := found.Annotations[annotationBackend]
	if backend == "" {
		return nil, errors.New("nothing runs in pod " + name + ", and no local process stands for it")
	}
	return dialBackend(backend)
}
