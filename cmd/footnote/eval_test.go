package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"footnote/bot/bottest/fakellm"
)

// TestArticleFigures asks the questions about the embedded article. The figures are
// a golden file, so that a change in quality is seen in review.
func TestArticleFigures(t *testing.T) {
	got := try(t, "", nil, "eval", "testdata", "--sets", "article")
	if got.code != exitDone {
		t.Fatalf("eval = %d, %s", got.code, got.err)
	}
	t.Log(got.err)
	compare(t, "testdata/eval.golden", got.out)
}

// times are the figures of a run with a model that no other run has.
var times = regexp.MustCompile(`(?m)^(.* ms, median +)\d+$`)

// TestWrittenFigures asks them of a model that is honest every other time.
func TestWrittenFigures(t *testing.T) {
	t.Parallel()
	var behave []fakellm.Behaviour
	for _, fault := range []fakellm.Behaviour{
		fakellm.ChangedNumbers, fakellm.Unanswerable, fakellm.Invented, fakellm.CutMiddle, fakellm.WrongPassage, fakellm.Garbage, fakellm.ChangedNames, fakellm.Spliced,
		fakellm.CutJSON, fakellm.Appended, fakellm.InventedMarks, fakellm.Unauthorised,
	} {
		behave = append(behave, fault, fakellm.Honest)
	}
	model := fakellm.New(t, fakellm.Config{Behave: behave})
	env := []string{"OPENAI_BASE_URL=" + model.URL(), "FOOTNOTE_LLM_MODEL=" + fakellm.Model, "FOOTNOTE_LLM_RETRIES=0"}
	got := try(t, "", env, "eval", "testdata", "--mode", "llm", "--sets", "article")
	if got.code != exitDone || strings.Count(got.err, " of 44: ") != 44 {
		t.Fatalf("eval --mode llm = %d with %d lines of progress, %s, want 44", got.code, strings.Count(got.err, " of 44: "), got.err)
	}
	t.Log(got.err)
	compare(t, "testdata/eval-written.golden", times.ReplaceAllString(got.out, "${1}0"))
}

// TestPublicFigures does the same with the public sets, where they are at hand: in
// the folder that FOOTNOTE_EVAL names, or beside the repository.
func TestPublicFigures(t *testing.T) {
	got := try(t, "", nil, "eval", publicSets(t))
	if got.code != exitDone {
		t.Fatalf("eval = %d, %s", got.code, got.err)
	}
	compare(t, "testdata/eval-public.golden", got.out)
}

// TestAttributionFigures does it with the checker of claims.
func TestAttributionFigures(t *testing.T) {
	got := try(t, "", nil, "eval", publicSets(t), "--sets", "attribution")
	if got.code != exitDone {
		t.Fatalf("eval = %d, %s", got.code, got.err)
	}
	compare(t, "testdata/eval-attribution.golden", got.out)
}

// publicSets returns the folder of the public sets, and skips the test where there is
// none or no time.
func publicSets(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("FOOTNOTE_EVAL")
	if folder == "" {
		folder = filepath.Join(root, "..", "shared", "eval")
	}
	if _, err := os.Stat(filepath.Join(folder, "squad2-dev")); err != nil {
		t.Skip("the public question sets are not here; FOOTNOTE_EVAL can name their folder")
	}
	if testing.Short() || raced {
		t.Skip("the public question sets take long; they are scored without -short and -race")
	}
	return folder
}

func TestEvalCollection(t *testing.T) {
	folder := t.TempDir()
	if err := os.Rename(collection(t), filepath.Join(folder, "small")); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join(folder, "golden")
	got := try(t, "", nil, "eval", folder, "--golden", golden, "--update")
	for _, want := range []string{"skipped squad2-dev", "skipped article"} {
		if got.code != exitDone || !strings.Contains(got.err, want) {
			t.Errorf("eval = %d, %q, want %q", got.code, got.err, want)
		}
	}
	for _, want := range []string{"queries     3", "recall@1    0.5000", "recall@5    0.6667", "mrr@10      0.6667"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("eval prints %q, want %q", got.out, want)
		}
	}
	if got := try(t, "", nil, "eval", folder, "--golden", golden); got.code != exitDone {
		t.Errorf("eval against its own golden = %d, %s", got.code, got.err)
	}
	if err := os.WriteFile(golden, []byte("figure\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := try(t, "", nil, "eval", folder, "--golden", golden); got.code != exitOther || !strings.Contains(got.err, "line 1 was") {
		t.Errorf("eval against another golden = %d, %s", got.code, got.err)
	}
}

func TestCurve(t *testing.T) {
	folder := t.TempDir()
	set := filepath.Join(folder, "squad2-dev")
	if err := os.Rename(collection(t), set); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"unanswerable.jsonl", "offtopic.jsonl"} {
		if err := os.WriteFile(filepath.Join(set, name), []byte(`{"_id":"n1","text":"Who painted the ceiling?"}`), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got := try(t, "", nil, "eval", folder, "--curve")
	if got.code != exitDone || strings.Count(got.out, "\n") < 20 || strings.Count(got.out, "ships") != 1 {
		t.Errorf("eval --curve = %d, %q, %q", got.code, got.out, got.err)
	}
	if got := try(t, "", nil, "eval", folder, "--sets", "squad2-dev"); !strings.Contains(got.out, "auroc against off-topic") {
		t.Errorf("eval prints %q, want figures of the answers", got.out)
	}
}
