package web

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// These name, in the environment, the file of axe-core that pages are examined with, and
// a folder for pictures of them; without the one nothing is examined, without the other
// none is taken.
const (
	envAxe      = "FOOTNOTE_AXE"
	envPictures = "FOOTNOTE_PICTURES"
)

// browser is a tab of a real Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context
	s   *site
}

// chromium starts a Chromium that sees a site, or skips the test where there is none.
func chromium(t *testing.T, s *site, flags ...chromedp.ExecAllocatorOption) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no Chromium: apt-get install chromium")
	}
	options := append(append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...), chromedp.ExecPath(path), chromedp.NoSandbox)
	ctx, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), append(options, flags...)...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 40*time.Second)
	t.Cleanup(stop)
	b := &browser{t, ctx, s}
	b.do(emulation.SetDeviceMetricsOverride(1280, 900, 1, false), emulation.SetFocusEmulationEnabled(true))
	return b
}

// do does something in the browser.
func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// open opens a page.
func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.s.server.URL + path))
}

// sees evaluates an expression in the page.
func (b *browser) sees(expression string) (got string) {
	b.t.Helper()
	b.do(chromedp.Evaluate("String("+expression+")", &got))
	return got
}

// like has pages look as for somebody who likes something.
func (b *browser) like(feature, value string) {
	b.t.Helper()
	b.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: feature, Value: value}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
}

// picture takes a picture of the page, of as much as is seen or of all.
func (b *browser) picture(name string, all bool) {
	b.t.Helper()
	folder := os.Getenv(envPictures)
	if folder == "" {
		return
	}
	var data []byte
	b.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		data, err = cdppage.CaptureScreenshot().WithCaptureBeyondViewport(all).Do(ctx)
		return err
	}))
	if err := os.WriteFile(filepath.Join(folder, name+".png"), data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// accessible examines the page by axe-core's rules.
func (b *browser) accessible(what string) {
	b.t.Helper()
	path := os.Getenv(envAxe)
	if path == "" {
		return
	}
	code, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	var found string
	b.do(chromedp.Evaluate(string(code)+";0", nil), chromedp.Evaluate(`axe.run().then(r => JSON.stringify(r.violations.map(v => ({id: v.id, nodes: v.nodes.map(n => n.html + " " + n.failureSummary)}))))`, &found,
		func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	var violations []struct {
		ID    string
		Nodes []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		b.t.Fatal(err)
	}
	b.t.Logf("%s: %d violations of axe-core's rules", what, len(violations))
	for _, v := range violations {
		b.t.Errorf("%s: %s: %s", what, v.ID, strings.Join(v.Nodes[:min(3, len(v.Nodes))], "\n"))
	}
}

// TestBrowser goes the ways of somebody who reads and asks, in a real browser.
func TestBrowser(t *testing.T) {
	s := serve(t, article(), Config{PerMinute: 100_000})
	b := chromium(t, s)
	var faults []string
	chromedp.ListenTarget(b.ctx, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok && !strings.HasPrefix(e.Request.URL, s.server.URL) {
			faults = append(faults, e.Request.URL)
		}
	})
	b.do(network.Enable())
	b.open("/")
	b.accessible("first page")
	b.picture("desktop-home", true)

	began := time.Now()
	b.do(chromedp.SendKeys("#q", troops), chromedp.Submit("#q"), chromedp.WaitVisible(".cite"))
	t.Logf("time from asking to the answer: %v", time.Since(began).Round(time.Millisecond))
	if got := b.sees(`document.querySelector(".prose").textContent`); !strings.Contains(got, "40,000 troops") {
		t.Errorf("the answer reads %q", got)
	}
	b.accessible("answer")
	b.do(chromedp.Focus(".s"))
	b.picture("desktop-answer", true)
	if got := b.sees(`getComputedStyle(document.querySelector(".s .tip")).clipPath`); got != "none" {
		t.Errorf("with the focus on a sentence its verdict is clipped: %s", got)
	}

	b.do(chromedp.Click(".prose .cite"), chromedp.WaitVisible("mark"))
	b.lit("p2")
	if got := b.sees(`[...document.querySelectorAll("mark")].map(m => m.textContent).join("")`); !strings.Contains(got, "40,000 troops") {
		t.Errorf("the sentence that is lit reads %q", got)
	}
	b.accessible("document")
	b.picture("desktop-reader", false)

	b.open("/nato-360#n7")
	if got := b.sees(`document.querySelector(":target").textContent`); !strings.Contains(got, "Cited by") {
		t.Errorf("the note at #n7 reads %q", got)
	}
	b.accessible("note")

	b.open("/")
	b.do(chromedp.Click(`a[href="/compass/west"]`), chromedp.WaitVisible(".points"))
	b.accessible("direction")
	b.picture("desktop-compass", true)
	b.open("/nothing")
	b.accessible("fault")
	if faults != nil {
		t.Errorf("the browser asks others: %v", faults)
	}
}

// lit fails where a passage is not the one that is lit, or cannot be seen.
func (b *browser) lit(id string) {
	b.t.Helper()
	const seen = `(() => { const t = document.querySelector(":target"), r = t.getBoundingClientRect(); return t.id + " " + (r.top >= -1 && r.top < innerHeight) + " " + (getComputedStyle(t).backgroundColor !== "rgba(0, 0, 0, 0)") })()`
	if got := b.sees(seen); got != id+" true true" {
		b.t.Errorf("lit is %q, want %q", got, id+" true true")
	}
}

// TestBrowserModes: dark, narrow and Japanese pages hold, and nothing is cut off.
func TestBrowserModes(t *testing.T) {
	s := serve(t, article(), Config{PerMinute: 100_000})
	at := s.post("/ask", url.Values{"q": {troops}}).at.Path
	b := chromium(t, s)
	visit := func(mode string) {
		for name, path := range map[string]string{"home": "/", "answer": at, "reader": "/nato-360#p5", "compass": "/compass/south"} {
			b.open(path)
			b.accessible(mode + " " + name)
			b.picture(mode+"-"+name, name != "reader")
			if got := b.sees(`document.documentElement.scrollWidth <= innerWidth`); got != "true" {
				t.Errorf("%s %s is wider than the screen", mode, name)
			}
		}
	}
	b.like("prefers-color-scheme", "dark")
	visit("dark")
	if got := b.sees(`getComputedStyle(document.documentElement).backgroundColor`); got == "rgb(253, 252, 249)" {
		t.Error("the dark page is light")
	}
	b.like("prefers-color-scheme", "light")
	b.do(emulation.SetDeviceMetricsOverride(375, 812, 2, true))
	visit("phone")
	b.do(emulation.SetDeviceMetricsOverride(1280, 900, 1, false), network.Enable(), network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "ja"}))
	at = s.post("/ask", url.Values{"q": {"北について何と言っていますか"}}, "Accept-Language", "ja").at.Path
	visit("japanese")
	b.open("/")
	if got := b.sees(`document.documentElement.lang + document.querySelector(".ask button").textContent`); got != "ja質問する" {
		t.Errorf("the Japanese page begins %q", got)
	}
}

