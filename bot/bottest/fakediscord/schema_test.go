package fakediscord

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

type object = map[string]any

// schemaValidator returns a validator over Discord's schema, and skips the test where there is none.
func schemaValidator(t testing.TB) *validator {
	t.Helper()
	dir := conformanceDir()
	if dir == "" {
		t.Skip("Discord's schema is not here: set FOOTNOTE_CONFORMANCE to shared/conformance")
	}
	v, err := newValidator(dir)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// clone copies a value by way of JSON.
func clone(t testing.TB, v any) any {
	t.Helper()
	var out any
	if err := json.Unmarshal(encode(t, v), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Routes of tests.
const (
	toChannel  = "/channels/10/messages"
	toMessage  = "/channels/10/messages/20"
	toOriginal = "/webhooks/30/token/messages/@original"
	toFollowUp = "/webhooks/30/token"
	toCallback = "/interactions/40/token/callback"
	toCommands = "/applications/30/commands"
	toGuild    = "/applications/30/guilds/50/commands"
)

// withoutPings is a message that pings nobody, with fields besides.
func withoutPings(fields object) object {
	m := object{"allowed_mentions": object{"parse": []any{}}}
	maps.Copy(m, fields)
	return m
}

// richMessage is a valid message of components of many kinds.
func richMessage() object {
	button := func(id string) object { return object{"type": 2, "style": 2, "label": "Show", "custom_id": id} }
	return withoutPings(object{
		"flags": flagComponentsV2 | flagSuppressEmbeds,
		"components": []any{
			object{"type": 10, "id": 7, "content": "A sentence [1]."},
			object{"type": 17, "accent_color": 255, "spoiler": false, "components": []any{
				object{"type": 9, "components": []any{object{"type": 10, "content": "[1] A title"}}, "accessory": button("show|1")},
				object{"type": 14, "divider": true, "spacing": 1},
				object{"type": 1, "components": []any{object{
					"type": 3, "custom_id": "pick", "placeholder": "Sources", "min_values": 1, "max_values": 1,
					"options": []any{object{"label": "[1] A title", "value": "1", "description": "¶ 4", "emoji": object{"name": "📄"}}},
				}}},
			}},
			object{"type": 1, "components": []any{button("good"), button("bad"), object{
				"type": 2, "style": 5, "label": "Read", "url": "https://example.org/1",
			}}},
		},
	})
}

// plainMessage is a valid message of a text.
func plainMessage() object {
	return withoutPings(object{
		"content": "See https://example.org [1].", "flags": flagSuppressEmbeds, "nonce": "k1-0", "enforce_nonce": true,
		"message_reference": object{"message_id": "20", "channel_id": "10", "fail_if_not_exists": false},
	})
}

func withEmbed() object {
	return withoutPings(object{"embeds": []any{object{
		"title": "T", "description": "D", "url": "https://example.org", "color": 255,
		"footer": object{"text": "F"}, "author": object{"name": "A"},
		"fields": []any{object{"name": "N", "value": "V", "inline": true}},
	}}})
}

func aModal() object {
	return object{"type": 9, "data": object{"custom_id": "why|k", "title": "Why?", "components": []any{
		object{"type": 10, "content": "Which part was wrong?"},
		object{"type": 18, "label": "Reason", "description": "In a sentence", "component": object{
			"type": 4, "custom_id": "reason", "style": 2, "max_length": 500, "required": false, "placeholder": "…",
		}},
	}}}
}

func someChoices() object {
	return object{"type": 8, "data": object{"choices": []any{object{"name": "¶ 4", "value": "p4"}}}}
}

func slashCommand() object {
	return object{
		"type": 1, "name": "ask", "description": "Ask", "name_localizations": object{"ja": "質問"},
		"description_localizations": object{"ja": "質問する"}, "contexts": []any{0, 1, 2}, "integration_types": []any{0, 1},
		"default_member_permissions": "0", "nsfw": false,
		"options": []any{
			object{"type": 3, "name": "question", "description": "What", "required": true, "min_length": 1, "max_length": 6000,
				"name_localizations": object{"ja": "質問文"}},
			object{"type": 3, "name": "visibility", "description": "Who", "choices": []any{
				object{"name": "Me", "value": "private", "name_localizations": object{"ja": "自分だけ"}}, object{"name": "All", "value": "public"},
			}},
			object{"type": 3, "name": "ref", "description": "Which", "autocomplete": true},
		},
	}
}

// validRequests are requests with nothing wrong.
func validRequests() map[string]sentRequest {
	deferred := object{"type": 5, "data": object{"flags": flagEphemeral}}
	return map[string]sentRequest{
		"plain message":       {http.MethodPost, toChannel, plainMessage()},
		"rich message":        {http.MethodPost, toChannel, richMessage()},
		"embed":               {http.MethodPost, toChannel, withEmbed()},
		"edit":                {http.MethodPatch, toMessage, richMessage()},
		"edit of original":    {http.MethodPatch, toOriginal, richMessage()},
		"follow-up":           {http.MethodPost, toFollowUp, richMessage()},
		"private follow-up":   {http.MethodPost, toFollowUp + "?wait=true", withoutPings(object{"content": "x", "flags": flagEphemeral})},
		"answer at once":      {http.MethodPost, toCallback, object{"type": 4, "data": richMessage()}},
		"update":              {http.MethodPost, toCallback + "?with_response=true", object{"type": 7, "data": richMessage()}},
		"deferral":            {http.MethodPost, toCallback, deferred},
		"public deferral":     {http.MethodPost, toCallback, object{"type": 5}},
		"deferred update":     {http.MethodPost, toCallback, object{"type": 6}},
		"pong":                {http.MethodPost, toCallback, object{"type": 1}},
		"modal":               {http.MethodPost, toCallback, aModal()},
		"choices":             {http.MethodPost, toCallback, someChoices()},
		"no choices":          {http.MethodPost, toCallback, object{"type": 8, "data": object{"choices": []any{}}}},
		"slash command":       {http.MethodPost, toCommands, slashCommand()},
		"all commands":        {http.MethodPut, toCommands, []any{slashCommand(), object{"type": 3, "name": "Check this message"}}},
		"no commands":         {http.MethodPut, toCommands, []any{}},
		"guild commands":      {http.MethodPut, toGuild, []any{object{"type": 3, "name": "Check this message"}}},
		"patch of a command":  {http.MethodPatch, toCommands + "/60", object{"description": "Ask"}},
		"thread":              {http.MethodPost, toMessage + "/threads", object{"name": "T", "auto_archive_duration": 1440}},
		"forum post":          {http.MethodPost, "/channels/10/threads", object{"name": "T", "message": withoutPings(object{"content": "x"})}},
		"history":             {http.MethodGet, toChannel + "?limit=100&after=20", nil},
		"reaction":            {http.MethodPut, toMessage + "/reactions/%F0%9F%91%80/@me", nil},
		"gateway":             {http.MethodGet, "/gateway/bot", nil},
		"typing":              {http.MethodPost, "/channels/10/typing", nil},
		"application":         {http.MethodGet, "/applications/@me", nil},
		"direct messages":     {http.MethodPost, "/users/@me/channels", object{"recipient_id": "70"}},
		"delete":              {http.MethodDelete, toMessage, nil},
		"remove of buttons":   {http.MethodPatch, toMessage, withoutPings(object{"components": []any{}})},
		"commands with texts": {http.MethodGet, toCommands + "?with_localizations=true", nil},
	}
}

type sentRequest struct {
	method, route string
	body          any
}

func (r sentRequest) check(t testing.TB, v *validator) []string {
	t.Helper()
	return v.request(r.method, r.route, encode(t, r.body), "application/json")
}

func TestValidRequests(t *testing.T) {
	v := schemaValidator(t)
	for name, r := range validRequests() {
		if wrong := r.check(t, v); len(wrong) > 0 {
			t.Errorf("%s: request(%s %s) = %q, want nothing", name, r.method, r.route, wrong)
		}
		if wrong := r.check(t, &validator{}); len(wrong) > 0 {
			t.Errorf("%s, without a schema: request(%s %s) = %q, want nothing", name, r.method, r.route, wrong)
		}
	}
}

// TestRenamedFields renames each field of each valid body, at any depth: none goes unseen.
func TestRenamedFields(t *testing.T) {
	v := schemaValidator(t)
	count := 0
	for name, r := range validRequests() {
		if r.body == nil {
			continue
		}
		for i := 0; ; i++ {
			body := clone(t, r.body)
			left := i
			field, found := rename(body, &left)
			if !found {
				break
			}
			count++
			if wrong := (sentRequest{r.method, r.route, body}).check(t, v); len(wrong) == 0 {
				t.Errorf("%s: with %s renamed request(%s %s) = nothing, want a complaint", name, field, r.method, r.route)
			}
		}
	}
	if count < 200 {
		t.Errorf("renamed %d fields, want 200 and more", count)
	}
}

// rename gives the field after skip others another name.
func rename(v any, skip *int) (field string, found bool) {
	switch v := v.(type) {
	case object:
		for _, key := range sortedKeys(v) {
			if *skip == 0 {
				v[key+"x"] = v[key]
				delete(v, key)
				return key, true
			}
			*skip--
			if field, found := rename(v[key], skip); found {
				return key + "." + field, true
			}
		}
	case []any:
		for _, item := range v {
			if field, found := rename(item, skip); found {
				return field, true
			}
		}
	}
	return "", false
}

func TestInvalidRequests(t *testing.T) {
	v := schemaValidator(t)
	tests := []struct {
		method, route string
		body          any
		want          string // in one of the sentences
	}{
		{"GET", "/nowhere", nil, "no such path"},
		{"GET", "/channels//messages", nil, "no such path"},
		{"DELETE", "/gateway/bot", nil, "has no method"},
		{"GET", "/channels/general/messages", nil, "path {channel_id}"},
		{"GET", toChannel + "?limit=101", nil, "query limit"},
		{"GET", toChannel + "?limit=many", nil, "query limit"},
		{"GET", toChannel + "?before=x", nil, "query before"},
		{"GET", toChannel + "?limit=1&limit=2", nil, "more than once"},
		{"GET", toChannel + "?sort=asc", nil, "is not a parameter"},
		{"GET", toChannel + "?after=1&before=2", nil, "only one of"},
		{"GET", toChannel + "?limit=%zz", nil, "broken escape"},
		{"POST", toCallback + "?with_response=maybe", object{"type": 6}, "query with_response"},
		{"POST", toChannel, nil, "body: is missing"},
		{"GET", "/gateway/bot", object{}, "takes none"},
		{"POST", toChannel, []any{}, "got array, want object"},
		{"POST", toChannel, withoutPings(object{"content": 1}), "/content: got number"},
		{"POST", toChannel, withoutPings(object{"content": "x", "message_reference": object{"message_id": 20}}), "/message_reference/message_id"},
		{"POST", toChannel, withoutPings(object{"content": "x", "username": "y"}), "does not know: username"},
		{"PATCH", toMessage, withoutPings(object{"content": "x", "tts": false}), "does not know: tts"},
		{"PATCH", toOriginal, withoutPings(object{"content": "x", "nonce": "1"}), "does not know: nonce"},
		{"POST", toFollowUp, withoutPings(object{"content": "x", "message_reference": object{"message_id": "1"}}), "message_reference"},
		{"POST", toCallback, object{"type": 3}, "/type"},
		{"POST", toCallback, object{}, "missing property 'type'"},
		{"POST", toCallback, object{"type": 8}, "missing property 'data'"},
		{"POST", toCallback, object{"type": 5, "data": object{"flags": 64, "ephemeral": true}}, "does not know: ephemeral"},
		{"POST", toCommands, object{"name": "ask", "description": "x", "options": []any{object{"type": 12, "name": "a", "description": "b"}}},
			"/options/0/type"},
		{"POST", toCommands, object{"name": "ask", "description": "x", "default_member_permissions": "send"}, "/default_member_permissions"},
		{"POST", toChannel, withoutPings(object{"flags": flagComponentsV2, "components": []any{object{"type": 10, "id": 1 << 31, "content": "x"}}}),
			"/components/0/id"},
		{"POST", toChannel, withoutPings(object{"embeds": []any{object{"url": "example"}}}), "/embeds/0/url"},
	}
	for _, test := range tests {
		wrong := (sentRequest{test.method, test.route, test.body}).check(t, v)
		if !slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, test.want) }) {
			t.Errorf("request(%s %s) = %q, want a sentence with %q", test.method, test.route, wrong, test.want)
		}
	}
}

