package cloud

import (
	corev1 "k8s.io/api/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
)

// listed is the world as the informers' caches show it.
type listed struct {
	configMaps      corelisters.ConfigMapLister
	secrets         corelisters.SecretLister
	serviceAccounts corelisters.ServiceAccountLister
	claims          corelisters.PersistentVolumeClaimLister
}

func (l listed) configMapKeys(namespace, name string) (map[string]bool, bool) {
	found, err := l.configMaps.ConfigMaps(namespace).Get(name)
	if err != nil {
		return nil, false
	}
	keys := keySet(found.Data)
	for name := range found.BinaryData {
		keys[name] = true
	}
	return keys, true
}

func (l listed) secretKeys(namespace, name string) (map[string]bool, bool) {
	found, err := l.secrets.Secrets(namespace).Get(name)
	if err != nil {
		return nil, false
	}
	return keySet(found.Data), true
}

func (l listed) hasServiceAccount(namespace, name string) bool {
	_, err := l.serviceAccounts.ServiceAccounts(namespace).Get(name)
	return err == nil
}

func (l listed) isClaimBound(namespace, name string) bool {
	found, err := l.claims.PersistentVolumeClaims(namespace).Get(name)
	return err == nil && found.Status.Phase == corev1.ClaimBound
}

func keySet[V any](data map[string]V) map[string]bool {
	keys := make(map[string]bool, len(data))
	for name := range data {
		keys[name] = true
	}
	return keys
}

// withoutValues is the transform by which the caches forget what Secrets and ConfigMaps contain before they store them.
func withoutValues(object any) (any, error) {
	switch found := object.(type) {
	case *corev1.Secret:
		forget(found.Data)
		found.Annotations, found.ManagedFields = nil, nil
	case *corev1.ConfigMap:
		forget(found.Data)
		forget(found.BinaryData)
		found.Annotations, found.ManagedFields = nil, nil
	}
	return object, nil
}

func forget[V any](data map[string]V) {
	var nothing V
	for name := range data {
		data[name] = nothing
	}
}
