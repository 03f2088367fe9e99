package rest

import (
	"context"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"retable/app"
	"retable/internal/problem"
	"retable/internal/retable"
)

// answerEvent is a step of an answer, or why there is none.
type answerEvent struct {
	retable.AnswerEvent
	Problem *problemBody `json:"problem,omitempty"`
}

// ask answers a question: as JSON, or step by step where the client takes an
// event stream. Closing the connection stops the model.
func (s *Server) ask(c *fiber.Ctx) error {
	var req app.AskRequest
	if err := s.fill(c, operationOf(c), &req); err != nil {
		return err
	}
	if !strings.Contains(c.Get(fiber.HeaderAccept), eventStream) {
		ctx, cancel := s.withEnd(c)
		defer cancel()
		answer, err := s.svc.Ask(ctx, req, nil)
		if err != nil {
			return err
		}
		return writeJSON(c, http.StatusOK, answer)
	}
	return s.streamed(c, func(ctx context.Context, out *stream) error {
		over := false
		answer, err := s.svc.Ask(ctx, req, func(e retable.AnswerEvent) error {
			over = over || e.Kind == "done"
			return out.send(e.Kind, e)
		})
		switch {
		case err != nil && !over:
			return s.sendFailure(ctx, out, err)
		case err == nil && !over:
			return out.send("done", answerEvent{AnswerEvent: retable.AnswerEvent{Kind: "done", Answer: answer}})
		}
		return err
	})
}

// sendFailure is the last event of an answer that there is none of.
func (s *Server) sendFailure(ctx context.Context, out *stream, err error) error {
	p := problemBody{Problem: problem.For(ctx, err)}
	p.RetryAfterMS = int64(p.RetryAfter) * 1000
	s.log.Log(ctx, problem.Level(err), "a question was not answered", "code", string(p.Code), "err", err)
	return out.send("error", answerEvent{AnswerEvent: retable.AnswerEvent{Kind: "error"}, Problem: &p})
}

// pullProgress is how far the download of a model has come.
type pullProgress struct {
	app.PullStep
	Problem *problemBody `json:"problem,omitempty"`
}

// pull has a provider download a model and tells how far it is.
func (s *Server) pull(c *fiber.Ctx) error {
	var req app.PullRequest
	if err := s.fill(c, operationOf(c), &req); err != nil {
		return err
	}
	if _, err := s.svc.GetSettings(c.UserContext(), app.None{}); err != nil {
		return err // who may not see to the models hears it before a stream begins
	}
	return s.streamed(c, func(ctx context.Context, out *stream) error {
		var lost error
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		err := s.svc.PullModel(ctx, req, func(step app.PullStep) {
			if lost == nil {
				if lost = out.send("progress", pullProgress{PullStep: step}); lost != nil {
					cancel()
				}
			}
		})
		if err == nil || lost != nil {
			return lost
		}
		p := problemBody{Problem: problem.For(ctx, err)}
		p.RetryAfterMS = int64(p.RetryAfter) * 1000
		return out.send("progress", pullProgress{PullStep: app.PullStep{Status: "failed"}, Problem: &p})
	})
}
