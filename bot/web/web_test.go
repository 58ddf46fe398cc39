package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest"
	"footnote/corpus"
	"footnote/retrieval/keyword"
)

// article is what answers from the embedded article.
var article = sync.OnceValue(func() *bot.Views {
	c, err := corpus.Article()
	if err != nil {
		panic(err) // unreachable unless the embedded article is broken
	}
	open := func(c *corpus.Corpus) bot.Searcher { return keyword.New(c, keyword.Default()) }
	return bot.New(c, open(c), bot.Shipped()).Views(nil, open)
})

// opinions are what people think of answers.
type opinions struct {
	mu  sync.Mutex
	all []bot.Feedback
}

func (o *opinions) Rate(_ context.Context, f bot.Feedback) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, f)
	return nil
}

// site is the pages as they are served, with a browser.
type site struct {
	t        testing.TB
	web      *Web
	ledger   *bottest.Ledger
	opinions *opinions
	server   *httptest.Server
	client   *http.Client
	logged   *bottest.Log
}

// serve serves the pages over HTTP until the test ends.
func serve(t testing.TB, a Asker, conf Config) *site {
	t.Helper()
	s := &site{t: t, ledger: bottest.NewLedger(), opinions: &opinions{}, logged: &bottest.Log{}}
	log := slog.New(slog.NewJSONHandler(s.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	service := bot.NewService(log, a, s.ledger, "test", bot.Limits{User: bot.Rate{N: 100_000, In: time.Minute}, Place: bot.Rate{N: 100_000, In: time.Minute}})
	var err error
	if s.web, err = New(log, service, a, s.ledger, s.opinions, conf); err != nil {
		t.Fatal(err)
	}
	service.Attach(s.web)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var runs sync.WaitGroup
	runs.Go(func() { _ = service.Run(ctx) })
	runs.Go(func() { _ = s.web.Run(ctx) })
	s.server = httptest.NewServer(s.web.Handler())
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.client = &http.Client{Jar: jar, Transport: s.server.Client().Transport}
	t.Cleanup(func() { stop(); runs.Wait(); s.server.Close() })
	return s
}

// page is what came of a request.
type page struct {
	status int
	at     *url.URL
	header http.Header
	body   string
}

// do makes a request; headers are pairs of names and values.
func (s *site) do(method, path, body string, headers ...string) page {
	s.t.Helper()
	r, err := http.NewRequestWithContext(context.WithoutCancel(s.t.Context()), method, s.server.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.server.URL)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return page{resp.StatusCode, resp.Request.URL, resp.Header, string(data)}
}

func (s *site) get(path string, headers ...string) page {
	return s.do(http.MethodGet, path, "", headers...)
}

func (s *site) post(path string, form url.Values, headers ...string) page {
	return s.do(http.MethodPost, path, form.Encode(), headers...)
}

// has fails where a page lacks one of some texts.
func (p page) has(t testing.TB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			t.Errorf("%s (%d) lacks %q:\n%s", p.at, p.status, text, p.body)
		}
	}
}

const troops = "How many troops does the NATO Response Force comprise?"

// TestAsk: a question is answered at an address of its own, its mark leads to the
// sentence, and there it is marked.
func TestAsk(t *testing.T) {
	s := serve(t, article(), Config{})
	p := s.post("/ask", url.Values{"q": {troops}})
	if p.status != http.StatusOK || !regexp.MustCompile(`^/c/[a-z2-7]{26}$`).MatchString(p.at.Path) {
		t.Fatalf("asking leads to %s (%d)", p.at, p.status)
	}
	p.has(t, troops, "40,000 troops", "Quoted word for word", "What it rests on", "<title>"+troops)
	m := regexp.MustCompile(`class="cite" href="(/nato-360\?q=\d+-\d+)#p2"`).FindStringSubmatch(p.body)
	if m == nil {
		t.Fatalf("no mark leads to ¶2:\n%s", p.body)
	}
	read := s.get(m[1])
	read.has(t, `<div class="row" id="p2">`)
	marked := regexp.MustCompile(`<mark>([^<]*)</mark>`).FindAllStringSubmatch(read.body, -1)
	if len(marked) == 0 || !strings.Contains(marked[0][1], "40,000 troops") {
		t.Errorf("%s marks %q", m[1], marked)
	}
	again := s.get(p.at.Path)
	again.has(t, troops, "40,000 troops")

	further := s.post("/ask", url.Values{"q": {"And Japan?"}, "c": {strings.TrimPrefix(p.at.Path, "/c/")}, "n": {"1"}})
	if further.at.Path != p.at.Path {
		t.Errorf("asking further leads to %s, want %s", further.at.Path, p.at.Path)
	}
	further.has(t, troops, "And Japan?", `id="t1"`)
	if strings.Contains(s.logged.String(), "troops") {
		t.Errorf("the log holds the question:\n%s", s.logged.String())
	}
}

