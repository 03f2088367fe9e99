package auth

import (
	"encoding/json"

	"retable/internal/retable"
)

// NoticeDetail is what the detail of a notice holds.
type NoticeDetail struct {
	UserID   string `json:"user_id,omitempty"`
	Username string `json:"username,omitempty"`
	Link     string `json:"link,omitempty"` // sealed in the store, plain where an administrator reads it
	Expires  string `json:"expires_at,omitempty"`
}

func noticeDetail(r *Ring, n *Notification) (json.RawMessage, error) {
	d := NoticeDetail{UserID: n.UserID, Username: n.Username, Expires: n.Expires.String()}
	if n.Link != "" {
		d.Link = r.Seal(ForNotice, n.UserID, []byte(n.Link))
	}
	return json.Marshal(d)
}

// OpenNotice returns a notice's detail with its link in plain, for an
// administrator to pass on; without it if it is no longer good.
func (r *Ring) OpenNotice(n *retable.Notice) (NoticeDetail, error) {
	var d NoticeDetail
	if len(n.Detail) == 0 {
		return d, nil
	}
	if err := json.Unmarshal(n.Detail, &d); err != nil {
		return d, err
	}
	if d.Link == "" {
		return d, nil
	}
	link, err := r.Unseal(ForNotice, d.UserID, d.Link)
	d.Link = string(link)
	if err != nil || d.Expires <= r.clock.Now().String() { // RFC 3339 in UTC sorts as text
		d.Link = "" // its key is retired, or its time is over
	}
	return d, nil
}
