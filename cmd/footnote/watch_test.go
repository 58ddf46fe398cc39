package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot"
	"footnote/corpus"
	"footnote/retrieval/keyword"
)

// watched is a folder that is being watched, and what answers from it.
type watched struct {
	t    *testing.T
	dir  string
	live *living
	log  *logged
}

// watch begins to watch a folder with the files. It tells of changes, or only of
// time's passing, as a file system that tells nothing. What answers at first is stored,
// or made.
func watch(t *testing.T, told, stored bool, files map[string]string) *watched {
	t.Helper()
	w := &watched{t: t, dir: t.TempDir(), live: &living{}, log: &logged{new: make(chan struct{})}}
	for name, text := range files {
		w.write(name, text)
	}
	c, err := corpus.Load(t.Context(), w.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := keyword.New(c, keyword.Default())
	if stored {
		file := filepath.Join(t.TempDir(), "index")
		if err := x.Write(t.Context(), file, nil); err != nil {
			t.Fatal(err)
		}
		if x, c, err = keyword.Open(file, w.dir, keyword.Default()); err != nil {
			t.Fatal(err)
		}
	}
	m := &material{corpus: c, index: x, bot: bot.New(c, x, bot.Shipped())}
	w.live.become(m.bot, c)
	watcher := newWatcher(slog.New(slog.NewTextHandler(w.log, nil)), w.dir, m, w.live)
	watcher.quiet, watcher.poll = 20*time.Millisecond, time.Hour
	if !told {
		watcher.quiet, watcher.poll = time.Hour, 20*time.Millisecond
		watcher.most = time.Hour
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { watcher.run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return w
}

func (w *watched) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		w.t.Fatal(err)
	}
}

// cite returns the text of a passage, "" where there is none, and the material.
func (w *watched) cite(id string) (string, bot.Material) {
	w.t.Helper()
	a, err := w.live.Ask(w.t.Context(), bot.Question{Kind: bot.KindCite, Text: id})
	if err != nil {
		w.t.Fatal(err)
	}
	if a.Status != bot.Found {
		return "", a.Material
	}
	return a.Citations[0].Quote, a.Material
}

// until waits until a passage has the text. A test that waits in vain is ended by its
// deadline.
func (w *watched) until(id, want string) bot.Material {
	w.t.Helper()
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		if got, m := w.cite(id); got == want {
			tick.Stop()
			return m
		}
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	for name, told := range map[string]bool{"told": true, "looking": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, told, told, map[string]string{"a.txt": "The first.\n\nIts end.\n", "sub/b.txt": "The other.\n"})
			_, before := w.cite("a#p1")

			w.write("c.txt", "The third came later.\n") // added
			added := w.until("c#p1", "The third came later.")
			if !before.Differs(added) || added.Documents != 3 {
				t.Errorf("material %+v after %+v, want another with 3 documents", added, before)
			}
			w.write("sub/deeper/d.md", "# D\n\nIn a folder that came later.\n")
			w.until("d#p1", "In a folder that came later.")
			w.write("sub/deeper/d.md", "# D\n\nChanged.\n") // changed there
			w.until("d#p1", "Changed.")
			if err := os.Remove(filepath.Join(w.dir, "sub/b.txt")); err != nil { // removed
				t.Fatal(err)
			}
			w.until("b#p1", "")
			w.write("c.txt", "\xff broken") // a bad file costs itself
			w.until("c#p1", "")
			if got, _ := w.cite("a#p2"); got != "Its end." {
				t.Errorf("the unchanged passage a#p2 is %q, want it as it was", got)
			}
			if log := w.log.String(); !strings.Contains(log, "c.txt:1: not UTF-8") {
				t.Errorf("the log does not say why c.txt is skipped:\n%s", log)
			}
		})
	}
}