// TestAskTwice: a form that is sent twice asks once; two people who ask at once are both
// answered.
func TestAskTwice(t *testing.T) {
	s := serve(t, article(), Config{})
	p := s.post("/ask", url.Values{"q": {troops}})
	id := strings.TrimPrefix(p.at.Path, "/c/")
	for range 2 {
		p = s.post("/ask", url.Values{"q": {"What about the South?"}, "c": {id}, "n": {"1"}})
	}
	p = s.post("/ask", url.Values{"q": {"What about the East?"}, "c": {id}, "n": {"1"}})
	if n := strings.Count(p.body, `<article class="turn"`); n != 3 {
		t.Errorf("the conversation has %d turns, want 3:\n%s", n, p.body)
	}
	if got := s.post("/ask", url.Values{"q": {troops}, "c": {strings.Repeat("a", 26)}, "n": {"0"}}); got.status != http.StatusNotFound {
		t.Errorf("a conversation by a name of one's own: %d, want 404", got.status)
	}
}

// TestEvents: the answer is told sentence by sentence, and then as a whole.
func TestEvents(t *testing.T) {
	a := &answerer{Views: article()}
	a.Say("slow", "The first sentence.", "The second sentence.")
	step := a.Slowly()
	s := serve(t, a, Config{})
	p := s.post("/ask", url.Values{"q": {"a slow question"}})
	p.has(t, "data-events=", `<meta http-equiv="refresh"`, "Reading the material")
	address := regexp.MustCompile(`data-events="([^"]*)"`).FindStringSubmatch(p.body)[1]
	told := make(chan page, 1)
	go func() { told <- s.get(address) }()
	for range 3 {
		step()
	}
	got := <-told
	if ct := got.header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("the type of events is %q", ct)
	}
	got.has(t, "event: whole", "The first sentence.", "The second sentence.")
	if again := s.get(p.at.Path); strings.Contains(again.body, "data-events") {
		t.Errorf("the answer is whole, and the page still waits:\n%s", again.body)
	}
}

// answerer answers as it was told, over the article's documents.
type answerer struct {
	bottest.Answerer
	*bot.Views
}

func (a *answerer) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	if q.Kind == bot.KindSummary {
		return a.Views.Ask(ctx, q)
	}
	return a.Answerer.Ask(ctx, q)
}

func (a *answerer) AskTelling(ctx context.Context, q bot.Question, tell func(bot.Answer)) (bot.Answer, error) {
	return a.Answerer.AskTelling(ctx, q, tell)
}

func (a *answerer) May(string, bot.Answer) bool { return true }

// TestPages: what each page shows.
func TestPages(t *testing.T) {
	s := serve(t, article(), Config{})
	for _, c := range []struct {
		path   string
		status int
		texts  []string
	}{
		{"/", 200, []string{`<svg class="rose"`, `href="/compass/north"`, ">North</text> <text", `<a href="/nato-360">`, `action="/ask"`}},
		{"/nato-360", 200, []string{`id="p5"`, `id="n7"`, `<sup><a href="#n7">7</a></sup>`, "Cited by"}},
		{"/compass/west", 200, []string{"Summary: West", `aria-current="page"`, `<ul class="points">`, "#p8"}},
		{"/compass/up", 404, []string{"There is no such page."}},
		{"/nothing", 404, []string{"There is no such page."}},
		{"/a/b/c", 404, []string{"There is no such page."}},
		{"/c/short", 404, nil},
		{"/c/" + strings.Repeat("a", 26), 404, nil},
		{"/-/style.css", 200, []string{":target"}},
		{"/-/script.js", 200, []string{"EventSource"}},
		{"/-/frame.html", 404, nil},
		{"/-/login", 404, nil},
	} {
		p := s.get(c.path)
		if p.status != c.status {
			t.Errorf("GET %s = %d, want %d", c.path, p.status, c.status)
		}
		p.has(t, c.texts...)
		if got := p.header.Get("Content-Security-Policy"); got != policy {
			t.Errorf("GET %s: the policy is %q", c.path, got)
		}
		if strings.Contains(p.body, "<style") || strings.Contains(p.body, "style=") || strings.Contains(p.body, "onclick") || regexp.MustCompile(`(src|srcset|action)="https?:`).MatchString(p.body) {
			t.Errorf("GET %s has what its policy forbids:\n%s", c.path, p.body)
		}
	}
	s.get("/", "Accept-Language", "ja-JP,ja;q=0.9,en;q=0.5").has(t, `<html lang="ja">`, "質問する", ">北</text> <text")
}

