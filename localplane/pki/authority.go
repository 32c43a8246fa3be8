// Package pki makes the certificates, keys and kubeconfigs of one local control plane.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// lifetime is how long a certificate is good for: a throwaway control plane lives for hours, a forgotten one for months.
const lifetime = 365 * 24 * time.Hour

// Pair is a certificate with its key, both PEM encoded.
type Pair struct {
	Certificate []byte
	Key         []byte
}

// Authority signs certificates with a key that it made itself.
type Authority struct {
	Pair
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Subject says for whom a certificate is and what it may be used for.
type Subject struct {
	Name   string
	Groups []string
	// Hosts are the host names and addresses a serving certificate is good for; none makes a client certificate.
	Hosts []string
}

// NewAuthority makes a certificate authority called name.
func NewAuthority(name string) (*Authority, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	pair, certificate, err := sign(template, template, key, key)
	if err != nil {
		return nil, err
	}
	return &Authority{Pair: pair, certificate: certificate, key: key}, nil
}

// Issue makes a key and signs a certificate for it.
func (a *Authority) Issue(subject Subject) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	pair, _, err := sign(template(subject), a.certificate, key, a.key)
	return pair, err
}

func template(subject Subject) *x509.Certificate {
	result := &x509.Certificate{
		Subject:  pkix.Name{CommonName: subject.Name, Organization: subject.Groups},
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	result.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if len(subject.Hosts) > 0 {
		result.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	for _, host := range subject.Hosts {
		if address := net.ParseIP(host); address != nil {
			result.IPAddresses = append(result.IPAddresses, address)
		} else {
			result.DNSNames = append(result.DNSNames, host)
		}
	}
	return result
}

func sign(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) (Pair, *x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Pair{}, nil, err
	}
	now := time.Now()
	template.SerialNumber = serial
	template.NotBefore = now.Add(-5 * time.Minute)
	template.NotAfter = now.Add(lifetime)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return Pair{}, nil, fmt.Errorf("sign %s: %w", template.Subject.CommonName, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return Pair{}, nil, err
	}
	encoded, err := encodeKey(key)
	return Pair{Certificate: encode("CERTIFICATE", der), Key: encoded}, certificate, err
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return encode("PRIVATE KEY", der), err
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
