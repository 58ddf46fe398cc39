package web

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"footnote/bot"
	"footnote/bot/layout"
)

// answerTime bounds what a page waits for that shows an answer itself: less than the
// server takes to write a page.
const answerTime = 25 * time.Second

// compassPage is what the page of a direction shows.
type compassPage struct {
	Compass *compass
	Name    string
	Answer  *answerView
}

// compass shows the summary of a direction below the drawing of all.
func (w *Web) compass(rw http.ResponseWriter, r *http.Request) {
	v, id := of(r), r.PathValue("direction")
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	ds, _, err := w.directions(ctx, v.language)
	if err != nil {
		w.broken(rw, r, "list the directions", err)
		return
	}
	i := slices.IndexFunc(ds, func(d bot.Coverage) bool { return d.ID == id })
	if i < 0 {
		w.lost(rw, r)
		return
	}
	a, err := w.asker.Ask(ctx, bot.Question{Kind: bot.KindSummary, Text: id, Language: v.language, Asker: v.asker, Place: place})
	if err != nil {
		w.broken(rw, r, "summarise a direction", err)
		return
	}
	w.show(rw, http.StatusOK, "direction", w.frame(v, ds[i].Name, compassPage{w.drawn(ds, id, v.w), ds[i].Name, w.answerView(v, a, "", false)}))
}

// directions returns those of the material, and what material that is.
func (w *Web) directions(ctx context.Context, language string) ([]bot.Coverage, bot.Material, error) {
	a, err := w.asker.Ask(ctx, bot.Question{Kind: bot.KindSummary, Language: language, Place: place})
	return a.Directions, a.Material, err
}

// compass is the drawing: the four points, and what stands beside them.
type compass struct {
	Points  []point // clockwise from the north, where there are any
	Aspects []point
	Height  int // of the drawing of the aspects
	Says    string
}

// point is a direction in the drawing.
type point struct {
	ID, Name, Address  string
	Counts, NotesCount string // as words
	X, Y, R            float64
	NameY, CountsY     float64
	NotesY             float64
	Dots               []dot // one for each note, around the circle
	On                 bool  // the one that the page shows
	Anchor             string
	LabelX             float64
}

type dot struct{ X, Y float64 }

// where the four points stand in a drawing of 400 by 400.
var corners = map[string][2]float64{"north": {200, 84}, "east": {316, 200}, "south": {200, 316}, "west": {84, 200}}

const (
	rowHeight   = 92   // of an aspect
	leastR      = 21.0 // of a circle: what a finger hits on a phone, where the drawing is a little smaller
	mostR       = 44.0 // so that two circles and the dots around them stay apart
	mostAspectR = 30.0 // the same of an aspect, in its row
	mostDots    = 60   // that are told apart around a circle
)

// drawn returns the drawing of directions, nil where there are none. The area of a
// circle is as its passages, and around it is a dot for each note.
func (w *Web) drawn(ds []bot.Coverage, on string, words *words) *compass {
	if len(ds) == 0 {
		return nil
	}
	most := 1
	for _, d := range ds {
		most = max(most, d.Passages)
	}
	c := &compass{Says: words.Compass}
	for _, d := range ds {
		p := point{
			ID: d.ID, Name: d.Name, Address: w.at("/compass/" + url.PathEscape(d.ID)), On: d.ID == on,
			Counts: words.passages(d.Passages), NotesCount: words.notes(d.Notes),
		}
		p.R = round(max(leastR, mostR*math.Sqrt(float64(d.Passages)/float64(most))))
		if at, ok := corners[d.ID]; ok {
			p.X, p.Y = at[0], at[1]
			c.Points = append(c.Points, p.labelled(d))
			continue
		}
		p.X, p.Y = 48, float64(rowHeight*len(c.Aspects)+rowHeight/2+4)
		p.R = min(p.R, mostAspectR)
		c.Aspects = append(c.Aspects, p.labelled(d))
	}
	order := []string{"north", "east", "south", "west"}
	slices.SortStableFunc(c.Points, func(a, b point) int { return slices.Index(order, a.ID) - slices.Index(order, b.ID) })
	c.Height = rowHeight*len(c.Aspects) + 8
	return c
}