// TestSmall: a page with all that it needs is under 100 kB as it comes over the wire.
func TestSmall(t *testing.T) {
	s := serve(t, article(), Config{})
	sum := 0
	for _, path := range []string{"/-/style.css", "/-/script.js", "/-/icon.svg"} {
		sum += len(s.get(path, "Accept-Encoding", "gzip").body)
	}
	for _, path := range []string{"/", "/nato-360", "/compass/west"} {
		p := s.get(path, "Accept-Encoding", "gzip")
		if enc := p.header.Get("Content-Encoding"); enc != "gzip" {
			t.Errorf("GET %s comes as %q", path, enc)
		}
		t.Logf("%s: %d bytes, with all it needs %d", path, len(p.body), len(p.body)+sum)
		if len(p.body)+sum > 100_000 {
			t.Errorf("GET %s with all it needs is %d bytes", path, len(p.body)+sum)
		}
	}
}

// TestMarked: the page marks exactly the text of what is cited, for every sentence of
// the article.
func TestMarked(t *testing.T) {
	c := article().In("")
	for _, p := range c.Passages.All() {
		for i := range p.Sentences {
			start, end := p.Span(p.Sentences[i].Start, p.Sentences[i].End)
			var got strings.Builder
			for _, piece := range pieces(p, span{start, end}) {
				if piece.Marked {
					got.WriteString(piece.Text)
				}
			}
			if want := p.SentenceText(i); got.String() != want {
				t.Errorf("of %s is marked %q, want %q", p.ID, got.String(), want)
			}
		}
	}
}

// TestRate: what somebody thinks of an answer is kept, with its reason.
func TestRate(t *testing.T) {
	s := serve(t, article(), Config{})
	at := s.post("/ask", url.Values{"q": {troops}}).at.Path
	s.post(at+"/rate", url.Values{"n": {"0"}, "good": {"yes"}}).has(t, "Thank you.")
	s.post(at+"/rate", url.Values{"n": {"0"}, "good": {"no"}, "reason": {"wrong_answer"}, "words": {"not so"}})
	s.post(at+"/rate", url.Values{"n": {"0"}, "good": {"no"}, "reason": {"invented"}})
	if p := s.post(at+"/rate", url.Values{"n": {"7"}}); p.status != http.StatusNotFound {
		t.Errorf("an answer that there is not: %d, want 404", p.status)
	}
	got := s.opinions.all
	if len(got) != 3 || !got[0].Good || got[1].Good || got[1].Reason != "wrong_answer: not so" || got[2].Reason != "" || len(got[1].Passages) == 0 {
		t.Errorf("what is kept is %+v", got)
	}
}

// TestGuard: who is not let in, and why.
func TestGuard(t *testing.T) {
	s := serve(t, article(), Config{PublicURL: "https://reader.example"})
	for _, c := range []struct {
		what    string
		method  string
		headers []string
		body    string
		want    int
	}{
		{"another name for this machine", "GET", []string{"Host", "evil.example"}, "", http.StatusMisdirectedRequest},
		{"the public name", "GET", []string{"Host", "reader.example"}, "", http.StatusOK},
		{"localhost", "GET", []string{"Host", "localhost:8080"}, "", http.StatusOK},
		{"the loopback of IPv6", "GET", []string{"Host", "[::1]:8080"}, "", http.StatusOK},
		{"a form of another site", "POST", []string{"Origin", "https://evil.example"}, "q=x", http.StatusForbidden},
		{"a form of another site, as browsers say now", "POST", []string{"Sec-Fetch-Site", "cross-site"}, "q=x", http.StatusForbidden},
		{"a form that hides where it is from", "POST", []string{"Origin", "null"}, "q=x", http.StatusForbidden},
		{"a form that is too large", "POST", nil, "q=" + strings.Repeat("x", mostBody), http.StatusRequestEntityTooLarge},
	} {
		path := map[string]string{"GET": "/", "POST": "/ask"}[c.method]
		if p := s.do(c.method, path, c.body, c.headers...); p.status != c.want {
			t.Errorf("%s: %d, want %d", c.what, p.status, c.want)
		}
	}
}

// TestRateLimit: one client cannot have everything.
func TestRateLimit(t *testing.T) {
	s := serve(t, article(), Config{PerMinute: 20})
	codes := map[int]int{}
	var last page
	for range 30 {
		last = s.get("/-/style.css")
		codes[last.status]++
	}
	if codes[200] < 10 || codes[429] < 15 || last.header.Get("Retry-After") == "" {
		t.Errorf("of 30 requests came %v", codes)
	}
}
