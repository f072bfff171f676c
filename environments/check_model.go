package environments

import (
	"regexp"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// model checks where the weights come from and what is said of them.
func (c *specCheck) model() {
	m := c.spec.Release.Model
	scheme, location, ok := strings.Cut(m.Source, "://")
	if !ok {
		return // the schema has refused it
	}
	c.location(scheme, location)
	c.pinned("spec.release.model.revision", scheme, m.Revision)
	c.quantization(m)
	c.architecture(m.Architecture)
	if len(m.Checksums) > 0 && m.Prepare == nil && !slices.Contains(mounted, scheme) {
		c.refuse("spec.release.model.checksums", "add spec.release.model.prepare, or serve the model from oci:// or pvc://",
			"the server downloads %s:// by itself, into a place that only it knows; there are no files to verify before it starts", scheme)
	}
	if m.Prepare != nil {
		c.environment("spec.release.model.prepare.env", m.Prepare.Env)
	}
}

// mounted are the schemes whose models are in the pod before any container starts.
var mounted = []string{"oci", "pvc"}

// locations by scheme: what follows the scheme, in a pattern, in words, and by example.
var locations = map[string]struct {
	pattern           *regexp.Regexp
	expected, example string
}{
	"hf":    {regexp.MustCompile(`^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$`), "owner/name", "hf://meta-llama/Llama-3.1-8B-Instruct"},
	"s3":    {regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^?#\\]+$`), "bucket/path", "s3://models/llama-3-8b"},
	"gs":    {regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]/[^?#\\]+$`), "bucket/path", "gs://models/llama-3-8b"},
	"https": {regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?/[^?#\\]+$`), "host/path without a query, which might hold a secret", "https://models.example.com/llama-3-8b.gguf"},
	"oci":   {regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+$`), "registry/repository, with the digest in revision", "oci://registry.example.com/models/llama-3-8b"},
	"pvc":   {regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/[^/?#\\]+)*$`), "claim/path", "pvc://weights/llama-3-8b"},
}

// location checks what follows the scheme.
func (c *specCheck) location(scheme, location string) {
	if authority, _, _ := strings.Cut(location, "/"); strings.Contains(authority, "@") && scheme != "oci" {
		c.refuse("spec.release.model.source", "remove it, and name a Secret in spec.credentials.modelToken",
			"the URL has a user name or password before its @, and would be shown wherever the source is")
		return
	}
	form, known := locations[scheme]
	if !known {
		return
	}
	if !form.pattern.MatchString(location) || slices.Contains(strings.Split(location, "/"), "..") {
		c.invalid("spec.release.model.source", "write it as in "+form.example, "expected %s after %s://", form.expected, scheme)
	}
}

var (
	commit   = regexp.MustCompile(`^[0-9a-f]{40}$`)
	digest   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	floating = []string{"main", "master", "latest", "head", "stable", "dev"}
)

// pinned refuses a revision that does not say for ever which bytes are meant, where the environment does
// not take one.
func (c *specCheck) pinned(field, scheme, revision string) {
	if c.env.AllowsFloatingRevisions() {
		return
	}
	expected, example := "a version", "revision: 2026-11-01"
	pinned := revision != "" && !slices.Contains(floating, strings.ToLower(revision))
	switch scheme {
	case "hf":
		expected, example, pinned = "the 40 hex digits of a commit", "revision: 0e9e39f249a16976918f6564b8830bc894c89659", commit.MatchString(revision)
	case "oci", "https":
		expected, example, pinned = "a digest", "revision: sha256:… with 64 hex digits", digest.MatchString(revision)
	}
	if pinned {
		return
	}
	said := "nothing"
	if revision != "" {
		said = cut(revision)
	}
	c.refuse(field, "write it as in "+example+"; or let spec.allowFloatingRevisions of "+c.env.Dir+"/"+EnvironmentFile+" be true",
		"expected %s, since what is served must not change by itself, found %s", expected, said)
}

// precisions that a quantization makes.
var precisions = map[string][]string{
	"awq": {"int4", "int8"}, "gptq": {"int4", "int8"}, "fp8": {"fp8"}, "mxfp4": {"mxfp4"},
	"bitsandbytes": {"int4", "int8"}, "compressed-tensors": {"int4", "int8", "fp8"}, "modelopt": {"fp8", "int4"},
}

// quantization refuses a precision that the method does not make: the fit would be reckoned with it.
func (c *specCheck) quantization(m v1alpha1.Model) {
	if makes := precisions[m.Quantization]; m.Precision != "" && makes != nil && !slices.Contains(makes, m.Precision) {
		c.refuse("spec.release.model.precision", "write precision: "+strings.Join(makes, " or "),
			"quantization %s does not make %s", m.Quantization, m.Precision)
	}
}

// architecture checks the figures against each other.
func (c *specCheck) architecture(a *v1alpha1.Architecture) {
	if a == nil {
		return
	}
	const path = "spec.release.model.architecture"
	if a.KVHeads != nil && a.Heads > 0 && *a.KVHeads > 0 && a.Heads%*a.KVHeads != 0 {
		c.invalid(path+".kvHeads", "copy num_attention_heads and num_key_value_heads from the model's config.json",
			"expected a divisor of heads, %d, found %d", a.Heads, *a.KVHeads)
	}
	switch {
	case a.MLA != nil && (a.KVHeads != nil || a.HeadDim != nil):
		c.refuse(path+".mla", "delete kvHeads and headDim", "with mla the cache of a request has no heads of its own")
	case a.MLA == nil && a.HeadDim == nil && a.Kind != "encoder":
		c.missing(path+".headDim", "copy head_dim from the model's config.json; where it is not there it is hidden_size / num_attention_heads",
			"the field is missing, expected the size of an attention head")
	}
}
