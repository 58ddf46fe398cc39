package fakediscord

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// letters is a text of n characters, each of two bytes.
func letters(n int) string { return strings.Repeat("é", n) }

// many is a list of what make returns for 0 to n-1.
func many(n int, make func(i int) any) []any {
	list := []any{}
	for i := range n {
		list = append(list, make(i))
	}
	return list
}

// merged is m with fields besides.
func merged(m object, fields object) object {
	m = maps.Clone(m)
	maps.Copy(m, fields)
	return m
}

func aButton(i int) any {
	return object{"type": 2, "style": 1, "label": "Show", "custom_id": fmt.Sprint("b", i)}
}

func anOption(i int) any { return object{"label": "L", "value": fmt.Sprint(i)} }

func display(content string) object { return object{"type": 10, "content": content} }

func v2(components ...any) sentRequest {
	return sentRequest{"POST", toChannel, withoutPings(object{"flags": flagComponentsV2, "components": components})}
}

func aRow(components ...any) object { return object{"type": 1, "components": components} }

// inARow is a message with one component in a row.
func inARow(component object) sentRequest {
	return sentRequest{"POST", toChannel, withoutPings(object{"components": []any{aRow(component)}})}
}

func withButton(fields object) sentRequest { return inARow(merged(aButton(0).(object), fields)) }

func withSelect(fields object) sentRequest {
	return inARow(merged(object{"type": 3, "custom_id": "s", "options": many(3, anOption)}, fields))
}

func withOption(fields object) sentRequest {
	return withSelect(object{"options": []any{merged(anOption(0).(object), fields)}})
}

func withModal(fields object) sentRequest {
	m := aModal()
	m["data"] = merged(m["data"].(object), fields)
	return sentRequest{"POST", toCallback, m}
}

func withInput(label, input object) sentRequest {
	l := merged(object{"type": 18, "label": "L"}, label)
	l["component"] = merged(object{"type": 4, "custom_id": "i", "style": 1}, input)
	return withModal(object{"components": []any{l}})
}

func embedded(embeds ...any) sentRequest {
	return sentRequest{"POST", toChannel, withoutPings(object{"embeds": embeds})}
}

func aText(n int, fields object) sentRequest {
	return sentRequest{"POST", toChannel, withoutPings(merged(object{"content": letters(n)}, fields))}
}

func withChoices(choices ...any) sentRequest {
	return sentRequest{"POST", toCallback, object{"type": 8, "data": object{"choices": choices}}}
}

func withCommand(fields object) sentRequest {
	return sentRequest{"POST", toCommands, merged(object{"name": "ask", "description": "Ask"}, fields)}
}

func withArgument(fields object) sentRequest {
	return withCommand(object{"options": []any{merged(object{"type": 3, "name": "question", "description": "What"}, fields)}})
}

func commandsOf(kind, n int) sentRequest {
	return sentRequest{"PUT", toCommands, many(n, func(i int) any {
		c := object{"type": kind, "name": fmt.Sprint("c", i)}
		if kind == 1 {
			c["description"] = "d"
		}
		return c
	})}
}

// big is a command of n characters in names, descriptions and values, each option with at most five choices.
func big(n int) sentRequest {
	left := n - 6
	options := []any{}
	for i := 0; left > 0; i++ {
		o := object{"type": 3, "name": fmt.Sprintf("o%02d", i), "description": "d"}
		left -= 4
		var choices []any
		for j := 0; j < 5 && left > 0; j++ {
			value := min(left-min(left-1, 100), 100)
			name := min(left-1, 100)
			choices = append(choices, object{"name": fmt.Sprintf("%0*d", name, j), "value": strings.Repeat("v", value)})
			left -= name + value
		}
		o["choices"] = choices
		options = append(options, o)
	}
	return withCommand(object{"options": options})
}

