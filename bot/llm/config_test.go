package llm

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	const key = "sk-abc"
	for _, test := range []struct {
		name string
		conf Config
		want string // in the sentence; "" for none
	}{
		{"OpenAI", Config{Key: key, Model: "m"}, ""},
		{"a server without a key", Config{BaseURL: "http://localhost:8080/v1", Model: "m"}, ""},
		{"Azure", Config{BaseURL: "https://name.openai.azure.com", Key: key, Model: "m", APIType: Azure}, ""},
		{"nothing", Config{}, "OPENAI_API_KEY"},
		{"no model", Config{Key: key}, "FOOTNOTE_LLM_MODEL"},
		{"Bearer", Config{Key: "Bearer " + key, Model: "m"}, "OPENAI_API_KEY"},
		{"a line end in the key", Config{Key: key + "\n", Model: "m"}, "OPENAI_API_KEY"},
		{"quotes around the key", Config{Key: `"` + key + `"`, Model: "m"}, "OPENAI_API_KEY"},
		{"an address without a scheme", Config{BaseURL: "localhost:8080/v1", Model: "m"}, "OPENAI_BASE_URL"},
		{"an address of another kind", Config{BaseURL: "ftp://localhost/v1", Model: "m"}, "OPENAI_BASE_URL"},
		{"a password in the address", Config{BaseURL: "https://me:" + key + "@localhost/v1", Model: "m"}, "OPENAI_BASE_URL"},
		{"the whole address", Config{BaseURL: "https://localhost/v1/chat/completions", Model: "m"}, "OPENAI_BASE_URL"},
		{"a query", Config{BaseURL: "https://localhost/v1?key=" + key, Model: "m"}, "OPENAI_BASE_URL"},
		{"Azure without an address", Config{Key: key, Model: "m", APIType: Azure}, "OPENAI_BASE_URL"},
		{"Azure with a path for a model", Config{BaseURL: "https://x.example", Key: key, Model: "a/../b", APIType: Azure}, "FOOTNOTE_LLM_MODEL"},
		{"an unknown kind", Config{Key: key, Model: "m", APIType: "anthropic"}, "openai or azure"},
		{"a negative time", Config{Key: key, Model: "m", First: -time.Second}, "negative"},
		{"negative tokens", Config{Key: key, Model: "m", TokensADay: -1}, "negative"},
	} {
		_, err := New(slog.New(slog.DiscardHandler), test.conf)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: New = %v, want none", test.name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: New = %v, want a sentence about %s", test.name, err, test.want)
		case err != nil && strings.Contains(err.Error(), key):
			t.Errorf("%s: New = %v, which holds the key", test.name, err)
		}
	}
}

func TestTokens(t *testing.T) {
	c := &Client{}
	for text, want := range map[string]int{
		"":                             0,
		"hello world":                  2,
		"The quick brown fox jumps.":   6,
		"日米同盟":                         4,
		"<|endoftext|>":                7, // text, and no mark of the model's
		strings.Repeat(" ", 100_000):   0,
		strings.Repeat("a", 100_000):   0,
		"\xff\xfe, which is no UTF-8.": 0,
	} {
		if n := c.Tokens(text); want > 0 && n != want || n > len(text) || text != "" && n == 0 {
			t.Errorf("Tokens(%.20q) = %d, want %d", text, n, want)
		}
	}
}

func BenchmarkTokens(b *testing.B) {
	c := &Client{}
	text := strings.Repeat("Every sentence the bot shows can be traced, in one step, to the words it rests on. ", 1000)
	for b.Loop() {
		c.Tokens(text)
	}
}
