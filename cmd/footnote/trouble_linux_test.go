package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"footnote/bot/bottest/fakeslack"
)

// TestTroubleFullDisk fills the disk of the ledger while the program serves: no question
// is acknowledged that is not stored, the log says why, and once there is room each is
// answered.
func TestTroubleFullDisk(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	switch err := syscall.Mount("none", disk, "tmpfs", 0, "size=2m"); {
	case errors.Is(err, syscall.EPERM):
		t.Skip("only root may mount a disk to fill")
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	slack := aSlack(t)
	p := start(t, socketMode(t, slack, "FOOTNOTE_LEDGER="+filepath.Join(disk, "ledger.db")), "serve")
	if err := slack.WaitConnected(soon(t), 1); err != nil {
		t.Fatalf("%v; log:\n%s", err, p.log)
	}
	filler := filepath.Join(disk, "filler")
	if err := os.WriteFile(filler, make([]byte, 4<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk does not fill: %v", err)
	}
	q := slack.User("U1").Mentions("C1", asked)
	p.says("its disk is full, make room there")
	p.says("not acknowledged, Slack will tell again")
	if n := len(slack.Replies("C1", q.TS)); n != 0 {
		t.Errorf("a question that is not stored has %d answers", n)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	for slack.AdvanceToRetry() {
		if err := slack.WaitDelivered(soon(t)); err != nil {
			t.Fatal(err)
		}
	}
	if err := slack.WaitFor(soon(t), func(st fakeslack.State) bool { return len(st.Replies("C1", q.TS)) == 1 }); err != nil {
		t.Fatalf("with room again it is not answered: %v; log:\n%s", err, p.log)
	}
	if got := slack.Replies("C1", q.TS)[0].AllText(); !strings.Contains(got, said) {
		t.Errorf("with room again it is answered with %q", got)
	}
	p.terminate()
}
