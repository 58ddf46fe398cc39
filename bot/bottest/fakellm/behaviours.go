package fakellm

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Behaviour is the name of a way to answer.
type Behaviour string

// The ways to answer. Those that end in "once" are honest from the second request on.
const (
	Honest   Behaviour = "honest"    // sentences of the passages, verbatim, each with its mark and quote
	Fenced   Behaviour = "fenced"    // the honest JSON between ``` marks, with words around it
	Prose    Behaviour = "prose"     // honest, but plain text with marks instead of JSON
	SlowDrip Behaviour = "slow-drip" // honest, a character at a time
	Repaired Behaviour = "repaired"  // an invented mark, and honest when asked again
	Lengthy  Behaviour = "lengthy"   // honest, and then more than it may have: the stream says that the length is reached

	Garbage      Behaviour = "garbage"       // what no tokenizer would write
	Empty        Behaviour = "empty"         // no content
	EmptyObject  Behaviour = "empty-object"  // {}
	Silent       Behaviour = "silent"        // the connection stands, nothing comes, not even headers
	StallBefore  Behaviour = "stall-before"  // headers, then nothing
	StallMiddle  Behaviour = "stall-middle"  // half of it, then nothing
	CutBefore    Behaviour = "cut-before"    // the connection closes with no answer
	CutMiddle    Behaviour = "cut-middle"    // the connection closes after half
	CutJSON      Behaviour = "cut-json"      // half, and the stream says that the length is reached
	Killed       Behaviour = "killed"        // the server dies after half, and stays dead
	NotSSE       Behaviour = "not-sse"       // a web page
	BadSSE       Behaviour = "bad-sse"       // events that are no JSON
	ErrorInSSE   Behaviour = "error-in-sse"  // an error as an event, after half
	WrongJSON    Behaviour = "wrong-json"    // brackets that do not match
	WrongTypes   Behaviour = "wrong-types"   // JSON of another shape
	NestedJSON   Behaviour = "nested-json"   // brackets ten thousand deep
	Refusal      Behaviour = "refusal"       // "I'm sorry …" as content
	RefusalField Behaviour = "refusal-field" // OpenAI's refusal in place of content
	Filtered     Behaviour = "filtered"      // nothing, with finish_reason content_filter
	ToolCall     Behaviour = "tool-call"     // a call of a tool that nobody offered
	Unanswerable Behaviour = "unanswerable"  // answerable: false
	TwoFaced     Behaviour = "two-faced"     // answerable: false, with sentences that are false

	Limited      Behaviour = "429"         // with Retry-After: 3600
	LimitedOnce  Behaviour = "429-once"    // with Retry-After: 1, once
	Broken       Behaviour = "500"         // each time
	BrokenOnce   Behaviour = "500-once"    //
	Loading      Behaviour = "503"         // as llama.cpp while it loads
	Unauthorised Behaviour = "401"         //
	TooLong      Behaviour = "400-context" // the prompt is too long, each time
	SmallContext Behaviour = "400-small"   // the prompt is too long above 1,500 tokens; else honest
	NoBounds     Behaviour = "400-bounds"  // a schema may not say how long texts and lists are; else honest

	Flood            Behaviour = "flood"              // 200,000 tokens that are no JSON
	FloodOfSentences Behaviour = "flood-of-sentences" // 200,000 tokens of sentences, all false

	InventedMarks    Behaviour = "invented-marks"    // ids of no passage
	ForeignMarks     Behaviour = "foreign-marks"     // marks in the text of a sentence
	WrongPassage     Behaviour = "wrong-passage"     // a true sentence with another passage's mark and quote
	WrongMark        Behaviour = "wrong-mark"        // a false sentence with a true quote and another's mark
	NoCitation       Behaviour = "no-citation"       // false sentences with no citations
	ChangedNumbers   Behaviour = "changed-numbers"   // each number one more, with the true quote
	ChangedBoth      Behaviour = "changed-both"      // the same in sentence and quote
	ChangedDates     Behaviour = "changed-dates"     // another month
	ChangedNames     Behaviour = "changed-names"     // a name that another passage has
	InventedNames    Behaviour = "invented-names"    // a name that nothing has
	DroppedNegations Behaviour = "dropped-negations" // not and never left out
	AddedNegations   Behaviour = "added-negations"   // not put in
	ChangedDirection Behaviour = "changed-direction" // north for south, more for less
	OneLetter        Behaviour = "one-letter"        // a letter of the quote changed, the sentence about something else
	Spliced          Behaviour = "spliced"           // the beginning of one sentence with the end of another passage's
	Invented         Behaviour = "invented"          // sentences about nothing in the passages, with true quotes
	Appended         Behaviour = "appended"          // a true sentence with a false one behind it, in one
)

