// A kubelet writes a pod's own name to its /etc/hosts. Here the hub's pod has the address in HUB_ADDRESS.
const dns = require('dns');
const lookup = dns.lookup;
dns.lookup = (host, ...rest) => lookup(host === 'tf-hub-0' ? process.env.HUB_ADDRESS : host, ...rest);