// labelled gives a point its dots, and its words a place: above the north, below the
// south, and below the others beside.
func (p point) labelled(d bot.Coverage) point {
	n := min(d.Notes, mostDots)
	for i := range n {
		a := 2*math.Pi*float64(i)/float64(n) - math.Pi/2
		p.Dots = append(p.Dots, dot{round(p.X + (p.R+7)*math.Cos(a)), round(p.Y + (p.R+7)*math.Sin(a))})
	}
	p.LabelX, p.Anchor = p.X, "middle"
	switch {
	case d.ID == "north":
		p.NameY = p.Y - p.R - 50
	case corners[d.ID] != [2]float64{}:
		p.NameY = p.Y + p.R + 32
	default:
		p.LabelX, p.Anchor, p.NameY = 104, "start", p.Y-10
	}
	p.CountsY, p.NotesY = p.NameY+17, p.NameY+33
	return p
}

func round(f float64) float64 { return math.Round(f*10) / 10 }

// prompts keeps what the first page suggests to ask. It is safe for concurrent use.
type prompts struct {
	mu    sync.Mutex
	all   map[string]suggested // by language
	wish  chan string          // a language that suggestions are wanted in
	ready chan struct{}        // closed and replaced when there are new ones
}

// suggested is what is suggested of a state of the material.
type suggested struct {
	of  bot.Material
	all []layout.Prompt
}

func newPrompts() *prompts {
	return &prompts{all: map[string]suggested{}, wish: make(chan string, 4), ready: make(chan struct{})}
}

const mostPrompts = 4

// run keeps suggestions ready until ctx ends: each is a question that is answered, and
// to try that may take as long as a model does.
func (p *prompts) run(ctx context.Context, w *Web) {
	for {
		select {
		case <-ctx.Done():
			return
		case language := <-p.wish:
			ds, m, err := w.directions(ctx, language)
			if err == nil {
				var ps []layout.Prompt
				if ps, err = layout.Prompts(ctx, bot.At(w.asker, place), ds, language, mostPrompts); err == nil {
					p.mu.Lock()
					p.all[language] = suggested{m, ps}
					close(p.ready)
					p.ready = make(chan struct{})
					p.mu.Unlock()
				}
			}
			if err != nil && ctx.Err() == nil {
				w.log.Warn("web: what can be asked", "error", err)
			}
		}
	}
}

// wait is how long the first page waits for suggestions: composed from quotes they take
// less than a tenth of it.
const wait = 500 * time.Millisecond

// of returns suggestions of a state of the material, nil where they are not ready soon.
func (p *prompts) of(ctx context.Context, language string, m bot.Material) []layout.Prompt {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		ps, ready := p.kept(language, m)
		if ready == nil {
			return ps
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ready:
		}
	}
}

// kept returns suggestions of a state of the material; or, where there are none, what
// tells of new ones, which it asks for.
func (p *prompts) kept(language string, m bot.Material) ([]layout.Prompt, <-chan struct{}) {
	p.mu.Lock()
	s, ready := p.all[language], p.ready
	p.mu.Unlock()
	if s.all == nil || s.of != m {
		select {
		case p.wish <- language:
		default: // others wish already
		}
		return nil, ready
	}
	return s.all, nil
}

// homePage is what the first page shows.
type homePage struct {
	Compass   *compass
	Prompts   []layout.Prompt
	Documents []documentView
	More      int
}

type documentView struct {
	Title, Address, About string
}

// mostDocuments is how many documents the first page lists.
const mostDocuments = 40

// home shows what there is, and where to ask.
func (w *Web) home(rw http.ResponseWriter, r *http.Request) {
	v := of(r)
	ds, m, err := w.directions(r.Context(), v.language)
	if err != nil {
		w.broken(rw, r, "list the directions", err)
		return
	}
	p := homePage{Compass: w.drawn(ds, "", v.w), Prompts: w.prompts.of(r.Context(), v.language, m)}
	if p.Prompts == nil {
		for _, d := range ds[:min(len(ds), mostPrompts)] {
			p.Prompts = append(p.Prompts, layout.Prompt{Title: fmt.Sprintf(v.w.SummaryOf, d.Name), Message: "summary " + d.ID})
		}
	}
	c := w.corpus()
	for i, d := range c.Documents.All() {
		if i >= mostDocuments {
			p.More = c.Documents.Len() - mostDocuments
			break
		}
		about := []string{v.w.passages(len(d.Passages))}
		if n := len(d.Notes); n > 0 {
			about = append(about, v.w.notes(n))
		}
		if d.Date != "" {
			about = append(about, d.Date)
		}
		p.Documents = append(p.Documents, documentView{d.Title, w.address(d.ID), strings.Join(about, " · ")})
	}
	w.show(rw, http.StatusOK, "home", w.frame(v, "", p))
}
