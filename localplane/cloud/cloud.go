package cloud

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
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
		func() error { return c.addCABundles(certificates.authority.Certificate) },
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
