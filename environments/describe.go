package environments

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
)

// wording says in a person's words what a pattern of the schema accepts.
type wording struct {
	expected string
	mend     string
}

// wordings by pattern. A test keeps the table complete.
var wordings = map[string]wording{
	`^(hf|s3|gs|oci|pvc|https)://[^\s]+$`: {
		"a URL with hf, s3, gs, oci, pvc or https", "write it as in hf://meta-llama/Llama-3.1-8B-Instruct"},
	`^[A-Za-z0-9][A-Za-z0-9._:/-]*$`: {
		"a commit, digest or version", "write it without spaces, as in 0e9e39f or sha256:…"},
	imagePattern: {
		"a container image", "write it as in vllm/vllm-openai:v0.11.0, best with its @sha256:… digest"},
	`^/[^\s]*$`: {
		"an absolute path of a URL", "write it as in /health"},
	`^[A-Za-z_][A-Za-z0-9_]*$`: {
		"the name of an environment variable", "use letters, digits and underscores, as in HF_HUB_OFFLINE"},
	`^[a-z0-9]+(-+[a-z0-9]+)*$`: {
		"the name of an engine", "write it as in vllm or tensorflow-serving"},
	`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`: {
		"a DNS label", "use lower-case letters, digits and dashes, as in team-a"},
	`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`: {
		"the name of a Kubernetes object", "use lower-case letters, digits, dashes and dots, as in hf-token"},
	`^[-._a-zA-Z0-9]+$`: {
		"a key of a Secret", "use letters, digits, dashes, dots and underscores, as in token"},
	`^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`: {
		"a GPU as GPU feature discovery labels it", "write it as in NVIDIA-H100-80GB-HBM3"},
	`^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$`: {
		"letters, digits, dashes, underscores and dots", "begin and end it with a letter or digit, as in sql-expert"},
	`^[A-Za-z0-9][A-Za-z0-9.+-]*$`: {
		"the identifier of a licence", "write its SPDX identifier, as in Apache-2.0, or the publisher's name of it, as in llama3.1"},
	`^[0-9]+(\.[0-9]+)?[MBT]$`: {
		"a number of parameters", "write it as in 8.03B"},
	`^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$`: {
		"a path below the model's directory", "write it as in model-00001-of-00004.safetensors"},
	`^[0-9a-f]{64}$`: {
		"a SHA-256 in hex", "write the 64 digits that sha256sum prints"},
	`^(hf|s3|gs|https|model)://[^\s]+$`: {
		"a URL with hf, s3, gs, https or model", "write it as in hf://owner/adapter, or model://adapters/sql"},
	`^[1-7]g\.[0-9]{1,3}gb(\.me|\+me)?$`: {
		"a MIG profile", "write it as in 1g.10gb"},
	`^[A-Za-z_:][A-Za-z0-9_:]*$`: {
		"the name of a metric", "write it as in vllm:num_requests_waiting"},
	`^https?://[^\s]+$`: {
		"a URL with http or https", "write it as in http://prometheus.monitoring:9090"},
	`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`: {
		"the key of a label or taint", "write it as in topology.kubernetes.io/zone"},
	`^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`: {
		"a host name", "write it as in models.example.com"},
	`^[^\s,*?!]+$`: {
		"the exact address of a person", "write it as trust/allowed_signers has it, as in grace@example.com"},
	`^(hf|s3|gs|oci|https)://[^\s]+$`: {
		"a URL with hf, s3, gs, oci or https", "write it as in hf://cais/mmlu; or delete it, if the image has its data"},
	`^[^\s]+$`: {
		"the name of a metric, without spaces", "write it as the result has it, as in mmlu/acc"},
	`^[0-9a-f]{40}$`: {
		"a commit", "write the 40 hex digits that git rev-parse prints"},
	`^[^@\s]+@[^@\s]+$`: {
		"an address", "write it as in grace@example.com"},
	`\S`: {
		"a text", "say it for those who read it in a report"},
	`^sha256:[0-9a-f]{64}$`: {
		"a digest", "write it as in sha256: and the 64 digits that sha256sum prints"},
	`^(rules|[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9]*[a-z0-9])?)$`: {
		"environment/model, or rules", "write it as in prod/llama-3-8b"},
	`^[a-z0-9]([-a-z0-9]*[a-z0-9])?/(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$`: {
		"environment/model", "write it as in prod/llama-3-8b, or prod/* for all of an environment"},
	quantityPattern: {
		"a quantity", "write a number and a unit, as in 15Gi or 500m"},
}

