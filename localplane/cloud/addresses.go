package cloud

import (
	"fmt"
	"net/netip"
	"sync"
)

// addresses hands out the addresses of one prefix to pods, each to one pod at a time.
type addresses struct {
	mutex  sync.Mutex
	prefix netip.Prefix
	last   netip.Addr
	holder map[netip.Addr]key
	held   map[key]netip.Addr
}

func newAddresses(prefix netip.Prefix) *addresses {
	prefix = prefix.Masked()
	return &addresses{prefix: prefix, last: prefix.Addr(), holder: map[netip.Addr]key{}, held: map[key]netip.Addr{}}
}

// note records an address that a pod has already.
func (a *addresses) note(object key, text string) {
	address, err := netip.ParseAddr(text)
	if err != nil || !a.prefix.Contains(address) {
		return
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.holder[address], a.held[object] = object, address
}

// take gives a pod its address, the same again if it has one. A freed address is used again as late as possible.
func (a *addresses) take(object key) (string, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if address, ok := a.held[object]; ok {
		return address.String(), nil
	}
	for wrapped := false; ; {
		a.last = a.last.Next()
		if !a.prefix.Contains(a.last) {
			if wrapped {
				return "", fmt.Errorf("no free address in %s", a.prefix)
			}
			wrapped, a.last = true, a.prefix.Addr().Next()
		}
		if _, taken := a.holder[a.last]; !taken {
			a.holder[a.last], a.held[object] = object, a.last
			return a.last.String(), nil
		}
	}
}

// free takes a pod's address back.
func (a *addresses) free(object key) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if address, ok := a.held[object]; ok {
		delete(a.holder, address)
		delete(a.held, object)
	}
}
