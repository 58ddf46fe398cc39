package fakediscord

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// validator holds requests, and what the fake itself says, against Discord's published schema and the limits that the schema does not
// state. It is safe for concurrent use.
type validator struct {
	spec *spec // nil where there is no schema: the limits are checked all the same
}

// schemaFile is the OpenAPI document in the folder of schemas.
const schemaFile = "discord/discord-openapi.json"

// specs keeps the documents read, for all servers of a process: one takes tens of milliseconds to read and each schema in it some to
// compile.
var specs sync.Map // folder -> func() (*spec, error)

// withoutSchema says, once in a process, that there is no schema.
var withoutSchema = sync.OnceFunc(func() {
	slog.Warn("Discord's schema is not here: requests are checked against its limits alone", "set", "FOOTNOTE_CONFORMANCE")
})

// newValidator returns a validator over a folder of schemas, [conformanceDir] say. Where folder is "" or holds none, it checks the
// limits alone, and the log says so once. An error means that the schema is there and cannot be read.
func newValidator(folder string) (*validator, error) {
	if folder == "" {
		withoutSchema()
		return &validator{}, nil
	}
	read := sync.OnceValues(func() (*spec, error) { return readSpec(filepath.Join(folder, schemaFile)) })
	found, _ := specs.LoadOrStore(folder, read)
	s, err := found.(func() (*spec, error))()
	if errors.Is(err, fs.ErrNotExist) {
		withoutSchema()
		return &validator{}, nil
	}
	if err != nil {
		return nil, err
	}
	return &validator{spec: s}, nil
}

// conformanceDir is the folder with the platforms' schemas, "" where there is none: $FOOTNOTE_CONFORMANCE, or shared/conformance
// beside a folder above the working directory.
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
		if _, err := os.Stat(filepath.Join(dir, schemaFile)); err == nil {
			return dir
		}
	}
	return ""
}

// published is the validator of the whole process, over [conformanceDir].
var published = sync.OnceValues(func() (*validator, error) { return newValidator(conformanceDir()) })

// validate returns what is wrong with a request of the bot, one sentence each that begins with the place and quotes no text, in an
// order that is always the same; nothing where it is valid. The route has no base and no version: "/channels/1/messages?limit=5". The
// body is JSON, or empty. The response to an interaction that came by HTTP is the body of POST /interactions/1/token/callback.
func validate(method, route string, body []byte) []string {
	v, err := published()
	if err != nil {
		return []string{err.Error()}
	}
	return v.request(method, route, body, "application/json")
}

// request is [validate] with the content type of the body, which may be "" where there is none.
func (v *validator) request(method, route string, body []byte, contentType string) []string {
	path, rawQuery, _ := strings.Cut(route, "?")
	value, wrong := decodeBody(body)
	if wrong != "" {
		return []string{wrong}
	}
	var all []string
	if v.spec != nil {
		all = v.spec.request(method, path, rawQuery, value, contentType)
	}
	for _, sentence := range overLimits(method, path, rawQuery, value) {
		if !slices.Contains(all, sentence) {
			all = append(all, sentence)
		}
	}
	return all
}

// response returns what is wrong with a response that the fake is about to give, as [validate] does. Of a server's fault (5xx) the
// schema says nothing.
func (v *validator) response(method, route string, status int, body []byte) []string {
	value, wrong := decodeBody(body)
	if wrong != "" {
		return []string{wrong}
	}
	if v.spec == nil || status >= http.StatusInternalServerError {
		return nil
	}
	path, _, _ := strings.Cut(route, "?")
	return v.spec.response(method, path, status, value)
}

// object returns what is wrong with an object of a published schema, "ThreadResponse" say.
func (v *validator) object(name string, body []byte) []string {
	value, wrong := decodeBody(body)
	if wrong != "" {
		return []string{wrong}
	}
	if v.spec == nil {
		return nil
	}
	return v.spec.check(schemaURL+name, map[string]any{"$ref": componentRef + name}, "", value)
}

