package rest

import "retable/app"

// resultsRequest chooses a part of a comparison's result, or a report.
type resultsRequest struct {
	app.ResultsRequest
	Format string `json:"format,omitempty" maxLength:"20" doc:"html, xlsx, csv ...: a report instead of JSON"`
}
