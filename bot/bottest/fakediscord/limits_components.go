package fakediscord

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"unicode/utf8"
)

// Types of components: components/reference.mdx, “Component Types”.
const (
	typeRow         = 1
	typeButton      = 2
	typeSelect      = 3
	typeTextInput   = 4
	typeSection     = 9
	typeTextDisplay = 10
	typeThumbnail   = 11
	typeGallery     = 12
	typeFile        = 13
	typeSeparator   = 14
	typeContainer   = 17
	typeLabel       = 18
)

// Limits of components.
const (
	maxLegacyRows = 5      // components/reference.mdx, “Legacy Message Component Behavior”
	maxComponents = 40     // components/reference.mdx, first section: of a message with IS_COMPONENTS_V2, nested ones too (PR 7534)
	maxShownText  = 4000   // over all text displays: discord-api-docs PR 8562, and the OpenAPI document for one
	maxShownBytes = 10_000 // UTF-8 bytes over all text displays, a little less than was measured:
	// discord-api-docs#8554 got status 500 where these bytes and 12 more for each text display were more than this.
	maxProcessed = 10_170
	perDisplay   = 12

	maxModalParts = 5  // interactions/receiving-and-responding.mdx, “Modal”
	maxModalTitle = 45 // the same
)

// Places of components.
const (
	inLegacyMessage = "a message without IS_COMPONENTS_V2"
	inMessage       = "a message"
	inRow           = "an action row"
	inSection       = "a section"
	inAccessory     = "a section's accessory"
	inContainer     = "a container"
	inModal         = "a modal"
	inModalRow      = "an action row of a modal"
	inLabel         = "a label"
)

// allowedIn are the types that a place takes: components/reference.mdx, the tables of child components.
var allowedIn = map[string][]int64{
	inLegacyMessage: {typeRow},
	inMessage:       {typeRow, typeSection, typeTextDisplay, typeGallery, typeFile, typeSeparator, typeContainer},
	inRow:           {typeButton, typeSelect, 5, 6, 7, 8},
	inSection:       {typeTextDisplay},
	inAccessory:     {typeButton, typeThumbnail},
	inContainer:     {typeRow, typeSection, typeTextDisplay, typeGallery, typeFile, typeSeparator},
	inModal:         {typeRow, typeTextDisplay, typeLabel},
	inModalRow:      {typeTextInput},
	inLabel:         {typeSelect, typeTextInput, 5, 6, 7, 8, 19, 21, 22, 23},
}

// componentLimits are lengths of texts and lists, by type, from the tables of components/reference.mdx. A row with length 0 in its
// minimum may be left out as well.
var componentLimits = map[int64][]struct {
	field       string
	least, most int
}{
	typeRow:         {{"components", 1, 5}},
	typeButton:      {{"custom_id", 1, 100}, {"label", 0, 80}, {"url", 1, 512}},
	typeSelect:      {{"custom_id", 1, 100}, {"placeholder", 0, 150}, {"options", 1, 25}},
	typeTextInput:   {{"custom_id", 1, 100}, {"label", 1, 45}, {"placeholder", 0, 100}, {"value", 0, 4000}},
	5:               {{"custom_id", 1, 100}, {"placeholder", 0, 150}},
	6:               {{"custom_id", 1, 100}, {"placeholder", 0, 150}},
	7:               {{"custom_id", 1, 100}, {"placeholder", 0, 150}},
	8:               {{"custom_id", 1, 100}, {"placeholder", 0, 150}},
	typeSection:     {{"components", 1, 3}},
	typeTextDisplay: {{"content", 1, maxShownText}},
	typeThumbnail:   {{"description", 1, 1024}},
	typeGallery:     {{"items", 1, 10}},
	typeContainer:   {{"components", 1, maxComponents}},
	typeLabel:       {{"label", 1, 45}, {"description", 1, 100}},
}

// componentNeeds are fields that must be there, by type.
var componentNeeds = map[int64][]string{
	typeRow: {"components"}, typeButton: {"style"}, typeSelect: {"custom_id", "options"}, typeTextInput: {"custom_id", "style"},
	5: {"custom_id"}, 6: {"custom_id"}, 7: {"custom_id"}, 8: {"custom_id"}, typeSection: {"components", "accessory"},
	typeTextDisplay: {"content"}, typeThumbnail: {"media"}, typeGallery: {"items"}, typeFile: {"file"},
	typeContainer: {"components"}, typeLabel: {"label", "component"},
}