// While documents change as fast as they can be written, every question is answered,
// from one state of the material: what is shown of it is what that state has.
func TestWatchWhileAsked(t *testing.T) {
	t.Parallel()
	for name, stored := range map[string]bool{"made": false, "stored": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, true, stored, map[string]string{"a.txt": "The lamp is lit at six.\n", "b.txt": "State 0.\n"})
			done := make(chan struct{})
			var asking sync.WaitGroup
			var states sync.Map // by version, what b.txt says
			for range 4 {
				asking.Go(func() {
					for {
						select {
						case <-done:
							return
						default:
						}
						a, err := w.live.Ask(t.Context(), bot.Question{Text: "When is the lamp lit?"})
						if err != nil || a.Status != bot.Answered || !strings.Contains(a.Text, "lit at six") {
							t.Errorf("Ask = %+v, %v, want the answer", a, err)
							return
						}
						hits, err := w.live.Ask(t.Context(), bot.Question{Kind: bot.KindCite, Text: "state"})
						if before, ok := states.LoadOrStore(hits.Material.Version, hits.Text); err != nil || ok && before != hits.Text {
							t.Errorf("of one state of the material b.txt says %q and %q (%v)", before, hits.Text, err)
							return
						}
					}
				})
			}
			for i := range 20 {
				text := fmt.Sprintf("State %d.", i+1)
				w.write("b.txt", text+"\n")
				w.until("b#p1", text)
			}
			close(done)
			asking.Wait()
		})
	}
}

// Where nothing can be read any more, answers come from what there was.
func TestWatchNothingLeft(t *testing.T) {
	t.Parallel()
	w := watch(t, true, true, map[string]string{"a.txt": "The only one.\n"})
	if err := os.Remove(filepath.Join(w.dir, "a.txt")); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(w.log.String(), "answers come from the earlier") {
		<-time.After(5 * time.Millisecond)
	}
	if got, _ := w.cite("a#p1"); got != "The only one." {
		t.Errorf("a#p1 = %q, want what there was", got)
	}
	w.write("a.txt", "It is back.\n")
	w.until("a#p1", "It is back.")
}

// Who may be quoted a document is what its file says, from when it is read; what cannot
// be read takes the document away, also where nothing else is left.
func TestWatchAccess(t *testing.T) {
	t.Parallel()
	w := watch(t, true, false, map[string]string{"a.txt": "The first.\n", "a.yaml": "quoted_in: [law]\n", "groups.yaml": "law: [slack:C1]\n"})
	const law, press = "slack:T1:C1", "slack:T1:C2"
	until := func(place string, want bool) {
		t.Helper()
		for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
			a, err := w.live.Ask(t.Context(), bot.Question{Kind: bot.KindCite, Text: "a#p1", Place: place})
			if err != nil {
				t.Fatal(err)
			}
			found := len(w.live.Complete(t.Context(), bot.Question{Text: "¶1", Place: place}, 5)) > 0
			if (a.Status == bot.Found) == want && found == want {
				tick.Stop()
				return
			}
		}
	}
	until(law, true)
	until(press, false)
	a, err := w.live.Ask(t.Context(), bot.Question{Kind: bot.KindCite, Text: "a#p1", Place: law})
	if err != nil || !w.live.May(law, a) || w.live.May(press, a) {
		t.Errorf("May of %q, %v is not just where the document may be quoted", a.Text, err)
	}
	for _, step := range []struct {
		file, text string
		law, press bool
	}{
		{"groups.yaml", "law: [slack:C1, slack:C2]\n", true, true},
		{"groups.yaml", "law: [slack:C2]\n", false, true},
		{"a.yaml", "quoted_in: [lore]\n", false, false},
		{"a.yaml", "quoted_in: [law]\n", false, true},
		{"groups.yaml", "law: [slack C2]\n", false, false},
		{"a.yaml", "quoted_in: [everywhere]\n", true, true},
	} {
		w.write(step.file, step.text)
		until(law, step.law)
		until(press, step.press)
		if w.live.May(law, a) != step.law {
			t.Errorf("with %q in %s, May = %t, want %t", step.text, step.file, !step.law, step.law)
		}
	}
}