// sizes are limits: what is well at one size and wrong at the next.
var sizes = []struct {
	name string
	at   int // the last size that is well
	next int // the first that is not
	make func(n int) sentRequest
}{
	{"content", 2000, 2001, func(n int) sentRequest { return aText(n, nil) }},
	{"content of an edit", 2000, 2001, func(n int) sentRequest {
		return sentRequest{"PATCH", toMessage, withoutPings(object{"content": letters(n)})}
	}},
	{"content of an edited original", 2000, 2001, func(n int) sentRequest {
		return sentRequest{"PATCH", toOriginal, withoutPings(object{"content": letters(n)})}
	}},
	{"content of a follow-up", 2000, 2001, func(n int) sentRequest {
		return sentRequest{"POST", toFollowUp, withoutPings(object{"content": letters(n)})}
	}},
	{"content of an answer at once", 2000, 2001, func(n int) sentRequest {
		return sentRequest{"POST", toCallback, object{"type": 4, "data": withoutPings(object{"content": letters(n)})}}
	}},
	{"nonce", 25, 26, func(n int) sentRequest { return aText(1, object{"nonce": strings.Repeat("n", n)}) }},
	{"embeds", 10, 11, func(n int) sentRequest { return embedded(many(n, func(int) any { return object{"title": "t"} })...) }},
	{"embed title", 256, 257, func(n int) sentRequest { return embedded(object{"title": letters(n)}) }},
	{"embed description", 4096, 4097, func(n int) sentRequest { return embedded(object{"description": letters(n)}) }},
	{"embed fields", 25, 26, func(n int) sentRequest {
		return embedded(object{"fields": many(n, func(int) any { return object{"name": "n", "value": "v"} })})
	}},
	{"embed field name", 256, 257, func(n int) sentRequest {
		return embedded(object{"fields": []any{object{"name": letters(n), "value": "v"}}})
	}},
	{"embed field value", 1024, 1025, func(n int) sentRequest {
		return embedded(object{"fields": []any{object{"name": "n", "value": letters(n)}}})
	}},
	{"embed footer", 2048, 2049, func(n int) sentRequest { return embedded(object{"footer": object{"text": letters(n)}}) }},
	{"embed author", 256, 257, func(n int) sentRequest { return embedded(object{"author": object{"name": letters(n)}}) }},
	{"embeds together", 6000, 6001, func(n int) sentRequest {
		return embedded(object{"title": letters(100), "description": letters(2900)}, object{
			"description": letters(n - 4000), "footer": object{"text": letters(500)}, "author": object{"name": letters(200)},
			"fields": []any{object{"name": letters(100), "value": letters(200)}}})
	}},
	{"rows", 5, 6, func(n int) sentRequest {
		return sentRequest{"POST", toChannel, withoutPings(object{"components": many(n, func(i int) any { return aRow(aButton(i)) })})}
	}},
	{"buttons of a row", 5, 6, func(n int) sentRequest {
		return sentRequest{"POST", toChannel, withoutPings(object{"components": []any{aRow(many(n, aButton)...)}})}
	}},
	{"buttons of a row, at least", 1, 0, func(n int) sentRequest {
		return sentRequest{"POST", toChannel, withoutPings(object{"components": []any{aRow(many(n, aButton)...)}})}
	}},
	{"selects of a row", 1, 2, func(n int) sentRequest {
		return v2(aRow(many(n, func(i int) any {
			return object{"type": 3, "custom_id": fmt.Sprint(i), "options": many(1, anOption)}
		})...))
	}},
	{"custom_id", 100, 101, func(n int) sentRequest { return withButton(object{"custom_id": letters(n)}) }},
	{"custom_id, at least", 1, 0, func(n int) sentRequest { return withButton(object{"custom_id": letters(n)}) }},
	{"label of a button", 80, 81, func(n int) sentRequest { return withButton(object{"label": letters(n)}) }},
	{"address of a button", 512, 513, func(n int) sentRequest {
		return inARow(object{"type": 2, "style": 5, "label": "Read", "url": "https://a.example/" + strings.Repeat("x", n-18)})
	}},
	{"custom_id of a select", 100, 101, func(n int) sentRequest { return withSelect(object{"custom_id": letters(n)}) }},
	{"placeholder of a select", 150, 151, func(n int) sentRequest { return withSelect(object{"placeholder": letters(n)}) }},
	{"options of a select", 25, 26, func(n int) sentRequest { return withSelect(object{"options": many(n, anOption)}) }},
	{"options of a select, at least", 1, 0, func(n int) sentRequest { return withSelect(object{"options": many(n, anOption)}) }},
	{"label of an option", 100, 101, func(n int) sentRequest { return withOption(object{"label": letters(n)}) }},
	{"label of an option, at least", 1, 0, func(n int) sentRequest { return withOption(object{"label": letters(n)}) }},
	{"value of an option", 100, 101, func(n int) sentRequest { return withOption(object{"value": letters(n)}) }},
	{"description of an option", 100, 101, func(n int) sentRequest { return withOption(object{"description": letters(n)}) }},
	{"components together", 40, 41, func(n int) sentRequest {
		section := object{"type": 9, "components": []any{display("a"), display("b")}, "accessory": aButton(9)}
		return v2(append([]any{object{"type": 17, "components": []any{section, aRow(aButton(1), aButton(2))}}}, many(n-8, func(int) any { return display("x") })...)...)
	}},
	{"texts together", 4000, 4001, func(n int) sentRequest {
		return v2(display(strings.Repeat("x", 2000)), object{"type": 17, "components": []any{display(strings.Repeat("x", n-2000))}})
	}},
	{"bytes of one text", 10_000, 10_001, func(n int) sentRequest {
		return v2(display(strings.Repeat("漢", n/3) + strings.Repeat("x", n%3)))
	}},
	{"bytes of forty texts", 9690, 9691, func(n int) sentRequest { // 40 × 12 bytes come on top: 10,170
		return v2(append(many(39, func(int) any { return display(strings.Repeat("漢", 80)) }), display(strings.Repeat("漢", (n-39*240)/3)+strings.Repeat("x", n%3)))...)
	}},
	{"texts of a section", 3, 4, func(n int) sentRequest {
		return v2(object{"type": 9, "components": many(n, func(int) any { return display("x") }), "accessory": aButton(0)})
	}},
	{"texts of a section, at least", 1, 0, func(n int) sentRequest {
		return v2(object{"type": 9, "components": many(n, func(int) any { return display("x") }), "accessory": aButton(0)})
	}},
	{"text, at least", 1, 0, func(n int) sentRequest { return v2(display("x"), display(letters(n))) }},
	{"title of a modal", 45, 46, func(n int) sentRequest { return withModal(object{"title": letters(n)}) }},
	{"title of a modal, at least", 1, 0, func(n int) sentRequest { return withModal(object{"title": letters(n)}) }},
	{"custom_id of a modal", 100, 101, func(n int) sentRequest { return withModal(object{"custom_id": letters(n)}) }},
	{"parts of a modal", 5, 6, func(n int) sentRequest {
		return withModal(object{"components": many(n, func(int) any { return display("x") })})
	}},
	{"parts of a modal, at least", 1, 0, func(n int) sentRequest {
		return withModal(object{"components": many(n, func(int) any { return display("x") })})
	}},
	{"label", 45, 46, func(n int) sentRequest { return withInput(object{"label": letters(n)}, nil) }},
	{"description of a label", 100, 101, func(n int) sentRequest { return withInput(object{"description": letters(n)}, nil) }},
	{"placeholder of an input", 100, 101, func(n int) sentRequest { return withInput(nil, object{"placeholder": letters(n)}) }},
	{"value of an input", 4000, 4001, func(n int) sentRequest { return withInput(nil, object{"value": letters(n)}) }},
	{"longest input", 4000, 4001, func(n int) sentRequest { return withInput(nil, object{"max_length": n}) }},
	{"longest input, at least", 1, 0, func(n int) sentRequest { return withInput(nil, object{"max_length": n}) }},
	{"choices", 25, 26, func(n int) sentRequest {
		return withChoices(many(n, func(int) any { return object{"name": "n", "value": "v"} })...)
	}},
	{"name of a choice", 100, 101, func(n int) sentRequest { return withChoices(object{"name": letters(n), "value": "v"}) }},
	{"name of a choice, at least", 1, 0, func(n int) sentRequest { return withChoices(object{"name": letters(n), "value": "v"}) }},
	{"value of a choice", 100, 101, func(n int) sentRequest { return withChoices(object{"name": "n", "value": letters(n)}) }},
	{"name of a thread", 100, 101, func(n int) sentRequest {
		return sentRequest{"POST", toMessage + "/threads", object{"name": letters(n)}}
	}},
	{"name of a slash command", 32, 33, func(n int) sentRequest { return withCommand(object{"name": letters(n)}) }},
	{"name of a slash command, at least", 1, 0, func(n int) sentRequest { return withCommand(object{"name": letters(n)}) }},
	{"name of a message command", 32, 33, func(n int) sentRequest { return sentRequest{"POST", toCommands, object{"type": 3, "name": letters(n)}} }},
	{"translated name", 32, 33, func(n int) sentRequest { return withCommand(object{"name_localizations": object{"ja": letters(n)}}) }},
	{"description", 100, 101, func(n int) sentRequest { return withCommand(object{"description": letters(n)}) }},
	{"description, at least", 1, 0, func(n int) sentRequest { return withCommand(object{"description": letters(n)}) }},
	{"translated description", 100, 101, func(n int) sentRequest {
		return withCommand(object{"description_localizations": object{"ja": letters(n)}})
	}},
	{"options of a command", 25, 26, func(n int) sentRequest {
		return withCommand(object{"options": many(n, func(i int) any { return object{"type": 5, "name": fmt.Sprint(i), "description": "d"} })})
	}},
	{"name of an argument", 32, 33, func(n int) sentRequest { return withArgument(object{"name": letters(n)}) }},
	{"description of an argument", 100, 101, func(n int) sentRequest { return withArgument(object{"description": letters(n)}) }},
	{"choices of an argument", 25, 26, func(n int) sentRequest {
		return withArgument(object{"choices": many(n, func(i int) any { return object{"name": fmt.Sprint(i), "value": "v"} })})
	}},
	{"name of an argument's choice", 100, 101, func(n int) sentRequest {
		return withArgument(object{"choices": []any{object{"name": letters(n), "value": "v"}}})
	}},
	{"value of an argument's choice", 100, 101, func(n int) sentRequest {
		return withArgument(object{"choices": []any{object{"name": "n", "value": letters(n)}}})
	}},
	{"longest argument", 6000, 6001, func(n int) sentRequest { return withArgument(object{"max_length": n}) }},
	{"longest argument, at least", 1, 0, func(n int) sentRequest { return withArgument(object{"max_length": n}) }},
	{"shortest argument", 6000, 6001, func(n int) sentRequest { return withArgument(object{"min_length": n}) }},
	{"shortest argument, at least", 0, -1, func(n int) sentRequest { return withArgument(object{"min_length": n}) }},
	{"size of a command", 8000, 8001, big},
	{"slash commands", 100, 101, func(n int) sentRequest { return commandsOf(1, n) }},
	{"user commands", 15, 16, func(n int) sentRequest { return commandsOf(2, n) }},
	{"message commands", 15, 16, func(n int) sentRequest { return commandsOf(3, n) }},
	{"context", 2, 3, func(n int) sentRequest { return withCommand(object{"contexts": []any{n}}) }},
	{"contexts, at least", 1, 0, func(n int) sentRequest { return withCommand(object{"contexts": many(n, func(i int) any { return i })}) }},
	{"kind of installation", 1, 2, func(n int) sentRequest { return withCommand(object{"integration_types": []any{n}}) }},
}

