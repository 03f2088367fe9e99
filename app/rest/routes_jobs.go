package rest

import "reflect"

func (s *Server) jobRoutes() []operation {
	sse := payload{returns: []string{eventStream}, event: reflect.TypeFor[appEvent]()}
	return tagged("Jobs",
		op("listJobs", "GET", "/api/jobs", "Jobs, newest first", s.svc.ListJobs),
		op("getJob", "GET", "/api/jobs/{job_id}", "One job", s.svc.GetJob),
		op("cancelJob", "POST", "/api/jobs/{job_id}/cancel", "Cancel it", s.svc.CancelJob),
		op("retryJob", "POST", "/api/jobs/{job_id}/retry", "Try again what failed", s.svc.RetryJob),
		route("jobEvents", "GET", "/api/jobs/{job_id}/events", "What happens to it, until it is over", s.jobEvents, sse),
		route("events", "GET", "/api/events", "Everything that concerns you", s.events, sse,
			notes("Server-sent events, read by fetch with the bearer token: `event:` is the kind, `data:` an AppEvent. Where the stream fails, ask `GET /api/jobs?active=true` every two seconds.")),
	)
}
