package fakediscord

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// What Discord's schema does not state, as discord/discord-api-docs says it (at c98d64b; paths under developers/), and rules of our own,
// which are marked so. What the schema does state of messages, modals and commands stands here too, for where there is no schema.

// Flags of messages: resources/message.mdx, “Message Flags”.
const (
	flagSuppressEmbeds        = 1 << 2
	flagEphemeral             = 1 << 6
	flagSuppressNotifications = 1 << 12
	flagComponentsV2          = 1 << 15
)

// Limits of messages.
const (
	maxContent    = 2000 // resources/message.mdx, “Create Message”; the schema says 4,000
	maxNonce      = 25   // the same
	maxEmbeds     = 10   // the same
	maxEmbedsText = 6000 // resources/message.mdx, “Embed Limits”: over all embeds
	maxThreadName = 100  // resources/channel.mdx, “Start Thread from Message”
	maxChoices    = 25   // interactions/receiving-and-responding.mdx, “Autocomplete”
)

// sending is what an endpoint takes as a message.
type sending struct {
	flags int64 // those that may be set
	edit  bool  // what is not given stays as it was
	nonce bool
}

// The flags are those that the documentation of each endpoint names, without IS_VOICE_MESSAGE, which we never send.
var (
	// resources/message.mdx, “Create Message”
	sendCreate = sending{flags: flagSuppressEmbeds | flagSuppressNotifications | flagComponentsV2, nonce: true}
	// resources/channel.mdx, “Start Thread in Forum or Media Channel”
	sendPost = sending{flags: flagSuppressEmbeds | flagSuppressNotifications | flagComponentsV2}
	// resources/message.mdx, “Edit Message”, and resources/webhook.mdx, “Edit Webhook Message”
	sendEdit = sending{flags: flagSuppressEmbeds | flagComponentsV2, edit: true}
	// interactions/receiving-and-responding.mdx, “Messages” and “Create Followup Message”
	sendAnswer     = sending{flags: flagSuppressEmbeds | flagEphemeral | flagSuppressNotifications | flagComponentsV2}
	sendUpdate     = sending{flags: sendAnswer.flags, edit: true}
	archiveMinutes = map[int64]bool{60: true, 1440: true, 4320: true, 10080: true} // resources/channel.mdx, “Thread Metadata”
)

// limitedRoutes are the requests whose body has limits.
var limitedRoutes = []struct {
	method, path string
	check        func(w *wrongs, body any)
}{
	{http.MethodPost, "/channels/{channel}/messages", func(w *wrongs, body any) { w.message("", body, sendCreate) }},
	{http.MethodPatch, "/channels/{channel}/messages/{message}", func(w *wrongs, body any) { w.message("", body, sendEdit) }},
	{http.MethodPost, "/channels/{channel}/threads", (*wrongs).thread},
	{http.MethodPost, "/channels/{channel}/messages/{message}/threads", (*wrongs).thread},
	{http.MethodPost, "/webhooks/{application}/{token}", func(w *wrongs, body any) { w.message("", body, sendAnswer) }},
	{http.MethodPatch, "/webhooks/{application}/{token}/messages/{message}", func(w *wrongs, body any) { w.message("", body, sendEdit) }},
	{http.MethodPost, "/interactions/{interaction}/{token}/callback", (*wrongs).callback},
	{http.MethodPut, "/applications/{application}/commands", func(w *wrongs, body any) { w.commands(body, false) }},
	{http.MethodPost, "/applications/{application}/commands", func(w *wrongs, body any) { w.command("", body, commandScope{}) }},
	{http.MethodPatch, "/applications/{application}/commands/{command}", func(w *wrongs, body any) { w.command("", body, commandScope{patch: true}) }},
	{http.MethodPut, "/applications/{application}/guilds/{guild}/commands", func(w *wrongs, body any) { w.commands(body, true) }},
	{http.MethodPost, "/applications/{application}/guilds/{guild}/commands", func(w *wrongs, body any) { w.command("", body, commandScope{guild: true}) }},
	{http.MethodPatch, "/applications/{application}/guilds/{guild}/commands/{command}",
		func(w *wrongs, body any) { w.command("", body, commandScope{guild: true, patch: true}) }},
}

// wrongs collects what is wrong with a request: one sentence each that begins with the place and quotes no text.
type wrongs []string

func (w *wrongs) add(place, format string, args ...any) {
	if place == "" {
		place = "/"
	}
	*w = append(*w, place+": "+fmt.Sprintf(format, args...))
}

// overLimits returns what is wrong with a request besides what a schema says. It needs none.
func overLimits(method, path, rawQuery string, body any) []string {
	var w wrongs
	segments := strings.Split(path, "/")
	for _, r := range limitedRoutes {
		if _, ok := matchSegments(strings.Split(r.path, "/"), segments); ok && r.method == method {
			if body == nil {
				return []string{"body: is missing"}
			}
			r.check(&w, body)
		}
	}
	if _, ok := matchSegments([]string{"", "channels", "{channel}", "messages"}, segments); ok && method == http.MethodGet {
		w.history(rawQuery)
	}
	return w
}

