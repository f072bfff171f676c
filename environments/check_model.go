package environments

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// model checks where the weights come from and what is said of them.
func (c *specCheck) model() {
	m := c.spec.Release.Model
	const path = "spec.release.model"
	scheme, _, ok := strings.Cut(m.Source, "://")
	if !ok {
		return // the schema has refused it
	}
	c.source(path+".source", m.Source, "name a Secret in spec.credentials.modelToken")
	c.revision(path+".revision", scheme, m.Revision)
	c.parameters(path+".parameters", m.Parameters)
	c.quantization(m)
	c.architecture(m.Architecture)
	if len(m.Checksums) > 0 && m.Prepare == nil && !slices.Contains(mounted, scheme) {
		c.refuse(path+".checksums", "add spec.release.model.prepare, or serve the model from oci:// or pvc://",
			"the server downloads %s:// by itself, into a place that only it knows; there are no files to verify before it starts", scheme)
	}
	if m.Prepare != nil {
		c.variables(path+".prepare.env", m.Prepare.Env)
		c.plainWords(path+".prepare.command", m.Prepare.Command)
		c.plainWords(path+".prepare.args", m.Prepare.Args)
		c.preparation(path+".prepare.env", m.Prepare.Env)
	}
}

// mounted are the schemes whose models are in the pod before any container starts.
var mounted = []string{"oci", "pvc"}

// tag is what a repository of images takes as a revision beside a digest.
var tag = regexp.MustCompile(`^\w[\w.-]{0,127}$`)

// revision checks that the revision can be one, and that it is pinned.
func (c *specCheck) revision(field, scheme, revision string) {
	if scheme == "oci" && revision != "" && !digest.MatchString(revision) && !tag.MatchString(revision) {
		c.invalid(field, "write it as in sha256:… with 64 hex digits", "expected the digest or tag of an image, found %q", cut(revision))
		return
	}
	c.pinned(field, scheme, revision)
}

// maxParameters is the number beyond which one was mistyped; it keeps sums of bytes in 64 bits.
const maxParameters = 100e12

// parameters checks that there are some.
func (c *specCheck) parameters(field, parameters string) {
	if parameters == "" {
		return
	}
	unit := map[byte]float64{'M': 1e6, 'B': 1e9, 'T': 1e12}[parameters[len(parameters)-1]]
	n, err := strconv.ParseFloat(parameters[:len(parameters)-1], 64)
	if err == nil && unit > 0 && (n <= 0 || n*unit > maxParameters) {
		c.invalid(field, "write it as in 8.03B", "expected more than 0 and at most 100T, found %s", parameters)
	}
}

// PrepareVariables are the environment variables that a prepare step is given by package render, and which a
// descriptor cannot set therefore. HF_TOKEN is another one when the descriptor names a token.
var PrepareVariables = []string{"MODEL_SOURCE", "MODEL_REVISION", "MODEL_FILE", "MODEL_FORMAT", "MODEL_PRECISION", "MODEL_QUANTIZATION",
	"MODEL_ADAPTERS", "MODEL_DIR", "MODEL_MOUNT", "HF_HOME", "HOME", "USER"}

// preparation refuses variables that the prepare step gets anyway: a container cannot have one twice.
func (c *specCheck) preparation(list string, env []v1alpha1.EnvVar) {
	token := c.spec.Credentials != nil && c.spec.Credentials.ModelToken != nil
	for i, variable := range env {
		field := indexed(list, i) + ".name"
		switch {
		case slices.Contains(PrepareVariables, variable.Name):
			c.refuse(field, "delete it", "the prepare step is given %s by Penstock", variable.Name)
		case variable.Name == "HF_TOKEN" && token:
			c.refuse(field, "delete it", "the prepare step is given HF_TOKEN from spec.credentials.modelToken")
		}
	}
}

// precisions that a quantization makes.
var precisions = map[string][]string{
	"awq": {"int4", "int8"}, "gptq": {"int4", "int8"}, "fp8": {"fp8"}, "mxfp4": {"mxfp4"},
	"bitsandbytes": {"int4", "int8"}, "compressed-tensors": {"int4", "int8", "fp8", "mxfp4"}, "modelopt": {"fp8", "int8", "int4", "mxfp4"},
}

// quantization refuses a precision that the method does not make: the fit would be reckoned with it.
func (c *specCheck) quantization(m v1alpha1.Model) {
	if makes := precisions[m.Quantization]; m.Precision != "" && makes != nil && !slices.Contains(makes, m.Precision) {
		c.refuse("spec.release.model.precision", "write precision: "+strings.Join(makes, " or ")+"; or correct quantization",
			"quantization %s does not make %s", m.Quantization, m.Precision)
	}
}

// architecture checks the figures against each other.
func (c *specCheck) architecture(a *v1alpha1.Architecture) {
	if a == nil {
		return
	}
	const path = "spec.release.model.architecture"
	switch {
	case a.MLA != nil && (a.KVHeads != nil || a.HeadDim != nil):
		c.refuse(path+".mla", "delete kvHeads and headDim", "with mla the cache of a request has no heads of its own")
	case a.MLA == nil && a.HeadDim == nil && a.Kind != "encoder":
		c.missing(path+".headDim", "copy head_dim from the model's config.json; where it is not there it is hidden_size / num_attention_heads",
			"the field is missing, expected the size of an attention head")
	}
	if a.MLA == nil && a.KVHeads != nil && a.Heads > 0 && *a.KVHeads > 0 && a.Heads%*a.KVHeads != 0 {
		c.invalid(path+".kvHeads", "copy num_attention_heads and num_key_value_heads from the model's config.json",
			"expected a divisor of heads, %d, found %d", a.Heads, *a.KVHeads)
	}
}
