package environments

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// exceptionText is a good exception, one field on each line from line 4 on.
const exceptionText = `apiVersion: penstock.dev/v1alpha1
kind: PolicyException
metadata:
  name: launch
spec:
  units: [prod/llama, staging/*]
  policy: gpu-quota
  reason: OPS-1234, the launch takes more until new nodes are there
  approver: grace@example.com
  expires: 2026-12-31T00:00:00+01:00
`

func TestAnExceptionSaysWhatIsExceptedWhyAndUntilWhen(t *testing.T) {
	got, problems := decodeOnly(t, "policies/exceptions/e.yaml", exceptionText, DecodeException)
	if problems != "" {
		t.Fatal(problems)
	}
	want := v1alpha1.PolicyExceptionSpec{
		Units: []string{"prod/llama", "staging/*"}, Policy: "gpu-quota", Reason: "OPS-1234, the launch takes more until new nodes are there",
		Approver: "grace@example.com", Expires: metav1.NewTime(time.Date(2026, 12, 30, 23, 0, 0, 0, time.UTC)),
	}
	got.Spec.Expires = metav1.NewTime(got.Spec.Expires.UTC())
	if diff := cmp.Diff(want, got.Spec); diff != "" || got.Name != "launch" {
		t.Errorf("%s %s", got.Name, diff)
	}
}

func TestABadExceptionIsRefusedWithItsPlace(t *testing.T) {
	const mendExpiry = "; say when, as in expires: 2026-12-31T00:00:00Z"
	for _, test := range []struct{ line, instead, want string }{
		{"  expires: 2026-12-31T00:00:00+01:00\n", "", "5: spec.expires: an exception has to end" + mendExpiry},
		{"2026-12-31T00:00:00+01:00", "", "10: spec.expires: an exception has to end" + mendExpiry},
		{"2026-12-31T00:00:00+01:00", "never", `10: spec.expires: expected a time such as 2026-12-31T00:00:00Z, found the string "never"` + mendExpiry},
		{"2026-12-31T00:00:00+01:00", "2026-12-31", `10: spec.expires: expected a time such as 2026-12-31T00:00:00Z, found the string "2026-12-31"` + mendExpiry},
		{"2026-12-31T00:00:00+01:00", "2026-12-31T00:00:00", `10: spec.expires: expected a time such as 2026-12-31T00:00:00Z, found the string "2026-12-31T00:00:00"` + mendExpiry},
		{"2026-12-31T00:00:00+01:00", "2026-02-30T00:00:00Z", `10: spec.expires: expected a time such as 2026-12-31T00:00:00Z, found the string "2026-02-30T00:00:00Z"` + mendExpiry},
		{"2026-12-31T00:00:00+01:00", "1", "10: spec.expires: expected a time such as 2026-12-31T00:00:00Z, found the number 1" + mendExpiry},
		{"[prod/llama, staging/*]", "['*/*']", `6: spec.units[0]: expected environment/model, found the string "*/*"; write it as in prod/llama-3-8b, or prod/* for all of an environment`},
		{"[prod/llama, staging/*]", "['*']", `6: spec.units[0]: expected environment/model, found the string "*"; write it as in prod/llama-3-8b, or prod/* for all of an environment`},
		{"[prod/llama, staging/*]", "[prod/lla*]", `6: spec.units[0]: expected environment/model, found the string "prod/lla*"; write it as in prod/llama-3-8b, or prod/* for all of an environment`},
		{"[prod/llama, staging/*]", "[]", "6: spec.units: expected 1 or more items, found 0; write them, each behind a dash"},
		{"[prod/llama, staging/*]", "[prod/a, prod/a]", "6: spec.units[1]: the list has prod/a already; keep one of them"},
		{"  units: [prod/llama, staging/*]\n", "", "5: spec.units: the field is missing, expected a list; add it (Units are those that may pass, as in prod/llama-3-8b, or prod/* for all of an environment)"},
		{"policy: gpu-quota", "policy: GPU", `7: spec.policy: expected a DNS label, found the string "GPU"; use lower-case letters, digits and dashes, as in team-a`},
		{"policy: gpu-quota", "policy: '*'", `7: spec.policy: expected a DNS label, found the string "*"; use lower-case letters, digits and dashes, as in team-a`},
		{"OPS-1234, the launch takes more until new nodes are there", "'  '", `8: spec.reason: expected a text, found the string "  "; say it for those who read it in a report`},
		{"OPS-1234, the launch takes more until new nodes are there", "''", "8: spec.reason: expected a text, found the empty string; say it for those who read it in a report"},
		{"  reason: OPS-1234, the launch takes more until new nodes are there\n", "", "5: spec.reason: the field is missing, expected a text; add it (Reason is why, for those who read it in a report, with a ticket's number if there is one)"},
		{"grace@example.com", "Grace", `9: spec.approver: expected an address, found the string "Grace"; write it as in grace@example.com`},
		{"  approver: grace@example.com\n", "", "5: spec.approver: the field is missing, expected an address; add it (Approver is the address of who has agreed)"},
		{"  policy:", "  polices: [a]\n  policy:", "7: spec.polices: there is no such field; did you mean policy?"},
		{"name: launch", "name: launch\n  uid: x", "5: metadata.uid: this field is written by the cluster, not in Git; delete it"},
		{"name: launch", "name: The launch", `4: metadata.name: expected a DNS label, found the string "The launch"; use lower-case letters, digits and dashes, as in name: gpu-quota-for-launch`},
		{"kind: PolicyException", "kind: Exception", `2: kind: expected PolicyException, found the string "Exception"; write kind: PolicyException`},
	} {
		text := strings.Replace(exceptionText, test.line, test.instead, 1)
		if _, got := decodeOnly(t, "e.yaml", text, DecodeException); got != "e.yaml:"+test.want {
			t.Errorf("%q instead of %q\ngot:  %s\nwant: e.yaml:%s", test.instead, test.line, got, test.want)
		}
	}
}