// history: resources/message.mdx, “Get Channel Messages”: before, after and around exclude each other.
func (w *wrongs) history(rawQuery string) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return // the schema says so
	}
	given := 0
	for _, key := range []string{"before", "after", "around"} {
		if query.Has(key) {
			given++
		}
	}
	if given > 1 {
		w.add("query", "only one of before, after and around may be given")
	}
}

// linkPattern is what Discord would show a preview of.
var linkPattern = regexp.MustCompile(`(?i)https?://`)

// message checks a message at a place of the body.
func (w *wrongs) message(place string, body any, to sending) {
	m, ok := body.(map[string]any)
	if !ok {
		w.add(place, "must be a message")
		return
	}
	flags := w.flags(place, m, to.flags)
	w.mentions(place, m)
	w.length(place, m, "content", 0, maxContent)
	content, _ := m["content"].(string)
	if linkPattern.MatchString(content) && flags&flagSuppressEmbeds == 0 {
		// A rule of our own: cited links must not become a wall of previews (openclaw/openclaw#34512).
		w.add(place+"/flags", "must have SUPPRESS_EMBEDS, for the content has a link")
	}
	w.nonce(place, m, to)
	w.embeds(place+"/embeds", m["embeds"])
	w.filled(place, m, to)
	if flags&flagComponentsV2 != 0 {
		w.componentsAlone(place, m)
	}
	w.components(place+"/components", m["components"], flags&flagComponentsV2 != 0)
}

// flags checks the flags and returns them.
func (w *wrongs) flags(place string, m map[string]any, allowed int64) int64 {
	flags, _ := wholeNumber(m["flags"])
	if extra := flags &^ allowed; extra != 0 {
		w.add(place+"/flags", "%d may not be set here", extra)
	}
	return flags
}

// mentions: a rule of our own, for whatever a document, a model or a person wrote: no message of ours pings anybody. Where the field is
// missing Discord takes every mention in the text for meant, in edits too (resources/message.mdx, “Allowed Mentions Object”, “Edit
// Message”).
func (w *wrongs) mentions(place string, m map[string]any) {
	allowed, _ := m["allowed_mentions"].(map[string]any)
	parse, given := allowed["parse"].([]any)
	someone := len(parse) > 0 || !isEmpty(allowed["users"]) || !isEmpty(allowed["roles"]) || !isEmpty(allowed["replied_user"])
	if !given || someone {
		w.add(place+"/allowed_mentions", `must be {"parse": []}, so that nobody is pinged`)
	}
}

// nonce: resources/message.mdx, “Create Message”. No other endpoint knows a nonce.
func (w *wrongs) nonce(place string, m map[string]any, to sending) {
	if !to.nonce {
		for _, field := range []string{"nonce", "enforce_nonce"} {
			if m[field] != nil {
				w.add(place+"/"+field, "is for messages in a channel alone")
			}
		}
		return
	}
	nonce := fmt.Sprint(m["nonce"])
	if n := utf8.RuneCountInString(nonce); m["nonce"] != nil && n > maxNonce {
		w.add(place+"/nonce", "has %d characters, at most %d", n, maxNonce)
	}
	if m["enforce_nonce"] == true && (m["nonce"] == nil || nonce == "") {
		w.add(place+"/enforce_nonce", "needs a nonce")
	}
}

// visible are the fields of which a message needs one: resources/message.mdx, “Create Message”; resources/webhook.mdx, “Execute Webhook”.
// (A forward needs none; we forward nothing.)
var visible = []string{"content", "embeds", "sticker_ids", "components", "attachments", "poll", "shared_client_theme"}

// filled checks that a message shows something. Of an edit it is known only where it says what the content becomes, or nothing at all.
func (w *wrongs) filled(place string, m map[string]any, to sending) {
	given, shown := false, false
	for _, field := range visible {
		_, ok := m[field]
		given = given || ok
		shown = shown || !isEmpty(m[field])
	}
	_, contentGiven := m["content"]
	switch {
	case shown:
	case to.edit && given && !contentGiven:
	case to.edit && !given && m["flags"] != nil:
	default:
		w.add(place, "the message is empty")
	}
}

// componentsAlone: resources/message.mdx, “Create Message”, second footnote, and “Edit Message”, footnote; resources/webhook.mdx, third footnote.
func (w *wrongs) componentsAlone(place string, m map[string]any) {
	for _, field := range []string{"content", "embeds", "poll", "sticker_ids", "shared_client_theme"} {
		if !isEmpty(m[field]) {
			w.add(place+"/"+field, "must be empty in a message with IS_COMPONENTS_V2")
		}
	}
}

