package environments

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const approvalText = `apiVersion: penstock.dev/v1alpha1
kind: Approval
metadata:
  name: grace
spec:
  unit: prod/llama-3-8b
  content: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
  expires: "2026-12-31T00:00:00Z"
  signature: |
    -----BEGIN SSH SIGNATURE-----
    AAAA
    -----END SSH SIGNATURE-----
`

func TestAnApprovalIsReadAsItIsWritten(t *testing.T) {
	for name, text := range map[string]string{
		"quoted":   approvalText,
		"unquoted": strings.ReplaceAll(approvalText, `"`, ""),
		"of rules": strings.Replace(approvalText, "prod/llama-3-8b", "rules", 1),
	} {
		got, problems := decodeOnly(t, "grace.yaml", text, DecodeApproval)
		if problems != "" {
			t.Errorf("%s: %s", name, problems)
			continue
		}
		if !got.Spec.Expires.Time.Equal(time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: it expires at %v", name, got.Spec.Expires)
		}
		if diff := cmp.Diff("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", got.Spec.Signature); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestABadApprovalIsRefusedWithItsPlace(t *testing.T) {
	const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	for _, test := range []struct{ from, to, want string }{
		{"prod/llama-3-8b", "prod", `grace.yaml:6: spec.unit: expected environment/model, or rules, found the string "prod"; write it as in prod/llama-3-8b`},
		{"prod/llama-3-8b", "prod/*", `grace.yaml:6: spec.unit: expected environment/model, or rules, found the string "prod/*"; write it as in prod/llama-3-8b`},
		{"prod/llama-3-8b", `"prod/a\nexpires: x"`, `grace.yaml:6: spec.unit: expected environment/model, or rules, found the string "prod/a\nexpires: x"; write it as in prod/llama-3-8b`},
		{digest, "sha256:9F86", `grace.yaml:7: spec.content: expected a digest, found the string "sha256:9F86"; write it as in sha256: and the 64 digits that sha256sum prints`},
		{digest, digest + "0", "grace.yaml:7: spec.content: expected a digest, found a string of 72 characters; write it as in sha256: and the 64 digits that sha256sum prints"},
		{"2026-12-31T00:00:00Z", "2026-12-31", `grace.yaml:8: spec.expires: expected a time such as 2026-12-31T00:00:00Z, found the string "2026-12-31"; write a value (Expires is when it ends)`},
		{"2026-12-31T00:00:00Z", "2026-02-30T00:00:00Z", `grace.yaml:8: spec.expires: expected a time such as 2026-12-31T00:00:00Z, found the string "2026-02-30T00:00:00Z"; write a value (Expires is when it ends)`},
		{"2026-12-31T00:00:00Z", "2026-12-31T02:00:00+02:00", `grace.yaml:8: spec.expires: expected a time in UTC and whole seconds, found the string "2026-12-31T02:00:00+02:00"; write it as in expires: "2026-12-31T00:00:00Z", as it was signed`},
		{"2026-12-31T00:00:00Z", "2026-12-31T00:00:00.5Z", `grace.yaml:8: spec.expires: expected a time in UTC and whole seconds, found the string "2026-12-31T00:00:00.5Z"; write it as in expires: "2026-12-31T00:00:00Z", as it was signed`},
		{`  expires: "2026-12-31T00:00:00Z"` + "\n", "", "grace.yaml:5: spec.expires: the field is missing, expected a time such as 2026-12-31T00:00:00Z; add it (Expires is when it ends)"},
		{"content:", "contents:", "grace.yaml:7: spec.contents: there is no such field; did you mean content?"},
		{"spec:\n", "status: {}\nspec:\n", "grace.yaml:5: status: there is no such field; expected one of apiVersion, kind, metadata, spec"},
		{"name: grace", "name: grace\n  uid: x", "grace.yaml:5: metadata.uid: this field is written by the cluster, not in Git; delete it"},
		{"name: grace", "name: grace@example.com", `grace.yaml:4: metadata.name: expected a DNS label, found the string "grace@example.com"; use lower-case letters, digits and dashes, as in name: grace`},
		{"|\n    -----BEGIN SSH SIGNATURE-----\n    AAAA\n    -----END SSH SIGNATURE-----", `""`, "grace.yaml:9: spec.signature: expected a string, found the empty string; write a value (Signature is an armored SSH signature of all of that)"},
	} {
		text := strings.Replace(approvalText, test.from, test.to, 1)
		if _, got := decodeOnly(t, "grace.yaml", text, DecodeApproval); got != test.want {
			t.Errorf("%s\ngot:  %s\nwant: %s", test.to, got, test.want)
		}
	}
}
