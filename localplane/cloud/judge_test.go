package cloud

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// after judges a pod that was first seen at noon, some time later.
func after(pod *corev1.Pod, later time.Duration) decision {
	seen := newMemory().of(keyOf(pod), pod.UID, noon)
	judge(pod, here, seen, noon)
	return judge(pod, here, seen, noon.Add(later))
}

func waitingReason(d decision) string {
	if len(d.status.ContainerStatuses) == 0 || d.status.ContainerStatuses[0].State.Waiting == nil {
		return ""
	}
	return d.status.ContainerStatuses[0].State.Waiting.Reason
}

func TestAPodWithAllItNeedsIsReleased(t *testing.T) {
	if got := after(podWith(nil, "nginx"), 0); !got.release {
		t.Errorf("got %+v", got)
	}
}

func TestAFaultShowsAsAKubeletWritesIt(t *testing.T) {
	for name, test := range map[string]struct {
		fault    string
		later    time.Duration
		reason   string
		phase    corev1.PodPhase
		restarts int32
		exit     int32
	}{
		"the first pull fails":          {fault: "image-pull", later: time.Second, reason: "ErrImagePull", phase: corev1.PodPending},
		"then it backs off":             {fault: "image-pull", later: 3 * time.Second, reason: "ImagePullBackOff", phase: corev1.PodPending},
		"then it is tried again":        {fault: "image-pull", later: 13 * time.Second, reason: "ErrImagePull", phase: corev1.PodPending},
		"a crash backs off":             {fault: "crash-loop=132", later: 2 * time.Second, reason: "CrashLoopBackOff", phase: corev1.PodRunning, restarts: 1, exit: 132},
		"a later crash counts":          {fault: "crash-loop", later: 13 * time.Second, reason: "CrashLoopBackOff", phase: corev1.PodRunning, restarts: 2, exit: 1},
		"out of memory":                 {fault: "oom", later: 2 * time.Second, reason: "CrashLoopBackOff", phase: corev1.PodRunning, restarts: 1, exit: 137},
		"no such command":               {fault: "start-error", later: 0, reason: "RunContainerError", phase: corev1.PodRunning, exit: 128},
		"no network":                    {fault: "sandbox", later: 0, reason: "ContainerCreating", phase: corev1.PodPending},
		"a slow start is not there yet": {fault: "slow-start=5", later: 4 * time.Second, reason: "ContainerCreating", phase: corev1.PodPending},
		"a typo is said":                {fault: "crash", later: 0, reason: "ContainerCreating", phase: corev1.PodPending},
	} {
		t.Run(name, func(t *testing.T) {
			got := after(podWith(map[string]string{annotationFault: test.fault}, "nginx"), test.later)
			if got.release || got.status.Phase != test.phase || waitingReason(got) != test.reason || len(got.remarks) == 0 {
				t.Fatalf("got %+v", got)
			}
			status := got.status.ContainerStatuses[0]
			if status.RestartCount != test.restarts || status.Ready {
				t.Errorf("restarts %d, ready %v", status.RestartCount, status.Ready)
			}
			if end := status.LastTerminationState.Terminated; test.exit != 0 && (end == nil || end.ExitCode != test.exit) {
				t.Errorf("last state %+v", end)
			}
		})
	}
}