// TestSizes holds each limit, with the schema and without it, exactly at it and one beyond.
func TestSizes(t *testing.T) {
	validators := map[string]*validator{"limits": {}}
	if conformanceDir() != "" {
		validators["limits and schema"] = schemaValidator(t)
	}
	for _, s := range sizes {
		for name, v := range validators {
			if wrong := s.make(s.at).check(t, v); len(wrong) > 0 {
				t.Errorf("%s, %s: request of %d = %q, want nothing", name, s.name, s.at, wrong)
			}
			if wrong := s.make(s.next).check(t, v); len(wrong) == 0 {
				t.Errorf("%s, %s: request of %d = nothing, want a complaint", name, s.name, s.next)
			}
		}
	}
}

// rules are what is wrong but for sizes, each with a piece of the sentence; "" where nothing is.
var rules = []struct {
	name    string
	request sentRequest
	want    string
}{
	{"no allowed_mentions", sentRequest{"POST", toChannel, object{"content": "x"}}, "/allowed_mentions"},
	{"allowed_mentions of null", sentRequest{"POST", toChannel, object{"content": "x", "allowed_mentions": nil}}, "/allowed_mentions"},
	{"allowed_mentions without parse", sentRequest{"POST", toChannel, object{"content": "x", "allowed_mentions": object{}}}, "/allowed_mentions"},
	{"mentions of users", sentRequest{"POST", toChannel, object{"content": "x", "allowed_mentions": object{"parse": []any{"users"}}}},
		"/allowed_mentions"},
	{"mentions of one", sentRequest{"POST", toChannel, object{"content": "x", "allowed_mentions": object{"parse": []any{},
		"users": []any{"1"}}}}, "/allowed_mentions"},
	{"a ping of the asker", sentRequest{"POST", toChannel, object{"content": "x", "allowed_mentions": object{"parse": []any{},
		"replied_user": true}}}, "/allowed_mentions"},
	{"no ping of the asker", sentRequest{"POST", toChannel, object{"content": "x", "allowed_mentions": object{"parse": []any{},
		"replied_user": false}}}, ""},
	{"an edit without allowed_mentions", sentRequest{"PATCH", toMessage, object{"content": "x"}}, "/allowed_mentions"},
	{"an original without allowed_mentions", sentRequest{"PATCH", toOriginal, object{"content": "x"}}, "/allowed_mentions"},
	{"a follow-up without allowed_mentions", sentRequest{"POST", toFollowUp, object{"content": "x"}}, "/allowed_mentions"},
	{"an answer without allowed_mentions", sentRequest{"POST", toCallback, object{"type": 4, "data": object{"content": "x"}}}, "/data/allowed_mentions"},
	{"an update without allowed_mentions", sentRequest{"POST", toCallback, object{"type": 7, "data": object{"content": "x"}}}, "/data/allowed_mentions"},
	{"a post without allowed_mentions", sentRequest{"POST", "/channels/10/threads", object{"name": "n", "message": object{"content": "x"}}},
		"/message/allowed_mentions"},

	{"nothing", sentRequest{"POST", toChannel, withoutPings(nil)}, "empty"},
	{"white space", sentRequest{"POST", toChannel, withoutPings(object{"content": " \n"})}, "empty"},
	{"empty lists", sentRequest{"POST", toChannel, withoutPings(object{"content": "", "embeds": []any{}, "components": nil})}, "empty"},
	{"no components in v2", v2(), "empty"},
	{"a reply of nothing", sentRequest{"POST", toChannel, withoutPings(object{"message_reference": object{"message_id": "1"}})}, "empty"},
	{"an edit to nothing", sentRequest{"PATCH", toOriginal, withoutPings(object{"content": ""})}, "empty"},
	{"an edit of nothing", sentRequest{"PATCH", toOriginal, withoutPings(nil)}, "empty"},
	{"an edit of flags", sentRequest{"PATCH", toMessage, withoutPings(object{"flags": 4})}, ""},
	{"an answer of nothing", sentRequest{"POST", toCallback, object{"type": 4}}, "must be a message"},
	{"an answer of an empty message", sentRequest{"POST", toCallback, object{"type": 4, "data": withoutPings(nil)}}, "empty"},

	{"a link", aText(1, object{"content": "see https://a.example"}), "SUPPRESS_EMBEDS"},
	{"a link in capitals", aText(1, object{"content": "HTTP://a.example"}), "SUPPRESS_EMBEDS"},
	{"a link without a preview", aText(1, object{"content": "https://a.example", "flags": 4}), ""},
	{"a link in an edit", sentRequest{"PATCH", toOriginal, withoutPings(object{"content": "https://a.example"})}, "SUPPRESS_EMBEDS"},
	{"a link in components", v2(display("https://a.example")), ""},

	{"a silent message", aText(1, object{"flags": 4096}), ""},
	{"a private message in a channel", aText(1, object{"flags": 64}), "/flags"},
	{"a voice message", aText(1, object{"flags": 8192}), "/flags"},
	{"a silent edit", sentRequest{"PATCH", toMessage, withoutPings(object{"content": "x", "flags": 4096})}, "/flags"},
	{"a private edit", sentRequest{"PATCH", toOriginal, withoutPings(object{"content": "x", "flags": 64})}, "/flags"},
	{"a private answer", sentRequest{"POST", toCallback, object{"type": 4, "data": withoutPings(object{"content": "x", "flags": 64 | 4})}}, ""},
	{"a private deferral", sentRequest{"POST", toCallback, object{"type": 5, "data": object{"flags": 64}}}, ""},
	{"a deferral of components", sentRequest{"POST", toCallback, object{"type": 5, "data": object{"flags": 64 | flagComponentsV2}}}, "/data/flags"},
	{"a deferral with a text", sentRequest{"POST", toCallback, object{"type": 5, "data": object{"content": "x"}}}, "is lost"},
	{"a deferral as discordgo writes it", sentRequest{"POST", toCallback, object{"type": 5, "data": object{"content": "", "tts": false,
		"embeds": nil, "components": nil, "flags": 64}}}, ""},
	{"a deferred update with a text", sentRequest{"POST", toCallback, object{"type": 6, "data": object{"content": "x"}}}, "is lost"},
	{"an upgrade button", sentRequest{"POST", toCallback, object{"type": 10}}, "/type"},

	{"a nonce to insist on", aText(1, object{"enforce_nonce": true}), "needs a nonce"},
	{"an empty nonce to insist on", aText(1, object{"enforce_nonce": true, "nonce": ""}), "needs a nonce"},
	{"a number for a nonce", aText(1, object{"enforce_nonce": true, "nonce": 123}), ""},
	{"a nonce of a follow-up", sentRequest{"POST", toFollowUp, withoutPings(object{"content": "x", "nonce": "1"})}, "/nonce"},
	{"a nonce of an answer", sentRequest{"POST", toCallback, object{"type": 4, "data": withoutPings(object{"content": "x", "enforce_nonce": true,
		"nonce": "1"})}}, "/data/nonce"},
	{"a nonce of an edit", sentRequest{"PATCH", toMessage, withoutPings(object{"content": "x", "nonce": "1"})}, "/nonce"},

	{"a text in a message of v1", sentRequest{"POST", toChannel, withoutPings(object{"content": "x", "components": []any{display("x")}})}, "may not stand in"},
	{"content beside v2", aText(1, object{"flags": flagComponentsV2, "components": []any{display("x")}}), "/content"},
	{"embeds beside v2", sentRequest{"POST", toChannel, withoutPings(object{"embeds": []any{object{"title": "t"}}, "flags": flagComponentsV2,
		"components": []any{display("x")}})}, "/embeds"},
	{"stickers beside v2", sentRequest{"POST", toChannel, withoutPings(object{"sticker_ids": []any{"1"}, "flags": flagComponentsV2,
		"components": []any{display("x")}})}, "/sticker_ids"},
	{"poll beside v2", sentRequest{"POST", toChannel, withoutPings(object{"poll": object{"question": object{"text": "q"},
		"answers": []any{object{"poll_media": object{"text": "a"}}}}, "flags": flagComponentsV2, "components": []any{display("x")}})}, "/poll"},
	{"an edit from text to v2", sentRequest{"PATCH", toMessage, withoutPings(object{"content": nil, "embeds": []any{}, "flags": flagComponentsV2,
		"components": []any{display("x")}})}, ""},
	{"a container in a container", v2(object{"type": 17, "components": []any{object{"type": 17, "components": []any{display("x")}}}}),
		"may not stand in a container"},
	{"a button on top", v2(aButton(0)), "may not stand in a message"},
	{"a text in a row", v2(aRow(display("x"))), "may not stand in an action row"},
	{"a text input in a message", inARow(object{"type": 4, "custom_id": "x", "style": 1}), "may not stand in an action row"},
	{"a section without an accessory", v2(object{"type": 9, "components": []any{display("x")}}), "/components/0/accessory"},
	{"a section of buttons", v2(object{"type": 9, "components": []any{aButton(0)}, "accessory": aButton(1)}), "may not stand in a section"},
	{"no type", v2(object{"content": "x"}), "/components/0"},
	{"no object", v2("x"), "/components/0"},
	{"one custom_id twice", v2(aRow(aButton(1)), object{"type": 17, "components": []any{aRow(aButton(1))}}),
		"/components/1/components/0/components/0/custom_id"},
	{"one id twice", v2(merged(display("x"), object{"id": 1}), object{"type": 17, "id": 1, "components": []any{display("x")}}), "/components/1/id"},
	{"ids of 0", v2(merged(display("x"), object{"id": 0}), merged(display("x"), object{"id": 0})), ""},
	{"a button and a select in a row", v2(aRow(aButton(0), object{"type": 3, "custom_id": "s", "options": many(1, anOption)})), "buttons alone"},

	{"a button without a custom_id", inARow(object{"type": 2, "style": 1, "label": "x"}), "/custom_id"},
	{"a button with both", withButton(object{"url": "https://a.example"}), "/url"},
	{"a link with both", withButton(object{"style": 5, "url": "https://a.example"}), "/custom_id"},
	{"a link without an address", inARow(object{"type": 2, "style": 5, "label": "x"}), "/url"},
	{"a link to a script", inARow(object{"type": 2, "style": 5, "label": "x", "url": "javascript:alert(1)"}), "/url"},
	{"a button of style 7", withButton(object{"style": 7}), "/style"},
	{"a button without a label", withButton(object{"label": nil}), "a label or an emoji"},
	{"a button of an emoji", withButton(object{"label": nil, "emoji": object{"name": "👍"}}), ""},
	{"a premium button", inARow(object{"type": 2, "style": 6, "sku_id": "1"}), ""},
	{"a premium button with a label", inARow(object{"type": 2, "style": 6, "sku_id": "1", "label": "x"}), "neither"},
	{"one value twice", withSelect(object{"options": []any{anOption(1), anOption(1)}}), "/options/1/value"},
	{"more at least than at most", withSelect(object{"min_values": 2}), "in order"},
	{"a choice of several", withSelect(object{"min_values": 0, "max_values": 3}), ""},

	{"a modal without a title", sentRequest{"POST", toCallback, object{"type": 9, "data": object{"custom_id": "x",
		"components": []any{display("x")}}}}, "/data/title"},
	{"a button in a modal", withModal(object{"components": []any{aRow(aButton(0))}}), "may not stand in"},
	{"an input in a row of a modal", withModal(object{"components": []any{aRow(object{"type": 4, "custom_id": "x", "style": 1, "label": "L"})}}), ""},
	{"an input without a label", withModal(object{"components": []any{aRow(object{"type": 4, "custom_id": "x", "style": 1})}}), "/label"},
	{"two inputs in a row", withModal(object{"components": []any{aRow(object{"type": 4, "custom_id": "x", "style": 1, "label": "L"},
		object{"type": 4, "custom_id": "y", "style": 1, "label": "L"})}}), "one other"},
	{"an input with two labels", withInput(nil, object{"label": "L"}), "belongs to the label"},
	{"an input that can't end", withInput(nil, object{"min_length": 5, "max_length": 4}), "/min_length"},
	{"a select in a modal", withModal(object{"components": []any{object{"type": 18, "label": "L", "component": object{"type": 3,
		"custom_id": "s", "options": many(2, anOption)}}}}), ""},
	{"a disabled select in a modal", withModal(object{"components": []any{object{"type": 18, "label": "L", "component": object{"type": 3,
		"custom_id": "s", "disabled": true, "options": many(2, anOption)}}}}), "disabled"},
	{"choices that are none", sentRequest{"POST", toCallback, object{"type": 8, "data": object{"choices": "x"}}}, "/data/choices"},
	{"a choice without a value", withChoices(object{"name": "n"}), "/data/choices/0/value"},

	{"a thread for two days", sentRequest{"POST", toMessage + "/threads", object{"name": "n", "auto_archive_duration": 2880}}, "/auto_archive_duration"},
	{"a thread without a name", sentRequest{"POST", toMessage + "/threads", object{}}, "/name"},

	{"capitals", withCommand(object{"name": "Ask"}), "/name: must be in lower case"},
	{"a space", withCommand(object{"name": "ask me"}), "/name"},
	{"letters of Japan", withCommand(object{"name": "質問", "name_localizations": object{"ja": "サーバー"}}), ""},
	{"marks of Thailand and India", withCommand(object{"name": "ถามที่", "name_localizations": object{"hi": "पूछें"}}), ""},
	{"an apostrophe", withCommand(object{"name": "l'é-2_x"}), ""},
	{"a capital in a translation", withCommand(object{"name_localizations": object{"de": "Fragen"}}), "/name_localizations/de"},
	{"a locale that is none", withCommand(object{"name_localizations": object{"en": "ask"}}), "locale"},
	{"no name", sentRequest{"POST", toCommands, object{"description": "x"}}, "/name"},
	{"no description", sentRequest{"POST", toCommands, object{"name": "ask"}}, "/description"},
	{"a message command with capitals", sentRequest{"POST", toCommands, object{"type": 3, "name": "Check this message", "description": ""}}, ""},
	{"a message command with a description", sentRequest{"POST", toCommands, object{"type": 3, "name": "Check", "description": "x"}}, "/description"},
	{"a message command with options", sentRequest{"POST", toCommands, object{"type": 3, "name": "Check", "options": []any{object{"type": 3,
		"name": "a", "description": "b"}}}}, "/options"},
	{"a message command of spaces", sentRequest{"POST", toCommands, object{"type": 3, "name": "  "}}, "/name"},
	{"one name twice", sentRequest{"PUT", toCommands, []any{withCommand(nil).body, withCommand(nil).body}}, "/1/name"},
	{"one name for two types", sentRequest{"PUT", toCommands, []any{object{"type": 3, "name": "ask"}, withCommand(nil).body}}, ""},
	{"one context twice", withCommand(object{"contexts": []any{1, 1}}), "/contexts"},
	{"contexts in a guild", sentRequest{"POST", toGuild, object{"name": "ask", "description": "x", "contexts": []any{0}}}, "/contexts"},
	{"installations in a guild", sentRequest{"PUT", toGuild, []any{object{"type": 3, "name": "ask", "integration_types": []any{0}}}},
		"/0/integration_types"},
	{"a patch to capitals", sentRequest{"PATCH", toGuild + "/1", object{"name": "Ask", "description": "x"}}, "/name"},
	{"a patch of a name", sentRequest{"PATCH", toGuild + "/1", object{"name": "Check it"}}, ""},
	{"required after optional", withCommand(object{"options": []any{
		object{"type": 3, "name": "a", "description": "b"}, object{"type": 3, "name": "c", "description": "d", "required": true}}}),
		"must stand before"},
	{"one option twice", withCommand(object{"options": many(2, func(int) any {
		return object{"type": 3, "name": "a",
			"description": "b"}
	})}), "/options/1/name"},
	{"one choice twice", withArgument(object{"choices": many(2, func(int) any { return object{"name": "n", "value": "v"} })}), "/choices/1/name"},
	{"choices and autocomplete", withArgument(object{"autocomplete": true, "choices": []any{object{"name": "n", "value": "v"}}}), "/autocomplete"},
	{"no choices and autocomplete", withArgument(object{"autocomplete": true, "choices": []any{}}), ""},
	{"choices of yes and no", withArgument(object{"type": 5, "choices": []any{object{"name": "n", "value": "v"}}}), "/options/0"},
	{"choices of numbers", withArgument(object{"type": 4, "choices": []any{object{"name": "n", "value": 1}}}), ""},
	{"a longest before the shortest", withArgument(object{"min_length": 5, "max_length": 4}), "/min_length"},
	{"a greatest before the least", withArgument(object{"type": 10, "min_value": 1.5, "max_value": 1}), "/min_value"},
	{"an option of a subcommand", withArgument(object{"type": 1, "options": []any{object{"type": 3, "name": "A", "description": "b"}}}),
		"/options/0/options/0/name"},
	{"no list of commands", sentRequest{"PUT", toCommands, object{}}, "must be a list"},
	{"no command", sentRequest{"POST", toCommands, []any{}}, "must be a command"},
}

func TestRules(t *testing.T) {
	validators := map[string]*validator{"limits": {}}
	if conformanceDir() != "" {
		validators["limits and schema"] = schemaValidator(t)
	}
	for _, r := range rules {
		for name, v := range validators {
			wrong := r.request.check(t, v)
			found := slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, r.want) })
			if (r.want == "") != (len(wrong) == 0) || r.want != "" && !found {
				t.Errorf("%s, %s: request = %q, want %q", name, r.name, wrong, r.want)
			}
		}
	}
}
