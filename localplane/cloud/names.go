// Package cloud simulates what lies outside a Kubernetes control plane: volumes, load balancers, GPUs, the kubelets'
// part of a pod's life, and the programs inside pods that the API server itself must reach. It makes things healthy only
// when they would be on a real cluster, and it never opens a connection that leaves the machine.
package cloud

// The annotations and labels by which a shape or a test tells the cloud what to simulate.
const (
	domain = "local.kfinstall.dev/"

	annotationProvisioned = domain + "provisioned"     // StorageClass: this cloud provisions it
	annotationAccessModes = domain + "access-modes"    // StorageClass: the only access modes its volumes have
	labelGPUs             = domain + "gpus"            // Node: how many GPUs are built in
	labelGPUPlugin        = domain + "gpu-plugin"      // Node: "builtin" where the platform brings its own plugin
	annotationFault       = domain + "fault"           // Pod, Node: what goes wrong
	annotationReleased    = domain + "released"        // Pod: set by the cloud when kwok may start it
	annotationLog         = domain + "log"             // Pod: what its containers print
	annotationRunsFor     = domain + "runs-for"        // Pod: ends by itself after this time, read by kwok's stage
	annotationWebhook     = domain + "webhook"         // Pod: answers AdmissionReviews or ConversionReviews
	annotationMessage     = domain + "webhook-message" // Pod: why the webhook denies
	annotationAPIService  = domain + "apiservice"      // Pod: serves these API groups and versions
	annotationBackend     = domain + "backend"         // Pod: HOST:PORT of a real local process that stands for it
	annotationInjectCA    = domain + "inject-ca"       // webhook configurations, APIServices, CRDs: fill in caBundle
	annotationGenerates   = "kfinstall.dev/generates"  // Pod of a Job: the Secrets its container makes

	imageFaultHost = "fault.local.kfinstall.dev/" // an image of this host fails as its path says

	annotationManagedNode = "kwok.x-k8s.io/node" // Node: kwok plays its kubelet
	resourceGPU           = "nvidia.com/gpu"
)

// What the annotation "released" can say.
const (
	releasedToRun      = "runs"
	releasedToComplete = "completes"
)
