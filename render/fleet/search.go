package fleet

import (
	"context"
	"maps"
	"slices"
)

// search is one question to a fleet.
type search struct {
	fleet   *Fleet
	replica []part
	bins    []*bin
	own     owned
	want    int // replicas
}

// run packs the fleet as it is and, if that is not enough, an empty one.
func (s *search) run(ctx context.Context, p *Placement) error {
	now := &packing{devices: s.fleet.devices, taken: s.fleet.taken(s.own), bins: asTheyAre(s.bins, s.own)}
	before, err := now.stocks(ctx, s.replica)
	if err != nil {
		return err
	}
	if p.Fit, err = now.pack(ctx, s.replica, s.want); err != nil {
		return err
	}
	p.Verdict, p.Ever = Fits, p.Fit
	tight, missing := before[0], 0
	if p.Fit < s.want {
		ever, scarcest, err := s.ever(ctx)
		if err != nil {
			return err
		}
		p.Verdict, p.Ever, missing = NoRoom, max(ever, p.Fit), s.want-p.Fit
		if p.Ever < s.want {
			p.Verdict, missing, tight = NotEnough, s.want-p.Ever, scarcest
		}
	}
	p.Scarce, err = s.scarce(ctx, now, tight, missing)
	if err == nil {
		i := slices.IndexFunc(before, func(b stock) bool { return b.is(tight.thing) })
		p.Scarce.Free = before[i].free
		p.Scarce.Offline = before[i].offline
	}
	return err
}

// ever says how many replicas an empty fleet had room for, and of what it has least.
func (s *search) ever(ctx context.Context) (int, stock, error) {
	empty := &packing{devices: s.fleet.devices, taken: nothingTaken(), bins: emptied(s.bins)}
	stocks, err := empty.stocks(ctx, s.replica)
	if err != nil {
		return 0, stock{}, err
	}
	n, err := empty.pack(ctx, s.replica, s.want)
	return n, stocks[0], err
}

// scarce gives the figures of the scarcest thing, after the bins were packed.
func (s *search) scarce(ctx context.Context, now *packing, tight stock, missing int) (*Scarce, error) {
	after, err := now.stock(ctx, tight.thing)
	if err != nil {
		return nil, err
	}
	products, err := now.products(ctx, tight.thing)
	result := &Scarce{
		Resource: tight.name, Device: tight.ask != nil, Products: products,
		PerReplica: tight.perReplica, PerPod: tight.perPod, Missing: product(tight.perReplica, int64(missing)),
		Left: after.free, Exist: after.exist, PerNode: after.perNode,
		Apart: missing > 0 && tight.rooms >= product(int64(s.want), int64(pods(s.replica))),
	}
	if tight.ask == nil {
		result.Leaving = s.fleet.leaving(s.bins, tight.name)
		if result.Exist == 0 {
			result.Nearest = nearest(tight.name, s.fleet.resources())
		}
	}
	return result, err
}

func pods(replica []part) int {
	n := 0
	for _, part := range replica {
		n += part.pods
	}
	return n
}

// resources are the names of all that any node has.
func (f *Fleet) resources() []string {
	names := map[string]bool{}
	for _, n := range f.nodes {
		for name := range n.Allocatable {
			names[string(name)] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
