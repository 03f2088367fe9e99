//go:build !(desktop || dev || bindings)

package desktop

import (
	"context"

	"retable/internal/retable"
)

// Built tells whether this program has a window.
const Built = false

// Run says that this program has no window.
func Run(context.Context, Options) error {
	return &retable.Error{Code: retable.Unsupported, Detail: "This program was built without a window: make desktop builds it with one; \"retable serve\" shows the same in a browser."}
}
