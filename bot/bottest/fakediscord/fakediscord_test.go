package fakediscord

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

func TestMain(m *testing.M) {
	discordgo.APIVersion = apiVersion // of the Gateway; the addresses of the API are baked in, see rewrite
	m.Run()
}

const apiVersion = "10"

// soon bounds the waits of a test: they end by events, not by time, so it is generous.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// rewrite sends discordgo's requests, which go to version 9 of the real Discord, to version 10 of the fake.
type rewrite struct{ to *url.URL }

func (rw rewrite) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = rw.to.Scheme, rw.to.Host
	r.URL.Path = strings.Replace(r.URL.Path, "/api/v9", apiPath, 1)
	r.URL.RawPath = ""
	return http.DefaultTransport.RoundTrip(r)
}

// client is discordgo against the fake.
func client(t testing.TB, s *Server) *discordgo.Session {
	t.Helper()
	d, err := discordgo.New("Bot " + s.BotToken())
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(s.APIURL())
	if err != nil {
		t.Fatal(err)
	}
	d.Client = &http.Client{Transport: rewrite{to}}
	d.ShouldRetryOnRateLimit = false
	return d
}

// open connects discordgo to the Gateway.
func open(t testing.TB, s *Server, d *discordgo.Session) {
	t.Helper()
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if err := s.WaitConnected(soon(t), 1); err != nil {
		t.Fatal(err)
	}
}

// start starts a fake with a channel and no checks, because discordgo sends what our rules forbid.
func start(t testing.TB, cfg Config) *Server {
	t.Helper()
	cfg.Unchecked = true
	s := New(t, cfg)
	s.AddChannel(Channel{Name: "general"})
	return s
}

// id is the id of a channel.
func id(t testing.TB, s *Server, channel string) string {
	t.Helper()
	ch, ok := s.Channel(channel)
	if !ok {
		t.Fatalf("no channel %s", channel)
	}
	return ch.ID
}

// do sends a request as a bot would, and returns status and body.
func do(t testing.TB, s *Server, method, path, body string) (int, map[string]any) {
	t.Helper()
	status, data, _ := exchange(t, s, method, path, body)
	var out map[string]any
	_ = json.Unmarshal(data, &out)
	return status, out
}

func exchange(t testing.TB, s *Server, method, path, body string) (int, []byte, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(soon(t), method, s.APIURL()+"v10"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bot "+s.BotToken())
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, nil
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, data, response.Header
}

// wantCode checks a refusal.
func wantCode(t testing.TB, s *Server, method, path, body string, status, code int) {
	t.Helper()
	gotStatus, got := do(t, s, method, path, body)
	gotCode, _ := got["code"].(float64)
	if gotStatus != status || int(gotCode) != code {
		t.Errorf("%s %s = %d %v, want %d with code %d", method, path, gotStatus, got, status, code)
	}
}

// socket is a Gateway client of a few lines.
type socket struct {
	t  testing.TB
	ws *websocket.Conn
}

type packet struct {
	Op   int             `json:"op"`
	Seq  int64           `json:"s"`
	Type string          `json:"t"`
	Data json.RawMessage `json:"d"`
}

func dial(t testing.TB, s *Server, query string) *socket {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.DialContext(soon(t), s.gatewayURL(false)+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	_ = ws.SetReadDeadline(time.Now().Add(30 * time.Second))
	return &socket{t: t, ws: ws}
}

const v10 = "/?v=10&encoding=json"

// connected is a socket with a session.
func connected(t testing.TB, s *Server, intents int) (*socket, string) {
	t.Helper()
	c := dial(t, s, v10)
	c.until(opHello, "")
	c.send(opIdentify, fmt.Sprintf(`{"token":%q,"intents":%d,"properties":{"os":"x"}}`, s.BotToken(), intents))
	var ready struct {
		SessionID string `json:"session_id"`
	}
	if err := json.Unmarshal(c.until(0, "READY").Data, &ready); err != nil {
		t.Fatal(err)
	}
	return c, ready.SessionID
}

func (c *socket) send(op int, data string) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"op":%d,"d":%s}`, op, data)); err != nil {
		c.t.Fatal(err)
	}
}

// until reads to the next packet of a kind.
func (c *socket) until(op int, kind string) packet {
	c.t.Helper()
	for {
		var p packet
		if err := c.ws.ReadJSON(&p); err != nil {
			c.t.Fatalf("waiting for op %d %s: %v", op, kind, err)
		}
		if p.Op == op && (kind == "" || p.Type == kind) {
			return p
		}
	}
}

// closed reads to the end and returns the close code.
func (c *socket) closed() int {
	c.t.Helper()
	for {
		if _, _, err := c.ws.ReadMessage(); err != nil {
			if e, ok := err.(*websocket.CloseError); ok {
				return e.Code
			}
			return 0
		}
	}
}
