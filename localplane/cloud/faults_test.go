package cloud

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func podWith(annotations map[string]string, images ...string) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", UID: "u", Annotations: annotations}}
	for i, image := range images {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: string(rune('a' + i)), Image: image})
	}
	return pod
}

func TestFaultsAPodAsksFor(t *testing.T) {
	for name, test := range map[string]struct {
		annotation string
		images     []string
		want       []fault
	}{
		"none":                    {"", []string{"nginx"}, nil},
		"by annotation":           {"image-pull", []string{"nginx"}, []fault{{faultImagePull, "-", ""}}},
		"with an argument":        {"crash-loop=132", []string{"nginx"}, []fault{{faultCrashLoop, "132", ""}}},
		"on one container":        {"oom@b", []string{"nginx", "nginx"}, []fault{{faultOOM, "-", "b"}}},
		"several":                 {"slow-start=2, never-ready", []string{"nginx"}, []fault{{faultSlowStart, "2", ""}, {faultNeverReady, "-", ""}}},
		"by image":                {"", []string{"nginx", "fault.local.kfinstall.dev/oom"}, []fault{{faultOOM, "-", "b"}}},
		"by image, tag a number":  {"", []string{"fault.local.kfinstall.dev/crash-loop:139"}, []fault{{faultCrashLoop, "139", "a"}}},
		"by image, tag a version": {"", []string{"fault.local.kfinstall.dev/crash-loop:v1.2"}, []fault{{faultCrashLoop, "1", "a"}}},
		"by image and digest":     {"", []string{"fault.local.kfinstall.dev/image-pull:7@sha256:00"}, []fault{{faultImagePull, "-", "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := faultsOf(podWith(map[string]string{annotationFault: test.annotation}, test.images...))
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func TestAMisspeltFaultIsAnError(t *testing.T) {
	for _, text := range []string{"crash-lop", "crash-loop=soon", "oom=3", "slow-start=-", "=1"} {
		if got, err := faultsOf(podWith(map[string]string{annotationFault: text}, "nginx")); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestEveryFaultOfAContainerHasAPlay(t *testing.T) {
	ofPods := []string{faultSandbox, faultSlowStart, faultEvicted, faultJobFails, faultStuck}
	for kind := range faultArguments {
		if _, ok := plays[kind]; ok == slices.Contains(ofPods, kind) {
			t.Errorf("%s is played by a container: %v", kind, ok)
		}
	}
}
