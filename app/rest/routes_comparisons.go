package rest

import (
	"reflect"

	"retable/app"
)

func (s *Server) comparisonRoutes() []operation {
	return tagged("Comparisons",
		op("suggestComparisons", "GET", "/api/comparison/suggestions", "Pairs worth comparing", s.svc.SuggestComparisons),
		op("compare", "POST", "/api/comparison/compare", "Compare two sessions", s.svc.Compare),
		route("comparisonResults", "GET", "/api/comparison/results/{job_id}", "The result, page by page, or a report", s.comparisonResults, payload{
			request: reflect.TypeFor[resultsRequest](), response: reflect.TypeFor[app.Results](), returns: []string{"text/html", "application/octet-stream"},
		}),
		op("reportTicket", "POST", "/api/comparison/results/{job_id}/ticket", "A link to a report that works once", s.svc.ReportTicket),
		op("listComparisons", "GET", "/api/comparisons", "Comparisons that you may see", s.svc.ListComparisons),
		op("getComparison", "GET", "/api/comparisons/{comparison_id}", "One with its summary", s.svc.GetComparison),
		op("deleteComparison", "DELETE", "/api/comparisons/{comparison_id}", "Remove it and its reports", s.svc.DeleteComparison),
		op("getDiffTable", "GET", "/api/comparisons/{comparison_id}/tables/{number}", "One table with its columns and keys", s.svc.GetDiffTable),
		op("getDiffRows", "GET", "/api/comparisons/{comparison_id}/tables/{number}/rows", "Its rows side by side, by position", s.svc.GetDiffRows, optional("offset", "limit")),
		op("findChange", "GET", "/api/comparisons/{comparison_id}/tables/{number}/find", "The next row that has changed", s.svc.FindChange),
		op("listPins", "GET", "/api/comparison/pins", "What people said about pairs of files", s.svc.ListPins),
		op("putPin", "PUT", "/api/comparison/pins", "Say that two files belong together, or don't", s.svc.PutPin),
		op("deletePin", "DELETE", "/api/comparison/pins", "Take it back", s.svc.DeletePin, optional("apart")),
	)
}
