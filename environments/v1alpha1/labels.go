package v1alpha1

// Labels and annotations that Penstock writes. The app.kubernetes.io labels are Kubernetes' recommended
// ones; the applyset ones follow KEP-3659.
const (
	// LabelEnvironment is the environment that an object belongs to.
	LabelEnvironment = "penstock.dev/environment"
	// LabelRelease is the release id that an object was rendered from, such as rel-3f2a91c.
	LabelRelease = "penstock.dev/release"

	// LabelEvaluation is the evaluation that a Job and its pods run.
	LabelEvaluation = "penstock.dev/evaluation"
	// AnnotationReleaseDigest and AnnotationRevision bind the Job of an evaluation to the release and to the model's
	// revision that it measures, and AnnotationDefinition to the evaluation as it was defined then.
	AnnotationReleaseDigest = "penstock.dev/release-digest"
	AnnotationRevision      = "penstock.dev/revision"
	AnnotationDefinition    = "penstock.dev/definition"

	// LabelName, LabelInstance and LabelManagedBy are Kubernetes' recommended labels.
	LabelName      = "app.kubernetes.io/name"
	LabelInstance  = "app.kubernetes.io/instance"
	LabelManagedBy = "app.kubernetes.io/managed-by"
	// LabelPartOf is the model that the pods of an evaluation belong to, which are no instances of it: the Service and the
	// NetworkPolicy of a model select its pods by LabelName and LabelInstance.
	LabelPartOf = "app.kubernetes.io/part-of"

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