func TestBodiesThatAreNoJSON(t *testing.T) {
	v := schemaValidator(t)
	for body, want := range map[string]string{"{": "not JSON", "\xff": "not UTF-8", "{} {}": "not JSON"} {
		if wrong := v.request("POST", toChannel, []byte(body), "application/json"); len(wrong) != 1 || !strings.Contains(wrong[0], want) {
			t.Errorf("request(%q) = %q, want %q", body, wrong, want)
		}
	}
	for _, kind := range []string{"", "text/plain", "multipart/form-data; boundary=x"} {
		if wrong := v.request("POST", toChannel, encode(t, plainMessage()), kind); len(wrong) == 0 {
			t.Errorf("request of %q = nothing, want a complaint", kind)
		}
	}
	if wrong := v.request("POST", toChannel, encode(t, plainMessage()), "application/json; charset=utf-8"); len(wrong) > 0 {
		t.Errorf("request with a charset = %q, want nothing", wrong)
	}
}

// TestSentencesQuoteNothing sends a secret in every text of bodies that are wrong.
func TestSentencesQuoteNothing(t *testing.T) {
	v := schemaValidator(t)
	const secret = "SECRET"
	long := strings.Repeat(secret, 1000)
	bodies := []sentRequest{
		{"POST", toChannel, object{"content": long, "nonce": long, "embeds": []any{object{"url": long, "timestamp": secret, "type": 1}},
			"flags": secret}},
		{"POST", toChannel, withoutPings(object{"components": []any{object{"type": secret, "custom_id": long}},
			"message_reference": object{"message_id": secret}})},
		{"POST", toCallback, object{"type": 9, "data": object{"custom_id": long, "title": long, "components": []any{object{"type": 18,
			"label": long}}}}},
		{"POST", toCommands, object{"name": long, "description": long, "type": secret, "contexts": []any{secret}}},
		{"GET", toChannel + "?before=" + secret, nil},
		{"GET", "/channels/" + secret + "/messages", nil},
	}
	for _, r := range bodies {
		wrong := r.check(t, v)
		if len(wrong) == 0 || strings.Contains(strings.Join(wrong, "\n"), secret) {
			t.Errorf("request(%s) = %q, want complaints that quote nothing", r.method, wrong)
		}
	}
}