// decodeBody reads a body, nil where it is empty.
func decodeBody(body []byte) (value any, wrong string) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, ""
	}
	if !utf8.Valid(body) {
		return nil, "the body is not UTF-8"
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return nil, "the body is not JSON"
	}
	return value, ""
}

// spec is the OpenAPI document.
type spec struct {
	components map[string]any // by kind: schemas, responses
	paths      []*pathItem

	mu       sync.Mutex // guards the compiler and inline
	compiler *jsonschema.Compiler
	inline   map[string]any // by address: the schemas that stand in an operation and have no name
	compiled sync.Map       // address -> *jsonschema.Schema
}

// pathItem is one path of the document with its operations.
type pathItem struct {
	template string
	segments []string
	item     map[string]any
}

func readSpec(file string) (*spec, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read Discord's schema: %w", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read Discord's schema %s: %w", file, err)
	}
	root, _ := doc.(map[string]any)
	s := &spec{inline: map[string]any{}, compiler: jsonschema.NewCompiler()}
	s.components, _ = root["components"].(map[string]any)
	paths, _ := root["paths"].(map[string]any)
	for _, template := range slices.Sorted(maps.Keys(paths)) {
		item, _ := paths[template].(map[string]any)
		s.paths = append(s.paths, &pathItem{template: template, segments: strings.Split(template, "/"), item: item})
	}
	if s.components == nil || s.paths == nil {
		return nil, fmt.Errorf("read Discord's schema %s: no components or no paths", file)
	}
	s.correct()
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	for _, format := range []string{"int32", "int64"} {
		s.compiler.RegisterFormat(&jsonschema.Format{Name: format, Validate: fits(format)})
	}
	s.compiler.UseLoader(s)
	return s, nil
}

// fits is the check of a format of integers, which JSON Schema does not know.
func fits(format string) func(any) error {
	bits, _ := strconv.Atoi(strings.TrimPrefix(format, "int"))
	return func(v any) error {
		n, ok := v.(json.Number)
		if !ok {
			return nil
		}
		if _, err := strconv.ParseInt(n.String(), 10, bits); errors.Is(err, strconv.ErrRange) {
			return fmt.Errorf("too large for %s", format)
		}
		return nil
	}
}

// request holds a request against its operation.
func (s *spec) request(method, path, rawQuery string, body any, contentType string) []string {
	item, operation, wrong := s.operation(method, path)
	if wrong != "" {
		return []string{wrong}
	}
	name := method + " " + item.template
	all := s.checkPath(name, item, operation, path)
	all = append(all, s.checkQuery(name, item, operation, rawQuery)...)
	return append(all, s.checkBody(name, operation, body, contentType)...)
}

// operation finds what a method and a path mean.
func (s *spec) operation(method, path string) (*pathItem, map[string]any, string) {
	segments := strings.Split(path, "/")
	var found *pathItem
	most := -1
	for _, item := range s.paths {
		if literals, ok := matchSegments(item.segments, segments); ok && literals > most {
			found, most = item, literals
		}
	}
	if found == nil {
		return nil, nil, "there is no such path"
	}
	operation, ok := found.item[strings.ToLower(method)].(map[string]any)
	if !ok {
		return nil, nil, fmt.Sprintf("%s has no method %s", found.template, method)
	}
	return found, operation, ""
}

// matchSegments reports whether a path fits a template, and how many of its segments stand in the template as they are.
func matchSegments(template, path []string) (literals int, ok bool) {
	if len(template) != len(path) {
		return 0, false
	}
	for i, segment := range template {
		switch {
		case segment == path[i]:
			literals++
		case !isVariable(segment) || path[i] == "":
			return 0, false
		}
	}
	return literals, true
}

func isVariable(segment string) bool { return strings.HasPrefix(segment, "{") }

