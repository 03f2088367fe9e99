package rest

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/gofiber/fiber/v2"

	"retable/app"
	"retable/internal/retable"
)

func (s *Server) bundleRoutes() []operation {
	return tagged("Bundles",
		route("scan", "POST", "/api/conversion/scan", "Send a bundle and hear what is in it", s.scan, payload{
			accepts: []string{"multipart/form-data", "application/octet-stream", "application/zip", "application/xml", "application/gzip"},
			query:   []param{{name: "filename", kind: "string", doc: "Name of a raw body; also as X-Filename"}}, response: reflect.TypeFor[app.ScanResult](),
		}, counts(upload), notes("A form with `file`, or the bundle itself as the body. What is large is profiled by the job `job_id`; names and number of the files come at once. "+
			"`Content-Length` is needed, or `X-Content-SHA256`.")),
		op("createUpload", "POST", "/api/uploads", "Open a resumable upload", s.svc.CreateUpload, counts(upload)),
		op("presign", "POST", "/api/storage/presign", "Open an upload by name", s.presign, queried("filename", "bytes", "sha256", "convert"), counts(upload)),
		op("getUpload", "GET", "/api/uploads/{upload_id}", "Which parts have arrived", s.svc.GetUpload),
		route("putPart", "PUT", "/api/uploads/{upload_id}/parts/{number}", "Send one part", s.putPart, payload{
			accepts: []string{"application/octet-stream"}, response: reflect.TypeFor[app.UploadPart](),
		}, counts(uncounted), notes("Raw bytes with `Content-Length`, and `X-Content-SHA256` to have them verified. In any order, again if need be.")),
		op("completeUpload", "POST", "/api/uploads/{upload_id}/complete", "Put the parts together", s.svc.CompleteUpload),
		op("abortUpload", "DELETE", "/api/uploads/{upload_id}", "Give an upload up", s.svc.AbortUpload),
		op("convert", "POST", "/api/conversion/convert", "Make a session's tables", s.convert, queried("wait"), notes("With `?wait=30s` the answer has the figures if it is done in time.")),
		op("conversionStatus", "GET", "/api/conversion/status/{job_id}", "How far a conversion is", s.conversionStatus),
		route("downloadTables", "GET", "/api/conversion/download/{session_id}", "The tables as a ZIP", s.download, payload{
			request: reflect.TypeFor[app.DownloadRequest](), returns: []string{"application/zip"},
		}, notes("Streamed, with `ETag` and `Range`. On S3 larger ones are a redirect.")),
		op("downloadTicket", "POST", "/api/conversion/download/{session_id}/ticket", "A link to it that works once", s.svc.DownloadTicket),
		op("artifactTicket", "POST", "/api/artifacts/{artifact_id}/ticket", "A link to an artifact that works once", s.svc.ArtifactTicket),
		op("deleteArtifact", "DELETE", "/api/artifacts/{artifact_id}", "Remove an export, or tables that were taken over", s.svc.DeleteArtifact),
	)
}

// convertRequest is the contract's: the answer may be waited for.
type convertRequest struct {
	app.ConvertSessionRequest
	Wait string `json:"wait,omitempty" maxLength:"20" doc:"How long to wait for the end, such as 30s; a minute at most"`
}

// convertAnswer is the job, and its end where it was waited for.
type convertAnswer struct {
	JobID  int64  `json:"job_id"`
	Status string `json:"status,omitempty" enum:"QUEUED,RUNNING,SUCCESS,FAILED,CANCELLED"`
	Result any    `json:"result,omitempty" doc:"{tables, rows, values, proved, partial}"`
	Error  string `json:"error,omitempty"`
}

const maxWait = time.Minute

func (s *Server) convert(ctx context.Context, req convertRequest) (*convertAnswer, error) {
	var wait time.Duration
	if req.Wait != "" {
		var err error
		if wait, err = time.ParseDuration(req.Wait); err != nil || wait < 0 {
			return nil, unfit([]retable.FieldError{{Field: "wait", Message: "is no time; write it like 30s"}})
		}
	}
	started, err := s.svc.ConvertSession(ctx, req.ConvertSessionRequest)
	if err != nil {
		return nil, err
	}
	out := &convertAnswer{JobID: started.JobID}
	if wait == 0 {
		return out, nil
	}
	j, err := s.svc.WaitJob(ctx, started.JobID, min(wait, maxWait))
	if err != nil {
		return nil, err
	}
	out.Status, out.Error = j.Status, j.Error
	if len(j.Result) > 0 {
		out.Result = j.Result
	}
	return out, nil
}

// jobStatus is the contract's short form of a job.
type jobStatus struct {
	Status   string  `json:"status" enum:"QUEUED,RUNNING,SUCCESS,FAILED,CANCELLED"`
	Progress float64 `json:"progress"`
	Message  string  `json:"message"`
}

func (s *Server) conversionStatus(ctx context.Context, req app.JobRef) (*jobStatus, error) {
	j, err := s.svc.GetJob(ctx, req)
	if err != nil {
		return nil, err
	}
	return &jobStatus{j.Status, j.Progress, j.Message}, nil
}

// comparisonResults is the contract's: the result of a comparison's job, for
// programs; a report by its format.
func (s *Server) comparisonResults(c *fiber.Ctx) error {
	var req resultsRequest
	if err := s.fill(c, operationOf(c), &req); err != nil {
		return err
	}
	if req.Format != "" && req.Format != "json" {
		d, err := s.svc.DownloadReport(c.UserContext(), app.ReportRequest{JobID: req.JobID, Format: req.Format})
		if err != nil {
			return err
		}
		return s.sendDownload(c, d)
	}
	out, err := s.svc.ComparisonResults(c.UserContext(), req.ResultsRequest)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, out)
}
