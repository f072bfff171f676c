package controlplane_test

import (
	"os"
	"testing"

	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestStart(t *testing.T) {
	cp, err := controlplane.Start(t.Context(), controlplane.Options{Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	if err := controlplane.ApplyFleet(t.Context(), cp.RESTConfig(), controlplane.DefaultFleet()); err != nil {
		t.Fatal(err)
	}
	out, err := cp.Kubectl(t.Context(), nil, "get", "nodes,pods,sa", "-A", "-o", "wide")
	t.Log(out, err)
	if err := cp.Stop(); err != nil {
		t.Fatal(err)
	}
}
