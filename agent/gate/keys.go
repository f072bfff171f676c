package gate

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies/trust"
)

// checkKeys refuses keys that sign records whose signatures nobody should trust. Package environments has checked their form.
func checkKeys(env *environments.Environment) problem.List {
	var problems problem.List
	if env.Spec.Records != nil {
		problems = checkKeyList(env, "spec.records.keys", env.Spec.Records.Keys)
	}
	for i, source := range env.Spec.Evidence {
		problems = append(problems, checkKeyList(env, fmt.Sprintf("spec.evidence[%d].keys", i), source.Keys)...)
	}
	return problems
}

func checkKeyList(env *environments.Environment, list string, keys []v1alpha1.RecordKey) problem.List {
	var problems problem.List
	for i, key := range keys {
		if rule, message := refuseKey(key); message != "" {
			p := env.Place(fmt.Sprintf("%s[%d].publicKey", list, i))
			p.Rule, p.Message, p.Mend = rule, message, "make a new key with ssh-keygen -t ed25519, and copy its .pub file as it is"
			problems = append(problems, p)
		}
	}
	return problems
}

// refuseKey says by which rule a key cannot be trusted, and why; nothing of a good one. Options before a key, as
// authorized_keys has them, would be left out of account.
func refuseKey(key v1alpha1.RecordKey) (rule, message string) {
	public, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(strings.TrimSpace(key.PublicKey)))
	if err != nil || len(options) > 0 || len(rest) > 0 {
		return trust.InvalidPublicKey, "this cannot be read as one SSH public key"
	}
	err = trust.CheckKey(public)
	if weak, ok := errors.AsType[trust.WeakSignatureError](err); ok {
		return trust.WeakKey, weak.Reason
	}
	if err != nil {
		return trust.InvalidPublicKey, "signatures of keys of the type " + public.Type() + " are not verified here"
	}
	return "", ""
}
