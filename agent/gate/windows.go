package gate

import (
	"strings"

	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/window"
)

// windowsInput is what policies see of the windows.
func windowsInput(d window.Decision) policies.Windows {
	reasons := make([]string, len(d.Because))
	for i, because := range d.Because {
		reasons[i] = because.String()
	}
	w := policies.Windows{Open: d.Open, Reason: strings.Join(reasons, "; ")}
	if !d.Next.IsZero() {
		w.Next = &d.Next
	}
	return w
}
