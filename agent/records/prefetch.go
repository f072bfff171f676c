package records

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/problem"
)

// ahead is how many facts are read before they are needed.
const ahead = 512

// parsed is the file of a fact as it was read.
type parsed struct {
	file     file
	err      error // it could not be read
	size     int64 // of a file that is too large to be read, or 0
	digest   string
	fact     Fact
	problems problem.List
}

// read reads a file of a tree.
func readFile(tree *source.Snapshot, f file) (data []byte, p parsed) {
	data, err := tree.ReadFile(f.path)
	p = parsed{file: f, err: err}
	var large *source.FileTooLargeError
	if errors.As(err, &large) {
		p.err, p.size = nil, large.Size
	}
	return data, p
}

// parse reads what a fact says.
func (p *parsed) parse(data []byte) {
	if p.err == nil && p.size == 0 {
		p.digest = Digest(data)
		p.fact, p.problems = Unmarshal(p.file.path, data)
	}
}

// prefetch reads facts in the order of their numbers, before they are needed: one after the other from Git, which does not
// like company, and on all cores from their bytes.
type prefetch struct {
	order  chan *fetched
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// fetched is a fact that will be read once ready is closed.
type fetched struct {
	parsed
	data  []byte
	ready chan struct{}
}

func newPrefetch(ctx context.Context, tree *source.Snapshot, files []file) *prefetch {
	p := &prefetch{order: make(chan *fetched, ahead)}
	ctx, p.cancel = context.WithCancel(ctx)
	work := make(chan *fetched, ahead)
	p.done.Go(func() {
		defer close(work)
		defer close(p.order)
		for _, file := range files {
			f := &fetched{ready: make(chan struct{})}
			f.data, f.parsed = readFile(tree, file)
			select {
			case <-ctx.Done():
				return
			case p.order <- f:
				work <- f
			}
		}
	})
	for range runtime.GOMAXPROCS(0) {
		p.done.Go(func() {
			for f := range work {
				f.parse(f.data)
				f.data = nil
				close(f.ready)
			}
		})
	}
	return p
}

// take is the next fact if it is this one; false if it has to be read in another way.
func (p *prefetch) take(wanted file) (parsed, bool) {
	for f := range p.order {
		<-f.ready
		if numberIn(f.file.path) >= numberIn(wanted.path) {
			return f.parsed, f.file == wanted
		}
	}
	return parsed{}, false
}

// close ends what is still going on.
func (p *prefetch) close() {
	p.cancel()
	p.done.Wait()
}
