package rest

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// listener reads an event stream.
type listener struct {
	t      *testing.T
	res    *http.Response
	lines  chan string
	cancel context.CancelFunc
}

func (b *bench) listen(who, method, path, body string) *listener {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	req, err := http.NewRequestWithContext(ctx, method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.people[who].token)
	req.Header.Set("Accept", "text/event-stream")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := b.people[who].client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		b.t.Fatalf("%s: got %d %s", path, res.StatusCode, res.Header.Get("Content-Type"))
	}
	l := &listener{t: b.t, res: res, lines: make(chan string, 1000), cancel: cancel}
	go func() {
		defer close(l.lines)
		scan := bufio.NewScanner(res.Body)
		scan.Buffer(nil, 10<<20)
		for scan.Scan() {
			l.lines <- scan.Text()
		}
	}()
	b.t.Cleanup(func() { cancel(); res.Body.Close() })
	return l
}

// until reads lines until one has the text; false at the end of the stream.
func (l *listener) until(text string) bool {
	l.t.Helper()
	limit := time.After(50 * time.Second)
	for {
		select {
		case line, open := <-l.lines:
			if !open {
				return false
			}
			if strings.Contains(line, text) {
				return true
			}
		case <-limit:
			l.t.Fatalf("no %q in the stream", text)
		}
	}
}

func TestEventStreams(t *testing.T) {
	t.Parallel()
	b := start(t)
	bea := b.as("bea")
	mine, others := b.listen("bea", "GET", "/api/events", ""), b.listen("carl", "GET", "/api/events", "")
	if !mine.until(": still here") {
		t.Fatal("no heartbeat")
	}
	id := bea.scanned("a.zip", someOrders(t, 3, "3"))
	if !mine.until(`"session_id":"` + id + `"`) {
		t.Fatal("the session isn't told of")
	}
	job := bea.call("POST", "/api/conversion/convert", map[string]any{"session_id": id}).want(200).text("job_id")
	of := b.listen("bea", "GET", "/api/jobs/"+job+"/events", "")
	if !of.until(`"state":"SUCCESS"`) {
		t.Fatal("the job's end isn't told of")
	}
	if of.until("nothing like it") {
		t.Fatal("the job's stream doesn't end")
	}
	b.as("carl").call("GET", "/api/jobs/"+job+"/events", nil).want(404)

	asked := b.listen("bea", "POST", "/api/ai/chat", `{"session_id":"`+id+`","question":"How many orders are there?"}`)
	if !asked.until("event: done") || !asked.until(`"answer":`) {
		t.Fatal("the answer doesn't come step by step")
	}
	refused := b.listen("bea", "POST", "/api/ai/chat", `{"session_id":"01a21089-37dc-7710-9c34-f7237ab852cd","question":"How many?"}`)
	if !refused.until("event: error") || !refused.until(`"code":"not_found"`) {
		t.Fatal("a refusal isn't told")
	}

	b.server.once.Do(func() { close(b.server.closing) }) // as at the end of the server
	for mine.until(": still here") {
		continue
	}
	for {
		line, open := <-others.lines
		if !open {
			break
		}
		if strings.Contains(line, id) {
			t.Errorf("carl hears of bea's session: %s", line)
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	b := start(t, "RET_MAX_STREAMS=1")
	first := b.listen("bea", "GET", "/api/events", "")
	first.until(": still here")
	b.as("bea").call("GET", "/api/events", nil).refused(503, "streams_busy")
	first.cancel()
	for range 300 { // the place is given back
		if len(b.server.streams) == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("a stream whose client has left keeps its place")
}

func TestClosingTheConnectionEndsTheWork(t *testing.T) {
	t.Parallel()
	b := start(t)
	ended := make(chan struct{})
	for i := range b.server.ops {
		if b.server.ops[i].name == "info" { // stands for any long call
			continue
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	conn, peer := tcpPair(t)
	stop := watchPeer(ctx, conn, func() { close(ended) })
	defer func() { cancel(); stop() }()
	if err := peer.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Error("nobody hears that the client has left")
	}
}

func tcpPair(t *testing.T) (a, b net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if b, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if a, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a, b
}
