package records

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies/trust"
)

// Keys are those that may sign the records of an environment. They never change once made.
type Keys struct {
	environment string
	signers     *trust.Signers
	windows     map[string][]window // by fingerprint
}

// window is when records of a key count: from after on, and before before. Zero is not bounded.
type window struct{ after, before time.Time }

// NewKeys reads the keys of an environment's records, as its own environment file or that of a reader lists them. With a
// problem there are none: trust that was read by half is no trust.
func NewKeys(environment string, listed []v1alpha1.RecordKey) (*Keys, problem.List) {
	k := &Keys{environment: environment, windows: map[string][]window{}}
	var lines strings.Builder
	var problems problem.List
	for i, one := range listed {
		key, found := k.add(one)
		if found != nil {
			found.Field = fmt.Sprintf("keys[%d].publicKey", i)
			problems = append(problems, *found)
			continue
		}
		fmt.Fprintf(&lines, "%s namespaces=%q %s", emailOf(environment), trust.GitNamespace, ssh.MarshalAuthorizedKey(key))
	}
	signers, more := trust.ParseSigners("", []byte(lines.String()))
	if problems = append(problems, more...); len(problems) > 0 {
		return nil, problems
	}
	k.signers = signers
	return k, nil
}

// add takes up one key. What may stand around a key in authorized_keys has no place here: an option could mean more than
// whoever reviewed it saw.
func (k *Keys) add(one v1alpha1.RecordKey) (ssh.PublicKey, *problem.Problem) {
	key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(one.PublicKey))
	if err != nil || len(options) > 0 || len(strings.TrimSpace(string(rest))) > 0 {
		return nil, &problem.Problem{Rule: trust.InvalidPublicKey, Message: fmt.Sprintf("%.60q is not one public key", one.PublicKey),
			Mend: "copy the line of the .pub file as it is, such as ssh-ed25519 AAAA…"}
	}
	if _, ok := key.(*ssh.Certificate); ok {
		return nil, &problem.Problem{Rule: trust.InvalidPublicKey, Message: "a certificate is listed in place of a key", Mend: "list the key itself"}
	}
	if err := trust.CheckKey(key); err != nil {
		return nil, &problem.Problem{Rule: trust.WeakKey, Message: err.Error(), Mend: "make a new key with ssh-keygen -t ed25519"}
	}
	var w window
	if one.ValidAfter != nil {
		w.after = one.ValidAfter.Time
	}
	if one.ValidBefore != nil {
		w.before = one.ValidBefore.Time
	}
	fingerprint := ssh.FingerprintSHA256(key)
	k.windows[fingerprint] = append(k.windows[fingerprint], w)
	return key, nil
}

// verify says which key signed a commit, by its fingerprint.
func (k *Keys) verify(c *trust.Commit) (fingerprint string, err error) {
	var signers *trust.Signers
	if k != nil {
		signers = k.signers
	}
	signature, err := c.Verify(trust.Keys{Signers: signers}, time.Time{}) // when is asked of each fact, see inForce
	return signature.Fingerprint, err
}

// inForce says why records of a key do not count at a time; nothing if they do.
func (k *Keys) inForce(fingerprint string, at time.Time) string {
	var why []string
	for _, w := range k.windows[fingerprint] {
		switch {
		case !w.after.IsZero() && at.Before(w.after):
			why = append(why, "from "+w.after.UTC().Format(time.RFC3339)+" on")
		case !w.before.IsZero() && !at.Before(w.before):
			why = append(why, "before "+w.before.UTC().Format(time.RFC3339))
		default:
			return ""
		}
	}
	return fmt.Sprintf("the key %s is trusted only %s, and the fact is of %s", fingerprint, strings.Join(why, " and "), at.UTC().Format(time.RFC3339))
}

// Allows says why a key may not sign records of the environment at a time, such as that of the agent itself; nil if it may.
func (k *Keys) Allows(key ssh.PublicKey, at time.Time) error {
	fingerprint := ssh.FingerprintSHA256(key)
	if k == nil || len(k.windows[fingerprint]) == 0 {
		return fmt.Errorf("the key %s is not among those that may sign the records of this environment; list it under spec.records.keys of its environment.yaml", fingerprint)
	}
	if why := k.inForce(fingerprint, at); why != "" {
		return fmt.Errorf("%s; see spec.records.keys of environment.yaml", strings.Replace(why, "the fact is of", "now is", 1))
	}
	return nil
}
