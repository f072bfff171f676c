package environments

import "testing"

func TestWhereOnlyApprovalsAreLeftTheModelIsRemoved(t *testing.T) {
	const dir = "environments/prod/llama-3-8b/"
	for name, test := range map[string]struct {
		files []string
		units int
	}{
		"approvals":                   {[]string{dir + "approvals/grace@example.com.yaml"}, 1},
		"approvals and another file":  {[]string{dir + "approvals/grace@example.com.yaml", dir + "release.yaml"}, 2},
		"approvals and a directory":   {[]string{dir + "approvals/grace@example.com.yaml", dir + "scans/a.json"}, 2},
		"a file of that name":         {[]string{dir + "approvals"}, 2},
		"another directory":           {[]string{dir + "scans/a.json"}, 2},
		"the model and its approvals": {[]string{dir + "approvals/grace@example.com.yaml", dir + "kustomization.yaml"}, 2},
		"approvals of no environment": {[]string{"environments/docs/a/approvals/grace@example.com.yaml", dir + "kustomization.yaml"}, 2},
	} {
		fsys := goodTree()
		delete(fsys, dir+"kustomization.yaml")
		for _, name := range test.files {
			fsys[name] = file(kustomization)
		}
		tree, err := Load(fsys, "environments")
		if err != nil || len(tree.Units) != test.units || len(tree.Environments) != 2 {
			t.Errorf("%s: %s, %v", name, summary(tree), err)
		}
	}
}
