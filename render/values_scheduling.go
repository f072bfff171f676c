package render

import (
	"maps"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// spotTaints are those that clouds put on nodes which they may take back. Karpenter and EKS put none.
// https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms,
// https://learn.microsoft.com/azure/aks/spot-node-pool
var spotTaints = []v1alpha1.Toleration{
	{Key: "cloud.google.com/gke-spot", Value: "true", Effect: "NoSchedule"},
	{Key: "kubernetes.azure.com/scalesetpriority", Value: "spot", Effect: "NoSchedule"},
}

// addScheduling adds where else the pods may run, and beside whom.
func (v values) addScheduling(m *v1alpha1.ModelDeployment) {
	s := m.Spec.Scheduling
	if s == nil {
		s = new(v1alpha1.Scheduling)
	}
	var tolerated []v1alpha1.Toleration
	if m.Spec.Accelerator != nil {
		tolerated = append(tolerated, v1alpha1.Toleration{Key: resourceGPU, Effect: "NoSchedule"})
	}
	if s.Spot {
		tolerated = append(tolerated, spotTaints...)
	}
	if tolerated = append(tolerated, s.Tolerations...); len(tolerated) > 0 {
		v["tolerations"] = tolerations(tolerated)
	}
	if s.Queue != "" {
		v["queue"] = map[string]any{"name": s.Queue}
	}
	if s.PriorityClass != "" {
		v["priorityClass"] = map[string]any{"name": s.PriorityClass}
	}
	if len(s.NodeSelector) > 0 {
		v["nodeSelector"] = texts(maps.Clone(s.NodeSelector))
	}
	if s.Spread != nil {
		v["spread"] = spread(m, s.Spread)
	}
}

func tolerations(list []v1alpha1.Toleration) []any {
	all := make([]any, len(list))
	for i, t := range list {
		toleration := map[string]any{"key": t.Key, "operator": "Exists"}
		if t.Value != "" {
			toleration["operator"], toleration["value"] = "Equal", t.Value
		}
		if t.Effect != "" {
			toleration["effect"] = t.Effect
		}
		all[i] = toleration
	}
	return all
}

func spread(m *v1alpha1.ModelDeployment, s *v1alpha1.Spread) []any {
	unsatisfiable := "ScheduleAnyway"
	if s.Required {
		unsatisfiable = "DoNotSchedule"
	}
	over := s.Over
	if over == "" {
		over = "kubernetes.io/hostname"
	}
	// Old and new replicas of a rollout are spread each for themselves.
	revision := "pod-template-hash"
	if nodesPerReplica(m) > 1 {
		revision = labelGroupRevision
	}
	return []any{map[string]any{
		"maxSkew": int64(1), "topologyKey": over, "whenUnsatisfiable": unsatisfiable,
		"labelSelector":  map[string]any{"matchLabels": texts(leaders(m))},
		"matchLabelKeys": []any{revision},
	}}
}
