package fakeslack

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// limit is one row of Slack's limits: in an object of a kind, the text or list at a path holds from min to max characters or items.
// A kind is a "type", or in brackets what has none. "fields[].text" means the text of each field.
type limit struct {
	kind, path string
	min, max   int
}

// limits are what Slack's Block Kit reference says and PyPI slack_sdk 3.47.0 checks in slack_sdk/models (blocks/blocks.py,
// blocks/block_elements.py, blocks/basic_components.py, views/__init__.py, attachments/__init__.py); rows with a star in the comment are from
// the types of node-slack-sdk packages/types/src/block-kit.
var limits = []limit{
	{"*", "block_id", 0, 255},
	{"*", "action_id", 0, 255},
	{"*", "placeholder.text", 1, 150},
	{"section", "text.text", 1, 3000},
	{"section", "fields", 1, 10},
	{"section", "fields[].text", 1, 2000}, // *
	{"header", "text.text", 1, 150},
	{"context", "elements", 1, 10},
	{"context", "elements[].text", 1, 3000}, // * of any text object
	{"context_actions", "elements", 1, 5},
	{"actions", "elements", 1, 25},
	{"input", "label.text", 1, 2000},
	{"input", "hint.text", 1, 2000},
	{"markdown", "text", 1, 12000},
	{"image", "image_url", 1, 3000},
	{"image", "alt_text", 0, 2000},
	{"image", "title.text", 1, 2000},
	{"video", "title.text", 1, 199},
	{"video", "author_name", 1, 49},
	{"table", "rows", 1, 100},  // *
	{"table", "rows[]", 1, 20}, // *
	{"carousel", "elements", 1, 10},
	{"card", "title.text", 1, 150},
	{"card", "subtitle.text", 1, 150},
	{"card", "body.text", 1, 200},
	{"container", "title.text", 1, 150},
	{"container", "subtitle.text", 1, 150},
	{"container", "child_blocks", 1, 10},
	{"button", "text.text", 1, 75},
	{"button", "url", 1, 3000},
	{"button", "value", 0, 2000},
	{"button", "accessibility_label", 0, 75},
	{"icon_button", "text.text", 1, 75},
	{"icon_button", "value", 0, 2000},
	{"icon_button", "accessibility_label", 0, 75},
	{"overflow", "options", 1, 5},
	{"checkboxes", "options", 1, 10},
	{"radio_buttons", "options", 1, 10},
	{"static_select", "options", 1, 100},
	{"static_select", "option_groups", 1, 100},
	{"multi_static_select", "options", 1, 100},
	{"multi_static_select", "option_groups", 1, 100},
	{"plain_text_input", "max_length", 1, 3000},
	{"(option)", "text.text", 1, 75},
	{"(option)", "description.text", 1, 75},
	{"(option)", "value", 1, 150},
	{"(option group)", "label.text", 1, 75},
	{"(option group)", "options", 1, 100},
	{"(confirm)", "title.text", 1, 100},
	{"(confirm)", "text.text", 1, 300},
	{"(confirm)", "confirm.text", 1, 30},
	{"(confirm)", "deny.text", 1, 30},
	{"(feedback button)", "text.text", 1, 75},
	{"(feedback button)", "value", 0, 2000},
	{"(feedback button)", "accessibility_label", 0, 75},
	{"(view)", "blocks", 0, 100},
	{"(view)", "title.text", 1, 24},
	{"(view)", "close.text", 1, 24},
	{"(view)", "submit.text", 1, 24},
	{"(view)", "private_metadata", 0, 3000},
	{"(view)", "callback_id", 0, 255},
	{"(view)", "external_id", 0, 255},
	{"(attachment)", "footer", 0, 300},
	{"blocks", "blocks", 1, 50}, // * the chunk of that type
}

