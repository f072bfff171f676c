package v1alpha1

// Labels and annotations that Penstock writes. The app.kubernetes.io labels are Kubernetes' recommended
// ones; the applyset ones follow KEP-3659.
const (
	// LabelEnvironment is the environment that an object belongs to.
	LabelEnvironment = "penstock.dev/environment"
	// LabelRelease is the release id that an object was rendered from, such as rel-3f2a91c.
	LabelRelease = "penstock.dev/release"

	// LabelName, LabelInstance and LabelManagedBy are Kubernetes' recommended labels.
	LabelName      = "app.kubernetes.io/name"
	LabelInstance  = "app.kubernetes.io/instance"
	LabelManagedBy = "app.kubernetes.io/managed-by"

	// ManagedBy is the value of LabelManagedBy, and the field manager of every server-side apply.
	ManagedBy = "penstock"
	// ManagedByHandover is the field manager that holds a number of replicas between the agent, which no
	// longer applies it, and the autoscaler, which has not written it yet.
	ManagedByHandover = "penstock-handover"

	// LabelApplySetID names an ApplySet on its parent object, LabelApplySetPartOf on its members.
	LabelApplySetID     = "applyset.kubernetes.io/id"
	LabelApplySetPartOf = "applyset.kubernetes.io/part-of"
	// LabelApplySetIsParentType marks a CRD whose objects may be ApplySet parents.
	LabelApplySetIsParentType = "applyset.kubernetes.io/is-parent-type"
	// AnnotationApplySetTooling names the tool that owns an ApplySet.
	AnnotationApplySetTooling = "applyset.kubernetes.io/tooling"
	// AnnotationApplySetGroupKinds lists the group-kinds that an ApplySet's members may have.
	AnnotationApplySetGroupKinds = "applyset.kubernetes.io/contains-group-kinds"
)