// TestDocsExamples holds the documentation's own examples against the schema and the limits: a message lacks at most our own rule.
func TestDocsExamples(t *testing.T) {
	v := schemaValidator(t)
	routes := map[string]string{
		"000": toCallback, "001": toCallback, "002": toCallback, "003": toCallback, "008": toCallback,
		"004": toChannel, "005": toChannel, "006": toChannel, "007": toChannel, "057": toChannel, "058": toChannel, "065": toChannel,
		"034": toCommands, "035": toCommands, "037": toCommands, "039": toCommands, "041": toCommands, "043": toCommands,
	}
	for number, route := range routes {
		name, body := docsExample(t, number)
		if route == toChannel {
			body.(object)["allowed_mentions"] = object{"parse": []any{}}
		}
		if wrong := (sentRequest{"POST", route, body}).check(t, v); len(wrong) > 0 {
			t.Errorf("request(%s) = %q, want nothing", name, wrong)
		}
	}
	for _, number := range []string{"059", "060", "061", "062"} { // they ping
		name, body := docsExample(t, number)
		if wrong := (sentRequest{"POST", toChannel, body}).check(t, v); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "/allowed_mentions") {
			t.Errorf("request(%s) = %q, want that it pings", name, wrong)
		}
	}
	for _, number := range []string{"044", "045", "046", "077"} {
		name, body := docsExample(t, number)
		if wrong := v.response("POST", toChannel, 400, encode(t, body)); len(wrong) > 0 {
			t.Errorf("response(%s) = %q, want nothing", name, wrong)
		}
	}
}

