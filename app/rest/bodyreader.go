package rest

import (
	"io"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"retable/internal/retable"
)

// bodyReader reads an upload's body with a deadline that moves with it, and
// breaks it off when it is slower than the minimum rate.
type bodyReader struct {
	ctx   *fasthttp.RequestCtx
	src   io.Reader
	pause time.Duration // without a byte
	rate  int64         // bytes per second; 0: none
	count func(int64)

	moved time.Time // when the deadline was set
	since time.Time // beginning of the window
	bytes int64     // in the window
}

// rateWindow is the time over which the rate is looked at: a client may pause
// within it.
const rateWindow = 10 * time.Second

func (s *Server) bodyOf(c *fiber.Ctx) io.Reader {
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		stream = strings.NewReader(string(c.Request().Body()))
	}
	return &bodyReader{ctx: c.Context(), src: stream, pause: s.cfg.UploadPause, rate: s.cfg.Uploads.MinRate, count: s.metrics.Uploaded}
}

// Read implements io.Reader.
func (b *bodyReader) Read(p []byte) (int, error) {
	now := time.Now()
	if b.since.IsZero() {
		b.since = now
	}
	if now.Sub(b.moved) > b.pause/10 {
		b.moved = now
		if err := b.ctx.SetReadDeadline(now.Add(b.pause)); err != nil {
			return 0, err
		}
	}
	n, err := b.src.Read(p)
	b.bytes += int64(n)
	b.count(int64(n))
	if took := time.Since(b.since); took >= rateWindow {
		if b.rate > 0 && float64(b.bytes) < float64(b.rate)*took.Seconds() && err == nil {
			b.ctx.SetConnectionClose()
			return n, &retable.Error{Code: retable.Invalid, Reason: "too_slow", Detail: "The upload came too slowly and was broken off (RET_UPLOAD_MIN_RATE); nothing was kept."}
		}
		b.since, b.bytes = time.Now(), 0
	}
	if err != nil && err != io.EOF {
		b.ctx.SetConnectionClose()
	}
	return n, err
}
