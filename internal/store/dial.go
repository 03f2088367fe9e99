package store

import (
	"context"
	"net"
	"time"
)

// A connection on which nothing comes any more is given up after some 25 s
// without traffic, and after 10 s if what was sent isn't acknowledged. The
// system's own limits are two hours and a quarter of an hour: for so long a
// replica that is cut off would hang instead of saying so, and the server keep
// the locks of one that is gone.
const (
	silentFor = 10 * time.Second
	probeEach = 5 * time.Second
	probes    = 3
)

// dial connects to PostgreSQL.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: silentFor, Control: limitUnacknowledged, KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: silentFor, Interval: probeEach, Count: probes,
	}}
	return d.DialContext(ctx, network, address)
}

// serverSide are the same limits for the server's end of the connection, in
// PostgreSQL's units.
func serverSide() map[string]string {
	return map[string]string{"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3", "tcp_user_timeout": "10000"}
}
