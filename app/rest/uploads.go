package rest

import (
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"retable/app"
	"retable/internal/retable"
)

// isUpload reports whether a request's body is a bundle or a part of one.
func isUpload(method, uri string) bool {
	path, _, _ := strings.Cut(uri, "?")
	return method == fiber.MethodPost && path == "/api/conversion/scan" || method == fiber.MethodPut && partPath.MatchString(path)
}

var partPath = regexp.MustCompile(`^/api/uploads/[^/]+/parts/[^/]+$`)

// place takes one of the places for uploads; give gives it back.
func (s *Server) place() (give func(), err error) {
	select {
	case s.uploads <- struct{}{}:
		return func() { <-s.uploads }, nil
	default:
		return nil, &retable.Error{Code: retable.Busy, Reason: "uploads_busy", Detail: "Too many uploads are under way; try again in a while."}
	}
}

// scan takes a bundle: as the file of a form, or as the body itself with its
// name in X-Filename or ?filename=. What can be refused by its headers is
// refused before the body is read.
func (s *Server) scan(c *fiber.Ctx) error {
	give, err := s.place()
	if err != nil {
		c.Context().SetConnectionClose()
		return err
	}
	defer give()
	req, err := s.arriving(c)
	if err != nil {
		c.Context().SetConnectionClose() // the body is still on its way
		return err
	}
	ctx, cancel := s.withEnd(c)
	defer cancel()
	out, err := s.svc.ScanBundle(ctx, *req, s.cfg.ScanWait)
	if err != nil {
		if stream := c.Context().RequestBodyStream(); stream != nil {
			c.Context().SetConnectionClose()
		}
		return err
	}
	return writeJSON(c, http.StatusOK, out)
}

// arriving checks the headers of an upload and finds its body.
func (s *Server) arriving(c *fiber.Ctx) (*app.ReceiveRequest, error) {
	sum, err := announcedSum(c)
	if err != nil {
		return nil, err
	}
	length := int64(c.Request().Header.ContentLength())
	switch {
	case length < 0 && sum == "":
		return nil, &retable.Error{Code: retable.NoLength, Detail: "Say how long the upload is (Content-Length), or announce its SHA-256 (X-Content-SHA256): what breaks off looks complete otherwise."}
	case s.cfg.Uploads.MaxBytes > 0 && length > s.cfg.Uploads.MaxBytes+formOverhead:
		return nil, retable.Errorf(retable.TooLarge, "The upload has %d bytes; this server takes %d at most (RET_MAX_UPLOAD_BYTES).", length, s.cfg.Uploads.MaxBytes)
	}
	media, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil && c.Get(fiber.HeaderContentType) != "" {
		return nil, retable.Errorf(retable.Unsupported, "The Content-Type can't be read.")
	}
	if media == fiber.MIMEMultipartForm {
		return s.fromForm(c, params["boundary"], sum)
	}
	name := c.Get("X-Filename", c.Query("filename"))
	if u, err := url.PathUnescape(name); err == nil {
		name = u
	}
	if name == "" {
		return nil, &retable.Error{Code: retable.Invalid, Detail: "Say what the file is called: X-Filename or ?filename=.", Fields: []retable.FieldError{{Field: "filename", Message: "is missing"}}}
	}
	if err := declaredType(media); err != nil {
		return nil, err
	}
	if err := s.svc.AcceptUpload(c.UserContext(), name, length); err != nil {
		return nil, err
	}
	return &app.ReceiveRequest{Name: name, Bytes: length, SHA256: sum, Body: s.bodyOf(c)}, nil
}

// formOverhead is what a form may have around its file.
const formOverhead = 64 << 10

// fromForm finds the file in a form. Its length is known only when it has
// ended: the end of the form shows that it is whole.
func (s *Server) fromForm(c *fiber.Ctx, boundary, sum string) (*app.ReceiveRequest, error) {
	if boundary == "" {
		return nil, retable.Errorf(retable.Invalid, "The form has no boundary.")
	}
	form := multipart.NewReader(s.bodyOf(c), boundary)
	for range maxFormParts {
		part, err := form.NextPart()
		if err != nil {
			return nil, &retable.Error{Code: retable.Invalid, Detail: "The form has no file named \"file\".", Err: err, Fields: []retable.FieldError{{Field: "file", Message: "is missing"}}}
		}
		if part.FormName() != "file" {
			if _, err := io.Copy(io.Discard, io.LimitReader(part, formOverhead)); err != nil {
				return nil, &retable.Error{Code: retable.Invalid, Reason: "broken_off", Detail: "The form broke off.", Err: err}
			}
			continue
		}
		media, _, err := mime.ParseMediaType(part.Header.Get(fiber.HeaderContentType))
		if err != nil {
			media = ""
		}
		if err := declaredType(media); err != nil {
			return nil, err
		}
		name := part.FileName() // without any folders
		if err := s.svc.AcceptUpload(c.UserContext(), name, int64(c.Request().Header.ContentLength())); err != nil {
			return nil, err
		}
		return &app.ReceiveRequest{Name: name, Bytes: -1, SHA256: sum, Body: &formFile{part: part, form: form}}, nil
	}
	return nil, retable.Errorf(retable.Invalid, "The form has too many parts before its file.")
}

// maxFormParts bounds what may stand before the file.
const maxFormParts = 16

// formFile is a file in a form. It ends well only if the form does: one that
// breaks off must not look complete.
type formFile struct {
	part *multipart.Part
	form *multipart.Reader
}