// componentTree is what the components of one message or modal have in common.
type componentTree struct {
	w                      *wrongs
	modal                  bool
	count                  int
	displays, shown, bytes int
	customIDs, ids         map[string]bool
}

// components checks those of a message.
func (w *wrongs) components(place string, v any, v2 bool) {
	list, _ := v.([]any)
	t := &componentTree{w: w, customIDs: map[string]bool{}, ids: map[string]bool{}}
	if !v2 {
		if len(list) > maxLegacyRows {
			w.add(place, "has %d action rows, at most %d", len(list), maxLegacyRows)
		}
		t.list(place, list, inLegacyMessage)
		return
	}
	t.list(place, list, inMessage)
	if t.count > maxComponents {
		w.add(place, "has %d components with those in others, at most %d", t.count, maxComponents)
	}
	if t.shown > maxShownText {
		w.add(place, "shows %d characters, at most %d", t.shown, maxShownText)
	}
	if t.bytes > maxShownBytes || t.bytes+perDisplay*t.displays > maxProcessed {
		w.add(place, "shows %d bytes in %d texts, at most %d and %d with %d for each text",
			t.bytes, t.displays, maxShownBytes, maxProcessed, perDisplay)
	}
}

// modal: interactions/receiving-and-responding.mdx, “Modal”.
func (w *wrongs) modal(place string, m map[string]any) {
	w.needs(place, m, "custom_id", "title", "components")
	w.length(place, m, "custom_id", 1, 100)
	w.length(place, m, "title", 1, maxModalTitle)
	w.length(place, m, "components", 1, maxModalParts)
	list, _ := m["components"].([]any)
	t := &componentTree{w: w, modal: true, customIDs: map[string]bool{}, ids: map[string]bool{}}
	t.list(place+"/components", list, inModal)
}

func (t *componentTree) list(place string, list []any, in string) {
	for i, c := range list {
		t.component(fmt.Sprintf("%s/%d", place, i), c, in)
	}
}

// component checks one component and those in it.
func (t *componentTree) component(place string, v any, in string) {
	m, _ := v.(map[string]any)
	kind, _ := wholeNumber(m["type"])
	if !slices.Contains(allowedIn[in], kind) {
		t.w.add(place+"/type", "%d may not stand in %s", kind, in)
		return
	}
	t.count++
	t.w.needs(place, m, componentNeeds[kind]...)
	for _, l := range componentLimits[kind] {
		t.w.length(place, m, l.field, l.least, l.most)
	}
	t.identity(place, m)
	if t.modal && m["disabled"] == true {
		t.w.add(place+"/disabled", "nothing in a modal may be disabled")
	}
	children, _ := m["components"].([]any)
	switch kind {
	case typeRow:
		t.row(place, children)
	case typeButton:
		t.button(place, m)
	case typeSelect:
		t.options(place, m)
	case typeTextInput:
		t.textInput(place, m, in)
	case typeTextDisplay:
		content, _ := m["content"].(string)
		t.displays++
		t.shown += utf8.RuneCountInString(content)
		t.bytes += len(content)
	case typeSection:
		t.list(place+"/components", children, inSection)
		t.component(place+"/accessory", m["accessory"], inAccessory)
	case typeContainer:
		t.list(place+"/components", children, inContainer)
	case typeLabel:
		t.component(place+"/component", m["component"], inLabel)
	}
}

// identity: components/reference.mdx, “Anatomy of a Component”: custom_id and id are unique in a message; an id of 0 counts as none.
func (t *componentTree) identity(place string, m map[string]any) {
	if id, _ := m["custom_id"].(string); id != "" {
		if t.customIDs[id] {
			t.w.add(place+"/custom_id", "is another component's too")
		}
		t.customIDs[id] = true
	}
	if id, ok := wholeNumber(m["id"]); ok && id != 0 {
		if t.ids[fmt.Sprint(id)] {
			t.w.add(place+"/id", "is another component's too")
		}
		t.ids[fmt.Sprint(id)] = true
	}
}

