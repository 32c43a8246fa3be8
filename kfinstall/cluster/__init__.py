"""The API server: kubeconfig, discovery, HTTP, server-side apply, watch."""