// specParameters are those of one kind ("path", "query"), by name: the operation's own and those of all operations of its path.
func specParameters(item *pathItem, operation map[string]any, where string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for _, list := range []any{item.item["parameters"], operation["parameters"]} {
		list, _ := list.([]any)
		for _, p := range list {
			p, _ := p.(map[string]any)
			if p["in"] == where {
				name, _ := p["name"].(string)
				found[name] = p
			}
		}
	}
	return found
}

func (s *spec) checkPath(name string, item *pathItem, operation map[string]any, path string) []string {
	var all []string
	known := specParameters(item, operation, "path")
	for i, segment := range strings.Split(path, "/") {
		if !isVariable(item.segments[i]) {
			continue
		}
		p := known[strings.Trim(item.segments[i], "{}")]
		value, err := url.PathUnescape(segment)
		if err != nil {
			all = append(all, fmt.Sprintf("path %s: has a broken escape", item.segments[i]))
			continue
		}
		place := "path " + item.segments[i]
		all = append(all, s.check(inlineURL(name, place), p["schema"], place, s.typed(p["schema"], value))...)
	}
	return all
}

func (s *spec) checkQuery(name string, item *pathItem, operation map[string]any, rawQuery string) []string {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return []string{"query: has a broken escape"}
	}
	known := specParameters(item, operation, "query")
	var all []string
	for _, key := range slices.Sorted(maps.Keys(query)) {
		place := "query " + key
		p, ok := known[key]
		if !ok {
			all = append(all, place+": is not a parameter of "+name)
			continue
		}
		values := query[key]
		if len(values) > 1 {
			all = append(all, place+": is given more than once")
			continue
		}
		all = append(all, s.check(inlineURL(name, place), p["schema"], place, s.typed(p["schema"], values[0]))...)
	}
	for _, key := range slices.Sorted(maps.Keys(known)) {
		if known[key]["required"] == true && !query.Has(key) {
			all = append(all, "query "+key+": is missing")
		}
	}
	return all
}

// typed reads a parameter as what its schema says it is; what does not look so stays a string, which the schema then refuses.
func (s *spec) typed(schema any, value string) any {
	switch {
	case s.allows(schema, "integer") || s.allows(schema, "number"):
		if _, err := strconv.ParseFloat(value, 64); err == nil {
			return json.Number(value)
		}
	case s.allows(schema, "boolean"):
		// developers/reference.mdx, “Boolean Query Strings”: True, true, 1 are true, False, false, 0 are not.
		if b, err := strconv.ParseBool(value); err == nil {
			return b
		}
	}
	return value
}

// allows reports whether a parameter's schema has a type.
func (s *spec) allows(schema any, name string) bool {
	m := s.resolve(schema)
	switch t := m["type"].(type) {
	case string:
		return t == name
	case []any:
		return slices.Contains(t, any(name))
	}
	return false
}

func (s *spec) checkBody(name string, operation map[string]any, body any, contentType string) []string {
	request, _ := operation["requestBody"].(map[string]any)
	if body == nil {
		if request["required"] == true {
			return []string{"body: is missing"}
		}
		return nil
	}
	content, _ := request["content"].(map[string]any)
	if content == nil {
		return []string{"body: " + name + " takes none"}
	}
	if base, _, _ := strings.Cut(contentType, ";"); strings.TrimSpace(base) != "application/json" {
		return []string{"body: its content type must be application/json"}
	}
	media, ok := content["application/json"].(map[string]any)
	if !ok {
		return []string{"body: " + name + " takes no JSON"}
	}
	return s.check(inlineURL(name, "body"), media["schema"], "", body)
}

