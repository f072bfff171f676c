package check_test

import (
	"io"

	"github.com/penstock-dev/penstock/agent/check"
)

// formats are all of them, by what check calls them.
var formats = map[string]func(io.Writer, *check.Report) error{
	"text": check.WriteText, "markdown": check.WriteMarkdown, "json": check.WriteJSON, "sarif": check.WriteSARIF, "junit": check.WriteJUnit,
}