func docsExample(t testing.TB, number string) (name string, body any) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(conformanceDir(), "discord", "docs-examples", number+"-*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("Glob(%s) = %v, %v, want one file", number, files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	return filepath.Base(files[0]), body
}

// Objects as the fake says them.

func someone(id string) object {
	return object{"id": id, "username": "mia", "avatar": nil, "discriminator": "0", "public_flags": 0, "flags": 0, "global_name": "Mia",
		"primary_guild": nil}
}

func someMember() object {
	return object{"avatar": nil, "banner": nil, "communication_disabled_until": nil, "flags": 0, "joined_at": "2026-01-02T03:04:05.000000+00:00",
		"nick": nil, "pending": false, "premium_since": nil, "roles": []any{}, "mute": false, "deaf": false}
}

func someMessage() object {
	return object{
		"type": 0, "content": "x", "mentions": []any{}, "mention_roles": []any{}, "attachments": []any{}, "embeds": []any{},
		"timestamp": "2026-01-02T03:04:05.000000+00:00", "edited_timestamp": nil, "flags": 0, "id": "20", "channel_id": "10",
		"author": someone("1"), "pinned": false, "mention_everyone": false, "tts": false,
		"components": []any{object{"type": 1, "id": 1, "components": []any{object{"type": 2, "id": 2, "style": 2, "label": "Show",
			"custom_id": "x"}}}},
	}
}

