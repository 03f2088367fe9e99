package config

import (
	"net/netip"
	"time"
)

// Notify says how people are told, and what calls may leave the machine.
type Notify struct {
	Notifier       string // admin, smtp, webhook
	SMTP           string
	MailFrom       string
	Webhook        string
	WebhookSecret  Secret
	AllowPrivate   bool
	AllowNetworks  []netip.Prefix
	RequestTimeout time.Duration
}

func (n *Notify) fields() []Field {
	webhook := secretLink(&n.Webhook, "https", "http")
	webhook.hidePath = true // the path is the password of many
	return []Field{
		{Name: "notifier", value: choice(&n.Notifier, "admin", "smtp", "webhook"), Default: "admin", Help: "How a password reset reaches its user: by an administrator who sees the request, by mail, or by a web hook."},
		{Name: "smtp", value: secretLink(&n.SMTP, "smtp", "smtps"), Help: "Mail server, such as smtps://user:password@mail.example.org:465; smtp:// uses STARTTLS."},
		{Name: "mail_from", value: text(&n.MailFrom), Help: "Sender of mails."},
		{Name: "webhook", value: webhook, Help: "Where notices are posted as JSON."},
		{Name: "webhook_secret", value: secret(&n.WebhookSecret), Help: "Key that signs them (HMAC-SHA-256 in X-Retable-Signature)."},
		{Name: "allow_private", value: boolean(&n.AllowPrivate), Default: "false", Help: "Let calls that settings ask for (web hook, OIDC, models) reach private addresses. S3, PostgreSQL, Redis, SMTP and Ollama always may."},
		{Name: "allow_networks", value: networks(&n.AllowNetworks), Help: "Private ranges that such calls may reach, instead of all."},
		{Name: "request_timeout", value: duration(&n.RequestTimeout, time.Second, 10*time.Minute), Default: "10s", Help: "Time for such a call."},
	}
}
