package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies/approval"
)

// Digest identifies the rules of a tree: all files below the directories of policies and trust, but for the approvals of
// rules themselves, and of each environment.yaml what rules are. To suspend an environment is no change of its rules.
func Digest(fsys fs.FS, layout Layout, tree *environments.Tree) (string, error) {
	var files []string
	for _, dir := range []string{layout.Policies, layout.Trust} {
		err := fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist) && name == dir:
				return fs.SkipDir
			case err != nil:
				return err
			case entry.IsDir() && name == layout.RuleApprovals():
				return fs.SkipDir
			case !entry.IsDir():
				files = append(files, name)
			}
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	chosen := map[string][]byte{}
	for _, env := range tree.Environments {
		data, err := json.Marshal(governed(v1alpha1.EnvironmentSpec{}, env.Spec))
		if err != nil {
			return "", fmt.Errorf("digest the rules of %s: %w", env.Name, err)
		}
		chosen[path.Join(env.Dir, environments.EnvironmentFile)] = data
	}
	return approval.RulesDigest(fsys, files, chosen)
}

// IsRule says whether a file of the repository is one that rules consist of, as far as its name tells.
func (l Layout) IsRule(name string) bool {
	if strings.HasPrefix(name, l.RuleApprovals()+"/") {
		return false
	}
	return strings.HasPrefix(name, l.Policies+"/") || strings.HasPrefix(name, l.Trust+"/") ||
		path.Base(name) == environments.EnvironmentFile && path.Dir(path.Dir(name)) == l.Environments
}
