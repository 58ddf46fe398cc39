package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"footnote/bot"
	"footnote/bot/ledger"
	"footnote/retrieval/keyword"
)

// mark says how what was looked at stands.
type mark string

// The marks.
const (
	well  mark = "✓"
	known mark = "!" // should be known; nothing must be done
	wrong mark = "✗" // must be fixed
)

// finding is one thing that was looked at: how it stands, and what to do.
type finding struct {
	mark     mark
	what, do string
}

// marked returns findings with their marks: otherwise where something is not as it
// should be.
func marked(fs []bot.Finding, otherwise mark) []finding {
	var out []finding
	for _, f := range fs {
		m := well
		if !f.OK {
			m = otherwise
		}
		out = append(out, finding{m, f.What, f.Do})
	}
	return out
}

func runDoctor(ctx context.Context, con *console, v values, args []string) error {
	if len(args) > 0 {
		return usagef("doctor takes no words: it checks what the settings name")
	}
	faults := 0
	tell := func(findings ...finding) {
		for _, f := range findings {
			fmt.Fprintf(con.out, "%s %s\n", f.mark, oneLine(f.what))
			if f.do != "" {
				fmt.Fprintf(con.out, "  %s\n", oneLine(f.do))
			}
			if f.mark == wrong {
				faults++
			}
		}
	}
	on, err := configured(v)
	tell(checkConfiguration(v, on, err)...)
	asker, findings := con.checkMaterial(ctx, v)
	tell(findings...)
	tell(con.checkModel(ctx, v)...)
	tell(con.checkEmbeddings(ctx, v)...)
	l, findings := con.checkLedger(ctx, v)
	if l != nil {
		defer func() { _ = l.Close() }() // nothing was written
	}
	tell(findings...)
	for _, p := range on {
		tell(p.check(ctx, parts{log: slog.New(slog.DiscardHandler), asker: asker, ledger: l, values: v})...)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case faults > 0:
		return fmt.Errorf("not ready: see what is marked with %s (%d)", wrong, faults)
	}
	return nil
}

// checkConfiguration says what the settings turn on.
func checkConfiguration(v values, on []platform, err error) []finding {
	if err != nil {
		return []finding{{wrong, "Configuration: " + err.Error() + ".", ""}}
	}
	var names []string
	for _, p := range on {
		names = append(names, p.name)
	}
	out := []finding{{well, "Configuration: complete for " + strings.Join(names, ", ") + ".", ""}}
	if at := listenAt(v, on); at != "" {
		out = append(out, finding{well, "footnote serve listens on " + at + "; /readyz says whether it is well.", ""})
	}
	return out
}

// checkMaterial reads the material, and returns who answers from it; nil where it
// cannot be read.
func (con *console) checkMaterial(ctx context.Context, v values) (bot.Asker, []finding) {
	c, x, told, err := con.stock(ctx, v)
	if err != nil {
		return nil, []finding{{wrong, "Material: " + err.Error() + ".", "--corpus or FOOTNOTE_CORPUS names it."}}
	}
	out := []finding{{well, fmt.Sprintf("Material: documents: %d, passages and notes: %d.", c.Documents.Len(), c.Passages.Len()), ""}}
	for i, s := range c.Skipped {
		if i == manySkipped {
			out = append(out, finding{known, fmt.Sprintf("%d more files are skipped.", len(c.Skipped)-i), "footnote index lists them."})
			break
		}
		out = append(out, finding{known, "Skipped: " + s.String() + ".", ""})
	}
	if n := len(c.Warnings); n > 0 {
		out = append(out, finding{known, fmt.Sprintf("The material has faults that leave it readable: %d.", n), "footnote index lists them."})
	}
	s, findings := con.checkSearch(ctx, v, c, x)
	out = append(append(out, checkIndex(v, told)...), findings...)
	if s == nil {
		return nil, out
	}
	return bot.New(c, s, bot.Shipped()), out
}

// checkIndex reads the stored index to its end, where there is to be one; told says why
// it was not used as it is.
func checkIndex(v values, told string) []finding {
	if v["index"] == "" || v["corpus"] == "" || hasCluster(v) {
		return nil
	}
	if told == "" {
		if err := keyword.Verify(v["index"]); err != nil {
			return []finding{{wrong, "Index: " + err.Error() + ".", "footnote index stores it anew."}}
		}
		return []finding{{well, "Index: " + v["index"] + " fits the material.", ""}}
	}
	return []finding{{known, "Index: " + told + ".", "footnote index stores it, and the start is quicker then."}}
}

// checkLedger opens the ledger, which brings it up to date, and returns it; nil
// where there is none.
func (con *console) checkLedger(ctx context.Context, v values) (*ledger.Ledger, []finding) {
	place := con.ledgerPlace(v)
	if !con.hasLedger(v) {
		if err := canMake(place); err != nil {
			return nil, []finding{{wrong, fmt.Sprintf("Ledger: %s cannot be made: %v.", place, err), "FOOTNOTE_LEDGER can name another place."}}
		}
		return nil, []finding{{well, "Ledger: footnote serve will make " + place + ".", ""}}
	}
	l, err := con.openLedger(ctx, con.quiet(), v)
	if err == nil {
		if err = l.Ping(ctx); err == nil {
			what := "in PostgreSQL"
			if isFile(place) {
				what = place
			}
			return l, []finding{{well, "Ledger: " + what + ", up to date.", ""}}
		}
		_ = l.Close() // Ping has said what is wrong
	}
	return nil, []finding{{wrong, "Ledger: " + err.Error() + ".", ""}}
}

// canMake tries whether a file can be made, in the nearest folder there is above it.
func canMake(path string) error {
	folder := filepath.Dir(path)
	for {
		info, err := os.Stat(folder)
		if err == nil && !info.IsDir() {
			return fmt.Errorf("%s is no folder", folder)
		}
		if parent := filepath.Dir(folder); err != nil && parent != folder {
			folder = parent
			continue
		}
		break
	}
	f, err := os.CreateTemp(folder, ".footnote-*")
	if err != nil {
		return err
	}
	_ = f.Close() // empty
	return os.Remove(f.Name())
}