// embeds: resources/message.mdx, “Embed Limits”. White space around a text is not counted.
func (w *wrongs) embeds(place string, v any) {
	list, _ := v.([]any)
	if len(list) > maxEmbeds {
		w.add(place, "has %d embeds, at most %d", len(list), maxEmbeds)
	}
	total := 0
	for i, e := range list {
		m, _ := e.(map[string]any)
		at := fmt.Sprintf("%s/%d", place, i)
		total += w.trimmed(at, m, "title", 256) + w.trimmed(at, m, "description", 4096)
		footer, _ := m["footer"].(map[string]any)
		author, _ := m["author"].(map[string]any)
		total += w.trimmed(at+"/footer", footer, "text", 2048) + w.trimmed(at+"/author", author, "name", 256)
		fields, _ := m["fields"].([]any)
		if len(fields) > 25 {
			w.add(at+"/fields", "has %d items, at most 25", len(fields))
		}
		for j, f := range fields {
			field, _ := f.(map[string]any)
			at := fmt.Sprintf("%s/fields/%d", at, j)
			total += w.trimmed(at, field, "name", 256) + w.trimmed(at, field, "value", 1024)
		}
	}
	if total > maxEmbedsText {
		w.add(place, "have %d characters together, at most %d", total, maxEmbedsText)
	}
}

// trimmed checks a text without the white space around it and returns its length.
func (w *wrongs) trimmed(place string, m map[string]any, field string, most int) int {
	text, _ := m[field].(string)
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	if n > most {
		w.add(place+"/"+field, "has %d characters, at most %d", n, most)
	}
	return n
}

// thread: resources/channel.mdx, “Start Thread …”.
func (w *wrongs) thread(body any) {
	m, _ := body.(map[string]any)
	w.needs("", m, "name")
	w.length("", m, "name", 1, maxThreadName)
	if minutes, ok := wholeNumber(m["auto_archive_duration"]); ok && !archiveMinutes[minutes] {
		w.add("/auto_archive_duration", "must be 60, 1440, 4320 or 10080")
	}
	if message, ok := m["message"]; ok {
		w.message("/message", message, sendPost)
	}
}

// Types of responses to an interaction: interactions/receiving-and-responding.mdx, “Interaction Callback Type”.
const (
	callbackPong           = 1
	callbackMessage        = 4
	callbackDeferred       = 5
	callbackDeferredUpdate = 6
	callbackUpdate         = 7
	callbackChoices        = 8
	callbackModal          = 9
)

// callback checks the response to an interaction.
func (w *wrongs) callback(body any) {
	m, _ := body.(map[string]any)
	data, _ := m["data"].(map[string]any)
	kind, _ := wholeNumber(m["type"])
	switch kind {
	case callbackPong, callbackDeferredUpdate:
		w.nothingBut("/data", data)
	case callbackMessage:
		w.message("/data", m["data"], sendAnswer)
	case callbackDeferred:
		// Its first footnote: the only flag is EPHEMERAL; whatever else is there is lost.
		w.flags("/data", data, flagEphemeral)
		w.nothingBut("/data", data, "flags")
	case callbackUpdate:
		w.message("/data", m["data"], sendUpdate)
	case callbackChoices:
		w.choices("/data/choices", data["choices"])
	case callbackModal:
		w.modal("/data", data)
	default:
		w.add("/type", "is no response of ours to an interaction")
	}
}

// nothingBut checks that fields other than those named hold nothing.
func (w *wrongs) nothingBut(place string, m map[string]any, fields ...string) {
	known := map[string]bool{}
	for _, field := range fields {
		known[field] = true
	}
	for _, field := range sortedKeys(m) {
		if !known[field] && !isEmpty(m[field]) {
			w.add(place+"/"+field, "is lost in such a response")
		}
	}
}

// choices: interactions/application-commands.mdx, “Application Command Option Choice Structure”.
func (w *wrongs) choices(place string, v any) {
	list, ok := v.([]any)
	if !ok && v != nil {
		w.add(place, "must be a list")
	}
	if len(list) > maxChoices {
		w.add(place, "has %d items, at most %d", len(list), maxChoices)
	}
	for i, c := range list {
		choice, _ := c.(map[string]any)
		at := fmt.Sprintf("%s/%d", place, i)
		w.needs(at, choice, "name", "value")
		w.length(at, choice, "name", 1, 100)
		w.length(at, choice, "value", 0, 100)
		w.localized(at+"/name_localizations", choice["name_localizations"], func(at, name string) { w.lengthOf(at, name, 1, 100) })
	}
}

// needs checks that fields are there.
func (w *wrongs) needs(place string, m map[string]any, fields ...string) {
	for _, field := range fields {
		if m[field] == nil {
			w.add(place+"/"+field, "is missing")
		}
	}
}

// length checks the characters of a text or the items of a list, where there is one.
func (w *wrongs) length(place string, m map[string]any, field string, least, most int) {
	switch v := m[field].(type) {
	case string:
		w.lengthOf(place+"/"+field, v, least, most)
	case []any:
		if n := len(v); n < least || n > most {
			w.add(place+"/"+field, "has %d items, must have %d to %d", n, least, most)
		}
	}
}

func (w *wrongs) lengthOf(place, text string, least, most int) {
	if n := utf8.RuneCountInString(text); n < least || n > most {
		w.add(place, "has %d characters, must have %d to %d", n, least, most)
	}
}

// wholeNumber reads a number of the body.
func wholeNumber(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}

// anyNumber reads one that may have a fraction.
func anyNumber(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

// isEmpty reports whether a value shows nothing. Discord trims white space.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
