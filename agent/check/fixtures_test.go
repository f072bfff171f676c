package check_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/gate"
)

func environment(name string, spec ...string) string {
	text := "apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: " + name + "\nspec:\n  namespace: models-" + name + "\n"
	for _, line := range spec {
		text += "  " + line + "\n"
	}
	return text
}

// echo is the smallest descriptor: a server of one's own, without a GPU. More lines go below spec.
func echo(name, version string, spec ...string) string {
	text := `apiVersion: penstock.dev/v1alpha1
kind: ModelDeployment
metadata:
  name: ` + name + `
spec:
  release:
    model:
      source: https://models.example.com/` + name + `
      revision: sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
    runtime:
      engine: custom
      image: registry.example.com/` + name + `:` + version + "\n"
	for _, line := range spec {
		text += "  " + line + "\n"
	}
	return text
}

// llama is a descriptor for GPUs.
func llama(name string, replicas int, more ...string) string {
	return fmt.Sprintf(`apiVersion: penstock.dev/v1alpha1
kind: ModelDeployment
metadata:
  name: %s
spec:
  release:
    model:
      source: hf://meta-llama/Llama-3.1-8B-Instruct
      revision: 0e9e39f249a16976918f6564b8830bc894c89659
      precision: bf16
    runtime:
      engine: vllm
      image: vllm/vllm-openai:v0.11.0
      contextLength: 8192
  accelerator: {product: NVIDIA-H100-80GB-HBM3, count: 1}
  scaling: {min: %d}
`, name, replicas) + strings.Join(more, "")
}

// policy is one of one rule.
func policy(name, expression, message string) string {
	return fmt.Sprintf("apiVersion: penstock.dev/v1alpha1\nkind: Policy\nmetadata:\n  name: %s\nspec:\n  description: Ours, named %[1]s.\n  validations:\n  - expression: %q\n    message: %s\n",
		name, expression, message)
}

// fewer is a rule about the number of replicas.
func fewer(than int) string {
	return fmt.Sprintf("!has(descriptor.spec) || !has(descriptor.spec.scaling) || descriptor.spec.scaling.min <= %d", than)
}

// people have keys.
var people = map[byte]string{1: "sre", 2: "ada", 3: "grace", 9: "mallory"}

// signer is a key, always the same.
func signer(t testing.TB, n byte) ssh.Signer {
	t.Helper()
	made, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// allowed is a trust file with the keys of some people.
func allowed(t testing.TB, keys ...byte) string {
	var b strings.Builder
	for _, n := range keys {
		b.WriteString(people[n] + "@example.com " + string(ssh.MarshalAuthorizedKey(signer(t, n).PublicKey())))
	}
	return b.String()
}

// layout has the environments elsewhere.
func layout(environments string) gate.Layout { return gate.Layout{Environments: environments} }

// replaced is a text with other parts, in pairs.
func replaced(text string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(text)
}
