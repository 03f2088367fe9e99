package rest

func (s *Server) adminRoutes() []operation {
	return tagged("Administration",
		op("listUsers", "GET", "/api/admin/users", "Users", s.listUsers),
		op("createUser", "POST", "/api/admin/users", "Make a user", s.createUser),
		op("getUser", "GET", "/api/admin/users/{user_id}", "One user", s.getUser),
		op("updateUser", "PUT", "/api/admin/users/{user_id}", "Change role, activity, lock", s.updateUser),
		op("deleteUser", "DELETE", "/api/admin/users/{user_id}", "Remove a user", s.deleteUser),
		op("forceLogout", "POST", "/api/admin/users/{user_id}/force-logout", "End all log-ins of a user", s.forceLogout),
		op("lockUser", "POST", "/api/admin/users/{user_id}/lock", "Keep a user out", s.lockUser),
		op("unlockUser", "POST", "/api/admin/users/{user_id}/unlock", "Let a user in again", s.unlockUser),
		op("forcePasswordReset", "POST", "/api/admin/users/{user_id}/force-password-reset", "Have a user set a new password", s.forcePasswordReset),
		op("resetTOTP", "POST", "/api/admin/users/{user_id}/reset-totp", "Turn off the second factor of who lost it", s.svc.ResetTOTP),
		op("setQuota", "PUT", "/api/admin/users/{user_id}/quota", "What a user may keep", s.setQuota),
		op("adminLogins", "GET", "/api/admin/logins", "Log-ins of everybody", s.svc.AdminLogins),
		op("adminEndLogin", "DELETE", "/api/admin/logins/{login_id}", "End one", s.svc.AdminEndLogin),
		op("adminNotices", "GET", "/api/admin/notifications", "Messages for administrators", s.svc.ListNotifications),
		op("auditLog", "GET", "/api/admin/audit-logs", "The audit log, newest first", s.auditLog),
		op("verifyAudit", "POST", "/api/admin/audit-logs/verify", "Is the log whole?", s.verifyAudit),
		op("auditTicket", "POST", "/api/admin/audit-logs/ticket", "A link to the whole log", s.svc.AuditTicket),
		op("errorEvents", "GET", "/api/admin/errors", "Faults, with their stacks", s.svc.ErrorEvents),
		op("previewCleanup", "GET", "/api/admin/cleanup/sessions", "What a clean-up would remove", s.svc.PreviewCleanup),
		op("cleanUp", "POST", "/api/admin/cleanup/sessions", "Remove sessions that nobody has used for so long", s.svc.CleanUp),
		op("stats", "GET", "/api/admin/stats", "Figures for operators", s.svc.Stats),
		op("createTeam", "POST", "/api/admin/teams", "Make a team", s.svc.CreateTeam, without("team_id")),
		op("updateTeam", "PUT", "/api/admin/teams/{team_id}", "Change a team", s.svc.UpdateTeam),
		op("deleteTeam", "DELETE", "/api/admin/teams/{team_id}", "Remove a team", s.svc.DeleteTeam),
		op("listKeys", "GET", "/api/admin/keys", "Keys of this installation, without their secrets", s.svc.ListKeys),
		op("rotateKeys", "POST", "/api/admin/keys/rotate", "Make fresh keys; the old ones stay good", s.svc.RotateKeys),
		op("retireKey", "DELETE", "/api/admin/keys/{key_id}", "Accept an old key no more", s.retireKey),
	)
}

func (s *Server) settingsRoutes() []operation {
	return tagged("Settings",
		op("getSettings", "GET", "/api/settings", "Settings that can be changed while the server runs", s.svc.GetSettings),
		op("updateSettings", "PUT", "/api/settings", "Change them", s.svc.UpdateSettings),
	)
}