// ways returns what the behaviours do.
func ways() map[Behaviour]func(*turn) {
	all := honestWays()
	maps.Copy(all, brokenWays())
	maps.Copy(all, emptyWays())
	maps.Copy(all, refusingWays())
	maps.Copy(all, translating())
	for name, change := range changes() {
		all[name] = func(t *turn) { t.send(t.changed(change).json()) }
	}
	for _, form := range Forms() {
		all[form] = func(t *turn) { t.obey(form) }
	}
	return all
}

func honestWays() map[Behaviour]func(*turn) {
	return map[Behaviour]func(*turn){
		Honest: func(t *turn) { t.send(t.honest().json()) },
		Fenced: func(t *turn) {
			t.send("Here is the answer:\n\n```json\n" + t.honest().json() + "\n```\nI hope this helps!")
		},
		Prose:    func(t *turn) { t.send(t.honest().prose()) },
		SlowDrip: slowDrip,
		Lengthy:  lengthy,
		Repaired: func(t *turn) { t.once(func() { t.send(t.changed(inventMark).json()) }) },
	}
}

// brokenWays are those whose bytes are wrong, or do not come.
func brokenWays() map[Behaviour]func(*turn) {
	return map[Behaviour]func(*turn){
		Garbage:     func(t *turn) { t.send(garbage()) },
		Silent:      func(t *turn) { t.wrote(""); t.hang() },
		StallBefore: func(t *turn) { t.wrote(""); t.begin(); t.hang() },
		StallMiddle: func(t *turn) { t.half(); t.hang() },
		CutBefore:   func(t *turn) { t.wrote(""); t.cut() },
		CutMiddle:   func(t *turn) { t.half(); t.cut() },
		CutJSON:     func(t *turn) { t.finish("length", t.half()) },
		Killed:      func(t *turn) { t.half(); t.s.kill() },
		NotSSE:      notSSE,
		BadSSE:      func(t *turn) { t.wrote(""); t.begin(); t.raw("data: {\"choices\":[{\n\ndata: \x00\xff\n\n: \n\n") },
		ErrorInSSE: func(t *turn) {
			t.half()
			t.raw(`data: {"error":{"message":"out of memory","type":"server_error","code":500}}` + "\n\n")
		},
		WrongJSON:        func(t *turn) { t.send(strings.ReplaceAll(t.falsehoods(nextNumber).json(), "]", "")) },
		WrongTypes:       func(t *turn) { t.send(`{"answerable":"very","sentences":{"text":["NATO"],"citations":7},"more":null}`) },
		NestedJSON:       func(t *turn) { t.send(strings.Repeat(`{"sentences":[`, 10_000)) },
		Flood:            flood,
		FloodOfSentences: floodOfSentences,
	}
}

// emptyWays are those that end as they should, with no answer.
func emptyWays() map[Behaviour]func(*turn) {
	return map[Behaviour]func(*turn){
		Empty:        func(t *turn) { t.send("") },
		EmptyObject:  func(t *turn) { t.send("{}") },
		Refusal:      func(t *turn) { t.send("I'm sorry, but as a language model I can't help with that.") },
		RefusalField: refusalField,
		Filtered:     func(t *turn) { t.wrote(""); t.finish("content_filter", "") },
		ToolCall:     toolCall,
		Unanswerable: func(t *turn) { t.send(`{"answerable":false,"sentences":[]}`) },
		TwoFaced: func(t *turn) {
			r := t.falsehoods(nextNumber)
			r.Answerable = false
			t.send(r.json())
		},
	}
}

// refusingWays are those that answer with a status of HTTP.
func refusingWays() map[Behaviour]func(*turn) {
	status := func(code int, kind, message string) func(*turn) {
		return func(t *turn) { t.fail(code, kind, message) }
	}
	broken := status(http.StatusInternalServerError, "server_error", "The server had an error near key "+Secret)
	tooLong := status(http.StatusBadRequest, "exceed_context_size_error", "the request exceeds the available context size")
	return map[Behaviour]func(*turn){
		Limited:      func(t *turn) { t.limited(3600) },
		LimitedOnce:  func(t *turn) { t.once(func() { t.limited(1) }) },
		Broken:       broken,
		BrokenOnce:   func(t *turn) { t.once(func() { broken(t) }) },
		Loading:      status(http.StatusServiceUnavailable, "unavailable_error", "Loading model"),
		Unauthorised: status(http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+Secret),
		TooLong:      tooLong,
		SmallContext: func(t *turn) { t.unless(tokens(t.all()) > smallContext, tooLong) },
		NoBounds: func(t *turn) {
			t.unless(strings.Contains(string(t.req.schema()), "maxItems"), status(http.StatusBadRequest, "invalid_request_error", "Invalid schema: 'maxItems' is not permitted"))
		},
	}
}

