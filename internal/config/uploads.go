package config

import "time"

// Uploads bounds what is sent to the server.
type Uploads struct {
	MaxBytes     int64
	PartBytes    int64
	Expiry       time.Duration
	MinRate      int64 // bytes per second
	MaxBodyBytes int64
	AtOnce       int
}

func (u *Uploads) fields() []Field {
	return []Field{
		{Name: "max_upload_bytes", value: size(&u.MaxBytes, kB, 5*tB), Default: "4GiB", Help: "Size of one upload."},
		{Name: "upload_part_bytes", value: size(&u.PartBytes, 5*miB, 512*miB), Default: "8MiB", Help: "Parts of a resumable upload."},
		{Name: "upload_expiry", value: duration(&u.Expiry, time.Minute, 30*day), Default: "1d", Help: "A resumable upload that nobody goes on with is dropped after this time."},
		{Name: "upload_min_rate", value: size(&u.MinRate, 0, gB), Default: "4kB", Help: "Bytes per second below which an upload is broken off; 0 waits for ever."},
		{Name: "uploads_at_once", value: integer(&u.AtOnce, 1, 100_000), Default: "64", Help: "Uploads taken at once; more are refused as busy."},
		{Name: "max_body_bytes", value: size(&u.MaxBodyBytes, kB, gB), Default: "1MiB", Help: "Size of any other request's body."},
	}
}
