package discordbot

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

func TestJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJobs(slog.New(slog.DiscardHandler))
		gate, did := make(chan struct{}), 0
		for range maxJobs {
			if !j.start(t.Context(), "wait", func(context.Context) error { <-gate; return errors.New("no") }) {
				t.Fatal("a job did not start, though there was room")
			}
		}
		if j.start(t.Context(), "one too many", func(context.Context) error { did++; return nil }) {
			t.Error("a job too many started")
		}
		closed := make(chan struct{})
		go func() { j.close(); close(closed) }()
		synctest.Wait()
		select {
		case <-closed:
			t.Error("close did not wait for the jobs that run")
		default:
		}
		close(gate)
		<-closed
		if j.start(t.Context(), "after the end", func(context.Context) error { did++; return nil }) {
			t.Error("a job started after close")
		}
		j.open()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		j.start(ended, "a panic", func(ctx context.Context) error { panic("words") })
		if !j.start(ended, "again", func(ctx context.Context) error { did++; <-ctx.Done(); return ctx.Err() }) {
			t.Error("no job started after open")
		}
		start := time.Now()
		j.close()
		if took := time.Since(start); did != 1 || took != jobTime {
			t.Errorf("%d jobs were done in %v, want 1, until its time was over after %v", did, took, jobTime)
		}
	})
}