// response holds a response against its operation.
func (s *spec) response(method, path string, status int, body any) []string {
	item, operation, wrong := s.operation(method, path)
	if wrong != "" {
		if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
			return nil
		}
		return []string{wrong}
	}
	all, _ := operation["responses"].(map[string]any)
	code := strconv.Itoa(status)
	response, ok := all[code]
	if !ok {
		response, ok = all[code[:1]+"XX"]
	}
	name := fmt.Sprintf("%s %s %d", method, item.template, status)
	if !ok {
		return []string{name + ": is no published status"}
	}
	content, _ := s.resolve(response)["content"].(map[string]any)
	media, _ := content["application/json"].(map[string]any)
	switch {
	case media == nil && body != nil:
		return []string{name + ": has no body"}
	case media == nil:
		return nil
	case body == nil:
		return []string{name + ": must have a body"}
	}
	return s.check(inlineURL(name, "response"), media["schema"], "", body)
}

// check holds a value against the schema at an address, which is remembered there.
func (s *spec) check(address string, schema any, place string, value any) []string {
	compiled, err := s.compile(address, schema)
	if err != nil {
		return []string{err.Error()}
	}
	var bad *jsonschema.ValidationError
	if err := compiled.Validate(value); errors.As(err, &bad) {
		var all []string
		for _, sentence := range reasons(bad) {
			if place != "" {
				sentence = place + strings.TrimPrefix(sentence, "/")
			}
			if !slices.Contains(all, sentence) {
				all = append(all, sentence)
			}
		}
		return all
	} else if err != nil {
		return []string{err.Error()}
	}
	return nil
}

// compile compiles the schema at an address, once.
func (s *spec) compile(address string, schema any) (*jsonschema.Schema, error) {
	if found, ok := s.compiled.Load(address); ok {
		return found.(*jsonschema.Schema), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := s.compiled.Load(address); ok {
		return found.(*jsonschema.Schema), nil
	}
	s.inline[address] = schema
	compiled, err := s.compiler.Compile(address)
	if err != nil {
		return nil, fmt.Errorf("compile Discord's schema: %w", err)
	}
	s.compiled.Store(address, compiled)
	return compiled, nil
}

// Addresses of schemas, by which they refer to each other.
const (
	componentRef = "#/components/schemas/"
	schemaURL    = "mem:///schemas/"
	operationURL = "mem:///operations/"
)

func inlineURL(operation, part string) string {
	return operationURL + url.PathEscape(operation+" "+part)
}

// Load returns the schema at an address as [spec.strict] makes it. The compiler calls it, under mu.
func (s *spec) Load(address string) (any, error) {
	if name, ok := strings.CutPrefix(address, schemaURL); ok {
		schemas, _ := s.components["schemas"].(map[string]any)
		if schema, ok := schemas[name]; ok {
			return s.strict(schema), nil
		}
		if schema, ok := dispatches()[name]; ok {
			return s.strict(schema), nil
		}
	}
	if schema, ok := s.inline[address]; ok {
		return s.strict(schema), nil
	}
	return nil, fmt.Errorf("no schema %s", address)
}

// resolve follows references to the object they name; nil where it is none.
func (s *spec) resolve(v any) map[string]any {
	m, _ := v.(map[string]any)
	for range 10 {
		ref, ok := m["$ref"].(string)
		if !ok {
			return m
		}
		kind, name, _ := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
		of, _ := s.components[kind].(map[string]any)
		m, _ = of[name].(map[string]any)
	}
	return nil
}

// strict returns a schema that refuses what the published one lets pass, fields that no schema knows, and that names its reasons: a
// union becomes a choice by what tells its members apart. It leaves the given one as it is.
func (s *spec) strict(schema any) any {
	m, ok := schema.(map[string]any)
	if !ok {
		return schema
	}
	if ref, ok := m["$ref"].(string); ok {
		return relocate(map[string]any{"$ref": ref})
	}
	if merged := s.merge(m); merged != nil {
		m = merged
	}
	out := map[string]any{}
	var also []any
	for key, value := range m {
		switch key {
		case "title", "description", "x-discord-union":
		case "properties":
			properties := map[string]any{}
			fields, _ := value.(map[string]any)
			for name, field := range fields {
				properties[name] = s.strict(field)
			}
			out[key] = properties
		case "items", "additionalProperties":
			out[key] = s.strict(value)
		case "if", "then", "else":
			out[key] = relocate(value)
		case "oneOf", "anyOf":
			alternatives, _ := value.([]any)
			also = append(also, s.choice(key, alternatives))
		case "allOf":
			parts, _ := value.([]any)
			for _, part := range parts {
				also = append(also, s.strict(part))
			}
		default:
			out[key] = value
		}
	}
	if also != nil {
		out["allOf"] = also
	}
	if out["properties"] != nil && out["additionalProperties"] == nil {
		out["additionalProperties"] = false
	}
	return out
}

// relocate returns a schema with its references pointed at the addresses of [spec.Load], and nothing else changed.
func relocate(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = relocate(value)
		}
		if ref, ok := v["$ref"].(string); ok {
			out["$ref"] = schemaURL + strings.TrimPrefix(ref, componentRef)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = relocate(value)
		}
		return out
	}
	return v
}

