package discordbot

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// jobs is what is done beside an event and need not outlive a restart: a modal's
// answer, a list of choices, a sign that it is working. Whoever owns it waits for it.
// It is safe for concurrent use.
type jobs struct {
	log    *slog.Logger
	slots  chan struct{} // holds one for each job that runs
	closed atomic.Bool
}

const (
	maxJobs = 64
	jobTime = 20 * time.Second // for one job
)

func newJobs(log *slog.Logger) *jobs { return &jobs{log: log, slots: make(chan struct{}, maxJobs)} }

// start runs f beside the caller, whose ctx may end before. A job too many is left
// out and logged, as is one after close; then started is false.
func (j *jobs) start(ctx context.Context, what string, f func(ctx context.Context) error) (started bool) {
	select {
	case j.slots <- struct{}{}:
	default:
		j.log.Warn("discord: left out, too much else to do", "what", what)
		return false
	}
	if j.closed.Load() {
		<-j.slots
		j.log.Warn("discord: left out at the end", "what", what)
		return false
	}
	go func() {
		defer func() { <-j.slots }()
		defer guard(j.log, what)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobTime)
		defer cancel()
		if err := f(ctx); err != nil {
			j.log.Warn("discord: "+what, "error", err)
		}
	}()
	return true
}

// open lets jobs start again after close.
func (j *jobs) open() { j.closed.Store(false) }

// close waits for the jobs that run; none starts after it.
func (j *jobs) close() {
	j.closed.Store(true)
	for range maxJobs { // who holds all slots is alone
		j.slots <- struct{}{}
	}
	for range maxJobs {
		<-j.slots
	}
}
