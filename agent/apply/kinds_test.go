package apply

import (
	"slices"
	"testing"
)

func TestApplySetIDFollowsTheStandard(t *testing.T) {
	// Computed with other means from KEP-3659's formula.
	const want = "applyset-zPnUTb8Ev3zw7beCRSoaTzJx9L8zlImB_bzDbt4S1pQ-v1"
	if got := (Ref{Environment: "any", Namespace: "prod", Name: "llama"}).ApplySetID(); got != want {
		t.Errorf("id is %s, want %s", got, want)
	}
}

func TestKinds(t *testing.T) {
	for annotation, want := range map[string]string{
		"":                                     "",
		"Service":                              "Service",
		"Service,Deployment.apps":              "Deployment.apps,Service",
		" Service , Service,,Deployment.apps ": "Deployment.apps,Service",
		"HTTPRoute.gateway.networking.k8s.io":  "HTTPRoute.gateway.networking.k8s.io",
	} {
		if got := formatKinds(parseKinds(annotation)); got != want {
			t.Errorf("%q is read as %q, want %q", annotation, got, want)
		}
	}
}

// Whatever stands in the annotation, reading and writing it again loses nothing.
func FuzzParseKinds(f *testing.F) {
	f.Add("ConfigMap,Deployment.apps,Service")
	f.Add(",.,..a,")
	f.Fuzz(func(t *testing.T, annotation string) {
		once := parseKinds(annotation)
		if again := parseKinds(formatKinds(once)); !slices.Equal(once, again) {
			t.Errorf("%q is read as %q, and that as %q", annotation, once, again)
		}
	})
}
