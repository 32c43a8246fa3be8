package pki

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

func written(t *testing.T) Plan {
	t.Helper()
	plan := Plan{Dir: filepath.Join(t.TempDir(), "pki"), Name: "test", Server: "https://127.0.0.1:1", Hosts: []string{"127.0.0.1"}, ServiceIP: "10.96.0.1"}
	if err := Write(plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestOnlyTheOwnerCanReadTheFiles(t *testing.T) {
	plan := written(t)
	err := filepath.Walk(plan.Dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func parse(t *testing.T, content []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(content)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func TestTheServerIsTrustedAtEveryNameItHas(t *testing.T) {
	plan := written(t)
	config, err := clientcmd.LoadFromFile(filepath.Join(plan.Dir, "admin.kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parse(t, config.Clusters["test"].CertificateAuthorityData))
	content, err := os.ReadFile(filepath.Join(plan.Dir, "apiserver.crt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"127.0.0.1", "localhost", "kubernetes.default.svc", "10.96.0.1"} {
		if _, err := parse(t, content).Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheFrontProxyIsNoUserOfTheCluster(t *testing.T) {
	plan := written(t)
	content, err := os.ReadFile(filepath.Join(plan.Dir, "front-proxy-client.crt"))
	if err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(filepath.Join(plan.Dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parse(t, authority))
	if _, err := parse(t, content).Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err == nil {
		t.Error("the authority of the cluster vouches for the front proxy")
	}
}
