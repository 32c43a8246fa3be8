package cloud

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// known is a world of one namespace.
type known struct {
	configMaps map[string][]string
	secrets    map[string][]string
	accounts   map[string]bool
	bound      map[string]bool
}

func (k known) configMapKeys(_, name string) (map[string]bool, bool) {
	return keysOf(k.configMaps, name)
}
func (k known) secretKeys(_, name string) (map[string]bool, bool) { return keysOf(k.secrets, name) }
func (k known) hasServiceAccount(_, name string) bool             { return k.accounts[name] }
func (k known) isClaimBound(_, name string) bool                  { return k.bound[name] }

func keysOf(all map[string][]string, name string) (map[string]bool, bool) {
	names, exists := all[name]
	keys := map[string]bool{}
	for _, key := range names {
		keys[key] = true
	}
	return keys, exists
}

var here = known{
	configMaps: map[string][]string{"config": {"present"}},
	secrets:    map[string][]string{"secret": {"present"}},
	accounts:   map[string]bool{"account": true},
	bound:      map[string]bool{"bound": true},
}

func local(name string) corev1.LocalObjectReference { return corev1.LocalObjectReference{Name: name} }

func configVolume(name, item string, optional bool) corev1.VolumeSource {
	source := &corev1.ConfigMapVolumeSource{LocalObjectReference: local(name), Optional: &optional}
	if item != "" {
		source.Items = []corev1.KeyToPath{{Key: item, Path: "x"}}
	}
	return corev1.VolumeSource{ConfigMap: source}
}

var token = corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
	{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{}},
}}}

func TestAPodWaitsForItsVolumes(t *testing.T) {
	for name, test := range map[string]struct {
		source  corev1.VolumeSource
		account string
		want    string
	}{
		"empty dir":           {source: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		"present ConfigMap":   {source: configVolume("config", "present", false)},
		"absent ConfigMap":    {source: configVolume("other", "", false), want: `configmap "other" not found`},
		"absent optional":     {source: configVolume("other", "", true)},
		"absent key":          {source: configVolume("config", "other", false), want: "references non-existent config key: other"},
		"absent Secret":       {source: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "other"}}, want: `secret "other" not found`},
		"bound claim":         {source: claimVolume("bound")},
		"unbound claim":       {source: claimVolume("other"), want: `persistentvolumeclaim "other" is not bound`},
		"token of an account": {source: token, account: "account"},
		"token of no account": {source: token, account: "other", want: `failed to fetch token: serviceaccounts "other" not found`},
		"host path":           {source: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			pod := podWith(nil, "nginx")
			pod.Spec.ServiceAccountName = test.account
			pod.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: test.source}}
			want := []string{}
			if test.want != "" {
				want = append(want, `MountVolume.SetUp failed for volume "v" : `+test.want)
			}
			got := unmounted(pod, here)
			if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func claimVolume(name string) corev1.VolumeSource {
	return corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}}
}

func TestAContainerNeedsItsEnvironment(t *testing.T) {
	yes := true
	for name, test := range map[string]struct {
		variable corev1.EnvVarSource
		want     string
	}{
		"present key":     {corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("secret"), Key: "present"}}, ""},
		"absent Secret":   {corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("other"), Key: "k"}}, `secret "other" not found`},
		"absent key":      {corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("secret"), Key: "k"}}, "couldn't find key k in Secret ns/secret"},
		"optional":        {corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("other"), Key: "k", Optional: &yes}}, ""},
		"absent in a map": {corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: local("config"), Key: "k"}}, "couldn't find key k in ConfigMap ns/config"},
		"field":           {corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			pod := podWith(nil, "nginx")
			pod.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "X", ValueFrom: &test.variable}}
			if got := environmentProblem(pod, pod.Spec.Containers[0], here); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheCachesForgetValues(t *testing.T) {
	secret := &corev1.Secret{Data: map[string][]byte{"k": []byte("hunter2")}}
	if _, err := withoutValues(secret); err != nil || secret.Data["k"] != nil || len(secret.Data) != 1 {
		t.Errorf("got %v, %v", secret.Data, err)
	}
}
