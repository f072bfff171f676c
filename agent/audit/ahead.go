package audit

import (
	"context"
	"iter"

	"github.com/penstock-dev/penstock/agent/records"
)

// readAhead is how many facts are read before they are needed.
const readAhead = 256

// ahead goes through facts that are read while others are looked at.
func ahead(ctx context.Context, facts iter.Seq2[records.Entry, error]) iter.Seq2[records.Entry, error] {
	type read struct {
		entry records.Entry
		err   error
	}
	return func(yield func(records.Entry, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		queue := make(chan read, readAhead)
		go func() {
			defer close(queue)
			for entry, err := range facts {
				select {
				case queue <- read{entry, err}:
				case <-ctx.Done():
					return
				}
			}
		}()
		defer func() { // whoever started it waits for it
			stop()
			for range queue {
			}
		}()
		for r := range queue {
			if !yield(r.entry, r.err) || r.err != nil {
				return
			}
		}
	}
}