func someInteraction() object {
	member := someMember()
	maps.Copy(member, object{"user": someone("1"), "permissions": "0"})
	return object{
		"id": "40", "application_id": "30", "type": 2, "token": "token", "version": 1, "guild_id": "50", "channel_id": "10",
		"channel": object{"id": "10", "type": 0}, "guild": object{"id": "50", "locale": "en-US", "features": []any{}},
		"member": member, "app_permissions": "0", "locale": "ja", "guild_locale": "en-US", "entitlements": []any{},
		"authorizing_integration_owners": object{"0": "50"}, "context": 0, "attachment_size_limit": 1,
		"data": object{"id": "60", "name": "ask", "type": 1, "options": []any{object{"name": "question", "type": 3, "value": "x"}}},
	}
}

func TestResponses(t *testing.T) {
	v := schemaValidator(t)
	without := func(m object, field string) object { delete(m, field); return m }
	with := func(m object, fields object) object { maps.Copy(m, fields); return m }
	tests := []struct {
		method, route string
		status        int
		body          any
		want          string // in one of the sentences; "" for none
	}{
		{"POST", toChannel, 200, someMessage(), ""},
		{"GET", toChannel, 200, []any{someMessage()}, ""},
		{"PATCH", toOriginal, 200, someMessage(), ""},
		{"DELETE", toMessage, 204, nil, ""},
		{"POST", toCallback, 204, nil, ""},
		{"POST", toChannel, 429, object{"message": "You are being rate limited.", "retry_after": 0.3, "global": false}, ""},
		{"POST", toChannel, 403, object{"message": "Missing Access", "code": 50001}, ""},
		{"GET", "/nowhere", 404, object{"message": "404: Not Found", "code": 0}, ""},
		{"POST", toChannel, 500, "anything", ""},
		{"POST", toChannel, 200, without(someMessage(), "author"), "missing property 'author'"},
		{"POST", toChannel, 200, with(someMessage(), object{"guild": "1"}), "does not know: guild"},
		{"POST", toChannel, 200, with(someMessage(), object{"id": 20}), "/id: got number"},
		{"POST", toChannel, 200, nil, "must have a body"},
		{"DELETE", toMessage, 204, object{}, "has no body"},
		{"POST", toChannel, 301, nil, "no published status"},
		{"POST", toChannel, 429, object{"message": "m", "global": false}, "missing property"},
		{"POST", toChannel, 400, object{"message": "m", "code": "x"}, "/code"},
		{"GET", "/nowhere", 200, object{}, "no such path"},
	}
	for _, test := range tests {
		wrong := v.response(test.method, test.route, test.status, encode(t, test.body))
		found := slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, test.want) })
		if (test.want == "") != (len(wrong) == 0) || test.want != "" && !found {
			t.Errorf("response(%s %s %d) = %q, want %q", test.method, test.route, test.status, wrong, test.want)
		}
	}
}

