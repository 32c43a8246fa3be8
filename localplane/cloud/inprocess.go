package cloud

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"

	"kfinstall.dev/localplane/pki"
)

// inProcess is an HTTPS server without a port: its connections are handed to it, each with the name of what it stands for.
type inProcess struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

type nameKey struct{}

// named is a connection that knows what its far end believes to talk to.
type named struct {
	net.Conn
	name string
}

// standingFor gives the name of the pod or node that a request was meant for.
func standingFor(request *http.Request) string {
	name, _ := request.Context().Value(nameKey{}).(string)
	return name
}

// serveInProcess starts a server that answers until ctx ends.
func serveInProcess(ctx context.Context, handler http.Handler, certificates *certificates) *inProcess {
	listener := &inProcess{connections: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          nil,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificates.get},
		ConnContext: func(ctx context.Context, connection net.Conn) context.Context {
			if secure, ok := connection.(*tls.Conn); ok {
				connection = secure.NetConn()
			}
			if known, ok := connection.(named); ok {
				return context.WithValue(ctx, nameKey{}, known.name)
			}
			return ctx
		},
	}
	go func() { _ = server.ServeTLS(listener, "", "") }()
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	return listener
}

// take gives the route that hands a connection to this server in the name of something.
func (p *inProcess) take(name string) route {
	return func(connection net.Conn) {
		select {
		case p.connections <- named{Conn: connection, name: name}:
		case <-p.closed:
			_ = connection.Close()
		}
	}
}

// Accept gives the next connection.
func (p *inProcess) Accept() (net.Conn, error) {
	select {
	case connection := <-p.connections:
		return connection, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (p *inProcess) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr is only there to be a net.Listener.
func (p *inProcess) Addr() net.Addr {
	return &net.UnixAddr{Name: "in-process", Net: "unix"}
}

// certificates issues a serving certificate for every name it is asked for, from an authority that lives as long as
// this process.
type certificates struct {
	authority *pki.Authority
	mutex     sync.Mutex
	issued    map[string]*tls.Certificate
}

func newCertificates() (*certificates, error) {
	authority, err := pki.NewAuthority("local-stand-ins")
	if err != nil {
		return nil, err
	}
	return &certificates{authority: authority, issued: map[string]*tls.Certificate{}}, nil
}

func (c *certificates) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	if name == "" {
		name = "localhost"
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if found := c.issued[name]; found != nil {
		return found, nil
	}
	pair, err := c.authority.Issue(pki.Subject{Name: "stand-in", Hosts: []string{name}})
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		return nil, err
	}
	c.issued[name] = &certificate
	return &certificate, nil
}
