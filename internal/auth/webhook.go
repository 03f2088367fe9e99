package auth

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"retable/internal/retable"
)

// Webhook posts notifications as JSON to an address, which passes them on. With
// a secret it signs: X-Retable-Signature is "sha256=" and the hex HMAC-SHA-256
// of timestamp, dot and body; X-Retable-Timestamp is in seconds, so that the
// receiver can refuse what is old.
type Webhook struct {
	url    string
	secret []byte
	client *http.Client
	clock  retable.Clock
}

var _ Notifier = (*Webhook)(nil)

// webhookBody is what is posted.
type webhookBody struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	UserID   string `json:"user_id"`
	Username string `json:"username"`
	Email    string `json:"email,omitempty"`
	Subject  string `json:"subject"`
	Text     string `json:"text"`
	Link     string `json:"link,omitempty"`
	Expires  string `json:"expires_at,omitempty"`
}

// NewWebhook returns a notifier; client is one of a Guard.
func NewWebhook(address, secret string, client *http.Client, clock retable.Clock) (*Webhook, error) {
	if _, err := CheckURL(address); err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	return &Webhook{url: address, secret: []byte(secret), client: client, clock: clock}, nil
}

// Name is "webhook".
func (*Webhook) Name() string { return "webhook" }

// Notify posts the notification; any status of 2xx is an acceptance.
func (w *Webhook) Notify(ctx context.Context, n *Notification) error {
	body, err := json.Marshal(webhookBody{
		ID: retable.NewID(), Kind: n.Kind, UserID: n.UserID, Username: n.Username, Email: n.Email,
		Subject: n.Subject, Text: n.Text, Link: n.Link, Expires: n.Expires.String(),
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Retable")
	if id := retable.CorrelationFrom(ctx); id != "" {
		req.Header.Set("X-Correlation-ID", id)
	}
	if len(w.secret) > 0 {
		at := strconv.FormatInt(w.clock().Unix(), 10)
		req.Header.Set("X-Retable-Timestamp", at)
		req.Header.Set("X-Retable-Signature", "sha256="+w.sign(at, body))
	}
	res, err := w.client.Do(req)
	if err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("webhook: the receiver answered %s", res.Status)
	}
	return nil
}

func (w *Webhook) sign(at string, body []byte) string {
	mac := hmac.New(sha256.New, w.secret)
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