// TestBrowserWithoutScript: everything works where no script runs.
func TestBrowserWithoutScript(t *testing.T) {
	a := &answerer{Views: article()}
	a.Say("slow", "The first sentence.", "The second sentence.")
	step := a.Slowly()
	s := serve(t, a, Config{PerMinute: 100_000})
	b := chromium(t, s, chromedp.Flag("blink-settings", "scriptEnabled=false"))
	b.open("/")
	// What sees whether something is visible is a script too.
	b.do(chromedp.Focus("#q", chromedp.ByQuery, chromedp.NodeReady), chromedp.KeyEvent("a slow question\r"), chromedp.WaitReady(".working", chromedp.ByQuery))
	for range 3 {
		step()
	}
	b.do(chromedp.WaitReady(".rests", chromedp.ByQuery)) // the page has loaded itself again
	b.picture("desktop-noscript", false)
}

// TestBrowserStreams: with the script sentences are seen before the answer is whole.
func TestBrowserStreams(t *testing.T) {
	a := &answerer{Views: article()}
	a.Say("slow", "The first sentence.", "The second sentence.")
	step := a.Slowly()
	s := serve(t, a, Config{PerMinute: 100_000})
	b := chromium(t, s)
	b.open("/")
	b.do(chromedp.SendKeys("#q", "a slow question"), chromedp.Submit("#q"), chromedp.WaitVisible(".working"))
	b.accessible("answer that is awaited")
	step()
	b.do(chromedp.WaitVisible(".prose .cite"))
	if got := b.sees(`document.querySelectorAll(".prose .s").length + " " + !!document.querySelector(".working")`); got != "1 true" {
		t.Errorf("after the first sentence the page shows %q, want \"1 true\"", got)
	}
	step()
	step()
	b.do(chromedp.WaitVisible(".rests"))
	if got := b.sees(`document.querySelectorAll(".prose .s").length + " " + performance.getEntriesByType("navigation").length`); got != "2 1" {
		t.Errorf("in the end the page shows %q", got)
	}
}

// TestBrowserSmall: what comes over the wire of each page.
func TestBrowserSmall(t *testing.T) {
	s := serve(t, article(), Config{PerMinute: 100_000})
	b := chromium(t, s)
	for _, path := range []string{"/", "/nato-360", "/compass/west"} {
		var sum float64
		ctx, stop := context.WithCancel(b.ctx)
		chromedp.ListenTarget(ctx, func(event any) {
			if e, ok := event.(*network.EventLoadingFinished); ok {
				sum += e.EncodedDataLength
			}
		})
		b.do(network.Enable(), network.SetCacheDisabled(true))
		b.open(path)
		var first float64 // ms, of what is seen of the page
		b.do(chromedp.Evaluate(`new Promise(seen => new PerformanceObserver(list => {
			const e = list.getEntriesByName("first-contentful-paint")[0]
			if (e) seen(e.startTime)
		}).observe({type: "paint", buffered: true}))`, &first, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
		stop()
		t.Logf("%s: %.1f kB over the wire, first shown after %.0f ms", path, sum/1000, first)
		if sum == 0 || sum > 100_000 {
			t.Errorf("%s takes %v bytes over the wire", path, sum)
		}
	}
}
