package rest

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"retable/app"
	"retable/internal/retable"
)

// download gives a session's tables as a ZIP, made if need be.
func (s *Server) download(c *fiber.Ctx) error {
	var req app.DownloadRequest
	if err := s.fill(c, operationOf(c), &req); err != nil {
		return err
	}
	ctx, cancel := s.withEnd(c)
	defer cancel()
	d, err := s.svc.DownloadTables(ctx, req)
	if err != nil {
		return err
	}
	return s.sendDownload(c, d)
}

// ticket redeems a download link.
func (s *Server) ticket(c *fiber.Ctx) error {
	id := unescaped(c.Params("ticket_id"))
	d, err := s.svc.Redeem(c.UserContext(), id)
	if err != nil {
		return err
	}
	if d.Audit != nil {
		return s.sendAudit(c, d)
	}
	return s.sendDownload(c, d)
}

// sendDownload sends a blob: by a link to the store where that is set, else
// streamed, with ETag and ranges.
func (s *Server) sendDownload(c *fiber.Ctx, d *app.Download) error {
	ctx := c.UserContext()
	if s.cfg.DirectBytes > 0 && d.Bytes >= s.cfg.DirectBytes {
		link, err := s.svc.DirectLink(ctx, d, s.cfg.DirectTTL)
		if err != nil {
			return err
		}
		if link != "" {
			return c.Redirect(link, http.StatusFound)
		}
	}
	etag := `"` + d.SHA256 + `"`
	c.Set(fiber.HeaderETag, etag)
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	if d.SHA256 != "" && noneMatch(c.Get(fiber.HeaderIfNoneMatch), etag) {
		return c.SendStatus(http.StatusNotModified)
	}
	ranged := c.Get(fiber.HeaderRange)
	if cond := c.Get(fiber.HeaderIfRange); cond != "" && cond != etag {
		ranged = ""
	}
	from, length, partial, ok := oneRange(ranged, d.Bytes)
	if !ok {
		c.Set(fiber.HeaderContentRange, "bytes */"+strconv.FormatInt(d.Bytes, 10))
		return s.refuse(c, http.StatusRequestedRangeNotSatisfiable, retable.Errorf(retable.Invalid, "The file has %d bytes; the range lies beyond.", d.Bytes))
	}
	b, err := s.svc.OpenDownload(ctx, d)
	if err != nil {
		return err
	}
	if from > 0 {
		if _, err := b.Seek(from, io.SeekStart); err != nil {
			return joined(retable.Fault(err, "reading the download"), b.Close())
		}
	}
	attachment(c, d.Name, d.MediaType)
	if partial {
		c.Status(http.StatusPartialContent)
		c.Set(fiber.HeaderContentRange, "bytes "+strconv.FormatInt(from, 10)+"-"+strconv.FormatInt(from+length-1, 10)+"/"+strconv.FormatInt(d.Bytes, 10))
	}
	if c.Method() == fiber.MethodHead {
		c.Response().Header.SetContentLength(int(length))
		c.Response().SkipBody = true
		return b.Close()
	}
	c.Context().SetBodyStream(&paced{Reader: io.LimitReader(b, length), closer: b, conn: c.Context().Conn(), time: s.cfg.WriteTime}, int(length))
	return nil
}

func joined(err, also error) error {
	if err == nil {
		return also
	}
	return err
}

// paced renews the time that the client has for each piece of a long answer.
type paced struct {
	io.Reader
	closer io.Closer
	conn   net.Conn
	time   time.Duration
	last   time.Time
}

// Read implements io.Reader.
func (p *paced) Read(b []byte) (int, error) {
	if now := time.Now(); now.Sub(p.last) > p.time/10 {
		p.last = now
		if err := p.conn.SetWriteDeadline(now.Add(p.time)); err != nil {
			return 0, err
		}
	}
	return p.Reader.Read(b)
}

// Close closes what is read.
func (p *paced) Close() error { return p.closer.Close() }

// noneMatch reports whether an If-None-Match names the tag.
func noneMatch(header, etag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for _, t := range strings.Split(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == etag {
			return true
		}
	}
	return false
}

// oneRange reads a Range header of one range; several are answered whole. ok
// is false for a range outside.
func oneRange(header string, size int64) (from, length int64, partial, ok bool) {
	spec, isBytes := strings.CutPrefix(header, "bytes=")
	if !isBytes || strings.Contains(spec, ",") {
		return 0, size, false, true
	}
	first, last, cut := strings.Cut(strings.TrimSpace(spec), "-")
	if !cut {
		return 0, size, false, true
	}
	if first == "" { // the last so many
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil {
			return 0, size, false, true
		}
		if n <= 0 || size == 0 {
			return 0, 0, false, false
		}
		n = min(n, size)
		return size - n, n, true, true
	}
	from, err := strconv.ParseInt(first, 10, 64)
	if err != nil || from < 0 {
		return 0, size, false, true
	}
	to := size - 1
	if last != "" {
		if to, err = strconv.ParseInt(last, 10, 64); err != nil || to < from {
			return 0, size, false, true
		}
		to = min(to, size-1)
	}
	if from >= size {
		return 0, 0, false, false
	}
	return from, to - from + 1, true, true
}

// attachment makes an answer a file to be saved, under a name that can't break
// the header (RFC 6266: plain for old clients, RFC 5987 for all letters).
func attachment(c *fiber.Ctx, name, media string) {
	if media == "" {
		media = "application/octet-stream"
	}
	c.Set(fiber.HeaderContentType, media)
	c.Set(fiber.HeaderContentDisposition, disposition(name))
}

func disposition(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '/' || r == '\\' || r == unicode.ReplacementChar {
			return '_'
		}
		return r
	}, name)
	if name == "" {
		name = "download"
	}
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '%' || r == ';' {
			return '_'
		}
		return r
	}, name)
	out := `attachment; filename="` + plain + `"`
	if plain != name {
		out += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return out
}

// sendAudit sends the audit log while it is read. Who has gone on reading it
// when the server ends is cut off.
func (s *Server) sendAudit(c *fiber.Ctx, d *app.Download) error {
	ctx, err := s.svc.AuditReader(c.UserContext(), d.Audit)
	if err != nil {
		return err
	}
	attachment(c, d.Name, d.MediaType)
	r, w := io.Pipe()
	go func() {
		w.CloseWithError(s.svc.ExportAudit(ctx, app.ExportAuditRequest{Format: d.Audit.Format}, w))
	}()
	c.Context().SetBodyStream(&paced{Reader: r, closer: r, conn: c.Context().Conn(), time: s.cfg.WriteTime}, -1)
	return nil
}
