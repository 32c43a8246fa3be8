package cloud

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// begin fills in what a kubelet writes as soon as it has accepted a pod.
func begin(status *corev1.PodStatus, now time.Time) {
	if status.StartTime == nil {
		status.StartTime = &metav1.Time{Time: now}
	}
	if status.Phase == "" {
		status.Phase = corev1.PodPending
	}
}

// settle writes the four conditions a kubelet keeps. Out: a transition time changes only when its status does.
func settle(status *corev1.PodStatus, now time.Time, sandbox, initialized bool, unready []string) {
	setCondition(status, corev1.PodReadyToStartContainers, sandbox, "", "", now)
	if initialized {
		setCondition(status, corev1.PodInitialized, true, "", "", now)
	} else {
		setCondition(status, corev1.PodInitialized, false, "ContainersNotInitialized", "containers with incomplete status", now)
	}
	reason, message := "", ""
	if len(unready) > 0 {
		reason, message = "ContainersNotReady", "containers with unready status: "+bracket(unready)
	}
	setCondition(status, corev1.ContainersReady, len(unready) == 0, reason, message, now)
	setCondition(status, corev1.PodReady, len(unready) == 0, reason, message, now)
}

func setCondition(status *corev1.PodStatus, kind corev1.PodConditionType, holds bool, reason, message string, now time.Time) {
	value := corev1.ConditionFalse
	if holds {
		value = corev1.ConditionTrue
	}
	for i := range status.Conditions {
		condition := &status.Conditions[i]
		if condition.Type != kind {
			continue
		}
		if condition.Status != value {
			condition.LastTransitionTime = metav1.Time{Time: now}
		}
		condition.Status, condition.Reason, condition.Message = value, reason, message
		return
	}
	status.Conditions = append(status.Conditions, corev1.PodCondition{
		Type: kind, Status: value, Reason: reason, Message: message, LastTransitionTime: metav1.Time{Time: now},
	})
}

func bracket(names []string) string {
	text := "["
	for i, name := range names {
		if i > 0 {
			text += " "
		}
		text += name
	}
	return text + "]"
}

// creating gives the status of a pod whose containers cannot be made yet.
func creating(pod *corev1.Pod, now time.Time) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	begin(&status, now)
	status.Phase = corev1.PodPending
	reason := "ContainerCreating"
	if len(pod.Spec.InitContainers) > 0 {
		reason = "PodInitializing"
	}
	status.InitContainerStatuses = waitingAll(pod.Spec.InitContainers, reason)
	status.ContainerStatuses = waitingAll(pod.Spec.Containers, reason)
	settle(&status, now, false, len(pod.Spec.InitContainers) == 0, names(pod.Spec.Containers))
	return status
}

func waitingAll(containers []corev1.Container, reason string) []corev1.ContainerStatus {
	var statuses []corev1.ContainerStatus
	for _, container := range containers {
		statuses = append(statuses, containerStatus(container, act{state: waiting(reason, "")}))
	}
	return statuses
}

func names(containers []corev1.Container) []string {
	var all []string
	for _, container := range containers {
		all = append(all, container.Name)
	}
	return all
}

func containerStatus(container corev1.Container, a act) corev1.ContainerStatus {
	started := a.state.Running != nil
	return corev1.ContainerStatus{
		Name: container.Name, Image: container.Image, State: a.state, LastTerminationState: a.last,
		Ready: a.ready, RestartCount: a.restarts, Started: &started,
	}
}

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func running(since time.Time) corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Time{Time: since}}}
}

func terminated(reason, message string, code int, from, to time.Time) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		Reason: reason, Message: message, ExitCode: int32(code),
		StartedAt: metav1.Time{Time: from}, FinishedAt: metav1.Time{Time: to},
	}}
}

// troubled gives the status of a pod that was started and has some containers in trouble; acts holds those.
func troubled(pod *corev1.Pod, acts map[string]act, since, now time.Time) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	begin(&status, now)
	status.InitContainerStatuses = nil
	blocked := false
	for _, container := range pod.Spec.InitContainers {
		a, ok := acts[container.Name]
		switch {
		case blocked:
			a = act{state: waiting("PodInitializing", "")}
		case ok:
			blocked = true
		case isSidecar(container):
			a = act{state: running(since), ready: true}
		default:
			a = act{state: terminated("Completed", "", 0, since, since), ready: true}
		}
		status.InitContainerStatuses = append(status.InitContainerStatuses, containerStatus(container, a))
	}
	var unready []string
	status.ContainerStatuses, unready = mainStatuses(pod.Spec.Containers, acts, blocked, since)
	status.Phase = phaseOf(status.ContainerStatuses)
	settle(&status, now, true, !blocked, unready)
	return status
}

func mainStatuses(containers []corev1.Container, acts map[string]act, blocked bool, since time.Time) ([]corev1.ContainerStatus, []string) {
	var statuses []corev1.ContainerStatus
	var unready []string
	for _, container := range containers {
		a, ok := acts[container.Name]
		switch {
		case blocked:
			a = act{state: waiting("PodInitializing", "")}
		case !ok:
			a = act{state: running(since), ready: true}
		}
		if !a.ready {
			unready = append(unready, container.Name)
		}
		statuses = append(statuses, containerStatus(container, a))
	}
	return statuses, unready
}

// phaseOf follows the kubelet: Pending while a container has never run, Running afterwards.
func phaseOf(statuses []corev1.ContainerStatus) corev1.PodPhase {
	for _, status := range statuses {
		if status.State.Waiting != nil && status.LastTerminationState.Terminated == nil {
			return corev1.PodPending
		}
	}
	return corev1.PodRunning
}

// failed gives the status of a pod that is over: every container ended with the code and the message.
func failed(pod *corev1.Pod, code int, message string, now time.Time) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	begin(&status, now)
	acts := map[string]act{}
	for _, container := range pod.Spec.Containers {
		acts[container.Name] = act{state: terminated("Error", message, code, now, now)}
	}
	var unready []string
	status.ContainerStatuses, unready = mainStatuses(pod.Spec.Containers, acts, false, now)
	settle(&status, now, true, true, unready)
	status.Phase = corev1.PodFailed
	return status
}

// evicted gives the status that a kubelet short of memory leaves behind.
func evicted(pod *corev1.Pod, now time.Time) corev1.PodStatus {
	status := failed(pod, 137, "", now)
	status.Reason = "Evicted"
	status.Message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 87Mi. "
	setCondition(&status, corev1.DisruptionTarget, true, corev1.PodReasonTerminationByKubelet, status.Message, now)
	return status
}

func isSidecar(container corev1.Container) bool {
	return container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways
}
