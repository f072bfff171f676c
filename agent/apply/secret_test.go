package apply_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/apply"
)

// The API server quotes what it refuses. None of it may come out.
func TestSecretIsNotLeaked(t *testing.T) {
	const value = "s3cr3t-t0ken!"
	for name, body := range map[string]string{
		"not base64":     "data: {token: '" + value + "'}",
		"not a string":   "data: {token: [" + value + "]}",
		"nested":         "stringData: {token: {inner: '" + value + "'}}",
		"key not a name": "stringData: {'a/" + value + "': x}",
		"unknown field":  "tokens: {token: '" + value + "'}\ndata: {a: '" + value + "'}",
		"wrong type":     "type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: '" + value + "'}",
		"basic auth":     "type: kubernetes.io/tls\nstringData: {tls.crt: '" + value + "'}",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			secret := with(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: NAME, namespace: NAMESPACE}\n"+body+"\n")
			objects := b.unit("llama", secret)
			result, err := b.applier.Apply(t.Context(), objects, commit)
			wantError(t, err, apply.Invalid, "Secret "+b.ns+"/llama")
			for e := err; e != nil; e = unwrap(e) {
				if text := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(text, value) {
					t.Errorf("leaked in %T: %s", e, text)
				}
			}
			status, events := apply.Next(zeroStatus, 1, apply.Report{Unit: apply.RefOf(objects), Commit: "c0ffee1", Objects: objects, Result: result, Err: err}, now)
			if text := fmt.Sprint(status, events); strings.Contains(text, value) {
				t.Errorf("leaked in the status: %s", text)
			}
			t.Log(err)
		})
	}
}

// unwrap goes down one error, by the first branch of a joined one.
func unwrap(err error) error {
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return e.Unwrap()
	case interface{ Unwrap() []error }:
		return e.Unwrap()[0]
	}
	return nil
}