// kindsByField are the kinds of objects without a type, by the field they stand in.
var kindsByField = map[string]string{
	"options": "(option)", "initial_option": "(option)", "initial_options": "(option)", "option_groups": "(option group)",
	"confirm": "(confirm)", "positive_button": "(feedback button)", "negative_button": "(feedback button)",
	"view": "(view)", "attachments": "(attachment)",
}

// Limits of whole messages, in characters and blocks.
const (
	maxMessageText   = 40_000 // cut off above
	maxUpdateText    = 4_000  // chat.update: msg_too_long
	maxMarkdownText  = 12_000
	maxMessageBlocks = 50
	maxBlocksText    = 13_200 // undocumented: bolt-js#2509
	maxAttachments   = 100
)

// Blocks that a surface refuses: docs.slack.dev/reference/block-kit/blocks; for messages slack-go chat_stream_chunks.go.
var (
	notInMessages = map[string]bool{"alert": true, "card": true, "carousel": true}
	notInViews    = map[string]bool{"markdown": true, "context_actions": true, "file": true, "table": true, "task_card": true, "plan": true}
)

var limitsByKind = func() map[string][]limit {
	byKind := map[string][]limit{}
	for _, l := range limits {
		byKind[l.kind] = append(byKind[l.kind], l)
	}
	return byKind
}()

// complaints collects what is wrong with a request, as Slack's response_metadata.messages say it.
type complaints []string

func (c *complaints) add(pointer, format string, args ...any) {
	*c = append(*c, fmt.Sprintf("[ERROR] "+format, args...)+" [json-pointer:"+pointer+"]")
}

// checkLimits refuses what is too long, too many or twice.
func checkLimits(name string, args obj) *refusal {
	var wrong complaints
	if view, ok := args["view"].(obj); ok {
		checkView(view, &wrong)
		if len(wrong) > 0 {
			return refuse("invalid_arguments", wrong...)
		}
		return nil
	}
	if utf8.RuneCountInString(str(args, "markdown_text")) > maxMarkdownText {
		return refuse("msg_too_long", "[ERROR] must be less than 12001 characters [json-pointer:/markdown_text]")
	}
	if name == "chat.update" && utf8.RuneCountInString(str(args, "text")) > maxUpdateText {
		return refuse("msg_too_long", "[ERROR] must be less than 4001 characters [json-pointer:/text]")
	}
	if list, ok := args["attachments"].([]any); ok && len(list) > maxAttachments {
		return refuse("too_many_attachments", "[ERROR] no more than 100 items allowed [json-pointer:/attachments]")
	}
	blocks, given := args["blocks"]
	list, isList := blocks.([]any)
	if given && blocks != nil && !isList {
		return refuse("invalid_blocks_format")
	}
	checkBlocks(list, "/blocks", maxMessageBlocks, notInMessages, &wrong)
	checkObject("/attachments", "(attachment)", args["attachments"], &wrong)
	checkObject("/chunks", "", args["chunks"], &wrong)
	if len(wrong) > 0 {
		return &refusal{code: "invalid_blocks", messages: wrong, extra: obj{"errors": []string(wrong)}}
	}
	if total := textLength(list); total > maxBlocksText {
		return refuse("msg_blocks_too_long", fmt.Sprintf("[ERROR] %d characters over all blocks [json-pointer:/blocks]", total))
	}
	return nil
}

func checkView(view obj, wrong *complaints) {
	checkKind("/view", "(view)", view, wrong)
	list, _ := view["blocks"].([]any)
	checkBlocks(list, "/view/blocks", 100, notInViews, wrong)
	hasInput := false
	for _, b := range list {
		hasInput = hasInput || str(b, "type") == "input"
	}
	if view["type"] == "modal" {
		if textOf(view["title"]) == "" {
			wrong.add("/view", "missing required field: title")
		}
		if hasInput && view["submit"] == nil {
			wrong.add("/view", "missing required field: submit")
		}
	}
}

