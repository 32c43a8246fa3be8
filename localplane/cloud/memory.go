package cloud

import (
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// A memo is what the cloud remembers of a pod beyond its status.
type memo struct {
	uid    types.UID
	first  time.Time // when the pod was first seen on a ready node
	since  time.Time // since when its faults are what they are
	faults string
	said   map[string]bool
}

// note restarts the play when the faults changed.
func (m *memo) note(faults []fault, now time.Time) {
	if text := fmt.Sprint(faults); text != m.faults {
		m.faults, m.since = text, now
		m.said = map[string]bool{}
	}
}

// memory holds the memos of all pods.
type memory struct {
	mutex sync.Mutex
	memos map[key]*memo
}

func newMemory() *memory {
	return &memory{memos: map[key]*memo{}}
}

// of gives the memo of a pod; a pod of the same name with another UID is another pod. One reconcile at a time works on a pod.
func (m *memory) of(object key, uid types.UID, now time.Time) *memo {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	found := m.memos[object]
	if found == nil || found.uid != uid {
		// Seconds are what the API keeps: finer times would differ after each round trip.
		second := now.Truncate(time.Second)
		found = &memo{uid: uid, first: second, since: second, said: map[string]bool{}}
		m.memos[object] = found
	}
	return found
}

func (m *memory) forget(object key) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.memos, object)
}
