package cloud

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
)

// A key names one object.
type key = types.NamespacedName

// reconcile brings one object a step further and says when to look at it again without a change; zero means not at all.
type reconcile func(ctx context.Context, object key) (time.Duration, error)

// loop calls a reconcile for every key put on its queue, never twice at once for the same key, and again after a failure.
type loop struct {
	name      string
	reconcile reconcile
	queue     workqueue.TypedRateLimitingInterface[key]
}

func newLoop(name string, reconcile reconcile) *loop {
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[key](50*time.Millisecond, 10*time.Second)
	return &loop{
		name:      name,
		reconcile: reconcile,
		queue:     workqueue.NewTypedRateLimitingQueue(limiter),
	}
}

// run works until ctx ends.
func (l *loop) run(ctx context.Context) {
	go func() {
		<-ctx.Done()
		l.queue.ShutDown()
	}()
	for l.next(ctx) {
	}
}

func (l *loop) next(ctx context.Context) bool {
	object, shutdown := l.queue.Get()
	if shutdown {
		return false
	}
	defer l.queue.Done(object)
	again, err := l.reconcile(ctx, object)
	if err != nil {
		// Conflicts and vanished objects are the ordinary course: the next look sees the newer state.
		if !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			klog.ErrorS(err, "will be tried again", "loop", l.name, "object", object)
		}
		l.queue.AddRateLimited(object)
		return true
	}
	l.queue.Forget(object)
	if again > 0 {
		l.queue.AddAfter(object, again)
	}
	return true
}

// add puts an object on the queue.
func (l *loop) add(object any) {
	if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = tombstone.Obj
	}
	accessor, err := meta.Accessor(object)
	if err != nil {
		return
	}
	l.queue.Add(key{Namespace: accessor.GetNamespace(), Name: accessor.GetName()})
}

// follow puts every object of the informer on the queue whenever it changes.
func (l *loop) follow(informer cache.SharedIndexInformer) error {
	return onChange(informer, l.add)
}

// onChange calls tell with every object that appears, changes or goes.
func onChange(informer cache.SharedIndexInformer, tell func(any)) error {
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    tell,
		UpdateFunc: func(_, object any) { tell(object) },
		DeleteFunc: tell,
	})
	return err
}