// checkBlocks checks a list of blocks for one surface.
func checkBlocks(list []any, pointer string, most int, banned map[string]bool, wrong *complaints) {
	if len(list) > most {
		wrong.add(pointer, "no more than %d items allowed", most)
	}
	seen := map[string]bool{}
	for i, b := range list {
		at := fmt.Sprintf("%s/%d", pointer, i)
		kind := str(b, "type")
		if kind == "" {
			wrong.add(at, "missing required field: type")
			continue
		}
		if banned[kind] {
			wrong.add(at+"/type", "Unsupported block type: %s", kind)
		}
		if id := str(b, "block_id"); id != "" {
			if seen[id] {
				wrong.add(at+"/block_id", "`block_id` already exists")
			}
			seen[id] = true
		}
		if kind == "section" && field(b, "text") == nil && field(b, "fields") == nil {
			wrong.add(at, "missing required field: text or fields")
		}
		actions := map[string]bool{}
		walk(b, func(o obj) {
			if id := str(o, "action_id"); id != "" {
				if actions[id] {
					wrong.add(at, "`action_id` already exists in this block")
				}
				actions[id] = true
			}
		})
		checkObject(at, "", b, wrong)
	}
}

// checkObject checks an object, or a list of them, and all below; kind is what objects without a type are.
func checkObject(pointer, kind string, x any, wrong *complaints) {
	switch x := x.(type) {
	case []any:
		for i, e := range x {
			checkObject(fmt.Sprintf("%s/%d", pointer, i), kind, e, wrong)
		}
	case obj:
		if t, ok := x["type"].(string); ok {
			kind = t
		}
		checkKind(pointer, kind, x, wrong)
		if (kind == "plain_text" || kind == "mrkdwn") && x["text"] == "" {
			wrong.add(pointer+"/text", "must be more than 0 characters")
		}
		for name, below := range x {
			switch below.(type) {
			case obj, []any:
				checkObject(pointer+"/"+name, kindsByField[name], below, wrong)
			}
		}
	}
}

// checkKind applies the rows of one kind to an object.
func checkKind(pointer, kind string, o obj, wrong *complaints) {
	for _, rows := range [][]limit{limitsByKind[kind], limitsByKind["*"]} {
		for _, row := range rows {
			checkPath(pointer, row.path, o, row, wrong)
		}
	}
}

func checkPath(pointer, path string, x any, row limit, wrong *complaints) {
	name, rest, _ := strings.Cut(path, ".")
	each := strings.HasSuffix(name, "[]")
	name = strings.TrimSuffix(name, "[]")
	value, ok := field(x, name), false
	if value == nil {
		return
	}
	pointer += "/" + name
	if each {
		var list []any
		if list, ok = value.([]any); !ok {
			return
		}
		for i, e := range list {
			at := fmt.Sprintf("%s/%d", pointer, i)
			if rest == "" {
				measure(at, e, row, wrong)
			} else {
				checkPath(at, rest, e, row, wrong)
			}
		}
		return
	}
	if rest != "" {
		checkPath(pointer, rest, value, row, wrong)
		return
	}
	measure(pointer, value, row, wrong)
}

func measure(pointer string, value any, row limit, wrong *complaints) {
	switch v := value.(type) {
	case string:
		n := utf8.RuneCountInString(v)
		if n > row.max {
			wrong.add(pointer, "must be less than %d characters", row.max+1)
		}
		if n < row.min {
			wrong.add(pointer, "must be more than %d characters", row.min-1)
		}
	case []any:
		if len(v) > row.max {
			wrong.add(pointer, "no more than %d items allowed", row.max)
		}
		if len(v) < row.min {
			wrong.add(pointer, "no fewer than %d items allowed", row.min)
		}
	case float64:
		if int(v) > row.max {
			wrong.add(pointer, "must be less than %d", row.max+1)
		}
	}
}

// textLength counts the characters of every text in the blocks.
func textLength(blocks []any) int {
	total := 0
	walk(blocks, func(o obj) {
		if text, ok := o["text"].(string); ok {
			total += utf8.RuneCountInString(text)
		}
	})
	return total
}
