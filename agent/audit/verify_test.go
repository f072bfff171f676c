package audit_test

import (
	"testing"

	"github.com/penstock-dev/penstock/agent/audit"
)

func TestWhatAnAgentWroteHoldsAndAgreesWithGit(t *testing.T) {
	v := tell(t).verify()
	if v.Outcome() != audit.Holds {
		t.Fatalf("it does not hold:\n%s", text(t, v.WriteText))
	}
}
