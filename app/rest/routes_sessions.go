package rest

func (s *Server) sessionRoutes() []operation {
	return tagged("Sessions",
		op("listSessions", "GET", "/api/sessions", "Sessions that you may see", s.svc.ListSessions),
		op("openSample", "POST", "/api/sessions/sample", "Make the sample deliveries", s.svc.OpenSample),
		op("getSession", "GET", "/api/sessions/{session_id}", "One session", s.svc.GetSession),
		op("updateSession", "PATCH", "/api/sessions/{session_id}", "Rename or pin it", s.svc.UpdateSession),
		op("deleteSession", "DELETE", "/api/sessions/{session_id}", "Remove it with all that was made of it", s.svc.DeleteSession),
		op("listArtifacts", "GET", "/api/sessions/{session_id}/artifacts", "What was made of it", s.svc.ListArtifacts),
		op("exportTables", "POST", "/api/sessions/{session_id}/exports", "Write its tables in a format", s.svc.ExportTables),
	)
}

func (s *Server) recipeRoutes() []operation {
	return tagged("Recipes",
		op("listRecipes", "GET", "/api/recipes", "Your recipes", s.svc.ListRecipes),
		op("createRecipe", "POST", "/api/recipes", "Save a recipe", s.svc.CreateRecipe, without("recipe_id")),
		op("updateRecipe", "PUT", "/api/recipes/{recipe_id}", "Change a recipe", s.svc.UpdateRecipe),
		op("deleteRecipe", "DELETE", "/api/recipes/{recipe_id}", "Remove a recipe", s.svc.DeleteRecipe),
	)
}

func (s *Server) sharingRoutes() []operation {
	return tagged("Sharing",
		op("listShares", "GET", "/api/shares/{resource}/{resource_id}", "Whom something is shared with", s.svc.ListShares),
		op("putShare", "PUT", "/api/shares/{resource}/{resource_id}", "Share it", s.svc.PutShare),
		op("deleteShare", "DELETE", "/api/shares/{resource}/{resource_id}", "Take a share back", s.svc.DeleteShare),
		op("listTeams", "GET", "/api/teams", "Your teams", s.svc.ListTeams),
	)
}

func (s *Server) watchRoutes() []operation {
	return tagged("Watched folders",
		op("listWatches", "GET", "/api/watches", "Watched folders", s.svc.ListWatches),
		op("createWatch", "POST", "/api/watches", "Watch a folder of the server", s.svc.CreateWatch, optional("options"), without("watch_id")),
		op("getWatch", "GET", "/api/watches/{watch_id}", "One of them", s.svc.GetWatch),
		op("updateWatch", "PUT", "/api/watches/{watch_id}", "Change what happens there", s.svc.UpdateWatch),
		op("deleteWatch", "DELETE", "/api/watches/{watch_id}", "Watch it no more", s.svc.DeleteWatch),
		op("sweepWatch", "POST", "/api/watches/{watch_id}/sweep", "Look now", s.svc.SweepWatch),
		op("listWatchedFiles", "GET", "/api/watches/{watch_id}/files", "What became of the files", s.svc.ListWatchedFiles),
	)
}