func TestDispatches(t *testing.T) {
	v := schemaValidator(t)
	with := func(m object, fields object) object { maps.Copy(m, fields); return m }
	good := map[string]object{
		"MESSAGE_CREATE": with(someMessage(), object{"guild_id": "50", "member": someMember(), "mentions": []any{with(someone("2"),
			object{"member": someMember()})}}),
		"MESSAGE_UPDATE":      someMessage(),
		"MESSAGE_DELETE":      {"id": "20", "channel_id": "10", "guild_id": "50"},
		"MESSAGE_DELETE_BULK": {"ids": []any{"20"}, "channel_id": "10"},
		"INTERACTION_CREATE":  someInteraction(),
		"CHANNEL_CREATE":      {"id": "10", "type": 0, "flags": 0, "guild_id": "50", "name": "general", "position": 0},
		"READY": {"v": 10, "user": someone("1"), "guilds": []any{object{"id": "50", "unavailable": true}}, "session_id": "s",
			"resume_gateway_url": "wss://gateway.example", "application": object{"id": "30", "flags": 0}},
	}
	for name, body := range good {
		if wrong := v.object(name, encode(t, body)); len(wrong) > 0 {
			t.Errorf("object(%s) = %q, want nothing", name, wrong)
		}
	}
	for name := range dispatches() {
		if wrong := v.object(name, []byte("[]")); len(wrong) == 0 || strings.Contains(strings.Join(wrong, ""), "compile") {
			t.Errorf("object(%s, []) = %q, want that it is no object", name, wrong)
		}
	}
}

func TestInteractions(t *testing.T) {
	v := schemaValidator(t)
	with := func(m object, fields object) object { maps.Copy(m, fields); return m }
	direct := someInteraction()
	for _, field := range []string{"guild_id", "guild", "member", "guild_locale"} {
		delete(direct, field)
	}
	good := map[string]object{
		"direct": with(direct, object{"user": someone("1"), "context": 1}),
		"ping": {"id": "1", "application_id": "2", "type": 1, "token": "t", "version": 1, "app_permissions": "0", "entitlements": []any{},
			"authorizing_integration_owners": object{}, "attachment_size_limit": 1},
		"button": with(someInteraction(), object{"type": 3, "message": someMessage(), "data": object{"id": 2, "custom_id": "x",
			"component_type": 2}}),
		"select": with(someInteraction(), object{"type": 3, "message": someMessage(), "data": object{"custom_id": "x", "component_type": 3,
			"values": []any{"1"}}}),
		"typing": with(someInteraction(), object{"type": 4, "data": object{"id": "60", "name": "cite", "type": 1,
			"options": []any{object{"name": "ref", "type": 3, "value": "n", "focused": true}}}}),
		"message": with(someInteraction(), object{"data": object{"id": "60", "name": "Check", "type": 3, "target_id": "20",
			"resolved": object{"messages": object{"20": someMessage()}}}}),
		"modal": with(someInteraction(), object{"type": 5, "data": object{"custom_id": "x", "components": []any{object{"type": 18, "id": 1,
			"component": object{"type": 4, "id": 2, "custom_id": "y", "value": "z"}}}}}),
	}
	for name, body := range good {
		if wrong := v.object("INTERACTION_CREATE", encode(t, body)); len(wrong) > 0 {
			t.Errorf("object(INTERACTION_CREATE of %s) = %q, want nothing", name, wrong)
		}
	}
	bad := map[string]object{
		"no user":     direct,
		"no message":  with(someInteraction(), object{"type": 3, "data": object{"custom_id": "x", "component_type": 2}}),
		"no values":   with(someInteraction(), object{"type": 3, "message": someMessage(), "data": object{"custom_id": "x", "component_type": 3}}),
		"other data":  with(someInteraction(), object{"type": 5}),
		"other field": with(someInteraction(), object{"users": nil}),
	}
	delete(bad["no user"], "user")
	for name, body := range bad {
		if wrong := v.object("INTERACTION_CREATE", encode(t, body)); len(wrong) == 0 {
			t.Errorf("object(INTERACTION_CREATE with %s) = nothing, want a complaint", name)
		}
	}
}