const (
	imagePattern    = `^([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$`
	quantityPattern = `^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$`
)

// expected says what a field takes, such as: an integer from 1 to 64.
func expected(s *schema.Structural) string {
	v := s.ValueValidation
	switch {
	case s.XIntOrString && v != nil && v.Pattern == quantityPattern:
		return "a quantity such as 15Gi or 500m"
	case v != nil && len(v.Enum) > 0:
		return "one of " + strings.Join(choices(v), ", ")
	case s.Type == "integer":
		return "an integer" + bounds(v)
	case v != nil && v.Format == "date-time":
		return "a time such as 2026-12-31T00:00:00Z"
	case s.Type == "boolean":
		return "true or false"
	case s.Type == "array":
		return "a list"
	case s.Type == "object":
		return "a map"
	case v != nil && wordings[v.Pattern].expected != "":
		return wordings[v.Pattern].expected
	}
	return "a string"
}

func bounds(v *schema.ValueValidation) string {
	switch {
	case v == nil:
		return ""
	case v.Minimum != nil && v.Maximum != nil:
		return fmt.Sprintf(" from %.0f to %.0f", *v.Minimum, *v.Maximum)
	case v.Minimum != nil:
		return fmt.Sprintf(" of at least %.0f", *v.Minimum)
	case v.Maximum != nil:
		return fmt.Sprintf(" of at most %.0f", *v.Maximum)
	}
	return ""
}

// choices are the values of an enum.
func choices(v *schema.ValueValidation) []string {
	all := make([]string, len(v.Enum))
	for i, choice := range v.Enum {
		all[i] = fmt.Sprint(choice.Object)
	}
	return all
}

// echoLimit is the longest value that a message repeats; a longer one might be a secret.
const echoLimit = 64

// userinfo is the part of a URL that may carry a password, which may have slashes in it.
var userinfo = regexp.MustCompile(`//\S*@`)

// found says what a field holds, without repeating what may be secret.
func found(steps []string, v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "a map"
	case []any:
		return "a list"
	case bool:
		if confidential(steps) {
			return "a boolean"
		}
		return fmt.Sprintf("the boolean %t", v)
	case string:
		return foundString(steps, v)
	default:
		if confidential(steps) {
			return "a number"
		}
		number, _ := json.Marshal(v)
		return "the number " + string(number)
	}
}

func foundString(steps []string, v string) string {
	switch length := len([]rune(v)); {
	case v == "":
		return "the empty string"
	case confidential(steps):
		return "a string"
	case length > echoLimit:
		return fmt.Sprintf("a string of %d characters", length)
	}
	return fmt.Sprintf("the string %q", userinfo.ReplaceAllString(v, "//…@"))
}

// confidential tells the fields whose values are never repeated: people put secrets there, although they
// should not.
func confidential(steps []string) bool {
	for i, step := range steps {
		switch step {
		case "args", "command", "credentials", "secretKeyRef":
			return true
		case "data", "stringData": // of a Secret, not spec.parallelism.data
			if i == 0 {
				return true
			}
		case "env":
			return steps[len(steps)-1] == "value" || i+2 >= len(steps)
		}
	}
	return false
}

// duty is the first sentence of a field's description, such as: Image is the container image.
func duty(s *schema.Structural) string {
	text := strings.Join(strings.Fields(s.Description), " ")
	sentence, _, _ := strings.Cut(text, ". ")
	return strings.TrimSuffix(sentence, ".")
}
