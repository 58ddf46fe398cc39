package slackbot

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// fixtures returns the event payloads of other SDKs' tests, by file.
func fixtures(t *testing.T) map[string][]byte {
	t.Helper()
	dir := filepath.Join(conformance(t), "fixtures")
	out := make(map[string][]byte)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out[filepath.Base(path)], err = os.ReadFile(path)
		return err
	})
	if err != nil || len(out) == 0 {
		t.Skipf("no fixtures: %v", err)
	}
	return out
}

// payloads returns the payloads of a file, which may hold a list of envelopes.
func payloads(t *testing.T, name string, raw []byte) [][]byte {
	t.Helper()
	var list struct {
		Envelopes []json.RawMessage `json:"envelopes"`
	}
	if json.Unmarshal(raw, &list) == nil && len(list.Envelopes) > 0 {
		var out [][]byte
		for _, e := range list.Envelopes {
			out = append(out, e)
		}
		return out
	}
	return [][]byte{raw}
}
