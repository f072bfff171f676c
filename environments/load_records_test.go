package environments

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	stagingKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILv+izLAuoU/8+IaaQmj6V+hYhhVEr1Z29Yq2GXC48RK"
	prodKey    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILqA9/NJg1LcITB9ACCadu0mJ1b6w8v5aA7d9X7+lFWH"
)

// withRecords is a tree whose prod has these lines in its spec.
func withRecords(t *testing.T, lines ...string) *Tree {
	t.Helper()
	fsys := goodTree()
	text := fmt.Sprintf(environmentYAML, "prod", "models-prod")
	for _, line := range lines {
		text += "  " + line + "\n"
	}
	fsys["environments/prod/environment.yaml"] = file(text)
	tree, err := Load(fsys, "environments")
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestLoadRecords: what says whose records count, as it is meant.
func TestLoadRecords(t *testing.T) {
	tree := withRecords(t, "promotedFrom: dev",
		"records:", "  required: true", "  keys:",
		"  - {publicKey: "+prodKey+" agent@prod, validAfter: 2026-11-01T00:00:00Z}",
		"  - {publicKey: "+stagingKey+", validBefore: 2026-11-01T01:00:00Z}",
		"evidence:", "- environment: dev", "  firstCommit: 0e9e39f249a16976918f6564b8830bc894c89659", "  keys:",
		"  - publicKey: "+stagingKey, // an agent may serve several environments
		"promotion: {auto: true, models: [llama-3-8b]}")
	if problems := tree.Problems(); len(problems) > 0 {
		t.Fatal(problems)
	}
	spec := tree.environment("prod").Spec
	if len(spec.Records.Keys) != 2 || !spec.Records.Required || !spec.Promotion.Auto || spec.Promotion.Models[0] != "llama-3-8b" {
		t.Errorf("%+v", spec)
	}
	if from := spec.Evidence[0]; from.Environment != "dev" || len(from.Keys) != 1 || from.FirstCommit == "" {
		t.Errorf("%+v", from)
	}
	if at := spec.Records.Keys[0].ValidAfter; at.UTC().Format("2006-01-02") != "2026-11-01" {
		t.Errorf("valid after %v", at)
	}
}

// TestPromotionMayNameAModelOfOneEnvironment: who deletes a model in dev must not stop prod by it.
func TestPromotionMayNameAModelOfOneEnvironment(t *testing.T) {
	fsys := goodTree()
	fsys["environments/dev/gpt/model.yaml"] = file("")
	fsys["environments/prod/environment.yaml"] = file(fmt.Sprintf(environmentYAML, "prod", "models-prod") +
		"  promotedFrom: dev\n  promotion: {models: [gpt, llama-3-8b]}\n")
	tree, err := Load(fsys, "environments")
	if err != nil || len(tree.environment("prod").Problems) > 0 {
		t.Error(err, tree.environment("prod").Problems)
	}
}

func TestLoadBadRecords(t *testing.T) {
	keys := func(lines ...string) []string { return append([]string{"records:", "  keys:"}, lines...) }
	evidence := func(lines ...string) []string { return append([]string{"evidence:"}, lines...) }
	for name, test := range map[string]struct {
		spec []string
		want string
	}{
		"no keys": {[]string{"records: {}"},
			`environments/prod/environment.yaml:7: spec.records.keys: the field is missing, expected a list; add it (Keys sign the records of this environment: those of its agent, with earlier ones and when they ended)`},
		"an empty list": {[]string{"records:", "  keys: []"},
			`environments/prod/environment.yaml:8: spec.records.keys: expected 1 or more items, found 0; write them, each behind a dash`},
		"a word": {keys("  - publicKey: hunter2"),
			`environments/prod/environment.yaml:9: spec.records.keys[0].publicKey: expected the type of an SSH key, such as ssh-ed25519, and the key in base64; copy the line of the file id_ed25519.pub as it is`},
		"a fingerprint": {keys("  - publicKey: SHA256:rU0sWxS2nYxKcFzcuRJ6ZTJ4b4aO7lq3Zq1nO0s2bGk agent"),
			`environments/prod/environment.yaml:9: spec.records.keys[0].publicKey: expected the type of an SSH key, such as ssh-ed25519, and the key in base64; copy the line of the file id_ed25519.pub as it is`},
		"a line of allowed_signers": {keys("  - publicKey: agent@prod " + prodKey),
			`environments/prod/environment.yaml:9: spec.records.keys[0].publicKey: expected the type of an SSH key, such as ssh-ed25519, and the key in base64; copy the line of the file id_ed25519.pub as it is`},
		"a key that was cut off": {keys("  - publicKey: " + prodKey[:42]),
			`environments/prod/environment.yaml:9: spec.records.keys[0].publicKey: what follows ssh-ed25519 is no key of that type in base64; copy the line of the file id_ed25519.pub as it is`},
		"another type": {keys("  - publicKey: " + strings.Replace(prodKey, "ssh-ed25519", "ssh-rsa", 1)),
			`environments/prod/environment.yaml:9: spec.records.keys[0].publicKey: what follows ssh-rsa is no key of that type in base64; copy the line of the file id_ed25519.pub as it is`},
		"a certificate": {keys("  - publicKey: ssh-ed25519-cert-v01@openssh.com AAAA"),
			`environments/prod/environment.yaml:9: spec.records.keys[0].publicKey: this is a certificate, and records are signed by a key; copy the line of the file id_ed25519.pub as it is, and not that of the file that ends in -cert.pub`},
		"a private key": {keys("  - publicKey: |", "      -----BEGIN OPENSSH PRIVATE KEY-----", "      hunter2", "      -----END OPENSSH PRIVATE KEY-----"),
			`environments/prod/environment.yaml:9: spec.records.keys[0].publicKey: this is a private key, which everybody who reads the repository sees; make a new pair of keys, since this one is not secret any more, and write the public one, of the file that ends in .pub`},
		"two lines": {keys("  - publicKey: |", "      "+prodKey, "      "+stagingKey),
			`environments/prod/environment.yaml:9: spec.records.keys[0].publicKey: expected one public key on one line, found several lines; copy the line of the file id_ed25519.pub as it is`},
		"a key twice": {keys("  - publicKey: "+prodKey, "  - publicKey: "+stagingKey, "  - publicKey: "+prodKey+" another comment"),
			`environments/prod/environment.yaml:11: spec.records.keys[2].publicKey: this is the key of spec.records.keys[0] already, whatever the comment behind it says; keep one of them`},
		"the very same line twice": {keys("  - publicKey: "+prodKey, "  - publicKey: "+prodKey),
			"environments/prod/environment.yaml:10: spec.records.keys[1]: the item is in the list already; keep one of them"},
		"never valid": {keys("  - publicKey: "+prodKey, "    validAfter: 2026-11-01T00:00:00Z", "    validBefore: 2026-10-31T23:00:00-01:00"),
			`environments/prod/environment.yaml:11: spec.records.keys[0].validBefore: expected a time after validAfter: the key would never count; correct one of them, or delete the key`},
		"no time": {keys("  - publicKey: "+prodKey, "    validAfter: yesterday"),
			`environments/prod/environment.yaml:10: spec.records.keys[0].validAfter: expected a time such as 2026-12-31T00:00:00Z, found the string "yesterday"; write a value (ValidAfter is when its records begin to count)`},
		"evidence of itself": {evidence("- environment: prod", "  keys: [{publicKey: "+prodKey+"}]"),
			`environments/prod/environment.yaml:8: spec.evidence[0].environment: an environment is no evidence for itself; name another environment; its own keys stand in spec.records`},
		"evidence of nobody": {evidence("- environment: dve", "  keys: [{publicKey: "+prodKey+"}]"),
			`environments/prod/environment.yaml:8: spec.evidence[0].environment: there is no environment dve; did you mean dev?`},
		"evidence without keys": {evidence("- environment: dev"),
			`environments/prod/environment.yaml:8: spec.evidence[0].keys: the field is missing, expected a list; add it (Keys that are trusted to sign them)`},
		"evidence with a bad key": {evidence("- environment: dev", "  keys:", "  - publicKey: "+prodKey, "  - publicKey: x"),
			`environments/prod/environment.yaml:11: spec.evidence[0].keys[1].publicKey: expected the type of an SSH key, such as ssh-ed25519, and the key in base64; copy the line of the file id_ed25519.pub as it is`},
		"evidence twice": {evidence("- {environment: dev, keys: [{publicKey: "+prodKey+"}]}", "- {environment: dev, keys: [{publicKey: "+stagingKey+"}]}"),
			`environments/prod/environment.yaml:9: spec.evidence[1]: the item is in the list already; keep one of them`},
		"half a commit": {evidence("- {environment: dev, firstCommit: 0e9e39f, keys: [{publicKey: " + prodKey + "}]}"),
			`environments/prod/environment.yaml:8: spec.evidence[0].firstCommit: expected a commit, found the string "0e9e39f"; write the 40 hex digits that git rev-parse prints`},
		"an environment that is no name": {evidence("- {environment: Dev, keys: [{publicKey: " + prodKey + "}]}"),
			`environments/prod/environment.yaml:8: spec.evidence[0].environment: expected a DNS label, found the string "Dev"; use lower-case letters, digits and dashes, as in team-a`},
		"promotion from nowhere": {[]string{"promotion: {auto: true}"},
			`environments/prod/environment.yaml:7: spec.promotion.auto: there is no environment that releases could come from; add promotedFrom, or delete auto`},
		"promotion of nothing": {[]string{"promotedFrom: dev", "promotion: {auto: true, models: [llama-3-8b, llama-3-9b]}"},
			`environments/prod/environment.yaml:8: spec.promotion.models[1]: there is no model llama-3-9b in prod or dev; did you mean llama-3-8b?`},
		"promotion of something else": {[]string{"promotedFrom: dev", "promotion: {models: [gpt]}"},
			`environments/prod/environment.yaml:8: spec.promotion.models[0]: there is no model gpt in prod or dev; correct or delete it`},
		"promotion of a model twice": {[]string{"promotedFrom: dev", "promotion: {models: [llama-3-8b, llama-3-8b]}"},
			`environments/prod/environment.yaml:8: spec.promotion.models[1]: the list has llama-3-8b already; keep one of them`},
	} {
		t.Run(name, func(t *testing.T) {
			tree := withRecords(t, test.spec...)
			if diff := cmp.Diff(test.want, tree.Problems().Error()); diff != "" {
				t.Error(diff)
			}
			if prod := tree.environment("prod"); prod.Spec.Namespace != "" {
				t.Error("prod has problems and a spec")
			}
			if strings.Contains(tree.Problems().Error(), "hunter2") {
				t.Error("the message repeats a secret")
			}
		})
	}
}
