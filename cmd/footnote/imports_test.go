package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the repository, seen from this package.
const root = "../.."

// module is the path in go.mod.
const module = "footnote"

// mayImport are the packages of ours that each package may import. A package that
// is not here fails the test: decide where it belongs before it grows.
var mayImport = map[string][]string{
	"corpus":                  {},
	"retrieval":               {"corpus"},
	"retrieval/analysis":      {},
	"retrieval/postings":      {},
	"retrieval/keyword":       {"retrieval", "retrieval/analysis", "retrieval/postings", "corpus"},
	"retrieval/retrievaltest": {"retrieval", "corpus"},
	"retrieval/opensearch":    {"retrieval", "retrieval/keyword", "retrieval/vector", "corpus"},
	"retrieval/vector":        {"retrieval", "corpus"},
	"bot/cite":                {"retrieval/analysis", "corpus"},
	"prompts":                 {},
	"bot":                     {"bot/cite", "prompts", "retrieval", "retrieval/analysis", "corpus"},
	"bot/llm":                 {"bot", "prompts", "retrieval/vector"},
	"cmd/footnote/eval":       {"bot", "bot/cite", "retrieval", "retrieval/analysis", "corpus"},
	"bot/ledger":              {"bot"},
	"bot/metrics":             {"bot"},
	"bot/traces":              {"bot"},
	"bot/layout":              {"bot"},
	"bot/slackbot":            {"bot", "bot/layout"},
	"bot/discordbot":          {"bot", "bot/layout"},
	"bot/web":                 {"bot", "bot/layout", "corpus"},
	"bot/bottest":             {"bot"},
	"bot/bottest/answers":     {"bot", "bot/layout", "retrieval/keyword", "corpus"},
	"bot/bottest/clock":       {},
	"bot/bottest/worlds":      {"bot", "retrieval/keyword", "corpus"},
	"bot/bottest/fakeslack":   {"bot/bottest/clock"},
	"bot/bottest/fakediscord": {"bot/bottest/clock"},
	"bot/bottest/fakellm":     {},
	"cmd/footnote": {
		"cmd/footnote/eval", "bot", "bot/cite", "bot/ledger", "bot/metrics", "bot/traces", "bot/slackbot", "bot/discordbot", "bot/web", "bot/llm", "retrieval", "retrieval/keyword", "retrieval/opensearch", "retrieval/postings", "retrieval/vector", "corpus",
	},
}

// forTests is the room that nothing but tests may import.
const forTests = "bot/bottest"

// enters are the packages through which each library comes in, by the beginning of
// its path.
var enters = map[string][]string{
	"github.com/blevesearch/snowballstem": {"retrieval/analysis"},
	"github.com/clipperhouse/uax29":       {"retrieval/analysis"},
	"golang.org/x/text":                   {"retrieval/analysis", "bot", "bot/web", "bot/bottest/fakeslack", "bot/bottest/fakediscord"},
	"github.com/edsrzf/mmap-go":           {"retrieval/postings"},
	"github.com/opensearch-project":       {"retrieval/opensearch"},
	"gonum.org/v1/gonum":                  {"retrieval/vector"},
	"github.com/gofrs/flock":              {"retrieval/vector"},
	"github.com/yuin/goldmark":            {"corpus"},
	"go.abhg.dev/goldmark/frontmatter":    {"corpus"},
	"golang.org/x/net/html":               {"corpus"},
	"github.com/klippa-app/go-pdfium":     {"corpus"},
	"github.com/tetratelabs/wazero":       {"corpus"},
	"go.yaml.in/yaml/v3":                  {"corpus", "cmd/footnote"},
	"github.com/spf13/cobra":              {"cmd/footnote"},
	"github.com/spf13/pflag":              {"cmd/footnote"},
	"github.com/peterh/liner":             {"cmd/footnote"},
	"github.com/fatih/color":              {"cmd/footnote"},
	"github.com/mattn/go-runewidth":       {"cmd/footnote"},
	"github.com/rivo/uniseg":              {"cmd/footnote", "bot/layout"},
	"github.com/schollz/progressbar/v3":   {"cmd/footnote"},
	"golang.org/x/term":                   {"cmd/footnote"},
	"github.com/fsnotify/fsnotify":        {"cmd/footnote"},
	"modernc.org/sqlite":                  {"bot/ledger"},
	"github.com/jackc/pgx/v5":             {"bot/ledger"},
	"github.com/pressly/goose/v3":         {"bot/ledger"},
	"github.com/slack-go/slack":           {"bot/slackbot"},
	"github.com/bwmarrin/discordgo":       {"bot/discordbot"},
	"github.com/sashabaranov/go-openai":   {"bot/llm"},
	"github.com/sony/gobreaker/v2":        {"bot/llm"},
	"github.com/tiktoken-go/tokenizer":    {"bot/llm"},
	"github.com/prometheus/client_golang": {"bot/metrics"},
	"go.opentelemetry.io/otel":            {"bot/traces"},
	"github.com/klauspost/compress":       {"bot/web"},
	"golang.org/x/time":                   {"bot/web"},
	"github.com/coreos/go-oidc/v3":        {"bot/web"},
	"golang.org/x/oauth2":                 {"bot/web"},
	"github.com/gorilla/websocket":        {"bot/discordbot", "bot/bottest/fakeslack", "bot/bottest/fakediscord"},

	"go.opentelemetry.io/proto/otlp": {},
	"google.golang.org/protobuf":     {},

	// In no program, only in what its tests are run against.
	"github.com/santhosh-tekuri/jsonschema/v6": {"bot/bottest/fakeslack", "bot/bottest/fakediscord"},
	"github.com/chromedp":                      {"bot/web"},
	"github.com/go-jose/go-jose/v4":            {"bot/web"},
}

