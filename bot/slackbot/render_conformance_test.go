package slackbot

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"footnote/bot/layout"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/slack-go/slack"
)

// conformance returns the folder of Slack's schemas and skips the test where there
// is none: FOOTNOTE_CONFORMANCE, or shared/conformance beside a folder above.
func conformance(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("FOOTNOTE_CONFORMANCE")
	if dir == "" {
		dir = conformanceAbove(t)
	}
	if dir == "" {
		t.Skip("Slack's schemas are not here: set FOOTNOTE_CONFORMANCE to shared/conformance")
	}
	return filepath.Join(dir, "slack")
}

func conformanceAbove(t testing.TB) string {
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		dir := filepath.Join(at, "shared", "conformance")
		if _, err := os.Stat(filepath.Join(dir, "slack")); err == nil {
			return dir
		}
		up := filepath.Dir(at)
		if up == at {
			return ""
		}
		at = up
	}
}

var schemas sync.Map // by name, *jsonschema.Schema

func schema(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	dir := conformance(t)
	if s, ok := schemas.Load(name); ok {
		return s.(*jsonschema.Schema)
	}
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(lenient)
	if name == "manifest.schema.json" { // it names its parts by address
		for _, v := range []string{"1.0.0", "2.0.0"} {
			addSchema(t, c, dir, "https://raw.githubusercontent.com/slackapi/manifest-schema/v0.5.0/schemas/manifest.schema."+v+".json", "manifest.schema."+v+".json")
		}
	}
	url := "https://schema.test/" + name
	addSchema(t, c, dir, url, name)
	s, err := c.Compile(url)
	if err != nil {
		t.Fatalf("compile %s: %v", name, err)
	}
	schemas.Store(name, s)
	return s
}

func addSchema(t testing.TB, c *jsonschema.Compiler, dir, url, file string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if m, ok := doc.(map[string]any); ok {
		delete(m, "$id") // the schemas name themselves in ways a compiler would fetch
	}
	if err := c.AddResource(url, doc); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// lenient compiles patterns that Go has no look-ahead for into ones that match all.
// They are of unfurl domains, which no manifest here has.
func lenient(s string) (jsonschema.Regexp, error) {
	if strings.Contains(s, "(?!") {
		s = ""
	}
	return regexp.Compile(s)
}

// valid checks v against a schema.
func valid(t testing.TB, name string, v any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("marshal: %v", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t, name).Validate(doc); err != nil {
		t.Errorf("%s refuses\n%s\n%v", name, b, err)
	}
}

// validPage checks a page by itself and as the message it is sent in.
func validPage(t testing.TB, p page) {
	t.Helper()
	for _, b := range p.Blocks {
		valid(t, "Blocks.schema.json", []slack.Block{b})
	}
	m := map[string]any{"channel": "C1", "text": p.Text, "blocks": p.Blocks, "unfurl_links": false, "unfurl_media": false}
	if p.Metadata.EventType != "" {
		m["metadata"] = p.Metadata
	}
	valid(t, "PostMessage.schema.json", m)
}

// lengthLimits are those of PLATFORMS.md that are checked on every object of a type.
var lengthLimits = map[string]struct {
	field string
	most  int
}{
	"section": {"text", 3000}, "header": {"text", 150}, "button": {"text", 75}, "static_select": {"placeholder", 150},
}

// withinLimits checks what the schemas do not know: lengths and numbers.
func withinLimits(t testing.TB, blocks []slack.Block, text string, most int) {
	t.Helper()
	if len(blocks) == 0 || len(blocks) > most {
		t.Errorf("%d blocks, want 1 to %d", len(blocks), most)
	}
	b, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	if n := jsonBytes(blocks); n > pageBytes && most == maxBlocks {
		t.Errorf("blocks of %d bytes, want at most %d", n, pageBytes)
	}
	if n := layout.Length(text); n == 0 || n > 4000 {
		t.Errorf("text of %d characters, want 1 to 4,000", n)
	}
	var all []any
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, block := range all {
		if id, ok := block.(map[string]any)["block_id"].(string); ok {
			if ids[id] {
				t.Errorf("block_id %q twice", id)
			}
			ids[id] = true
		}
	}
	walkLimits(t, all, ids)
}

func walkLimits(t testing.TB, v any, ids map[string]bool) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			walkLimits(t, e, ids)
		}
	case map[string]any:
		objectWithin(t, v, ids)
		for _, e := range v {
			walkLimits(t, e, ids)
		}
	}
}

func objectWithin(t testing.TB, o map[string]any, ids map[string]bool) {
	t.Helper()
	kind, _ := o["type"].(string)
	text := func(field string) (string, bool) {
		switch v := o[field].(type) {
		case string:
			return v, true
		case map[string]any:
			s, ok := v["text"].(string)
			return s, ok
		}
		return "", false
	}
	if l, ok := lengthLimits[kind]; ok {
		if s, ok := text(l.field); ok && layout.Length(s) > l.most {
			t.Errorf("%s.%s of %d characters, want at most %d", kind, l.field, layout.Length(s), l.most)
		}
	}
	if s, ok := o["text"].(string); ok && (s == "" || layout.Length(s) > 3000) {
		t.Errorf("%s text of %d characters, want 1 to 3,000", kind, layout.Length(s))
	}
	elements, _ := o["elements"].([]any)
	if n := len(elements); kind == "actions" && (n == 0 || n > 5) || kind == "context" && (n == 0 || n > 10) {
		t.Errorf("%s with %d elements", kind, n)
	}
	if options, ok := o["options"].([]any); ok && len(options) > 100 {
		t.Errorf("%d options", len(options))
	}
	for field, most := range map[string]int{"value": 2000, "block_id": 255, "action_id": 255, "url": 3000} {
		if s, ok := o[field].(string); ok && len(s) > most {
			t.Errorf("%s %s of %d bytes, want at most %d", kind, field, len(s), most)
		}
	}
	if id, ok := o["action_id"].(string); ok {
		if ids["action "+id] {
			t.Errorf("action_id %q twice", id)
		}
		ids["action "+id] = true
	}
	if kind == "" && o["value"] != nil { // an option
		if s, _ := text("text"); layout.Length(s) > 75 || len(o["value"].(string)) > 75 {
			t.Errorf("option %q of value %q is too long", s, o["value"])
		}
	}
}
