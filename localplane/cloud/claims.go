package cloud

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	storagelisters "k8s.io/client-go/listers/storage/v1"
)

// Annotations of the contract between the volume controller and external provisioners.
const (
	annotationProvisioner   = "volume.kubernetes.io/storage-provisioner"
	annotationSelectedNode  = "volume.kubernetes.io/selected-node"
	annotationProvisionedBy = "pv.kubernetes.io/provisioned-by"
)

// claims provisions volumes as an external provisioner does; binding is left to the real volume controller.
type claims struct {
	client  kubernetes.Interface
	claims  corelisters.PersistentVolumeClaimLister
	volumes corelisters.PersistentVolumeLister
	classes storagelisters.StorageClassLister
	events  recorder
}

func (c *claims) reconcile(ctx context.Context, object key) (time.Duration, error) {
	claim, err := c.claims.PersistentVolumeClaims(object.Namespace).Get(object.Name)
	if err != nil || claim.DeletionTimestamp != nil || claim.Spec.StorageClassName == nil {
		return 0, ignoreNotFound(err)
	}
	class, err := c.classes.Get(*claim.Spec.StorageClassName)
	if err != nil || !isProvisioned(class) {
		return 0, ignoreNotFound(err)
	}
	if claim.Status.Phase == corev1.ClaimBound {
		return 0, c.expand(ctx, claim, class)
	}
	if !wantsVolume(claim, class) {
		return 0, nil
	}
	return 0, c.provision(ctx, claim, class)
}

func (c *claims) provision(ctx context.Context, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) error {
	voice := c.events.as(class.Provisioner, "")
	if mode, ok := unsupportedMode(claim, class); ok {
		voice.Eventf(claim, corev1.EventTypeWarning, "ProvisioningFailed",
			"failed to provision volume with StorageClass %q: rpc error: code = InvalidArgument desc = VolumeCapabilities is invalid: access mode %s is not supported",
			class.Name, mode)
		return nil
	}
	volume := volumeFor(claim, class)
	_, err := c.client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err == nil {
		voice.Eventf(claim, corev1.EventTypeNormal, "ProvisioningSucceeded", "Successfully provisioned volume %s", volume.Name)
	}
	return err
}

// expand makes a bound volume as large as its claim asks, where the class allows that.
func (c *claims) expand(ctx context.Context, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) error {
	wanted := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	actual := claim.Status.Capacity[corev1.ResourceStorage]
	if class.AllowVolumeExpansion == nil || !*class.AllowVolumeExpansion || wanted.Cmp(actual) <= 0 {
		return nil
	}
	volume, err := c.volumes.Get(claim.Spec.VolumeName)
	if err != nil {
		return err
	}
	volume = volume.DeepCopy()
	volume.Spec.Capacity[corev1.ResourceStorage] = wanted
	if _, err := c.client.CoreV1().PersistentVolumes().Update(ctx, volume, metav1.UpdateOptions{}); err != nil {
		return err
	}
	claim = claim.DeepCopy()
	claim.Status.Capacity[corev1.ResourceStorage] = wanted
	claim.Status.Conditions = nil
	_, err = c.client.CoreV1().PersistentVolumeClaims(claim.Namespace).UpdateStatus(ctx, claim, metav1.UpdateOptions{})
	if err == nil {
		c.events.as("external-resizer "+class.Provisioner, "").Eventf(claim, corev1.EventTypeNormal,
			"VolumeResizeSuccessful", "Resize volume succeeded")
	}
	return err
}

// reclaim deletes a volume of ours once its claim is gone and its policy says so.
func (c *claims) reclaim(ctx context.Context, object key) (time.Duration, error) {
	volume, err := c.volumes.Get(object.Name)
	if err != nil {
		return 0, ignoreNotFound(err)
	}
	ours := volume.Annotations[annotationProvisioned] == "true"
	unwanted := volume.Status.Phase == corev1.VolumeReleased && volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete
	if !ours || !unwanted || volume.DeletionTimestamp != nil {
		return 0, nil
	}
	err = c.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{
		Preconditions: metav1.NewUIDPreconditions(string(volume.UID)),
	})
	return 0, ignoreNotFound(err)
}

func isProvisioned(class *storagev1.StorageClass) bool {
	return class.Annotations[annotationProvisioned] == "true" || class.Labels[annotationProvisioned] == "true"
}

// wantsVolume says whether a provisioner would act now: the volume controller has named it, which for a class that waits
// for its first consumer happens only after the scheduler has chosen a node.
func wantsVolume(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) bool {
	if claim.Spec.VolumeName != "" || claim.Annotations[annotationProvisioner] == "" {
		return false
	}
	waits := class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
	return !waits || claim.Annotations[annotationSelectedNode] != ""
}

func unsupportedMode(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) (corev1.PersistentVolumeAccessMode, bool) {
	list := class.Annotations[annotationAccessModes]
	if list == "" {
		return "", false
	}
	supported := strings.Split(list, ",")
	for _, mode := range claim.Spec.AccessModes {
		if !slices.Contains(supported, string(mode)) {
			return mode, true
		}
	}
	return "", false
}

// volumeFor gives the volume for a claim. Its source is a host path, as minikube's is: for a CSI source the attach
// controller would wait for a driver to attach it.
func volumeFor(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) *corev1.PersistentVolume {
	name := "pvc-" + string(claim.UID)
	policy := corev1.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		policy = *class.ReclaimPolicy
	}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{
			Name:        name,
			Annotations: map[string]string{annotationProvisionedBy: claim.Annotations[annotationProvisioner], annotationProvisioned: "true"},
		},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			AccessModes:                   claim.Spec.AccessModes,
			VolumeMode:                    claim.Spec.VolumeMode,
			PersistentVolumeReclaimPolicy: policy,
			StorageClassName:              class.Name,
			MountOptions:                  class.MountOptions,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID, ResourceVersion: claim.ResourceVersion,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				HostPath: &corev1.HostPathVolumeSource{Path: fmt.Sprintf("/simulated/%s", name)},
			},
		},
	}
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