// alsoTested are further packages whose tests, and nothing else, import a library.
var alsoTested = map[string][]string{
	"go.opentelemetry.io/proto/otlp":           {"bot/traces"}, // as what a collector reads
	"google.golang.org/protobuf":               {"bot/traces"},
	"github.com/slack-go/slack":                {"bot/bottest/fakeslack"},   // as a client that is not ours
	"github.com/bwmarrin/discordgo":            {"bot/bottest/fakediscord"}, // the same
	"github.com/santhosh-tekuri/jsonschema/v6": {"bot/slackbot"},
}

// topLevel are the entries the repository may have, those aside that .gitignore
// names there. Names with a point are the tools' business.
var topLevel = []string{"Dockerfile", "LICENSE", "README.md", "bot", "cmd", "corpus", "go.mod", "go.sum", "prompts", "retrieval"}

// longest is how many lines a function may have.
const longest = 60

// source is a parsed file of the repository.
type source struct {
	path string // in the repository
	test bool
	file *ast.File
}

// parsed parses every Go file, by its package's folder. It does so itself, and not
// by the go command, because then the go command knows which files the result came
// from and does not reuse an old one.
func parsed(t *testing.T) (map[string][]source, *token.FileSet) {
	t.Helper()
	files := token.NewFileSet()
	out := map[string][]source{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		f, err := parser.ParseFile(files, filepath.Join(root, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder := path.Dir(name)
		out[folder] = append(out[folder], source{name, strings.HasSuffix(name, "_test.go"), f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, files
}

func TestImports(t *testing.T) {
	packages, _ := parsed(t)
	used := map[string]bool{}
	for folder, files := range packages {
		allowed, ok := mayImport[folder]
		if !ok {
			t.Errorf("package %s has no rule in mayImport", folder)
			continue
		}
		for _, f := range files {
			for _, spec := range f.file.Imports {
				name, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				ours, inside := strings.CutPrefix(name, module+"/")
				switch {
				case inside && !f.test && within(ours, forTests) && !within(folder, forTests):
					t.Errorf("%s imports %s, which is for tests", f.path, ours)
				case inside && !f.test && !slices.Contains(allowed, ours):
					t.Errorf("%s imports %s; %s may import %v", f.path, ours, folder, allowed)
				case inside && strings.HasPrefix(ours, "cmd/") && !strings.HasPrefix(folder, "cmd/"):
					t.Errorf("%s imports %s: nothing below the commands may", f.path, ours)
				case !inside && strings.Contains(strings.Split(name, "/")[0], "."):
					checkLibrary(t, f, folder, name, used)
				}
			}
		}
	}
	for folder := range mayImport {
		if packages[folder] == nil {
			t.Errorf("mayImport has a rule for %s, which is no package", folder)
		}
	}
	for library := range enters {
		if !used[library] {
			t.Errorf("enters has a rule for %s, which nothing imports", library)
		}
	}
}

// within tells whether a package is at a path or below it.
func within(name, path string) bool { return name == path || strings.HasPrefix(name, path+"/") }

// checkLibrary reports a library that comes in where it should not.
func checkLibrary(t *testing.T, f source, folder, name string, used map[string]bool) {
	t.Helper()
	for library, folders := range enters {
		if within(name, library) {
			used[library] = true
			if !slices.Contains(folders, folder) && !(f.test && slices.Contains(alsoTested[library], folder)) {
				t.Errorf("%s imports %s, which enters through %v", f.path, name, folders)
			}
			return
		}
	}
	t.Errorf("%s imports %s, which has no rule in enters", f.path, name)
}

func TestTopLevel(t *testing.T) {
	ignored, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) && !slices.Contains(strings.Fields(string(ignored)), "/"+name) {
			t.Errorf("%s is not among the repository's entries %v", name, topLevel)
		}
	}
}

func TestPackageComments(t *testing.T) {
	packages, _ := parsed(t)
	for folder, files := range packages {
		comments := 0
		for _, f := range files {
			if f.file.Doc != nil && !f.test {
				comments++
			}
		}
		if comments != 1 {
			t.Errorf("%d files of package %s have a package comment; want 1", comments, folder)
		}
	}
}

func TestFunctionLength(t *testing.T) {
	packages, files := parsed(t)
	for _, list := range packages {
		for _, s := range list {
			for _, d := range s.file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || s.test {
					continue
				}
				if n := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1; n >= longest {
					t.Errorf("%s: %s has %d lines; want fewer than %d", s.path, f.Name.Name, n, longest)
				}
			}
		}
	}
}

func TestTour(t *testing.T) {
	data, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), "\n"); n >= 120 {
		t.Errorf("doc.go has %d lines; want fewer than 120", n)
	}
	packages, _ := parsed(t)
	for folder := range packages {
		if folder != "cmd/footnote" && !strings.Contains(string(data), "["+module+"/"+folder+"]") {
			t.Errorf("the tour in doc.go does not stop at %s", folder)
		}
	}
	// The files it names must be there.
	for _, field := range strings.Fields(string(data)) {
		name := strings.Trim(field, "().,;:")
		if path.Ext(name) != ".go" && path.Ext(name) != ".json" {
			continue
		}
		found := false
		for folder := range packages {
			_, err := os.Stat(filepath.Join(root, folder, name))
			found = found || err == nil
		}
		if !found {
			t.Errorf("the tour in doc.go names %s, which is not there", name)
		}
	}
}
