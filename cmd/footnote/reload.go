package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// reloads reads the material and the settings anew at every SIGHUP, until ctx ends.
func (s *server) reloads(ctx context.Context) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP)
	defer signal.Stop(told)
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
			s.reload()
		}
	}
}

// reload takes over what can change while the program runs, and says what cannot. Of
// settings of which one is wrong none is taken over.
func (s *server) reload() {
	if s.watch != nil {
		select {
		case s.watch.asked <- struct{}{}:
		default: // it is going to look anyway
		}
	}
	v, err := s.resolve()
	if err != nil {
		s.log.Error("the settings cannot be read anew; the earlier hold", "error", err)
		return
	}
	for _, set := range settings {
		switch {
		case v[set.name] == s.values[set.name]:
		case set.live:
			s.log.Info("setting changed", "setting", set.name)
		default:
			s.log.Warn("this setting is read at the start only: start footnote serve again for it", "setting", set.name)
		}
	}
	s.adjust(v)
	s.values = v
	s.log.Info("settings read anew")
}

// adjust takes over the settings that are live.
func (s *server) adjust(v values) {
	s.level.Set(level(v))
	s.retention.Store(int64(v.number("retention", 0)))
	if s.service != nil {
		l := limits(v)
		s.service.Limit(l.User, l.Place)
	}
}
