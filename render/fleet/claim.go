package fleet

import (
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/dynamic-resource-allocation/structured"
	"k8s.io/utils/ptr"
)

// A Claim is what matters of a ResourceClaim: which devices it has, and whose it is.
type Claim struct {
	Namespace, Name string
	// Pods hold it; the devices are free to whoever the pods belong to.
	Pods []types.UID
	// Devices are those that were allocated; nobody else may have them.
	Devices []structured.DeviceID
	// Shares are parts of devices that several claims may have parts of.
	Shares []Share
}

// A Share is a part of a device.
type Share struct {
	ID       structured.SharedDeviceID
	Capacity structured.DeviceConsumedCapacity
}

// ClaimOf is what matters of a ResourceClaim. Access for administrators takes nothing from anybody.
func ClaimOf(claim *resourcev1.ResourceClaim) Claim {
	c := Claim{Namespace: claim.Namespace, Name: claim.Name, Pods: holders(claim)}
	if claim.Status.Allocation == nil {
		return c
	}
	for _, result := range claim.Status.Allocation.Devices.Results {
		id := structured.MakeDeviceID(result.Driver, result.Pool, result.Device)
		switch {
		case ptr.Deref(result.AdminAccess, false):
		case result.ShareID != nil:
			c.Shares = append(c.Shares, Share{
				ID:       structured.MakeSharedDeviceID(id, result.ShareID),
				Capacity: structured.NewDeviceConsumedCapacity(id, result.ConsumedCapacity),
			})
		default:
			c.Devices = append(c.Devices, id)
		}
	}
	return c
}

// holders are the pods that a claim is reserved for, or the one that it was made for.
func holders(claim *resourcev1.ResourceClaim) []types.UID {
	var pods []types.UID
	for _, consumer := range claim.Status.ReservedFor {
		if consumer.APIGroup == "" && consumer.Resource == "pods" {
			pods = append(pods, consumer.UID)
		}
	}
	if len(claim.Status.ReservedFor) > 0 {
		return pods
	}
	for _, owner := range claim.OwnerReferences {
		if owner.Kind == "Pod" {
			pods = append(pods, owner.UID)
		}
	}
	return pods
}

// free says whether all who hold the claim are the caller's own.
func (c *Claim) free(o owned) bool {
	for _, pod := range c.Pods {
		if !o.uids[pod] {
			return false
		}
	}
	return len(c.Pods) > 0
}

// taken is what is allocated, but for what the caller's own pods hold.
func (f *Fleet) taken(o owned) *structured.AllocatedState {
	state := nothingTaken()
	for i := range f.claims {
		c := &f.claims[i]
		if c.free(o) {
			continue
		}
		state.AllocatedDevices.Insert(c.Devices...)
		share(state, c.Shares)
	}
	return state
}

// share notes parts of devices as taken.
func share(state *structured.AllocatedState, shares []Share) {
	for _, s := range shares {
		state.AllocatedSharedDeviceIDs.Insert(s.ID)
		state.AggregatedCapacity.Insert(s.Capacity)
	}
}
