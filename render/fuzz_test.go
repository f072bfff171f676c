package render

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/environments/problem"
)

// noNetwork fails a test that sends a request.
type noNetwork struct{ testing.TB }

func (n noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.Errorf("a request left for %s", r.URL)
	return nil, errors.New("no network")
}

// FuzzRender renders arbitrary kustomizations: none may bring the program down, reach the network, or come
// back with anything but objects or problems.
func FuzzRender(f *testing.F) {
	for _, text := range reaching {
		f.Add([]byte("resources: [model.yaml]\n"+strings.ReplaceAll(text, "URL", "http://127.0.0.1:1/x")), []byte("a: b"))
	}
	for _, dir := range []string{"golden", "refused"} {
		for _, data := range archives(f, dir) {
			_, tree := archive(data)
			if k := tree["environments/prod/m/kustomization.yaml"]; k != nil {
				f.Add(k.Data, []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"))
			}
		}
	}
	http.DefaultTransport = noNetwork{f}
	r := New()
	f.Fuzz(func(t *testing.T, kustomization, other []byte) {
		_, tree := archive([]byte("-- model.yaml --\n" + lone + "-- environments/base/m/kustomization.yaml --\nresources: [x.yaml]\n"))
		tree["environments/prod/m/kustomization.yaml"] = &fstest.MapFile{Data: kustomization}
		for _, name := range []string{"environments/prod/m/x.yaml", "environments/base/m/x.yaml", "environments/prod/m/secret.yaml", "environments/prod/m/release.yaml"} {
			tree[name] = &fstest.MapFile{Data: other}
		}
		o, err := r.Render(tree, unitOf("prod/m"))
		var problems problem.List
		switch {
		case err == nil && (o.Digest == "" || o.Descriptor == nil):
			t.Error("neither objects nor problems")
		case err != nil && (!errors.As(err, &problems) || len(problems) == 0):
			t.Errorf("expected problems, got %T: %v", err, err)
		}
	})
}
