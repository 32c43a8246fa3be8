package cloud

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// grace is how long a missing dependency goes unmentioned: it often comes with the next request.
const grace = time.Second

// A decision is what becomes of a pod now.
type decision struct {
	release bool
	status  corev1.PodStatus // no phase: leave it
	remarks []remark
	next    time.Duration // when to decide again without a change; zero: never
}

// judge decides about a pod on a ready node. It reads seen and, when the pod's troubles changed, notes since when they last.
func judge(pod *corev1.Pod, w world, seen *memo, now time.Time) decision {
	started := pod.Annotations[annotationReleased] != "" || podCondition(pod, corev1.PodReadyToStartContainers) == corev1.ConditionTrue
	faults, err := faultsOf(pod)
	if err != nil {
		complaint := remark{err.Error(), corev1.EventTypeWarning, "UnknownFault", err.Error()}
		if started {
			return decision{remarks: []remark{complaint}}
		}
		return hold(pod, now, complaint, 0)
	}
	if _, ok := findFault(faults, faultEvicted); ok {
		return decision{status: evicted(pod, now), remarks: []remark{
			{"evicted", corev1.EventTypeWarning, "Evicted", evicted(pod, now).Message},
		}}
	}
	if !started {
		if verdict, held := beforeStart(pod, faults, w, seen, now); held {
			return verdict
		}
	}
	if acts := troubles(pod, faults, w, seen, now); len(acts) > 0 {
		return perform(pod, acts, seen.since, now)
	}
	if f, ok := findFault(faults, faultJobFails); ok && completes(pod) {
		return ended(pod, seen, f.number(), "", now)
	}
	return decision{release: true, remarks: pullSecretRemarks(pod, w)}
}

// ended decides about a pod whose containers ended with an error: it failed, or they are started again.
func ended(pod *corev1.Pod, seen *memo, code int, message string, now time.Time) decision {
	if pod.Spec.RestartPolicy == corev1.RestartPolicyNever {
		return decision{status: failed(pod, code, message, now)}
	}
	acts := map[string]act{}
	for _, container := range pod.Spec.Containers {
		acts[container.Name] = crashes(performance{pod: pod, container: container, begin: seen.since, now: now}, "Error", code, message)
	}
	return perform(pod, acts, seen.since, now)
}

// beforeStart holds a pod whose sandbox, volumes or image are not there yet.
func beforeStart(pod *corev1.Pod, faults []fault, w world, seen *memo, now time.Time) (decision, bool) {
	if _, ok := findFault(faults, faultSandbox); ok {
		const message = `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "0c4e": plugin type="calico" ` +
			`failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/`
		tries := int(now.Sub(seen.first) / firstBackOff)
		return hold(pod, now, remark{fmt.Sprint("sandbox", tries), corev1.EventTypeWarning, "FailedCreatePodSandBox", message}, firstBackOff), true
	}
	if problems := unmounted(pod, w); len(problems) > 0 {
		if age := now.Sub(seen.first); age < grace {
			return decision{next: grace - age}, true
		}
		return hold(pod, now, remark{problems[0], corev1.EventTypeWarning, "FailedMount", problems[0]}, 0), true
	}
	if f, ok := findFault(faults, faultSlowStart); ok {
		if left := seen.first.Add(f.seconds()).Sub(now); left > 0 {
			image := pod.Spec.Containers[0].Image
			return hold(pod, now, remark{"slow", corev1.EventTypeNormal, "Pulling", fmt.Sprintf("Pulling image %q", image)}, left), true
		}
	}
	return decision{}, false
}

func hold(pod *corev1.Pod, now time.Time, r remark, next time.Duration) decision {
	return decision{status: creating(pod, now), remarks: []remark{r}, next: next}
}

// troubles gives the act of every container that does not just run.
func troubles(pod *corev1.Pod, faults []fault, w world, seen *memo, now time.Time) map[string]act {
	acts := map[string]act{}
	seen.note(faults, now)
	for _, container := range allContainers(pod) {
		if a, ok := mistake(pod, container, w); ok && !hasRun(pod, container.Name) {
			acts[container.Name] = a
			continue
		}
		for _, f := range faults {
			if play, ok := plays[f.kind]; ok && concerns(f, pod, container.Name) {
				acts[container.Name] = play(performance{pod: pod, container: container, fault: f, begin: seen.since, now: now})
			}
		}
	}
	return acts
}

// concerns says whether a fault is this container's. One that names no container leaves the init containers alone.
func concerns(f fault, pod *corev1.Pod, name string) bool {
	isInit := slices.ContainsFunc(pod.Spec.InitContainers, func(c corev1.Container) bool { return c.Name == name })
	return f.container == name || f.container == "" && !isInit
}

// hasRun says whether a container was started before: what it needed for that is not looked at again.
func hasRun(pod *corev1.Pod, name string) bool {
	if pod.Annotations[annotationReleased] != "" {
		return true
	}
	for _, status := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if status.Name == name {
			return status.State.Waiting == nil || status.LastTerminationState.Terminated != nil
		}
	}
	return false
}

func perform(pod *corev1.Pod, acts map[string]act, since, now time.Time) decision {
	verdict := decision{status: troubled(pod, acts, since, now)}
	for _, container := range allContainers(pod) {
		a, ok := acts[container.Name]
		if !ok {
			continue
		}
		verdict.remarks = append(verdict.remarks, a.remarks...)
		if a.next > 0 && (verdict.next == 0 || a.next < verdict.next) {
			verdict.next = a.next
		}
	}
	return verdict
}

// replicasThatComplete are the roles of the training operator's pods that run to an end; parameter servers never do.
var replicasThatComplete = []string{"chief", "master", "worker", "evaluator"}

// completes says whether a pod's containers run to an end by themselves.
func completes(pod *corev1.Pod) bool {
	if pod.Annotations[annotationRunsFor] != "" {
		return true
	}
	for _, owner := range pod.OwnerReferences {
		switch owner.Kind {
		case "Job", "Workflow":
			return true
		case "TFJob", "PyTorchJob", "MPIJob", "XGBoostJob":
			return slices.Contains(replicasThatComplete, pod.Labels["training.kubeflow.org/replica-type"])
		}
	}
	return false
}
