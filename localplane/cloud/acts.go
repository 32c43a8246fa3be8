package cloud

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// An act is what one container does at one moment, and what the kubelet says about it.
type act struct {
	state    corev1.ContainerState
	last     corev1.ContainerState
	ready    bool
	restarts int32
	remarks  []remark
	next     time.Duration // when the act changes; zero: never
}

// A remark is an Event of the kubelet. Its id says it once per pod.
type remark struct {
	id      string
	kind    string
	reason  string
	message string
}

// A performance is all that an act depends on: the container, its fault, when the trouble began, and what time it is.
type performance struct {
	pod       *corev1.Pod
	container corev1.Container
	fault     fault
	begin     time.Time
	now       time.Time
}

// plays has the faults of containers.
var plays = map[string]func(performance) act{
	faultImagePull:  pullFails,
	faultCrashLoop:  func(p performance) act { return crashes(p, "Error", p.fault.number(), "") },
	faultOOM:        func(p performance) act { return crashes(p, "OOMKilled", 137, "") },
	faultStartError: startFails,
	faultNeverReady: neverReady,
}

// How long the phases of a fault last. The back-off is the kubelet's: it doubles from ten seconds to five minutes.
const (
	runTime      = time.Second
	attemptTime  = 2 * time.Second
	firstBackOff = 10 * time.Second
	maxBackOff   = 5 * time.Minute
	probePeriod  = 10 * time.Second
)

// attempt says which try a container with back-off is at: its number from 0, when it began, and when the next begins.
func attempt(begin, now time.Time, lasts time.Duration) (number int, started, next time.Time) {
	for started = begin; ; started, number = next, number+1 {
		next = started.Add(lasts + pauseAfter(number))
		if now.Before(next) {
			return number, started, next
		}
	}
}

func pauseAfter(number int) time.Duration {
	pause := firstBackOff
	for range number {
		if pause *= 2; pause > maxBackOff {
			return maxBackOff
		}
	}
	return pause
}

// pullFails is an image that no registry has.
// Source: pkg/kubelet/images/image_manager.go of Kubernetes 1.36, containerd's error text.
func pullFails(p performance) act {
	number, started, next := attempt(p.begin, p.now, attemptTime)
	image := p.container.Image
	cause := fmt.Sprintf("rpc error: code = NotFound desc = failed to pull and unpack image %q: failed to resolve reference %q: %s: not found",
		image, image, image)
	tried := []remark{
		{fmt.Sprint("pulling", p.container.Name, number), corev1.EventTypeNormal, "Pulling", fmt.Sprintf("Pulling image %q", image)},
		{fmt.Sprint("pull", p.container.Name, number), corev1.EventTypeWarning, "Failed", fmt.Sprintf("Failed to pull image %q: %s", image, cause)},
		{fmt.Sprint("pullerror", p.container.Name, number), corev1.EventTypeWarning, "Failed", "Error: ErrImagePull"},
	}
	paused := started.Add(attemptTime)
	if p.now.Before(paused) {
		return act{state: waiting("ErrImagePull", cause), remarks: tried, next: paused.Sub(p.now)}
	}
	message := fmt.Sprintf("Back-off pulling image %q", image)
	return act{
		state: waiting("ImagePullBackOff", message+": ErrImagePull: "+cause),
		remarks: append(tried,
			remark{fmt.Sprint("backoff", p.container.Name, number), corev1.EventTypeNormal, "BackOff", message},
			remark{fmt.Sprint("backofferror", p.container.Name, number), corev1.EventTypeWarning, "Failed", "Error: ImagePullBackOff"}),
		next: next.Sub(p.now),
	}
}

// crashes is a container that ends shortly after its start, again and again. It never gets ready, not even between two
// crashes, so that what a test sees does not depend on when it looks.
func crashes(p performance, reason string, code int, message string) act {
	number, started, next := attempt(p.begin, p.now, runTime)
	ended := started.Add(runTime)
	result := act{restarts: restarts(number), remarks: startRemarks(p.container, number)}
	if !p.now.Before(ended) {
		return pausing(p, result, terminated(reason, message, code, started, ended), number, next)
	}
	result.state, result.next = running(started), ended.Sub(p.now)
	if number > 0 {
		before := started.Add(-pauseAfter(number - 1))
		result.last = terminated(reason, message, code, before.Add(-runTime), before)
	}
	return result
}

// restarts counts the starts before the given try. A kubelet restarts a container once without a pause; that start and
// the first one are both try 0.
func restarts(number int) int32 {
	if number == 0 {
		return 0
	}
	return int32(number) + 1
}

// startFails is a container whose command does not exist in its image.
func startFails(p performance) act {
	number, started, next := attempt(p.begin, p.now, runTime)
	const message = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ` +
		`unable to start container process: error during container init: exec: "run": executable file not found in $PATH: unknown`
	state := terminated("StartError", message, 128, time.Unix(0, 0), started)
	result := act{restarts: restarts(number), remarks: []remark{
		{fmt.Sprint("created", p.container.Name, number), corev1.EventTypeNormal, "Created", "Container created"},
		{fmt.Sprint("starterror", p.container.Name, number), corev1.EventTypeWarning, "Failed", "Error: " + message},
	}}
	if ended := started.Add(runTime); p.now.Before(ended) {
		result.state, result.last, result.next = waiting("RunContainerError", message), state, ended.Sub(p.now)
		return result
	}
	return pausing(p, result, state, number, next)
}

// pausing finishes an act between two tries.
func pausing(p performance, result act, end corev1.ContainerState, number int, next time.Time) act {
	label := fmt.Sprintf("%s_%s(%s)", p.pod.Name, p.pod.Namespace, p.pod.UID)
	result.state = waiting("CrashLoopBackOff",
		fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", pauseAfter(number), p.container.Name, label))
	result.last = end
	result.next = next.Sub(p.now)
	result.restarts = int32(number) + 1
	result.remarks = append(result.remarks, remark{
		fmt.Sprint("crash", p.container.Name, number), corev1.EventTypeWarning, "BackOff",
		fmt.Sprintf("Back-off restarting failed container %s in pod %s", p.container.Name, label),
	})
	return result
}

// neverReady is a container that runs and whose readiness probe fails for ever.
func neverReady(p performance) act {
	probes := int(p.now.Sub(p.begin) / probePeriod)
	remarks := startRemarks(p.container, 0)
	remarks = append(remarks, remark{
		fmt.Sprint("unhealthy", p.container.Name, probes), corev1.EventTypeWarning, "Unhealthy",
		"Readiness probe failed: HTTP probe failed with statuscode: 503",
	})
	next := p.begin.Add(time.Duration(probes+1) * probePeriod)
	return act{state: running(p.begin), remarks: remarks, next: next.Sub(p.now)}
}

func startRemarks(container corev1.Container, number int) []remark {
	return []remark{
		{fmt.Sprint("pulled", container.Name, number), corev1.EventTypeNormal, "Pulled",
			fmt.Sprintf("Container image %q already present on machine and can be accessed by the pod", container.Image)},
		{fmt.Sprint("created", container.Name, number), corev1.EventTypeNormal, "Created", "Container created"},
		{fmt.Sprint("started", container.Name, number), corev1.EventTypeNormal, "Started", "Container started"},
	}
}
