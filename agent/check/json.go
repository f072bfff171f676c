package check

import (
	"encoding/json"
	"io"
)

// WriteJSON writes the report as JSON; its fields are those of Report.
func WriteJSON(w io.Writer, r *Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}
