package fakeslack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// checker holds requests against the platform's schemas and limits.
type checker struct {
	mu         sync.Mutex
	on         bool
	dir        string
	violations []string
}

// schemas keeps compiled schemas for all servers of a process, by file: a schema takes tens of milliseconds to compile.
var schemas sync.Map // string -> func() (*jsonschema.Schema, error)

func newChecker(on bool) *checker { return &checker{on: on, dir: conformanceDir()} }

// conformanceDir is the folder with Slack's schemas, "" where there is none: $FOOTNOTE_CONFORMANCE, or shared/conformance beside
// a folder above the working directory.
func conformanceDir() string {
	candidates := []string{os.Getenv("FOOTNOTE_CONFORMANCE")}
	if dir, err := os.Getwd(); err == nil && candidates[0] == "" {
		for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			candidates = append(candidates, filepath.Join(filepath.Dir(dir), "shared", "conformance"))
		}
	}
	for _, dir := range candidates {
		if dir == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "slack", "PostMessage.schema.json")); err == nil {
			return filepath.Join(dir, "slack")
		}
	}
	return ""
}

// Conformance is the folder whose schemas requests are checked against, "" where none was found and that check is skipped. The
// limits of lengths and counts are checked all the same.
func (s *Server) Conformance() string { return s.checking.dir }

// Check turns the checks of requests against schemas on or off; limits of lengths and counts stay on. They are on at the start,
// and cost about a millisecond for a message of twenty blocks.
func (s *Server) Check(on bool) {
	s.checking.mu.Lock()
	defer s.checking.mu.Unlock()
	s.checking.on = on
}

// Violations are the requests that broke a schema or a limit, one line each, in the order they came. Such a request was refused
// with invalid_arguments or invalid_blocks. Texts of the request are not quoted.
func (s *Server) Violations() []string {
	s.checking.mu.Lock()
	defer s.checking.mu.Unlock()
	return slices.Clone(s.checking.violations)
}

func (c *checker) note(method, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.violations = append(c.violations, method+": "+what)
}

// check refuses a request that no schema or limit allows.
func (c *checker) check(name string, m method, args obj) error {
	c.mu.Lock()
	on := c.on && c.dir != ""
	c.mu.Unlock()
	if on && m.schema != "" {
		var value any = args
		if m.part != "" {
			value = args[m.part]
		}
		if value != nil {
			if err := c.conforms(m.schema, value); err != nil {
				c.note(name, err.Error())
				return refuse("invalid_arguments", "[ERROR] "+err.Error())
			}
		}
	}
	if err := checkLimits(name, args); err != nil {
		for _, message := range err.messages {
			c.note(name, message)
		}
		return err
	}
	return nil
}

// conforms holds a value against a schema file.
func (c *checker) conforms(file string, value any) error {
	schema, err := c.schema(file, "")
	if err != nil {
		return err
	}
	var bad *jsonschema.ValidationError
	if err := schema.Validate(value); !errors.As(err, &bad) {
		return err
	}
	if place, why := c.blameBlock(file, value); why != "" {
		return fmt.Errorf("%s: %s: %s", file, place, why)
	}
	place, why := blame(bad)
	return fmt.Errorf("%s: %s: %s", file, place, why)
}

// blameBlock finds the first block that breaks the definition of its own type: a clearer complaint than that it is none of twenty.
func (c *checker) blameBlock(file string, value any) (place, why string) {
	list, ok := value.([]any)
	if !ok {
		list, _ = field(value, "blocks").([]any)
		if view := field(value, "view"); list == nil && view != nil {
			list, _ = field(view, "blocks").([]any)
		}
	}
	for i, block := range list {
		schema, err := c.schema(file, str(block, "type"))
		if err != nil || schema == nil {
			continue
		}
		var bad *jsonschema.ValidationError
		if errors.As(schema.Validate(block), &bad) {
			place, why = blame(bad)
			return fmt.Sprintf("/blocks/%d%s", i, place), why
		}
	}
	return "", ""
}

// schema compiles a file's schema, or the definition in it of one type of block; nil where there is no such type.
func (c *checker) schema(file, blockType string) (*jsonschema.Schema, error) {
	name := filepath.Join(c.dir, file+".schema.json")
	compile := sync.OnceValues(func() (*jsonschema.Schema, error) { return compileSchema(name, blockType) })
	found, _ := schemas.LoadOrStore(name+"#"+blockType, compile)
	return found.(func() (*jsonschema.Schema, error))()
}

func compileSchema(name, blockType string) (*jsonschema.Schema, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	url := "mem:///" + filepath.Base(name)
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(compilePattern)
	if err := compiler.AddResource(url, doc); err != nil {
		return nil, err
	}
	if blockType == "" {
		return compiler.Compile(url)
	}
	definitions, _ := field(doc, "definitions").(obj)
	for definition, d := range definitions {
		if strings.HasSuffix(definition, "Block") && str(field(field(d, "properties"), "type"), "const") == blockType {
			return compiler.Compile(url + "#/definitions/" + definition)
		}
	}
	return nil, nil
}

// blame picks, from a tree of reasons, the one closest to what was meant: of alternatives the one whose type agrees, and of
// several reasons the deepest. It quotes no value.
func blame(e *jsonschema.ValidationError) (place, why string) {
	for len(e.Causes) > 0 {
		e = e.Causes[bestCause(e.Causes)]
	}
	place = "/" + strings.Join(e.InstanceLocation, "/")
	switch k := e.ErrorKind.(type) {
	case *kind.Const, *kind.Enum, *kind.Pattern:
		return place, "has a value that is not allowed"
	case *kind.AdditionalProperties:
		return place, "must not have " + strings.Join(k.Properties, ", ")
	default:
		return place, e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
	}
}

func bestCause(causes []*jsonschema.ValidationError) int {
	best, bestScore := 0, -1
	for i, c := range causes {
		score := depth(c)
		if wrongType(c) {
			score -= 1000
		}
		if i == 0 || score > bestScore {
			best, bestScore = i, score
		}
	}
	return best
}

func depth(e *jsonschema.ValidationError) int {
	deepest := len(e.InstanceLocation)
	for _, c := range e.Causes {
		deepest = max(deepest, depth(c))
	}
	return deepest
}

// wrongType reports whether e complains that the value it judges is of another type or shape altogether: an alternative that was not
// meant.
func wrongType(e *jsonschema.ValidationError) bool { return wrongAt(e, len(e.InstanceLocation)) }

// wrongAt reports it of the value n steps deep.
func wrongAt(e *jsonschema.ValidationError, n int) bool {
	at := e.InstanceLocation
	switch e.ErrorKind.(type) {
	case *kind.Const:
		return len(at) == n+1 && at[n] == "type"
	case *kind.Type:
		return len(at) == n
	case *kind.AnyOf, *kind.OneOf:
		right := func(c *jsonschema.ValidationError) bool { return !wrongAt(c, n) }
		return len(at) == n && !slices.ContainsFunc(e.Causes, right)
	}
	wrong := func(c *jsonschema.ValidationError) bool { return wrongAt(c, n) }
	return len(at) == n && slices.ContainsFunc(e.Causes, wrong)
}

// lookahead is what the platform's patterns have and Go's regular expressions do not.
var lookahead = regexp.MustCompile(`\(\?[!=][^()]*\)`)

// compilePattern compiles a pattern of a schema without its lookaheads, so that it forbids a little less.
func compilePattern(pattern string) (jsonschema.Regexp, error) {
	return regexp.Compile(lookahead.ReplaceAllString(pattern, ""))
}
