package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
)

// What the HTTP server waits for, and how much it takes.
const (
	headerTime = 5 * time.Second
	readTime   = 10 * time.Second
	writeTime  = 30 * time.Second
	idleTime   = 2 * time.Minute
	closeTime  = 5 * time.Second // for requests that have begun when the program stops
	pingTime   = 2 * time.Second
	maxHeader  = 64 << 10
	maxBody    = 1 << 20
)

// listen opens a port that a setting names, or says in a sentence why not.
func listen(ctx context.Context, name, at string) (net.Listener, error) {
	env := setting{name: name}.env()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen on %s: another program uses the port: end it, or set %s to another", at, env)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("listen on %s: this user may not use the port: set %s to one above 1023", at, env)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w: %s says where", at, err, env)
	}
	return l, nil
}

// pages returns the HTTP server: /healthz and /readyz, and what the platforms call.
func (s *server) pages() *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	for _, a := range s.adapters {
		at := "/" + a.Name() + "/"
		if a.Name() == webName {
			at = "/" // documents stand at the root
		}
		mux.Handle(at, a.Handler())
	}
	return &http.Server{
		Handler:           http.MaxBytesHandler(s.guarded(mux), maxBody),
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// guarded logs requests to pages that there are, by the pattern and never by the
// address, which can hold a code; and keeps a fault in one from being more than
// that. What was panicked with is logged only where it cannot hold anybody's words.
func (s *server) guarded(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		defer func() {
			switch p := recover().(type) {
			case nil:
			case runtime.Error:
				s.log.Error("a fault in the program", "page", r.Pattern, "error", p, "stack", string(debug.Stack()))
				http.Error(w, "a fault in the program", http.StatusInternalServerError)
			default:
				s.log.Error("a fault in the program", "page", r.Pattern, "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
				http.Error(w, "a fault in the program", http.StatusInternalServerError)
			}
			s.log.Debug("request", "method", r.Method, "page", r.Pattern, "ms", time.Since(start).Milliseconds())
		}()
		mux.ServeHTTP(w, r)
	})
}

// hangUp ends the HTTP server. Requests that have begun may end.
func (s *server) hangUp(ctx context.Context, pages *http.Server) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if err := pages.Shutdown(ctx); err != nil {
		s.log.Warn("requests were cut off", "error", err)
		_ = pages.Close() // it has said already what it could
	}
}
