package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/dynamic-resource-allocation/cel"
)

// ask is a number of devices that a pod asks for in the same words.
type ask struct {
	class *resourcev1.DeviceClass
	all   []string // CEL: those of the class and those of the request
	key   string   // tells it from others, but for the number
	count int64
}

func newAsk(class *resourcev1.DeviceClass, selectors []string, count int64) *ask {
	return &ask{class: class, all: selectors, key: class.Name + "\x00" + strings.Join(selectors, "\x00"), count: count}
}

// claimsOf are the claims that would be made for a pod from the templates that it names.
func claimsOf(spec *corev1.PodSpec, templates []resourcev1.ResourceClaimTemplate) ([]*resourcev1.ResourceClaim, error) {
	var claims []*resourcev1.ResourceClaim
	for _, reference := range spec.ResourceClaims {
		name := reference.ResourceClaimTemplateName
		if name == nil {
			continue // a claim that exists on its own: somebody else cares for it
		}
		i := slices.IndexFunc(templates, func(t resourcev1.ResourceClaimTemplate) bool { return t.Name == *name })
		if i < 0 {
			return nil, fmt.Errorf("the pod names the ResourceClaimTemplate %s, which is not there; add it to the unit", *name)
		}
		claim := &resourcev1.ResourceClaim{Spec: *templates[i].Spec.Spec.DeepCopy()}
		claim.Name = reference.Name
		setDefaults(claim)
		claims = append(claims, claim)
	}
	return claims, nil
}

// setDefaults does what the API server does when a claim is created.
func setDefaults(claim *resourcev1.ResourceClaim) {
	count := func(mode *resourcev1.DeviceAllocationMode, n *int64) {
		if *mode == "" {
			*mode = resourcev1.DeviceAllocationModeExactCount
		}
		if *mode == resourcev1.DeviceAllocationModeExactCount && *n == 0 {
			*n = 1
		}
	}
	for i := range claim.Spec.Devices.Requests {
		r := &claim.Spec.Devices.Requests[i]
		if r.Exactly != nil {
			count(&r.Exactly.AllocationMode, &r.Exactly.Count)
		}
		for j := range r.FirstAvailable {
			count(&r.FirstAvailable[j].AllocationMode, &r.FirstAvailable[j].Count)
		}
	}
}

// asksOf are what the claims ask for exactly, those of the same words added up. Of a request with alternatives
// nothing can be said but by trying; "all" devices are at least one.
func (d *Devices) asksOf(claims []*resourcev1.ResourceClaim) ([]*ask, error) {
	var asks []*ask
	for _, claim := range claims {
		for _, request := range claim.Spec.Devices.Requests {
			exact := request.Exactly
			if exact == nil || (exact.AdminAccess != nil && *exact.AdminAccess) {
				continue
			}
			class := d.classes[exact.DeviceClassName]
			if class == nil {
				return nil, &noClass{exact.DeviceClassName, nearest(exact.DeviceClassName, slices.Collect(maps.Keys(d.classes)))}
			}
			selectors, err := selectorsOf(class, exact)
			if err != nil {
				return nil, fmt.Errorf("request %s of claim %s: %w", request.Name, claim.Name, err)
			}
			asks = addAsk(asks, newAsk(class, selectors, max(exact.Count, 1)))
		}
	}
	return asks, nil
}

func addAsk(asks []*ask, another *ask) []*ask {
	for _, a := range asks {
		if a.key == another.key {
			a.count = plus(a.count, another.count)
			return asks
		}
	}
	return append(asks, another)
}

// noClass is a DeviceClass that does not exist.
type noClass struct {
	name    string
	nearest []string
}

func (e *noClass) Error() string {
	text := "there is no DeviceClass " + e.name
	if len(e.nearest) > 0 {
		text += "; near to it is " + list(e.nearest, "and")
	}
	return text
}

func selectorsOf(class *resourcev1.DeviceClass, exact *resourcev1.ExactDeviceRequest) ([]string, error) {
	var all []string
	for _, s := range slices.Concat(class.Spec.Selectors, exact.Selectors) {
		if s.CEL == nil {
			return nil, errors.New("a selector is not CEL, and nothing else is known")
		}
		if n := len(s.CEL.Expression); n > resourcev1.CELSelectorExpressionMaxLength {
			return nil, fmt.Errorf("a selector has %d characters, and %d are allowed", n, resourcev1.CELSelectorExpressionMaxLength)
		}
		all = append(all, s.CEL.Expression)
	}
	return all, nil
}

// matches says whether a device is what is asked for, not whether it is free. The answer is remembered.
func (d *Devices) matches(ctx context.Context, a *ask, dev device) (bool, error) {
	if match, known := d.remembered(a.key, dev); known {
		return match, nil
	}
	match, err := d.evaluate(ctx, a, dev)
	if err == nil {
		d.remember(a.key, dev, match)
	}
	return match, err
}

func (d *Devices) remembered(key string, dev device) (match, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	match, known = d.memos[key][dev.Device]
	return match, known
}

func (d *Devices) remember(key string, dev device, match bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.memos[key] == nil {
		if len(d.memos) >= expressions {
			clear(d.memos)
		}
		d.memos[key] = map[*resourcev1.Device]bool{}
	}
	d.memos[key][dev.Device] = match
}

func (d *Devices) evaluate(ctx context.Context, a *ask, dev device) (bool, error) {
	for _, expression := range a.all {
		compiled := d.cel.GetOrCompile(expression)
		if compiled.Error != nil {
			return false, fmt.Errorf("the selector %s is not CEL for a device: %w", quote(expression), compiled.Error)
		}
		match, _, err := compiled.DeviceMatches(ctx, cel.Device{
			Driver: dev.slice.Spec.Driver, AllowMultipleAllocations: dev.AllowMultipleAllocations,
			Attributes: dev.Attributes, Capacity: dev.Capacity,
		})
		if err != nil {
			return false, fmt.Errorf("the selector %s fails on the device %s, and so the scheduler would place nothing: %w", quote(expression), dev.id, cel.EnhanceRuntimeError(err))
		}
		if !match {
			return false, nil
		}
	}
	return true, nil
}

// quote shortens what a person wrote.
func quote(expression string) string {
	const most = 120
	if len(expression) > most {
		return fmt.Sprintf("%.*q…", most, expression)
	}
	return fmt.Sprintf("%q", expression)
}
