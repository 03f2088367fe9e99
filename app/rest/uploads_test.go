package rest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"testing"
)

func form(t *testing.T, name string, file []byte) (*bytes.Buffer, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return &b, w.FormDataContentType()
}

func sumOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// uploadInParts sends the second part first, and one of them twice.
func (b *bench) uploadInParts(t *testing.T) {
	t.Helper()
	carl := b.as("carl")
	b.server.svc.Version()
	bundle := someOrders(t, 40, "2")
	up := carl.call("POST", "/api/uploads", map[string]any{"filename": "april.zip", "bytes": len(bundle), "sha256": sumOf(bundle)}).want(200)
	at := "/api/uploads/" + up.text("id")
	b.as("bea").call("GET", at, nil).want(404)
	carl.with("X-Content-SHA256", sumOf([]byte("other"))).call("PUT", at+"/parts/1", bundle).want(422)
	carl.call("PUT", at+"/parts/1", bundle[1:]).want(422)
	carl.call("PUT", at+"/parts/2", bundle).want(422)
	carl.call("PUT", at+"/parts/first", bundle).want(422)
	carl.call("POST", at+"/complete", nil).want(409)
	for range 2 {
		if r := carl.with("X-Content-SHA256", sumOf(bundle)).call("PUT", at+"/parts/1", bundle).want(200); r.text("sha256") != sumOf(bundle) {
			t.Errorf("got %s", r.body)
		}
	}
	if r := carl.call("GET", at, nil).want(200); r.text("parts", 0, "bytes") != fmt.Sprint(len(bundle)) {
		t.Errorf("got %s", r.body)
	}
	got := carl.call("POST", at+"/complete", nil).want(200)
	if r := carl.finished(got.text("job_id")); r.text("job_type") != "convert" || r.text("status") != "SUCCESS" {
		t.Errorf("got %s", r.body)
	}
	again := carl.call("POST", "/api/uploads", map[string]any{"filename": "april.zip", "bytes": len(bundle)}).want(200)
	at = "/api/uploads/" + again.text("id")
	carl.call("PUT", at+"/parts/1", bundle).want(200)
	if r := carl.call("POST", at+"/complete", nil).want(200); r.at("existing") != true || r.text("session_id") != got.text("session_id") {
		t.Errorf("got %s", r.body)
	}
	third := carl.call("POST", "/api/uploads", map[string]any{"filename": "may.zip", "bytes": 100}).want(200)
	carl.call("DELETE", "/api/uploads/"+third.text("id"), nil).want(200)
	carl.call("POST", "/api/uploads", map[string]any{"filename": "may.exe", "bytes": 100}).want(415)
	carl.call("POST", "/api/uploads", map[string]any{"filename": "may.zip", "bytes": 5 << 40}).want(413)
	carl.call("DELETE", "/api/sessions/"+got.text("session_id"), nil).want(200)
}
