package slackbot

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// jobs is what is done after Slack has been acknowledged and need not outlive a
// restart: a view, a status, a list of prompts. Whoever owns it waits for it. It is
// safe for concurrent use.
type jobs struct {
	log *slog.Logger

	mu      sync.Mutex
	closed  bool
	running int
	wg      sync.WaitGroup
}

const (
	maxJobs = 64
	jobTime = 10 * time.Second // for one job
)

// start runs f beside the caller, whose ctx may end before. A job too many is left
// out and logged, as is one after close; then started is false.
func (j *jobs) start(ctx context.Context, what string, f func(ctx context.Context) error) (started bool) {
	j.mu.Lock()
	if j.closed || j.running >= maxJobs {
		j.mu.Unlock()
		j.log.Warn("slack: left out, too much else to do", "what", what)
		return false
	}
	j.running++
	j.wg.Add(1)
	j.mu.Unlock()
	go func() {
		defer j.wg.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobTime)
		defer cancel()
		defer func() {
			j.mu.Lock()
			j.running--
			j.mu.Unlock()
		}()
		if err := f(ctx); err != nil {
			j.log.Warn("slack: "+what, "error", err)
		}
	}()
	return true
}

// open lets jobs start again after close.
func (j *jobs) open() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = false
}

// close waits for the jobs that run; none starts after it.
func (j *jobs) close() {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.wg.Wait()
}
