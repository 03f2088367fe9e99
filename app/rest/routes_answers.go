package rest

import (
	"reflect"

	"retable/app"
	"retable/internal/retable"
)

func (s *Server) answerRoutes() []operation {
	return tagged("Questions",
		op("modelState", "GET", "/api/ai/model", "Which model answers", s.svc.ModelState),
		route("pullModel", "POST", "/api/ai/models/pull", "Have a provider download a model", s.pull,
			payload{request: reflect.TypeFor[app.PullRequest](), returns: []string{eventStream}, event: reflect.TypeFor[pullProgress]()}),
		op("listCollections", "GET", "/api/ai/collections", "Collections that you may see", s.svc.ListCollections),
		op("createCollection", "POST", "/api/ai/collections", "Make one", s.svc.CreateCollection, without("collection_id")),
		op("updateCollection", "PUT", "/api/ai/collections/{collection_id}", "Change one", s.svc.UpdateCollection),
		op("deleteCollection", "DELETE", "/api/ai/collections/{collection_id}", "Remove one", s.svc.DeleteCollection),
		op("indexSession", "POST", "/api/ai/index", "Index a session for questions", s.svc.IndexSession),
		route("chat", "POST", "/api/ai/chat", "Ask a question", s.ask,
			payload{request: reflect.TypeFor[app.AskRequest](), response: reflect.TypeFor[retable.Answer](), returns: []string{eventStream}, event: reflect.TypeFor[answerEvent]()}, counts(asking),
			notes("With `Accept: text/event-stream` the answer comes step by step. Closing the connection stops the model.")),
		op("query", "POST", "/api/ai/query", "Run one read-only statement of SQL on a session's tables", s.svc.Query, counts(asking)),
		op("listChats", "GET", "/api/ai/chats", "Your conversations", s.svc.ListChats),
		op("createChat", "POST", "/api/ai/chats", "Begin one", s.svc.CreateChat),
		op("getMessages", "GET", "/api/ai/chats/{chat_id}/messages", "Its turns", s.svc.GetMessages),
		op("deleteChat", "DELETE", "/api/ai/chats/{chat_id}", "Remove it", s.svc.DeleteChat),
	)
}
