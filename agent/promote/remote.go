package promote

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// MainBranch is the branch that promotions are merged into unless told: the one that the remote has checked out.
func (c *Clone) MainBranch(ctx context.Context) (string, error) {
	head, err := c.git.quiet().run(ctx, nil, nil, "symbolic-ref", "--quiet", "refs/remotes/"+Remote+"/HEAD")
	if name, ok := strings.CutPrefix(head, "refs/remotes/"+Remote+"/"); ok && err == nil {
		return name, nil
	}
	if !c.Offline {
		listed, err := c.git.quiet().run(ctx, nil, nil, "ls-remote", "--symref", Remote, "HEAD")
		if err != nil {
			return "", err
		}
		first, _, _ := strings.Cut(listed, "\t")
		if name, ok := strings.CutPrefix(first, "ref: refs/heads/"); ok {
			return name, nil
		}
	}
	for _, name := range []string{"main", "master"} {
		if _, err := c.clone.Resolve("refs/remotes/" + Remote + "/" + name); err == nil {
			return name, nil
		}
	}
	return "", errors.New("nothing says which branch promotions are merged into: name it with --into, or run git remote set-head " + Remote + " --auto")
}

// Fetched is when something was last fetched into the clone; zero if that is not known. Fetch leaves no trace there.
func (c *Clone) Fetched() time.Time {
	name, err := c.git.quiet().run(context.Background(), nil, nil, "rev-parse", "--git-path", "FETCH_HEAD")
	if err != nil {
		return time.Time{}
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(c.git.dir, name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
