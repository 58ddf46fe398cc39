package bot

import "testing"

func TestAsks(t *testing.T) {
	for text, want := range map[string]bool{
		"and the South?": true, "why?": true, "who says so": true, "¶5": true, "note 7": true, "[7]": true, "source?": true, "p5": true, "n7": true,
		"summary north": true, "/cite ¶5": true, "nato-360#p5": true, "Explain the second point.": true, "please tell me more": true, "help": true,
		"南は?": true, "出典は": true, "もっと詳しく教えて": true, "注7": true, "第5段落": true, "南は\uff1f": true, "is it in Naples": true, "Could you compare them": true,
		"thanks!": false, "I agree.": false, "The cable is whole.": false, "lol": false, "了解です": false, "ok": false, "great, see you tomorrow": false,
		"": false, "\U0001F44D": false,
	} {
		if got := Asks(text); got != want {
			t.Errorf("Asks(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestNeighbours(t *testing.T) {
	_, b := article()
	for _, c := range []struct{ id, before, after string }{
		{"nato-360#p5", "¶4", "¶6"}, {"nato-360#p1", "", "¶2"}, {"nato-360#n19", "note 18", ""}, {"nato-360", "", ""}, {"", "", ""}, {"nato-360#p999", "", ""},
	} {
		before, after := Neighbours(t.Context(), b, c.id)
		if before.Label != c.before || after.Label != c.after {
			t.Errorf("Neighbours(%q) = %q, %q; want %q, %q", c.id, before.Label, after.Label, c.before, c.after)
		}
	}
}