// Read implements io.Reader.
func (f *formFile) Read(p []byte) (int, error) {
	n, err := f.part.Read(p)
	if err != io.EOF {
		return n, err
	}
	for range maxFormParts {
		next, err := f.form.NextPart()
		switch {
		case err == io.EOF: // itself: one that is wrapped means that the form broke off
			return n, io.EOF
		case err != nil:
			return n, io.ErrUnexpectedEOF
		case next.FormName() == "file":
			return n, retable.Errorf(retable.Invalid, "Send one file at a time: the form has several.")
		}
		if _, err := io.Copy(io.Discard, io.LimitReader(next, formOverhead)); err != nil {
			return n, io.ErrUnexpectedEOF
		}
	}
	return n, retable.Errorf(retable.Invalid, "The form has too many parts after its file.")
}

// declaredType refuses what says of itself that it is no bundle.
func declaredType(media string) error {
	switch media {
	case "", "application/octet-stream", "binary/octet-stream", "application/zip", "application/x-zip-compressed", "application/x-zip", "application/xml", "text/xml",
		"application/gzip", "application/x-gzip", "application/x-tar", "application/x-bzip2", "application/zstd", "application/x-compressed":
		return nil
	}
	if strings.HasSuffix(media, "+xml") || strings.HasSuffix(media, "+zip") || strings.HasSuffix(media, "+gzip") {
		return nil
	}
	return retable.Errorf(retable.Unsupported, "%s is no bundle: send application/zip, application/xml, application/gzip or application/octet-stream.", clip(media, 100))
}

var sumForm = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

// announcedSum is the SHA-256 that a client says its body has, "" without.
func announcedSum(c *fiber.Ctx) (string, error) {
	sum := c.Get("X-Content-SHA256")
	if sum != "" && !sumForm.MatchString(sum) {
		return "", &retable.Error{Code: retable.Unprocessable, Detail: "X-Content-SHA256 must be 64 hexadecimal digits.", Fields: []retable.FieldError{{Field: "X-Content-SHA256", Message: "is no SHA-256"}}}
	}
	return strings.ToLower(sum), nil
}

// putPart takes one part of a resumable upload.
func (s *Server) putPart(c *fiber.Ctx) error {
	give, err := s.place()
	if err != nil {
		c.Context().SetConnectionClose()
		return err
	}
	defer give()
	out, err := s.takePart(c)
	if err != nil {
		c.Context().SetConnectionClose()
		return err
	}
	return writeJSON(c, http.StatusOK, out)
}

func (s *Server) takePart(c *fiber.Ctx) (*app.UploadPart, error) {
	number, err := strconv.Atoi(c.Params("number"))
	if err != nil {
		return nil, unfit([]retable.FieldError{{Field: "number", Message: "expected integer"}})
	}
	sum, err := announcedSum(c)
	if err != nil {
		return nil, err
	}
	return s.svc.PutPart(c.UserContext(), unescaped(c.Params("upload_id")), number, int64(c.Request().Header.ContentLength()), sum, s.bodyOf(c))
}

// presignRequest announces an upload by its name alone, as the contract has
// it; with size and sum it is checked at once.
type presignRequest struct {
	Filename string `json:"filename" minLength:"1" maxLength:"1024"`
	Bytes    int64  `json:"bytes,omitempty" minimum:"1"`
	SHA256   string `json:"sha256,omitempty" pattern:"^([0-9a-fA-F]{64})?$"`
	Convert  *bool  `json:"convert,omitempty"`
}

// presigned says where to send a bundle: by one PUT to url, or in parts to
// parts_url with {number} from 1. On S3 the url of a bundle whose size and sum
// were announced leads to the store itself.
type presigned struct {
	UploadID  string            `json:"upload_id"`
	URL       string            `json:"url" doc:"One PUT of the whole bundle, up to part_bytes"`
	Fields    map[string]string `json:"fields" doc:"Headers to send with it"`
	Direct    bool              `json:"direct,omitempty" doc:"url leads to the store: one PUT of the whole bundle, then complete"`
	PartsURL  string            `json:"parts_url"`
	PartBytes int64             `json:"part_bytes"`
	ExpiresAt string            `json:"expires_at"`
}

func (s *Server) presign(ctx context.Context, req presignRequest) (*presigned, error) {
	direct := s.cfg.DirectBytes > 0 && req.Bytes >= s.cfg.DirectBytes
	u, err := s.svc.CreateUpload(ctx, app.CreateUploadRequest{Filename: req.Filename, Bytes: req.Bytes, SHA256: req.SHA256, Convert: req.Convert, Direct: direct})
	if err != nil {
		return nil, err
	}
	parts := "/api/uploads/" + u.ID + "/parts/{number}"
	out := &presigned{
		UploadID: u.ID, URL: strings.Replace(parts, "{number}", "1", 1), PartsURL: parts, PartBytes: u.PartBytes, ExpiresAt: u.ExpiresAt,
		Fields: map[string]string{fiber.HeaderContentType: "application/octet-stream"},
	}
	if !direct {
		return out, nil
	}
	put, err := s.svc.DirectUpload(ctx, app.UploadRef{UploadID: u.ID}, s.cfg.DirectTTL)
	if err != nil || put == nil {
		return out, err
	}
	out.Direct, out.URL, out.Fields, out.ExpiresAt = true, put.URL, put.Headers, put.ExpiresAt
	return out, nil
}