// Secret stands in the server's errors; nobody may see it.
const Secret = "sk-of-the-server"

// Behaviours returns all names, in order, those of [Forms] aside.
func Behaviours() []Behaviour {
	forms := Forms()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(ways())), func(b Behaviour) bool { return slices.Contains(forms, b) })
}

// smallContext is how many tokens SmallContext takes.
const smallContext = 1500

// unless is honest, or else does something.
func (t *turn) unless(so bool, do func(*turn)) {
	if so {
		do(t)
		return
	}
	t.send(t.honest().json())
}

// once does something at the first request, and is honest from the second on.
func (t *turn) once(do func()) {
	t.s.mu.Lock()
	first := t.s.asked == 1
	t.s.mu.Unlock()
	if first {
		do()
		return
	}
	t.send(t.honest().json())
}

// half sends the first half of what an honest server would, and returns it. It ends
// inside the second sentence, so that the first is complete.
func (t *turn) half() string {
	r := t.honest()
	content := r.json()
	from := len(content) / 3 // of what has no sentences
	if len(r.Sentences) > 1 {
		r.Sentences = r.Sentences[:1]
		from = len(r.json())
	}
	content = content[:(from+len(content))/2]
	for !strings.HasPrefix(content, "{") || content[len(content)-1] >= 0x80 { // no character cut in two
		content = content[:len(content)-1]
	}
	t.wrote(content)
	t.begin()
	t.stream(content, 0)
	return content
}

func (t *turn) fail(status int, kind, message string) {
	t.wrote("")
	fail(t.w, status, kind, message)
}

func (t *turn) limited(seconds int) {
	t.w.Header().Set("Retry-After", strconv.Itoa(seconds))
	t.fail(http.StatusTooManyRequests, "rate_limit_exceeded", "Rate limit reached")
}

func slowDrip(t *turn) {
	content := t.honest().json()
	t.wrote(content)
	t.begin()
	if t.stream(content, t.s.cfg.Drip) {
		t.finish("stop", content)
	}
}

// lengthy ends in the middle of one sentence more.
func lengthy(t *turn) {
	r := t.honest()
	content := strings.TrimSuffix(r.json(), "]}")
	if r.other == nil {
		content += `,{"text":"And so it`
	}
	t.wrote(content)
	t.stream(content, 0)
	t.finish("length", content)
}

func notSSE(t *turn) {
	t.wrote("")
	t.w.Header().Set("Content-Type", "text/html")
	_, _ = t.w.Write([]byte("<!doctype html><title>Sign in to the Wi-Fi</title><p>@everyone"))
}

func refusalField(t *turn) {
	t.wrote("")
	t.delta(object{"refusal": "I'm sorry, I can't assist with that request."})
	t.finish("stop", "")
}

func toolCall(t *turn) {
	t.wrote("")
	t.delta(object{"tool_calls": []object{{"index": 0, "id": "call_1", "type": "function", "function": object{"name": "fetch", "arguments": `{"url":"http://169.254.169.254/latest/meta-data/"}`}}}})
	t.finish("tool_calls", "")
}

// garbage is text of all kinds that are no answer: control characters, halves of
// surrogates, marks of chat templates, right-to-left marks, brackets.
func garbage() string {
	part := "<|im_start|>\u0000\u202e]}{\"\\ud800\\u0000[[¶5]]\ufeff\u200b<@U1>�<|endoftext|>\n\n```"
	return strings.Repeat(part+" ḑ̵͇a̷ 好 \U0001F4A9\r\n\t", 40)
}

func flood(t *turn) {
	const part = "all work and no play makes a dull bot, "
	t.wrote(part)
	t.begin()
	for range t.s.cfg.Flood * 4 / len(part) {
		if !t.delta(object{"content": part}) {
			return
		}
	}
	t.finish("stop", part)
}

func floodOfSentences(t *turn) {
	r := t.falsehoods(nextNumber)
	if len(r.Sentences) == 0 {
		t.send(r.json())
		return
	}
	whole := r.json()
	t.wrote(whole)
	t.begin()
	head, rest, _ := strings.Cut(whole, `[{`)
	t.delta(object{"content": head + "["})
	part := "{" + strings.TrimSuffix(rest, "]}") + ","
	for range t.s.cfg.Flood * 4 / len(part) {
		if !t.delta(object{"content": part}) {
			return
		}
	}
	t.delta(object{"content": strings.TrimSuffix(part, ",") + "]}"})
	t.finish("stop", fmt.Sprint(t.s.cfg.Flood))
}
