package fleet

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// explain is the Message of a Placement that has figures.
func (p *Placement) explain(spec *corev1.PodSpec) string {
	switch s := p.Scarce; {
	case p.Replicas == 0:
		return "no replica is asked for"
	case p.Verdict == Fits:
		return fmt.Sprintf("%s: %s %s free, and a replica takes %s", p.fitting(p.Fit), s.amount(s.Free), s.are(s.Free), s.format(s.PerReplica))
	case p.Verdict == NoRoom:
		return fmt.Sprintf("%s now: %s", p.fitting(p.Fit), s.shortage(elsewhere(spec)))
	case s.Exist == 0:
		text := fmt.Sprintf("no replica could ever fit: no node that admits the pod has %s%s", s.Resource, devices(s.Device))
		if len(s.Nearest) > 0 {
			text += "; near to it is " + list(s.Nearest, "and")
		}
		return text
	case s.PerPod > s.PerNode:
		return fmt.Sprintf("no replica could ever fit: a pod takes %s, and the largest node has %s", s.amount(s.PerPod), s.format(s.PerNode))
	default:
		return fmt.Sprintf("even if nothing else ran, %s: %s", p.fitting(p.Ever), s.shortage(elsewhere(spec)))
	}
}

// fitting is "only 3 of 4 replicas fit".
func (p *Placement) fitting(n int) string {
	switch {
	case n == 0:
		return "no replica fits"
	case p.Replicas == 1:
		return "the replica fits"
	case n == p.Replicas:
		return fmt.Sprintf("all %d replicas fit", n)
	}
	return fmt.Sprintf("only %d of %d replicas fit", n, p.Replicas)
}

// shortage says what is missing, and where the rest is.
func (s *Scarce) shortage(where string) string {
	if s.Apart {
		return fmt.Sprintf("there is enough of each resource, but not together on one node; scarcest is %s", s.noun())
	}
	text := fmt.Sprintf("%s more %s%s %s missing; %s %s left free, %s exist", s.format(s.Missing), s.noun(), where,
		s.are(s.Missing), s.format(s.Left), s.are(s.Left), s.format(s.Exist))
	if s.Offline > 0 {
		text += fmt.Sprintf(", %s of that on nodes that take no pods now", s.format(s.Offline))
	}
	if s.Leaving > 0 {
		text += fmt.Sprintf(", %s will be given back by pods that are stopping", s.format(s.Leaving))
	}
	return text
}

// are is the verb after so many.
func (s *Scarce) are(n int64) string {
	if n == 1 || !s.countable() {
		return "is"
	}
	return "are"
}

// amount is "8 NVIDIA-L4".
func (s *Scarce) amount(n int64) string { return s.format(n) + " " + s.noun() }

func (s *Scarce) format(n int64) string {
	if s.Device {
		return fmt.Sprint(n)
	}
	return format(s.Resource, n)
}

// countable are GPUs and devices; not cpu and memory.
func (s *Scarce) countable() bool { return s.Device || strings.Contains(s.Resource, "/") }

// noun names what is counted: GPUs by their products, as long as these are few.
func (s *Scarce) noun() string {
	const few = 3
	products := list(s.Products, "or")
	switch {
	case len(s.Products) == 0 || len(s.Products) > few:
		return s.Resource + devices(s.Device)
	case strings.HasPrefix(s.Resource, "nvidia.com/mig-"):
		return s.Resource + " of " + products
	}
	return products
}

func devices(device bool) string {
	if device {
		return " devices"
	}
	return ""
}

// elsewhere names what else the pod asks of nodes than the product of their GPUs, and that they are not shared,
// which goes without saying.
func elsewhere(spec *corev1.PodSpec) string {
	alternatives := wishes(spec)
	if len(alternatives) != 1 {
		return ""
	}
	var all []string
	for _, w := range alternatives[0] {
		if w.Key != LabelProduct && w.Key != labelProductAMD && w.Key != labelSharing {
			all = append(all, w.String())
		}
	}
	if len(all) == 0 {
		return ""
	}
	return " on nodes with " + list(all, "and")
}
