package cloud

import (
	"encoding/json"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/klog/v2"
)

// standIns answers for the programs inside pods that the API server calls: webhooks and aggregated API servers.
type standIns struct {
	pods corelisters.PodLister
}

// isStandIn says whether a pod has a program that this process can stand for.
func isStandIn(pod *corev1.Pod) bool {
	return pod.Annotations[annotationWebhook] != "" || pod.Annotations[annotationAPIService] != ""
}

// ServeHTTP answers as the pod that the connection was made to. A pod that is gone or not ready any more answers no
// connection that was kept from before either.
func (s *standIns) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	namespace, name, _ := strings.Cut(standingFor(request), "/")
	pod, err := s.pods.Pods(namespace).Get(name)
	if err != nil || !isReady(pod) {
		panic(http.ErrAbortHandler)
	}
	if request.Method == http.MethodPost {
		review(response, request, pod)
		return
	}
	discover(response, request, pod)
}

// discover answers what the aggregator asks an API server for: its groups, and the resources of a version.
func discover(response http.ResponseWriter, request *http.Request, pod *corev1.Pod) {
	versions := strings.Split(pod.Annotations[annotationAPIService], ",")
	path := strings.Trim(request.URL.Path, "/")
	for _, version := range versions {
		group, _, _ := strings.Cut(version, "/")
		switch {
		case version == "":
		case path == "apis/"+version:
			answer(response, metav1.APIResourceList{
				TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: version, APIResources: []metav1.APIResource{},
			})
			return
		case path == "apis/"+group:
			answer(response, groupOf(version))
			return
		case path == "apis":
			answer(response, groupsOf(versions))
			return
		}
	}
	http.NotFound(response, request)
}

func groupsOf(versions []string) metav1.APIGroupList {
	list := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
	for _, version := range versions {
		list.Groups = append(list.Groups, groupOf(version))
	}
	return list
}

func groupOf(groupVersion string) metav1.APIGroup {
	group, version, _ := strings.Cut(groupVersion, "/")
	known := metav1.GroupVersionForDiscovery{GroupVersion: groupVersion, Version: version}
	return metav1.APIGroup{
		TypeMeta: metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"},
		Name:     group, Versions: []metav1.GroupVersionForDiscovery{known}, PreferredVersion: known,
	}
}

func answer(response http.ResponseWriter, body any) {
	response.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(response).Encode(body); err != nil {
		klog.V(1).InfoS("stand-in", "err", err)
	}
}
