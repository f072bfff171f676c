package render

import (
	"context"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"github.com/penstock-dev/penstock/environments"
)

// Rendered is what came of one unit: objects or an error, never both.
type Rendered struct {
	Unit    *environments.Unit
	Objects *Objects
	// Err is what Render says of the unit, a problem.List if it is refused because another unit brings the same
	// object, or the context's when there was no time left for the unit.
	Err error
}

// RenderAll renders units of one tree, in their order, and refuses those that bring an object which another of them
// brings too. All units of one cluster belong in one call. A unit with known problems is not rendered: they are its
// error. The file system has to be safe for concurrent use.
func (r *Renderer) RenderAll(ctx context.Context, fsys fs.FS, units []*environments.Unit) []Rendered {
	all := make([]Rendered, len(units))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(units)) {
		workers.Go(func() {
			for i := range next {
				all[i] = r.renderOne(ctx, fsys, units[i])
			}
		})
	}
	for i := range units {
		next <- i
	}
	close(next)
	workers.Wait()
	refuseClaims(all)
	return all
}

func (r *Renderer) renderOne(ctx context.Context, fsys fs.FS, unit *environments.Unit) Rendered {
	done := Rendered{Unit: unit}
	if done.Err = ctx.Err(); done.Err == nil {
		done.Objects, done.Err = r.Render(fsys, unit)
	}
	return done
}

// refuseClaims takes the objects from all units that claim one in common.
func refuseClaims(all []Rendered) {
	var objects []*Objects
	for _, done := range all {
		if done.Objects != nil {
			objects = append(objects, done.Objects)
		}
	}
	for id, problems := range CheckClaims(objects) {
		i := slices.IndexFunc(all, func(done Rendered) bool { return done.Unit.ID() == id })
		all[i].Objects, all[i].Err = nil, problems.Sorted()
	}
}
