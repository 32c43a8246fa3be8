package pki

import (
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// kubeconfig gives the file with which user talks to the API server of plan; certificates are embedded.
func kubeconfig(plan Plan, user string, authority []byte, pair Pair) ([]byte, error) {
	config := api.NewConfig()
	config.Clusters[plan.Name] = &api.Cluster{Server: plan.Server, CertificateAuthorityData: authority}
	config.AuthInfos[user] = &api.AuthInfo{ClientCertificateData: pair.Certificate, ClientKeyData: pair.Key}
	config.Contexts[plan.Name] = &api.Context{Cluster: plan.Name, AuthInfo: user}
	config.CurrentContext = plan.Name
	return clientcmd.Write(*config)
}
