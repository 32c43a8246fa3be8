package cloud

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/record"
)

// recorder writes Events in the name of the many components that the cloud stands for.
type recorder struct {
	broadcaster record.EventBroadcaster
}

func newRecorder(client kubernetes.Interface) recorder {
	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	return recorder{broadcaster: broadcaster}
}

// as gives the voice of a component on a host.
func (r recorder) as(component, host string) record.EventRecorder {
	return r.broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: component, Host: host})
}
