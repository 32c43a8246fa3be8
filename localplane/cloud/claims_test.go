package cloud

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestWhenAClaimGetsItsVolume(t *testing.T) {
	named := map[string]string{annotationProvisioner: "x"}
	chosen := map[string]string{annotationProvisioner: "x", annotationSelectedNode: "n"}
	for name, test := range map[string]struct {
		mode        storagev1.VolumeBindingMode
		annotations map[string]string
		volume      string
		want        bool
	}{
		"immediately":                       {storagev1.VolumeBindingImmediate, named, "", true},
		"not before the volume controller":  {storagev1.VolumeBindingImmediate, nil, "", false},
		"not before its first consumer":     {storagev1.VolumeBindingWaitForFirstConsumer, named, "", false},
		"once the scheduler chose its node": {storagev1.VolumeBindingWaitForFirstConsumer, chosen, "", true},
		"not when it has one":               {storagev1.VolumeBindingImmediate, named, "v", false},
	} {
		t.Run(name, func(t *testing.T) {
			claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Annotations: test.annotations}}
			claim.Spec.VolumeName = test.volume
			if got := wantsVolume(claim, &storagev1.StorageClass{VolumeBindingMode: &test.mode}); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestABlockVolumeCannotBeShared(t *testing.T) {
	class := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{annotationAccessModes: "ReadWriteOnce,ReadOnlyMany"}}}
	claim := &corev1.PersistentVolumeClaim{}
	for mode, refused := range map[corev1.PersistentVolumeAccessMode]bool{corev1.ReadWriteOnce: false, corev1.ReadOnlyMany: false, corev1.ReadWriteMany: true} {
		claim.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{mode}
		if _, got := unsupportedMode(claim, class); got != refused {
			t.Errorf("%s refused: %v", mode, got)
		}
	}
}

func TestGPUsAreAllocatableWhileThePluginRuns(t *testing.T) {
	for name, test := range map[string]struct {
		built, offered string
		plugin         bool
		want           string
		change         bool
	}{
		"no plugin yet":     {"4", "", false, "0", false},
		"the plugin starts": {"4", "", true, "4", true},
		"it runs":           {"4", "4", true, "4", false},
		"it goes":           {"4", "4", false, "0", true},
		"it is gone":        {"4", "0", false, "0", false},
		"no GPU":            {"", "", true, "0", false},
	} {
		t.Run(name, func(t *testing.T) {
			node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{labelGPUs: test.built}}}
			if test.offered != "" {
				node.Status.Allocatable = corev1.ResourceList{resourceGPU: resource.MustParse(test.offered)}
			}
			want, change := gpuChange(node, test.plugin)
			if want.String() != test.want || change != test.change {
				t.Errorf("got %s, %v", want.String(), change)
			}
		})
	}
}
