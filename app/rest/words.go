package rest

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"retable/app"
	"retable/internal/retable"
)

// passedThrough are types that Go knows only as JSON that is handed on: no
// request or answer names them.
func passedThrough() []reflect.Type {
	return []reflect.Type{
		reflect.TypeFor[app.ComparisonSummary](), reflect.TypeFor[app.ComparisonRecipe](), reflect.TypeFor[retable.Answer](),
	}
}

// words are what is known of members beyond their Go type: the words that a
// string is one of, and what stands in JSON that is handed on. By the name of a
// schema, or of a call for its request, and the member; [] is an item of a list.
//
// It is for readers of the description and for generated clients. What a
// request may hold is checked by the use cases, whose refusals tell more.
func words() map[string]map[string]any {
	codes := oneOf(retable.Invalid, retable.Unprocessable, retable.Unauthorized, retable.Forbidden, retable.NotFound, retable.NotAllowed, retable.Conflict,
		retable.TooLarge, retable.NoLength, retable.Unsupported, retable.RateLimited, retable.Busy, retable.Unavailable, retable.Cancelled, retable.Internal)
	types := oneOf("any", "boolean", "integer", "number", "date", "datetime", "time", "string")
	scopes := oneOf(retable.ScopeRead, retable.ScopeWrite, retable.ScopeAsk, retable.ScopeAdmin)
	jobTypes := oneOf("scan", "convert", "compare", "index", "export", "cleanup", "backup")
	states := oneOf("QUEUED", "RUNNING", "SUCCESS", "FAILED", "CANCELLED")
	kept := map[string]any{"anyOf": []any{
		schema("RecipeBody"), schema("ComparisonRecipeBody"), map[string]any{"type": huma.TypeArray, "items": schema("ComparisonRecipeBody")},
	}}
	always := map[string]any{"type": huma.TypeBoolean, "enum": []any{true}}
	object := map[string]any{"type": huma.TypeObject, "additionalProperties": true}
	return map[string]map[string]any{
		"Problem.code": codes, "ErrorEvent.code": codes, "Job.error_code": codes,
		"Problem.success": map[string]any{"type": huma.TypeBoolean, "enum": []any{false}}, "Success.success": always, "ResetForced.success": always,
		"AccessToken.scopes[]": scopes, "Me.scopes[]": scopes,

		"ConvertOptions.recipes[]": schema("RecipeBody"), "WatchOptions.recipes[]": schema("RecipeBody"),
		"Recipe.body": kept, "createRecipe.body": kept, "updateRecipe.body": kept,
		"RecipeBody.retable": oneOf("recipe/1"), "RecipeBody.mode": oneOf("flat", "relational"), "RecipeBody.lists": oneOf("json", "join", "spread"),
		"RecipeColumn.form": oneOf("", "list", "json", "xml"), "ComparisonRecipeBody.retable": oneOf(app.ComparisonFormat),

		"Inventory.file_counts": countsOf("ok", "partial", "refused", "skipped"), "Watch.counts": countsOf("waiting", "queued", "done", "failed", "repeated"),
		"StructureNode.type": types, "PreviewColumn.type": types, "GridColumn.type": types, "SummaryColumn.left_type": types, "SummaryColumn.right_type": types,
		"PreviewColumn.form": oneOf("scalar", "list", "json", "xml"), "PreviewColumn.role": oneOf("data", "bookkeeping"),
		"Artifact.kind": oneOf(retable.ArtifactOriginal, retable.ArtifactTables, retable.ArtifactExport, retable.ArtifactLegacy, retable.ArtifactReport, retable.ArtifactProfile,
			retable.ArtifactIndex, retable.ArtifactChanges),

		"Job.result": object, "ConvertAnswer.result": object, "AuditEntry.detail": object,
		"ProviderSettings.provider": oneOf("none", "ollama", "openai", "azure"),
		"QueueStats.job_type":       jobTypes, "QueueStats.status": states, "listJobs.status": states, "listJobs.job_type": jobTypes,

		"Comparison.summary": schema("ComparisonSummary"), "Results.totals": schema("DiffTotals"), "Results.files[]": schema("FilePair"), "Results.tables[]": schema("SummaryTable"),
		"FilePair.stage":    oneOf("", "pinned", "only", "identical", "path", "basename", "likeness"),
		"DiffKey.scope":     oneOf("", "table", "file", "parent", "root"),
		"SummaryColumn.how": oneOf("exact", "xpath", "folded", "renamed", "removed", "added", "ignored"),

		"Answer.route": routes(), "AnswerEvent.route": routes(), "ChatMessage.answer": schema("Answer"),
		"AnswerEvent.kind": oneOf("route", "sql", "rows", "token", "citation", "warning", "done", "error"),
	}
}

func routes() map[string]any {
	return oneOf(retable.RouteComputed, retable.RouteSQL, retable.RouteSearch, retable.RouteAbstain)
}

func oneOf[S ~string](all ...S) map[string]any {
	words := make([]any, len(all))
	for i, w := range all {
		words[i] = string(w)
	}
	return map[string]any{"type": huma.TypeString, "enum": words}
}

func schema(name string) map[string]any { return map[string]any{"$ref": schemaPrefix + name} }

// countsOf is an object with a number under each of the names.
func countsOf(names ...string) map[string]any {
	members, required := map[string]any{}, make([]any, len(names))
	for i, n := range names {
		members[n], required[i] = map[string]any{"type": huma.TypeInteger, "format": "int64"}, n
	}
	return map[string]any{"type": huma.TypeObject, "properties": members, "required": required, "additionalProperties": false}
}
