package fleet

import (
	"context"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/dynamic-resource-allocation/structured"
)

// packing fills nodes with the pods of a workload.
type packing struct {
	devices *Devices // nil where nobody claims any
	taken   *structured.AllocatedState
	bins    []*bin          // by the node's name
	next    map[*demand]int // the first bin that may still have room
}

// placed is one pod that was put into a bin.
type placed struct {
	bin     *bin
	demand  *demand
	devices []structured.DeviceID
}

func nothingTaken() *structured.AllocatedState {
	return &structured.AllocatedState{
		AllocatedDevices:         sets.New[structured.DeviceID](),
		AllocatedSharedDeviceIDs: sets.New[structured.SharedDeviceID](),
		AggregatedCapacity:       structured.NewConsumedCapacityCollection(),
	}
}

// pack places replicas until one does not fit, and says how many did.
func (p *packing) pack(ctx context.Context, replica []part, replicas int) (int, error) {
	p.next = map[*demand]int{}
	for i := range replicas {
		done, whole, err := p.group(ctx, replica)
		if err != nil {
			return i, err
		}
		if !whole {
			p.undo(done)
			return i, nil
		}
	}
	return replicas, nil
}

// group places the pods of one replica, until one does not fit.
func (p *packing) group(ctx context.Context, replica []part) (done []placed, whole bool, err error) {
	for _, part := range replica {
		for range part.pods {
			one, err := p.place(ctx, part.demand)
			if one == nil || err != nil {
				return done, false, err
			}
			done = append(done, *one)
		}
	}
	return done, true, nil
}

// place puts a pod into the first bin that has room. Pods of one demand never look back: where one did not
// fit, the next does not either.
func (p *packing) place(ctx context.Context, d *demand) (*placed, error) {
	for ; p.next[d] < len(p.bins); p.next[d]++ {
		b := p.bins[p.next[d]]
		if !b.online[d] || !b.free.has(d.requests) {
			continue
		}
		devices, ok, err := p.allocate(ctx, b, d)
		if err != nil {
			return nil, err
		}
		if ok {
			b.free.take(d.requests)
			p.taken.AllocatedDevices.Insert(devices...)
			return &placed{bin: b, demand: d, devices: devices}, nil
		}
	}
	return nil, nil
}

// undo takes the pods of a replica that is not whole out again.
func (p *packing) undo(done []placed) {
	for _, one := range done {
		one.bin.free.add(one.demand.requests, 1)
		p.taken.AllocatedDevices.Delete(one.devices...)
	}
}