// TestEverySchemaCompiles finds a schema that the strict form breaks.
func TestEverySchemaCompiles(t *testing.T) {
	v := schemaValidator(t)
	count := 0
	for _, item := range v.spec.paths {
		for _, method := range []string{"get", "put", "post", "patch", "delete"} {
			operation, ok := item.item[method].(object)
			if !ok {
				continue
			}
			for _, media := range []any{operation["requestBody"], v.spec.resolve(operation["responses"].(object)["200"])} {
				content, _ := v.spec.resolve(media)["content"].(object)
				schema, ok := content["application/json"].(object)
				if !ok {
					continue
				}
				count++
				if _, err := v.spec.compile(inlineURL(fmt.Sprint("test ", count), "body"), schema["schema"]); err != nil {
					t.Errorf("compile(%s %s) = %v, want nil", method, item.template, err)
				}
			}
		}
	}
	if count < 200 {
		t.Errorf("compiled %d schemas, want 200 and more", count)
	}
}

func TestWithoutSchema(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		v, err := newValidator(dir)
		if err != nil {
			t.Fatalf("newValidator(%q) = %v, want nil", dir, err)
		}
		if wrong := (sentRequest{"POST", "/nowhere", object{"any": 1}}).check(t, v); len(wrong) > 0 {
			t.Errorf("request of a path without limits = %q, want nothing", wrong)
		}
		if wrong := (sentRequest{"POST", toChannel, object{"content": "x"}}).check(t, v); len(wrong) != 1 {
			t.Errorf("request without allowed_mentions = %q, want one complaint", wrong)
		}
		if wrong := v.response("POST", toChannel, 200, []byte(`{}`)); len(wrong) > 0 {
			t.Errorf("response = %q, want nothing", wrong)
		}
		if wrong := v.object("MessageResponse", []byte(`{}`)); len(wrong) > 0 {
			t.Errorf("object = %q, want nothing", wrong)
		}
	}
}

func TestValidate(t *testing.T) {
	if wrong := validate("GET", "/gateway/bot", nil); len(wrong) > 0 {
		t.Errorf("validate(GET /gateway/bot) = %q, want nothing", wrong)
	}
	if wrong := validate("POST", toChannel, []byte(`{"content":"x"}`)); len(wrong) != 1 {
		t.Errorf("validate of a message without allowed_mentions = %q, want one complaint", wrong)
	}
}

func TestBrokenSchema(t *testing.T) {
	for name, content := range map[string]string{"no JSON": "{", "nothing in it": "{}"} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "discord"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, schemaFile), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := newValidator(dir); err == nil {
			t.Errorf("newValidator of a file with %s = nil, want an error", name)
		}
	}
}

// TestConcurrent checks from many goroutines with a validator that has compiled nothing yet.
func TestConcurrent(t *testing.T) {
	dir := conformanceDir()
	if dir == "" {
		t.Skip("Discord's schema is not here: set FOOTNOTE_CONFORMANCE to shared/conformance")
	}
	s, err := readSpec(filepath.Join(dir, schemaFile))
	if err != nil {
		t.Fatal(err)
	}
	v := &validator{spec: s}
	var wg sync.WaitGroup
	for range 8 {
		for name, r := range validRequests() {
			wg.Go(func() {
				if wrong := r.check(t, v); len(wrong) > 0 {
					t.Errorf("%s: request = %q, want nothing", name, wrong)
				}
			})
		}
	}
	wg.Wait()
}

// BenchmarkRequest checks a message of as many components as one may have.
func BenchmarkRequest(b *testing.B) {
	v := schemaValidator(b)
	var rows []any
	for i := range 6 {
		var buttons []any
		for j := range 5 {
			buttons = append(buttons, object{"type": 2, "style": 1, "label": "Show", "custom_id": fmt.Sprint(i, j)})
		}
		rows = append(rows, object{"type": 1, "components": buttons})
	}
	body := encode(b, withoutPings(object{"flags": flagComponentsV2, "components": []any{
		object{"type": 17, "components": rows}, object{"type": 10, "content": strings.Repeat("x", 3000)},
	}}))
	for b.Loop() {
		if wrong := v.request("POST", toChannel, body, "application/json"); len(wrong) > 0 {
			b.Fatal(wrong)
		}
	}
}