// row: components/reference.mdx, “Action Row”: five buttons or one select; in a modal one text input.
func (t *componentTree) row(place string, children []any) {
	in := inRow
	if t.modal {
		in = inModalRow
	}
	others := 0
	for _, c := range children {
		m, _ := c.(map[string]any)
		if kind, _ := wholeNumber(m["type"]); kind != typeButton {
			others++
		}
	}
	if others > 0 && len(children) > 1 {
		t.w.add(place+"/components", "must be buttons alone, or one other component")
	}
	t.list(place+"/components", children, in)
}

// Styles of buttons: components/reference.mdx, “Button Styles”.
const (
	styleLink    = 5
	stylePremium = 6
)

// button: components/reference.mdx, “Button Structure” and the list under it. That one without a label has an emoji is not said
// there; a button of neither is refused.
func (t *componentTree) button(place string, m map[string]any) {
	style, _ := wholeNumber(m["style"])
	required := "custom_id"
	switch {
	case style == styleLink:
		required = "url"
	case style == stylePremium:
		required = "sku_id"
	case style < 1 || style > stylePremium:
		t.w.add(place+"/style", "is no style of a button")
	}
	for _, field := range []string{"custom_id", "url", "sku_id"} {
		if given := !isEmpty(m[field]); given != (field == required) {
			t.w.add(place+"/"+field, "a button of this style has %s and no other of custom_id, url, sku_id", required)
		}
	}
	labelled := !isEmpty(m["label"]) || m["emoji"] != nil
	if labelled == (style == stylePremium) {
		t.w.add(place, "a button has a label or an emoji, a premium one neither")
	}
	if address, _ := m["url"].(string); address != "" {
		if u, err := url.Parse(address); err != nil || !slices.Contains([]string{"http", "https", "discord"}, u.Scheme) {
			t.w.add(place+"/url", "must be an address of http, https or discord")
		}
	}
}

// options: components/reference.mdx, “Select Option Structure”. That two options of one select may not have one value is not said
// there; Discord refuses it (SELECT_COMPONENT_OPTION_VALUE_DUPLICATED).
func (t *componentTree) options(place string, m map[string]any) {
	list, _ := m["options"].([]any)
	values := map[string]bool{}
	for i, o := range list {
		option, _ := o.(map[string]any)
		at := fmt.Sprintf("%s/options/%d", place, i)
		t.w.needs(at, option, "label", "value")
		t.w.length(at, option, "label", 1, 100)
		t.w.length(at, option, "value", 1, 100)
		t.w.length(at, option, "description", 0, 100)
		value, _ := option["value"].(string)
		if values[value] {
			t.w.add(at+"/value", "is another option's too")
		}
		values[value] = true
	}
	fewest, hasFewest := wholeNumber(m["min_values"])
	most, hasMost := wholeNumber(m["max_values"])
	if !hasMost {
		most = 1
	}
	if hasFewest && fewest > most || hasFewest && fewest < 0 || most < 1 || most > 25 {
		t.w.add(place, "min_values and max_values must be 0 to 25 and in order")
	}
}

// textInput: components/reference.mdx, “Text Input Structure” and “Label”: in a label it has no label of its own.
func (t *componentTree) textInput(place string, m map[string]any, in string) {
	switch {
	case in == inModalRow && isEmpty(m["label"]):
		t.w.add(place+"/label", "is missing")
	case in == inLabel && !isEmpty(m["label"]):
		t.w.add(place+"/label", "belongs to the label around it")
	}
	t.w.span(place, m, "min_length", "max_length", 0, 4000)
}

// span checks two numbers that are the ends of a range within another: the second is at least 1.
func (w *wrongs) span(place string, m map[string]any, from, to string, least, most int64) {
	first, hasFirst := wholeNumber(m[from])
	last, hasLast := wholeNumber(m[to])
	if hasFirst && (first < least || first > most) {
		w.add(place+"/"+from, "must be %d to %d", least, most)
	}
	if hasLast && (last < max(least, 1) || last > most) {
		w.add(place+"/"+to, "must be %d to %d", max(least, 1), most)
	}
	if hasFirst && hasLast && first > last {
		w.add(place+"/"+from, "is greater than %s", to)
	}
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
