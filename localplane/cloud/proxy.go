package cloud

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"k8s.io/klog/v2"
)

// A route takes over a connection that the API server made through the proxy.
type route func(net.Conn)

// A router gives the route to an address, or the reason why there is none.
type router func(host, port string) (route, error)

// proxy is the only way out of the API server: an HTTP CONNECT proxy on a Unix socket that connects simulated addresses
// to what stands for them in this process, and refuses all others. It dials nothing but loopback.
type proxy struct {
	route router
	log   io.Writer // one JSON object a line; nil: none
}

// serve answers on the socket until ctx ends. Only the owner of this process can connect.
func (p *proxy) serve(ctx context.Context, socket string) error {
	listener, err := listenPrivately(socket)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	go func() {
		if err := server.Serve(listener); ctx.Err() == nil {
			klog.ErrorS(err, "the proxy ended")
		}
	}()
	return nil
}

// listenPrivately makes the socket under a name that nobody else may open before it has its mode.
func listenPrivately(socket string) (net.Listener, error) {
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	temporary := socket + ".n"
	_ = os.Remove(temporary)
	listener, err := net.Listen("unix", temporary)
	if err != nil {
		return nil, err
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := os.Chmod(temporary, 0o600); err != nil {
		return nil, err
	}
	return listener, os.Rename(temporary, socket)
}

// ServeHTTP answers one CONNECT.
func (p *proxy) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodConnect {
		http.Error(response, "only CONNECT is answered here", http.StatusMethodNotAllowed)
		return
	}
	take, err := p.find(request.Host)
	p.record(request.Host, err)
	connection, buffered, hijack := http.NewResponseController(response).Hijack()
	if hijack != nil {
		klog.ErrorS(hijack, "hijack", "address", request.Host)
		return
	}
	if !reply(buffered.Writer, err) || err != nil {
		_ = connection.Close()
		return
	}
	_ = connection.SetDeadline(time.Time{})
	take(connection)
}

// reply writes the status line. The reason of a refusal stands in it, because that is all the API server repeats.
func reply(to *bufio.Writer, refusal error) bool {
	head := "200 Connection established"
	if refusal != nil {
		head = "403 " + strings.NewReplacer("\r", " ", "\n", " ").Replace(refusal.Error()) + "\r\nContent-Length: 0"
	}
	_, err := fmt.Fprintf(to, "HTTP/1.1 %s\r\n\r\n", head)
	return err == nil && to.Flush() == nil
}

func (p *proxy) find(address string) (route, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("refused by the local control plane: %w", err)
	}
	take, err := p.route(host, port)
	if err != nil {
		return nil, fmt.Errorf("refused by the local control plane: %w", err)
	}
	return take, nil
}

// record says what was asked for. Nothing of it ever left the machine; the log is how a test shows that.
func (p *proxy) record(address string, refusal error) {
	entry := struct {
		Time    time.Time `json:"time"`
		Address string    `json:"address"`
		Allowed bool      `json:"allowed"`
		Reason  string    `json:"reason,omitempty"`
	}{Time: time.Now(), Address: address, Allowed: refusal == nil}
	if refusal != nil {
		entry.Reason = refusal.Error()
		klog.InfoS("proxy refused", "address", address, "reason", refusal)
	}
	if p.log == nil {
		return
	}
	line, err := json.Marshal(entry)
	if err == nil {
		_, err = p.log.Write(append(line, '\n'))
	}
	if err != nil {
		klog.ErrorS(err, "proxy log")
	}
}
