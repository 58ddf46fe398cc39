package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"footnote/bot"
	"footnote/bot/metrics"
	"footnote/bot/traces"
)

// profileTime is how long a profile or a trace of the program may be taken for, whose
// length the one who asks says.
const profileTime = 5 * time.Minute

// monitor is what operators see of a running service: its pages, and the figures and
// traces behind them. It is not where platforms call, and stays up until all else has
// ended.
type monitor struct {
	figures *metrics.Metrics
	traces  *traces.Traces // nil where they are sent nowhere
	doors   []door
}

// door is an open port with what answers there.
type door struct {
	listener net.Listener
	server   *http.Server
}

// Served implements [bot.Observer].
func (m *monitor) Served(ctx context.Context, s bot.Served) {
	m.figures.Served(ctx, s)
	if m.traces != nil {
		m.traces.Served(ctx, s)
	}
}

// local returns an address that means this machine alone where it names no host.
func local(at string) string {
	if host, port, err := net.SplitHostPort(at); err == nil && host == "" {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return at
}

// watchOver opens what operators look at, as the settings say.
func (s *server) watchOver(ctx context.Context, v values) (err error) {
	s.monitor = &monitor{figures: metrics.New(version())}
	if at := v["otel-exporter-otlp-endpoint"]; at != "" {
		if s.monitor.traces, err = traces.New(ctx, s.log, at, version()); err != nil {
			return err
		}
	}
	for _, open := range []struct {
		setting string
		handler http.Handler
		write   time.Duration
	}{{"monitor", s.monitored(), writeTime}, {"pprof", profiles(), profileTime}} {
		if v[open.setting] == "" {
			continue
		}
		l, err := listen(ctx, open.setting, local(v[open.setting]))
		if err != nil {
			s.monitor.close(ctx, s.log)
			return err
		}
		s.log.Info(open.setting, "address", l.Addr().String())
		server := &http.Server{
			Handler:           http.MaxBytesHandler(open.handler, maxBody),
			ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: open.write, IdleTimeout: idleTime,
			MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		}
		s.monitor.doors = append(s.monitor.doors, door{l, server})
	}
	return nil
}

// observe has the figures take in what the service, its adapters and the material tell.
func (s *server) observe(live *living) {
	m := s.monitor.figures
	s.service.Observe(s.monitor)
	m.Queue(s.service.Waiting)
	m.Material(live.size)
	for _, a := range s.adapters {
		if l, ok := a.(linked); ok {
			m.Link(a.Name(), l.Link)
		}
	}
}

// linked is an adapter that keeps a connection.
type linked interface{ Link() bot.Link }

// serve answers operators until close, and tells failed where it cannot.
func (m *monitor) serve(wg *sync.WaitGroup, failed chan<- error) {
	for _, d := range m.doors {
		wg.Go(func() {
			if err := d.server.Serve(d.listener); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve operators: %w", err)
			}
		})
	}
}

// close ends it all at once, and sends the last traces.
func (m *monitor) close(ctx context.Context, log *slog.Logger) {
	for _, d := range m.doors {
		_ = d.server.Close() // whoever looks, looks again
		_ = d.listener.Close()
	}
	if m.traces != nil {
		if err := m.traces.Close(ctx); err != nil {
			log.Warn("traces are lost", "error", err)
		}
	}
}

// monitored returns the pages for operators.
func (s *server) monitored() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", s.monitor.figures.Handler())
	return s.guarded(mux)
}

// profiles returns what go tool pprof reads.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// healthz says that the program runs: to whatever starts it again where it doesn't. That
// a platform or the ledger is away is nothing that another start would mend.
func (s *server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintln(w, "ok")
}

// readyz says whether questions can be taken in and answered, with a line for each
// thing that takes: to a load balancer, and to people.
func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pingTime)
	defer cancel()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if s.stopping.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "stopping")
		return
	}
	code, text := http.StatusOK, "material: ok\n" // without it nothing listens
	say := func(what string, ok bool, not string) {
		if ok {
			text += what + ": ok\n"
			return
		}
		code, text = http.StatusServiceUnavailable, text+what+": "+not+"\n"
	}
	err := s.ledger.Ping(ctx)
	if err != nil {
		s.log.Warn("not ready", "error", err)
	}
	say("ledger", err == nil, "cannot be reached")
	for _, a := range s.adapters {
		if l, ok := a.(linked); ok {
			say(a.Name(), l.Link().Up, "not connected")
		}
	}
	w.WriteHeader(code)
	fmt.Fprint(w, text)
}
