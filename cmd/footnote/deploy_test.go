package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestDeploy checks what is printed for operators: the files are YAML in which no key is
// given twice, and every setting, page and kind in them is one that there is.
func TestDeploy(t *testing.T) {
	t.Parallel()
	var known []string
	for _, s := range settings {
		known = append(known, s.env())
		if s.filed {
			known = append(known, s.env()+envFile)
		}
	}
	kinds := map[string]string{"Deployment": "apps/v1", "Job": "batch/v1", "PodDisruptionBudget": "policy/v1", "Service": "v1"}
	for _, what := range []string{"compose", "kubernetes"} {
		got := try(t, "", nil, "deploy", what)
		if got.code != exitDone {
			t.Fatalf("deploy %s = %d, %s", what, got.code, got.err)
		}
		names := regexp.MustCompile(`\b(?:FOOTNOTE|SLACK|DISCORD|OPENAI)_[A-Z_]+`).FindAllString(got.out, -1)
		if len(names) < 5 {
			t.Errorf("deploy %s names %v", what, names)
		}
		for _, n := range names {
			if !slices.Contains(known, n) {
				t.Errorf("deploy %s sets %s, which is no setting", what, n)
			}
		}
		for _, page := range regexp.MustCompile(`path: (/\w+)`).FindAllStringSubmatch(got.out, -1) {
			if page[1] != "/healthz" && page[1] != "/readyz" {
				t.Errorf("deploy %s asks for %s", what, page[1])
			}
		}
		documents := 0
		d := yaml.NewDecoder(bytes.NewReader([]byte(got.out)))
		for {
			var doc struct {
				APIVersion string `yaml:"apiVersion"`
				Kind       string
				Services   map[string]any
				Rest       map[string]any `yaml:",inline"`
			}
			if err := d.Decode(&doc); err != nil {
				if err.Error() != "EOF" {
					t.Errorf("deploy %s is no YAML: %v", what, err)
				}
				break
			}
			documents++
			if what == "kubernetes" && kinds[doc.Kind] != doc.APIVersion {
				t.Errorf("deploy %s has a %s of %q", what, doc.Kind, doc.APIVersion)
			}
			if what == "compose" && doc.Services["footnote"] == nil {
				t.Error("deploy compose has no footnote")
			}
		}
		if want := map[string]int{"compose": 1, "kubernetes": 4}[what]; documents != want {
			t.Errorf("deploy %s has %d documents, want %d", what, documents, want)
		}
	}
}

func TestMan(t *testing.T) {
	t.Parallel()
	whole := try(t, "", nil, "man")
	if whole.code != exitDone || !strings.Contains(whole.out, ".TH \"FOOTNOTE\" \"1\"") {
		t.Errorf("man = %d, %s; %q", whole.code, whole.err, whole.out)
	}
	for _, c := range commands {
		words := strings.Fields(c.name())
		if !strings.Contains(whole.out, "footnote-"+words[0]+"(1)") {
			t.Errorf("man does not lead to %s", words[0])
		}
		got := try(t, "", nil, append([]string{"man"}, words...)...)
		if title := ".TH \"FOOTNOTE-" + strings.ToUpper(strings.Join(words, "-")) + "\" \"1\""; got.code != exitDone || !strings.Contains(got.out, title) || !strings.Contains(got.out, "OPTIONS") {
			t.Errorf("man %s = %d, %s; %q, want %s", c.name(), got.code, got.err, got.out, title)
		}
	}
	if got := try(t, "", nil, "man", "asking"); got.code != exitUsage || !strings.Contains(got.err, "is no command") {
		t.Errorf("man asking = %d, %q", got.code, got.err)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if got := try(t, "", nil, "completion", shell); got.code != exitDone || !strings.Contains(got.out, "footnote") {
			t.Errorf("completion %s = %d, %q", shell, got.code, got.err)
		}
	}
}
