package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"footnote/bot/bottest/fakeslack"
)

// process is the built program, started with arguments, and what it has logged.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	log *logged
}

// start starts the program as a process of its own, in which none of the test's
// settings hold.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t, exec.Command(os.Args[0], args...), &logged{new: make(chan struct{})}}
	p.cmd.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// ended waits for the program's end and returns its exit code.
func (p *process) ended() int {
	p.t.Helper()
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case err := <-done:
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			p.t.Fatal(err)
		}
		return p.cmd.ProcessState.ExitCode()
	case <-soon(p.t).Done():
		p.t.Fatalf("the program does not end; log:\n%s", p.log)
	}
	return 0
}

// terminate asks the program to end, and expects that it does so as one should.
func (p *process) terminate() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if code := p.ended(); code != exitDone {
		p.t.Errorf("after SIGTERM it ends with %d, want %d; log:\n%s", code, exitDone, p.log)
	}
}

// says waits until the log holds a text.
func (p *process) says(text string) {
	p.t.Helper()
	if err := p.log.times(soon(p.t), text, 1); err != nil {
		p.t.Fatalf("%v; log:\n%s", err, p.log)
	}
}

// TestTroubleAtStart has the built program stop: with one line that says what is wrong
// and what to do about it, an exit code, and nothing of the ledger changed.
func TestTroubleAtStart(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	used, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	for _, test := range []struct {
		name string
		env  []string
		code int
		want []string
	}{
		{"an unknown setting", []string{"FOOTNOTE_CONFIG=" + write(t, "footnote.yaml", "retentoin: 3\n")}, exitUsage, []string{"footnote.yaml:1", `unknown setting "retentoin"`, "did you mean retention?"}},
		{"a variable misspelt", []string{"FOOTNOTE_RETENTOIN=3"}, exitUsage, []string{"FOOTNOTE_RETENTOIN", "did you mean FOOTNOTE_RETENTION?"}},
		{"a wrong value", []string{"FOOTNOTE_RETENTION=soon"}, exitUsage, []string{"FOOTNOTE_RETENTION", "whole number"}},
		{"no configuration", []string{"FOOTNOTE_CONFIG=/nowhere/footnote.yaml"}, exitUsage, []string{"/nowhere/footnote.yaml", "no such file"}},
		{"no ledger", []string{"FOOTNOTE_LEDGER=postgres://u:hunter2@127.0.0.1:1/d"}, exitOther, []string{"connection refused", "FOOTNOTE_LEDGER says where it is"}},
		{"a port in use", []string{"FOOTNOTE_LISTEN=" + used.Addr().String()}, exitOther, []string{used.Addr().String(), "another program uses the port", "FOOTNOTE_LISTEN"}},
		{"an operators' port in use", []string{"FOOTNOTE_MONITOR=" + used.Addr().String()}, exitOther, []string{used.Addr().String(), "another program uses the port", "FOOTNOTE_MONITOR"}},
		{"profiles for everybody", []string{"FOOTNOTE_PPROF=0.0.0.0:6060"}, exitUsage, []string{"FOOTNOTE_PPROF", "127.0.0.1"}},
		{"no material", []string{"FOOTNOTE_CORPUS=/nowhere"}, exitUsage, []string{"/nowhere", "no such file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := start(t, socketMode(t, slack, test.env...), "serve", "--log-level", "error")
			if code := p.ended(); code != test.code {
				t.Errorf("it ends with %d, want %d", code, test.code)
			}
			got := p.log.String()
			if strings.Count(got, "\n") != 1 || strings.Contains(got, "hunter2") {
				t.Errorf("it says %q, want one line without the password", got)
			}
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("it says %q, which has no %q", got, want)
				}
			}
		})
	}
}

// TestTroubleMaterialRemoved takes the material away from under the program: it says so,
// and goes on answering from what it has read.
func TestTroubleMaterialRemoved(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	folder := filepath.Join(t.TempDir(), "material")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "harbour.md"), []byte("# Harbour\n\nThe lamp of the harbour is lit at six in the evening.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, socketMode(t, slack, "FOOTNOTE_CORPUS="+folder), "serve")
	if err := slack.WaitConnected(soon(t), 1); err != nil {
		t.Fatalf("%v; log:\n%s", err, p.log)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	p.says("put it back, or set FOOTNOTE_CORPUS")
	q := slack.User("U1").Mentions("C1", "When is the lamp of the harbour lit?")
	if err := slack.WaitFor(soon(t), func(st fakeslack.State) bool { return len(st.Replies("C1", q.TS)) == 1 }); err != nil {
		t.Fatalf("%v; log:\n%s", err, p.log)
	}
	if got := slack.Replies("C1", q.TS)[0].AllText(); !strings.Contains(got, "six in the evening") {
		t.Errorf("without its material it answers %q", got)
	}
	p.terminate()
}

// TestTroubleTerminated asks the program to end while questions arrive, and starts
// another: each question is answered once.
func TestTroubleTerminated(t *testing.T) {
	t.Parallel()
	const (
		questions = 60
		channels  = 12 // each takes a message a second
	)
	slack := aSlack(t)
	for i := range channels {
		slack.AddChannel(fakeslack.Channel{ID: fmt.Sprintf("C%d", 10+i)})
	}
	env := socketMode(t, slack, "FOOTNOTE_USER_LIMIT=1000", "FOOTNOTE_CHANNEL_LIMIT=1000")
	p := start(t, env, "serve")
	if err := slack.WaitConnected(soon(t), 1); err != nil {
		t.Fatalf("%v; log:\n%s", err, p.log)
	}
	var keys []string
	for i := range questions {
		channel := fmt.Sprintf("C%d", 10+i%channels)
		m := slack.User(fmt.Sprintf("U%d", i%7)).Mentions(channel, asked)
		keys = append(keys, "slack:T1:"+channel+":"+m.TS)
		if i == questions/2 {
			if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	if code := p.ended(); code != exitDone {
		t.Errorf("under load it ends with %d, want %d; log:\n%s", code, exitDone, p.log)
	}
	before := len(slack.AnswerCounts("key"))
	p = start(t, env, "serve")
	ctx, cancel := context.WithCancel(soon(t))
	defer cancel()
	for slack.AdvanceToRetry() {
		if err := slack.WaitDelivered(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := slack.WaitFor(ctx, func(st fakeslack.State) bool {
		counts := st.AnswerCounts("key")
		return !slices.ContainsFunc(keys, func(k string) bool { return counts[k] == 0 })
	}); err != nil {
		t.Errorf("questions were lost: of %d are answered %d; log:\n%s", questions, len(slack.AnswerCounts("key")), p.log)
	}
	p.terminate()
	for _, k := range keys {
		if n := slack.AnswerCounts("key")[k]; n != 1 {
			t.Errorf("%s is answered %d times, want 1", k, n)
		}
	}
	t.Logf("answered before the end: %d, after: %d", before, questions-before)
}