// merge makes one object of the parts of an allOf, because none of the parts may refuse the others' fields; nil where m is no such
// object. A field of a later part stands for that of an earlier one.
func (s *spec) merge(m map[string]any) map[string]any {
	parts, _ := m["allOf"].([]any)
	properties, required := map[string]any{}, []any{}
	for _, part := range parts {
		object := s.resolve(part)
		if inner := s.merge(object); inner != nil {
			object = inner
		}
		fields, ok := object["properties"].(map[string]any)
		if !ok {
			return nil
		}
		maps.Copy(properties, fields)
		list, _ := object["required"].([]any)
		required = append(required, list...)
	}
	if len(properties) == 0 {
		return nil
	}
	slices.SortFunc(required, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return map[string]any{"type": "object", "properties": properties, "required": slices.Compact(required)}
}

// choice is a union: of constants, of nothing and something, of objects that differ in their type, or as it was.
func (s *spec) choice(key string, alternatives []any) any {
	if list, ok := constants(alternatives); ok {
		return map[string]any{"enum": list}
	}
	isNull := func(a any) bool { m, _ := a.(map[string]any); return m["type"] == "null" }
	if rest := slices.DeleteFunc(slices.Clone(alternatives), isNull); len(rest) < len(alternatives) {
		return map[string]any{"if": map[string]any{"type": "null"}, "then": true, "else": s.choice(key, rest)}
	}
	if len(alternatives) == 1 {
		return s.strict(alternatives[0])
	}
	if byType := s.byType(alternatives); byType != nil {
		return byType
	}
	list := make([]any, len(alternatives))
	for i, a := range alternatives {
		list[i] = s.strict(a)
	}
	return map[string]any{key: list}
}

func constants(alternatives []any) (list []any, ok bool) {
	for _, a := range alternatives {
		m, _ := a.(map[string]any)
		value, ok := m["const"]
		if !ok {
			return nil, false
		}
		list = append(list, value)
	}
	return list, len(list) > 0
}

// byType is a union of objects whose types differ: each is judged by the schema of its own type alone. nil where they don't.
func (s *spec) byType(alternatives []any) any {
	var every, rules []any
	for _, a := range alternatives {
		object := s.resolve(a)
		fields, _ := object["properties"].(map[string]any)
		kind, _ := fields["type"].(map[string]any)
		types, _ := kind["enum"].([]any)
		required, _ := object["required"].([]any)
		if len(types) == 0 || !slices.Contains(required, any("type")) {
			return nil
		}
		for _, t := range types {
			if slices.Contains(every, t) {
				return nil
			}
		}
		every = append(every, types...)
		rules = append(rules, map[string]any{"if": ofType(types), "then": s.strict(a)})
	}
	return map[string]any{
		"type": "object", "required": []any{"type"},
		"properties": map[string]any{"type": map[string]any{"enum": every}}, "allOf": rules,
	}
}

func ofType(types []any) map[string]any {
	return map[string]any{
		"type": "object", "required": []any{"type"}, "properties": map[string]any{"type": map[string]any{"enum": types}},
	}
}

// correct mends what the schema says otherwise than Discord's documentation (discord/discord-api-docs) and its servers.
func (s *spec) correct() {
	schemas, _ := s.components["schemas"].(map[string]any)
	// developers/interactions/application-commands.mdx, “Create Global Application Command”: default_member_permissions is a set of
	// bits in a string, and its example “permissions_test” writes it so; nsfw and default_permission are parameters too.
	for _, name := range []string{"ApplicationCommandCreateRequest", "ApplicationCommandUpdateRequest", "ApplicationCommandPatchRequestPartial"} {
		fields, ok := s.resolve(schemas[name])["properties"].(map[string]any)
		if !ok {
			continue
		}
		fields["default_member_permissions"] = map[string]any{"anyOf": []any{
			map[string]any{"type": "string", "pattern": "^[0-9]+$"}, fields["default_member_permissions"],
		}}
		fields["nsfw"] = map[string]any{"type": "boolean"}
		fields["default_permission"] = map[string]any{"type": []any{"boolean", "null"}}
	}
	// developers/topics/rate-limits.mdx, “Rate Limit Response Structure”: there is a code only where the limit has one.
	if merged := s.merge(s.resolve(schemas["RatelimitedResponse"])); merged != nil {
		required, _ := merged["required"].([]any)
		merged["required"] = slices.DeleteFunc(required, func(name any) bool { return name == "code" })
		schemas["RatelimitedResponse"] = merged
	}
	// developers/reference.mdx, “Error Messages”: the code of a field's error is a word, "BASE_TYPE_REQUIRED" say.
	if fields, ok := s.resolve(schemas["InnerErrors"])["properties"].(map[string]any); ok {
		fields["_errors"] = map[string]any{"type": "array", "items": map[string]any{
			"type": "object", "required": []any{"code", "message"},
			"properties": map[string]any{"code": map[string]any{"type": "string"}, "message": map[string]any{"type": "string"}},
		}}
	}
}

// reasons are the leaves of a tree of reasons, as sentences: of alternatives the one with the fewest.
func reasons(e *jsonschema.ValidationError) []string {
	if len(e.Causes) == 0 {
		return []string{reasonOf(e)}
	}
	var all []string
	for i, cause := range e.Causes {
		found := reasons(cause)
		if !isUnion(e) {
			all = append(all, found...)
		} else if i == 0 || distance(cause, found) < distance(e.Causes[0], all) {
			all = found
		}
	}
	slices.Sort(all)
	return all
}

func isUnion(e *jsonschema.ValidationError) bool {
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		return true
	}
	return false
}

// distance is how far a value is from an alternative: of another type altogether is farthest.
func distance(e *jsonschema.ValidationError, found []string) int {
	if _, ok := e.ErrorKind.(*kind.Type); ok {
		return 1000
	}
	return len(found)
}

var english = message.NewPrinter(language.English)

// reasonOf says one reason and quotes no value.
func reasonOf(e *jsonschema.ValidationError) string {
	place := "/" + strings.Join(e.InstanceLocation, "/")
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		slices.Sort(k.Properties)
		return place + ": has fields that Discord does not know: " + strings.Join(k.Properties, ", ")
	case *kind.Const, *kind.Enum, *kind.Pattern:
		return place + ": has a value that is not allowed"
	case *kind.Format:
		return place + ": is no " + k.Want
	case *kind.InvalidJsonValue, *kind.UniqueItems:
		return place + ": has a value twice, or one that is no JSON"
	default:
		return place + ": " + k.LocalizedString(english)
	}
}
