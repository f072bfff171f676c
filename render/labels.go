package render

import (
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// selector is what selects a unit's replicas. A Deployment's selector can never be changed, so it holds
// nothing that a release or a placement could change.
func selector(m *v1alpha1.ModelDeployment) map[string]string {
	return map[string]string{v1alpha1.LabelName: m.Name, v1alpha1.LabelInstance: m.Name}
}

// leaders selects the pods of a unit that take requests: of a replica that spans several nodes only the
// leader, which LeaderWorkerSet labels so.
func leaders(m *v1alpha1.ModelDeployment) map[string]string {
	all := selector(m)
	if nodesPerReplica(m) > 1 {
		all[labelWorkerIndex] = "0"
	}
	return all
}

// What LeaderWorkerSet labels its pods with (sigs.k8s.io/lws).
const (
	// labelWorkerIndex is the place of a pod in its group.
	labelWorkerIndex = "leaderworkerset.sigs.k8s.io/worker-index"
	// labelGroupRevision tells the pods of one template from those of the one before.
	labelGroupRevision = "leaderworkerset.sigs.k8s.io/template-revision-hash"
)

// labels are those of every object of a unit.
func labels(unit *environments.Unit, m *v1alpha1.ModelDeployment, release string) map[string]string {
	all := selector(m)
	maps.Copy(all, map[string]string{
		v1alpha1.LabelManagedBy:   v1alpha1.ManagedBy,
		v1alpha1.LabelEnvironment: unit.Environment.Name,
		v1alpha1.LabelRelease:     release,
	})
	return all
}

// label adds labels to an object. What an extra calls itself stays: a sidecar service has its own name.
func label(object *unstructured.Unstructured, add map[string]string) {
	all := maps.Clone(add)
	for key, value := range object.GetLabels() {
		if key == v1alpha1.LabelName || key == v1alpha1.LabelInstance || add[key] == "" {
			all[key] = value
		}
	}
	object.SetLabels(all)
}
