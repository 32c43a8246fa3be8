package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"os"
	"path/filepath"
)

// Plan says what Write makes and where.
type Plan struct {
	Dir       string
	Name      string
	Server    string
	Hosts     []string
	ServiceIP string
}

// identities are the clients of the API server. kwok and the cloud stand for kubelets and a provider, whose rights no
// built-in role grants to one user, so they are administrators of their own throwaway control plane.
var identities = []struct {
	file    string
	subject Subject
}{
	{"admin", Subject{Name: "kubernetes-admin", Groups: []string{"system:masters"}}},
	{"controller-manager", Subject{Name: "system:kube-controller-manager"}},
	{"scheduler", Subject{Name: "system:kube-scheduler"}},
	{"kwok", Subject{Name: "kwok", Groups: []string{"system:masters"}}},
	{"cloud", Subject{Name: "local-cloud", Groups: []string{"system:masters"}}},
}

// Write makes every certificate, key and kubeconfig of a control plane, readable by the caller alone.
func Write(plan Plan) error {
	if err := os.MkdirAll(plan.Dir, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(plan.Dir, 0o700); err != nil {
		return err
	}
	for _, write := range []func(Plan) error{writeCluster, writeFrontProxy, writeServiceAccountKey} {
		if err := write(plan); err != nil {
			return err
		}
	}
	return nil
}

func writeCluster(plan Plan) error {
	authority, err := plan.authority("ca", "local-ca")
	if err != nil {
		return err
	}
	serving := Subject{Name: "kube-apiserver", Hosts: append([]string{
		"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
		plan.ServiceIP,
	}, plan.Hosts...)}
	if err := plan.issue(authority, "apiserver", serving); err != nil {
		return err
	}
	for _, identity := range identities {
		pair, err := authority.Issue(identity.subject)
		if err != nil {
			return err
		}
		config, err := kubeconfig(plan, identity.subject.Name, authority.Certificate, pair)
		if err != nil {
			return err
		}
		if err := plan.write(identity.file+".kubeconfig", config); err != nil {
			return err
		}
	}
	return nil
}

func writeFrontProxy(plan Plan) error {
	authority, err := plan.authority("front-proxy-ca", "local-front-proxy-ca")
	if err != nil {
		return err
	}
	return plan.issue(authority, "front-proxy-client", Subject{Name: "front-proxy-client"})
}

func writeServiceAccountKey(plan Plan) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private, err := encodeKey(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	if err := plan.write("sa.key", private); err != nil {
		return err
	}
	return plan.write("sa.pub", encode("PUBLIC KEY", public))
}

func (p Plan) authority(file, name string) (*Authority, error) {
	authority, err := NewAuthority(name)
	if err != nil {
		return nil, err
	}
	return authority, p.writePair(file, authority.Pair)
}

func (p Plan) issue(authority *Authority, file string, subject Subject) error {
	pair, err := authority.Issue(subject)
	if err != nil {
		return err
	}
	return p.writePair(file, pair)
}

func (p Plan) writePair(file string, pair Pair) error {
	if err := p.write(file+".crt", pair.Certificate); err != nil {
		return err
	}
	return p.write(file+".key", pair.Key)
}

// write replaces the file in one step, so that nobody reads half a key.
func (p Plan) write(file string, content []byte) error {
	path := filepath.Join(p.Dir, file)
	temporary := path + ".tmp"
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
