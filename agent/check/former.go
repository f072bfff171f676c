package check

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/render"
)

// maxFormer is how many earlier states of a unit are looked at for a release that returns.
const maxFormer = 10

// former are the releases that were admitted before: by the cluster, or else as far as the base's history tells, which
// takes what was merged for what was admitted.
func (r *runner) former(c *candidate, names []string) ([]string, error) {
	if status, known := r.live.statuses[c.unit().ID()]; known {
		return gate.Former(status), nil
	}
	if c.admitted == nil || c.wanted == nil {
		return nil, nil
	}
	if release, _ := render.Differs(c.admitted, c.wanted); !release {
		return nil, nil
	}
	var digests []string
	at := r.fork.commit.Hash
	for range maxFormer {
		step, found, err := r.history.FirstParentTouching(r.ctx, "", at, names)
		if err != nil {
			return nil, fmt.Errorf("looking for earlier releases of %s: %w", c.unit().ID(), err)
		}
		if !found || len(step.Parents) == 0 {
			break
		}
		at = step.Parents[0]
		digest, err := r.releaseAt(at, c.before)
		if err != nil {
			return nil, err
		}
		if digest != "" {
			digests = append(digests, digest)
		}
	}
	return digests, nil
}

// releaseAt is the release of a unit at a commit; empty where it was not there or broken.
func (r *runner) releaseAt(commit string, unit *environments.Unit) (string, error) {
	snapshot, err := r.at(commit)
	if err != nil {
		return "", err
	}
	if _, err := fs.Stat(snapshot, unit.Dir); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	objects, err := r.renderer.Render(snapshot, &environments.Unit{Environment: unit.Environment, Name: unit.Name, Dir: unit.Dir})
	if err != nil {
		return "", nil // what was broken was not admitted
	}
	return environments.ReleaseDigest(objects.Descriptor.Spec.Release), nil
}
