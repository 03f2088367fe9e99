package rest

import (
	"context"
	"crypto/tls"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watchPeer calls gone when the peer of a connection has closed it, which
// fasthttp tells nobody. It looks and reads nothing: what the peer has sent
// stays for the server. stop waits until it looks no more.
func watchPeer(ctx context.Context, conn net.Conn, gone func()) (stop func()) {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return func() {}
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if hasLeft(raw) {
				gone()
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

func hasLeft(raw syscall.RawConn) bool {
	left := false
	err := raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}} // #nosec G115 -- descriptors are small
		if n, err := unix.Poll(fds, 0); err == nil && n > 0 {
			left = fds[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) != 0
		}
	})
	return err != nil || left
}