func TestWhatIsWrittenWrongDoesNotStart(t *testing.T) {
	root, yes := int64(0), true
	for name, test := range map[string]struct {
		image    string
		security *corev1.SecurityContext
		reason   string
	}{
		"upper case in an image": {"Example/Image:1", nil, "InvalidImageName"},
		"a variable left over":   {"$(IMAGE)", nil, "InvalidImageName"},
		"root where none may be": {"nginx", &corev1.SecurityContext{RunAsUser: &root, RunAsNonRoot: &yes}, "CreateContainerConfigError"},
		"nothing":                {"nginx", &corev1.SecurityContext{RunAsNonRoot: &yes}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			pod := podWith(nil, test.image)
			pod.Spec.Containers[0].SecurityContext = test.security
			if got := after(pod, 0); got.release != (test.reason == "") || waitingReason(got) != test.reason {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAPodThatRunsNeedsItsVolumesNoMore(t *testing.T) {
	pod := podWith(map[string]string{annotationFault: "never-ready"}, "nginx")
	pod.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: configVolume("other", "", false)}}
	setCondition(&pod.Status, corev1.PodReadyToStartContainers, true, "", "", noon)
	if got := after(pod, 0); got.status.Phase != corev1.PodRunning {
		t.Errorf("got %+v", got.status)
	}
	pod.Annotations[annotationFault] = "never-redy"
	if got := after(pod, 0); got.status.Phase != "" || len(got.remarks) != 1 {
		t.Errorf("a typo changes the pod: %+v", got)
	}
}

func TestAMissingPullSecretIsOnlyMentioned(t *testing.T) {
	pod := podWith(nil, "nginx")
	pod.Spec.ImagePullSecrets = []corev1.LocalObjectReference{local("secret"), local("other")}
	if got := after(pod, 0); !got.release || len(got.remarks) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestASlowStartEnds(t *testing.T) {
	if got := after(podWith(map[string]string{annotationFault: "slow-start=5"}, "nginx"), 5*time.Second); !got.release {
		t.Errorf("got %+v", got)
	}
}

func TestAFaultOfOneContainerLeavesTheOthersRunning(t *testing.T) {
	got := after(podWith(map[string]string{annotationFault: "never-ready@b"}, "nginx", "nginx"), 0)
	first, second := got.status.ContainerStatuses[0], got.status.ContainerStatuses[1]
	if !first.Ready || second.Ready || second.State.Running == nil {
		t.Errorf("got %+v", got.status.ContainerStatuses)
	}
	if podCondition(&corev1.Pod{Status: got.status}, corev1.PodReady) != corev1.ConditionFalse {
		t.Errorf("got %+v", got.status.Conditions)
	}
}

func TestAFaultOfAnInitContainerBlocksTheOthers(t *testing.T) {
	pod := podWith(map[string]string{annotationFault: "image-pull@setup"}, "nginx")
	pod.Spec.InitContainers = []corev1.Container{{Name: "setup", Image: "busybox"}}
	if got := after(pod, 3*time.Second); waitingReason(got) != "PodInitializing" || got.status.InitContainerStatuses[0].State.Waiting.Reason != "ImagePullBackOff" {
		t.Errorf("got %+v", got.status)
	}
}

func TestAMissingConfigMapIsOnlyMentionedWhenItStaysAway(t *testing.T) {
	pod := podWith(nil, "nginx")
	pod.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: configVolume("other", "", false)}}
	if got := after(pod, 0); got.release || len(got.remarks) > 0 || got.next == 0 {
		t.Errorf("at once: %+v", got)
	}
	if got := after(pod, grace); got.release || len(got.remarks) != 1 || got.remarks[0].reason != "FailedMount" {
		t.Errorf("later: %+v", got)
	}
}

func TestWhoseContainersEndByThemselves(t *testing.T) {
	for name, test := range map[string]struct {
		owner, role string
		want        bool
	}{
		"a Job's pod":        {"Job", "", true},
		"a Deployment's pod": {"ReplicaSet", "", false},
		"a TFJob's worker":   {"TFJob", "worker", true},
		"a parameter server": {"TFJob", "ps", false},
	} {
		t.Run(name, func(t *testing.T) {
			pod := podWith(nil, "nginx")
			pod.OwnerReferences = []metav1.OwnerReference{{Kind: test.owner}}
			pod.Labels = map[string]string{"training.kubeflow.org/replica-type": test.role}
			if got := completes(pod); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAFailingJobFailsOrRestarts(t *testing.T) {
	pod := podWith(map[string]string{annotationFault: "job-fails=3"}, "busybox")
	pod.OwnerReferences = []metav1.OwnerReference{{Kind: "Job"}}
	pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	if got := after(pod, 2*time.Second); got.status.Phase != corev1.PodFailed || got.status.ContainerStatuses[0].State.Terminated.ExitCode != 3 {
		t.Errorf("Never: %+v", got.status)
	}
	pod.Spec.RestartPolicy = corev1.RestartPolicyOnFailure
	if got := after(pod, 2*time.Second); waitingReason(got) != "CrashLoopBackOff" {
		t.Errorf("OnFailure: %+v", got.status)
	}
}
