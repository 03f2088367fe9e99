package rest

func (s *Server) tableRoutes() []operation {
	return tagged("Tables",
		op("listTables", "GET", "/api/sessions/{session_id}/tables", "A session's tables", s.svc.ListTables),
	)
}
