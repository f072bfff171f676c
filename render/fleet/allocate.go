package fleet

import (
	"context"
	"errors"
	"fmt"

	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/dynamic-resource-allocation/structured"
	"k8s.io/utils/ptr"
)

// allocate finds devices on a node for the claims of a pod, as the scheduler would.
func (p *packing) allocate(ctx context.Context, b *bin, d *demand) ([]structured.DeviceID, bool, error) {
	if len(d.claims) == 0 {
		return nil, true, nil
	}
	// The library tries all orders of the devices, which takes too long where there are just not enough.
	for _, a := range d.asks {
		free, err := p.count(ctx, b, a)
		if err != nil || free < a.count {
			return nil, false, err
		}
	}
	allocator, err := structured.NewAllocator(ctx, features, *p.taken, lister(p.devices.classes), p.devices.slices(b.Name), p.devices.cel)
	if err != nil {
		return nil, false, fmt.Errorf("allocating devices: %w", err)
	}
	results, err := allocator.Allocate(ctx, b.object(), d.claims)
	if errors.Is(err, structured.ErrFailedAllocationOnNode) || (err == nil && results == nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("allocating devices on node %s: %w", b.Name, err)
	}
	return p.accept(results), true, nil
}

// accept gives the devices that were allocated, and notes the shares of others. Shares are not given back by
// undo: only the last replica is undone, and nothing is placed after it.
func (p *packing) accept(results []resourcev1.AllocationResult) []structured.DeviceID {
	var devices []structured.DeviceID
	for _, result := range results {
		claim := ClaimOf(&resourcev1.ResourceClaim{Status: resourcev1.ResourceClaimStatus{Allocation: &result}})
		devices = append(devices, claim.Devices...)
		share(p.taken, claim.Shares)
	}
	return devices
}

// count says how many devices that are asked for are free on a node.
func (p *packing) count(ctx context.Context, b *bin, a *ask) (int64, error) {
	var free int64
	err := p.devices.each(ctx, b.node, a, func(dev device) {
		if !p.isTaken(dev) {
			free++
		}
	})
	return free, err
}

// isTaken says whether a device has nothing left for anybody.
func (p *packing) isTaken(dev device) bool {
	return !ptr.Deref(dev.AllowMultipleAllocations, false) && p.taken.AllocatedDevices.Has(dev.id)
}

// each calls for the devices of a node that are what is asked for.
func (d *Devices) each(ctx context.Context, n *node, a *ask, visit func(device)) error {
	for _, pool := range d.reach(n.Name) {
		if !pool.complete {
			continue
		}
		for _, dev := range pool.devices {
			if !dev.isOn(n) {
				continue
			}
			match, err := d.matches(ctx, a, dev)
			if err != nil {
				return err
			}
			if match {
				visit(dev)
			}
		}
	}
	return nil
}
