package blob

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"retable/internal/retable"
)

// PresignGet returns a link that reads the blob; browsers save it as filename.
func (s *S3) PresignGet(ctx context.Context, key, filename string, ttl time.Duration) (string, error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	params := url.Values{}
	if filename != "" {
		params.Set("response-content-disposition", mime.FormatMediaType("attachment", map[string]string{"filename": filename}))
	}
	u, err := s.core.PresignedGetObject(ctx, s.place.bucket, s.name(key), ttl, params)
	if err != nil {
		return "", s3Error(err, key, "signing a link")
	}
	return u.String(), nil
}

// PresignPut returns a link that stores exactly so many bytes with this
// SHA-256 (hex), and the headers that must be sent with them.
func (s *S3) PresignPut(ctx context.Context, key string, bytes int64, sum string, ttl time.Duration) (string, map[string]string, error) {
	raw, err := hex.DecodeString(sum)
	switch {
	case checkKey(key) != nil:
		return "", nil, checkKey(key)
	case err != nil || !isSHA256(sum):
		return "", nil, retable.Errorf(retable.Invalid, "%.80q is no SHA-256 in lower-case hex.", sum)
	case bytes < 0:
		return "", nil, retable.Errorf(retable.Invalid, "%d is no size.", bytes)
	}
	headers := map[string]string{
		"Content-Length": strconv.FormatInt(bytes, 10), headerCheck: base64.StdEncoding.EncodeToString(raw), headerSum: sum,
	}
	signed := http.Header{}
	for name, v := range headers {
		signed.Set(name, v)
	}
	u, err := s.core.PresignHeader(ctx, http.MethodPut, s.place.bucket, s.name(key), ttl, nil, signed)
	if err != nil {
		return "", nil, s3Error(err, key, "signing a link")
	}
	return u.String(), headers, nil
}
