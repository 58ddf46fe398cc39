package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"path"
)

//go:embed pages
var files embed.FS

// pages are the templates.
var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"format": fmt.Sprintf,
	"pair":   func(a *answerView, w *words) answerIn { return answerIn{a, w} },
}).ParseFS(files, "pages/*.html"))

// answerIn is an answer among words of the pages.
type answerIn struct {
	A *answerView
	W *words
}

// stamps are by the name of a file what tells its state: an address with it can be kept
// for ever.
var stamps = func() map[string]string {
	out := map[string]string{}
	for _, name := range []string{"style.css", "script.js", "icon.svg"} {
		data, err := files.ReadFile("pages/" + name)
		if err != nil {
			panic(err) // unreachable unless the program was built without it
		}
		sum := sha256.Sum256(data)
		out[name] = hex.EncodeToString(sum[:6])
	}
	return out
}()

// frame is what every page shows around its own.
type frame struct {
	Title               string
	W                   *words
	Base                string
	Style, Script, Icon string
	Leaves              bool
	Waits               string // where the page loads itself again from, where no script runs; "" where it waits for nothing
	Body                any
}

// frame returns what is around a page.
func (w *Web) frame(v *visit, title string, body any) frame {
	f := frame{Title: title, W: v.w, Base: w.base, Leaves: v.leaves, Body: body}
	f.Style, f.Script, f.Icon = w.asset1("style.css"), w.asset1("script.js"), w.asset1("icon.svg")
	if t, ok := body.(talkPage); ok && t.Waits {
		f.Waits = w.at("/c/" + t.ID) // to an address with a # browsers only scroll
	}
	return f
}

// asset1 returns the address of a file.
func (w *Web) asset1(name string) string { return w.at("/-/" + name + "?v=" + stamps[name]) }

// asset serves a file that pages need.
func (w *Web) asset(rw http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if stamps[name] == "" {
		w.lost(rw, r)
		return
	}
	data, err := files.ReadFile("pages/" + name)
	if err != nil {
		w.lost(rw, r) // unreachable unless the program was built without it
		return
	}
	rw.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	if r.URL.Query().Get("v") == stamps[name] {
		rw.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = rw.Write(data) // whoever has gone needs none
}

// show writes a page.
func (w *Web) show(rw http.ResponseWriter, status int, name string, f frame) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name+".html", f); err != nil {
		w.log.Error("web: write a page", "page", name, "error", err) // unreachable unless a template names what there is not
		http.Error(rw, f.W.Faults[http.StatusServiceUnavailable][0], http.StatusServiceUnavailable)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Content-Language", f.W.Language)
	rw.Header().Set("Vary", "Accept-Language, Accept-Encoding")
	rw.WriteHeader(status)
	_, _ = b.WriteTo(rw) // whoever has gone needs none
}

// fail says in a sentence what is wrong, and what to do.
func (w *Web) fail(rw http.ResponseWriter, v *visit, status int) {
	w.show(rw, status, "fault", w.frame(v, v.w.Faults[status][0], v.w.Faults[status][1]))
}
