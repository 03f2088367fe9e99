package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// clock is a time of day, or "off".
func clock(p *Clock) value {
	return value{
		kind: KindClock, get: func() string { return p.String() },
		set: func(s string) error {
			if strings.EqualFold(s, "off") {
				*p = Clock{}
				return nil
			}
			t, err := time.Parse("15:04", s)
			if err != nil {
				return errors.New("write a time of day such as 02:30, or off")
			}
			*p = Clock{On: true, Hour: t.Hour(), Minute: t.Minute()}
			return nil
		},
	}
}

// Clock is a time of day in the machine's zone at which something is done daily.
type Clock struct {
	On           bool
	Hour, Minute int
}

// String returns HH:MM, or "off".
func (c Clock) String() string {
	if !c.On {
		return "off"
	}
	return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute)
}

// Next returns the first such time after t.
func (c Clock) Next(t time.Time) time.Time {
	next := time.Date(t.Year(), t.Month(), t.Day(), c.Hour, c.Minute, 0, 0, t.Location())
	if !next.After(t) {
		next = time.Date(t.Year(), t.Month(), t.Day()+1, c.Hour, c.Minute, 0, 0, t.Location())
	}
	return next
}

// Rate is so many per time, with a burst (0: Count). Count 0 is no limit.
type Rate struct {
	Count int
	Per   time.Duration
	Burst int
}

// String returns COUNT/TIME, with the burst COUNT/TIME+BURST, or "off".
func (r Rate) String() string {
	switch {
	case r.Count == 0:
		return "off"
	case r.Burst != 0:
		return fmt.Sprintf("%d/%s+%d", r.Count, formatDuration(r.Per), r.Burst)
	}
	return fmt.Sprintf("%d/%s", r.Count, formatDuration(r.Per))
}

var errRate = errors.New("write COUNT/TIME such as 100/1m, with a burst 100/1m+20, or off")

func rate(p *Rate) value {
	return value{
		kind: KindRate, get: func() string { return p.String() },
		set: func(s string) error {
			r, err := parseRate(s)
			if err == nil {
				*p = r
			}
			return err
		},
	}
}

func parseRate(s string) (r Rate, err error) {
	if strings.EqualFold(s, "off") {
		return Rate{}, nil
	}
	s, burst, hasBurst := strings.Cut(s, "+")
	count, per, ok := strings.Cut(s, "/")
	if !ok {
		return Rate{}, errRate
	}
	if r.Count, err = strconv.Atoi(strings.TrimSpace(count)); err != nil || r.Count < 1 {
		return Rate{}, errRate
	}
	if per = strings.TrimSpace(per); per != "" && (per[0] < '0' || per[0] > '9') {
		per = "1" + per // 100/m
	}
	if r.Per, err = parseDuration(per); err != nil || r.Per <= 0 {
		return Rate{}, errRate
	}
	if hasBurst {
		if r.Burst, err = strconv.Atoi(strings.TrimSpace(burst)); err != nil || r.Burst < 1 {
			return Rate{}, errRate
		}
	}
	return r, nil
}

// RouteRate is the limit of one route.
type RouteRate struct {
	Method, Path string // POST, /api/ai/chat
	Rate         Rate
}

func routeRates(p *[]RouteRate) value {
	return value{
		kind: KindList,
		get: func() string {
			all := make([]string, len(*p))
			for i, r := range *p {
				all[i] = r.Method + " " + r.Path + "=" + r.Rate.String()
			}
			return strings.Join(all, ",")
		},
		set: func(s string) error {
			var all []RouteRate
			for _, item := range strings.Split(s, ",") {
				route, limit, ok := strings.Cut(strings.TrimSpace(item), "=")
				method, path, ok2 := strings.Cut(strings.TrimSpace(route), " ")
				r, err := parseRate(strings.TrimSpace(limit))
				if !ok || !ok2 || err != nil || !strings.HasPrefix(path, "/") || method != strings.ToUpper(method) {
					return fmt.Errorf("%q is no limit of a route: write METHOD PATH=COUNT/TIME, such as POST /api/ai/chat=20/1m", item)
				}
				all = append(all, RouteRate{Method: method, Path: path, Rate: r})
			}
			*p = all
			return nil
		},
	}
}
