package rest

import (
	"net/http"
	"reflect"

	"github.com/gofiber/fiber/v2"

	"retable/app"
)

func (s *Server) tableRoutes() []operation {
	return tagged("Tables",
		op("getInventory", "GET", "/api/sessions/{session_id}/inventory", "What a bundle holds", s.svc.GetInventory),
		op("listFiles", "GET", "/api/sessions/{session_id}/files", "Its files", s.svc.ListFiles),
		op("getStructure", "GET", "/api/sessions/{session_id}/structure", "Elements and attributes of a kind of document", s.svc.GetStructure),
		op("previewConversion", "POST", "/api/sessions/{session_id}/preview", "What the tables would be with other options", s.svc.PreviewConversion),
		op("listTables", "GET", "/api/sessions/{session_id}/tables", "A session's tables", s.svc.ListTables),
		op("listColumns", "GET", "/api/sessions/{session_id}/tables/{table_id}/columns", "A table's columns", s.svc.ListColumns),
		op("columnStats", "GET", "/api/sessions/{session_id}/tables/{table_id}/columns/{column_id}/stats", "What is in a column", s.svc.ColumnStats),
		route("createView", "POST", "/api/sessions/{session_id}/tables/{table_id}/views", "Sort and filter once, then read by position", s.createView,
			payload{request: reflect.TypeFor[app.ViewRequest](), response: reflect.TypeFor[app.ViewInfo]()}, use(s.svc.CreateView), notes("Closing the connection cancels.")),
		op("getRows", "GET", "/api/sessions/{session_id}/tables/{table_id}/rows", "Rows of a table or of a view", s.svc.GetRows, optional("offset", "limit")),
		op("getPosition", "GET", "/api/sessions/{session_id}/tables/{table_id}/position", "Where a row stands in a view", s.svc.GetPosition),
		op("getCell", "GET", "/api/sessions/{session_id}/tables/{table_id}/rows/{rid}/cells/{column_id}", "A long value, piece by piece", s.svc.GetCell),
		op("getSource", "GET", "/api/sessions/{session_id}/source", "The XML that a row comes from", s.svc.GetSource),
		op("getDictionary", "GET", "/api/sessions/{session_id}/dictionary", "Every column of every table", s.svc.GetDictionary),
		op("getProof", "GET", "/api/sessions/{session_id}/proof", "That no value was lost", s.svc.GetProof),
	)
}

// createView builds a view, unless the client has left meanwhile.
func (s *Server) createView(c *fiber.Ctx) error {
	var req app.ViewRequest
	if err := s.fill(c, operationOf(c), &req); err != nil {
		return err
	}
	ctx, cancel := s.withEnd(c)
	defer cancel()
	out, err := s.svc.CreateView(ctx, req)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, out)
}
