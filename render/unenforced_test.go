package render

import (
	"testing"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// TestWhatNothingEnforcesIsRefused: a freeze that is written and does not hold is worse than none.
func TestWhatNothingEnforcesIsRefused(t *testing.T) {
	_, tree := archive([]byte("-- model.yaml --\n" + descriptor("", "")))
	for field, set := range map[string]func(*v1alpha1.EnvironmentSpec){
		"profile":  func(s *v1alpha1.EnvironmentSpec) { s.Profile = "standard" },
		"policies": func(s *v1alpha1.EnvironmentSpec) { s.Policies = []v1alpha1.PolicySelection{{Name: "gpu-quota"}} },
		"windows":  func(s *v1alpha1.EnvironmentSpec) { s.Windows = []v1alpha1.ChangeWindow{{Name: "year-end"}} },
	} {
		unit := unitOf("prod/m")
		set(&unit.Environment.Spec)
		_, err := renderer().Render(tree, unit)
		want := "environments/prod/environment.yaml: spec." + field + ": this version does not enforce policies yet; delete it"
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v", field, err)
		}
	}
}
