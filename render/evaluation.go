package render

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// The containers of an evaluation's pod.
const (
	// EvaluationContainer runs the evaluation. It is an init container where ResultsContainer follows it.
	EvaluationContainer = "evaluation"
	// ResultsContainer hands on the result of an evaluation that leaves a file.
	ResultsContainer = "results"
)

// evaluationPods is what the pods of evaluations call themselves. No model can be called so.
const evaluationPods = "evaluation.penstock.dev"

// Where an evaluation finds the name of the file to write its result to.
const (
	terminationLog = "/dev/termination-log"
	resultFile     = "/penstock/result.json"
)

//go:embed evaluation/job.yaml
var evaluationJob []byte

//go:embed evaluation/file.yaml
var evaluationFile []byte

// EvaluationOptions are what a Job needs beside what Git says.
type EvaluationOptions struct {
	// ResultsImage is that of Penstock, which hands on results in files. Without it such an evaluation cannot be rendered.
	ResultsImage string
}

// EvaluationJob is the Job that measures a release by one of its evaluations. It is named after all that its result is
// bound to: the unit, the release and the evaluation as it is defined, so that the same Job always measures the same, and
// whatever is changed is measured again.
//
// It carries the labels of its unit, but is no member of the unit's ApplySet: it is neither pruned nor drift-checked.
// Its pods are none of the model's, so that the Service does not send requests to them.
func EvaluationJob(o *Objects, e v1alpha1.Evaluation, options EvaluationOptions) (*unstructured.Unstructured, error) {
	return evaluationJobOf(o, e, func(f evaluationFiller) error { return f.result(options) })
}

// EvaluationJobs are the Jobs of all evaluations of a unit, for whoever decides on what may come into a cluster. They lack
// the container that hands on a file, which is Penstock's own and no choice of those who write the descriptor.
func EvaluationJobs(o *Objects) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, e := range o.Descriptor.Spec.Evaluations {
		job, err := evaluationJobOf(o, e, func(evaluationFiller) error { return nil })
		if err != nil {
			return nil, err
		}
		all = append(all, job)
	}
	return all, nil
}

func evaluationJobOf(o *Objects, e v1alpha1.Evaluation, finish func(evaluationFiller) error) (*unstructured.Unstructured, error) {
	job, err := newEvaluationJob()
	if err != nil {
		return nil, err
	}
	fill := evaluationFiller{objects: o, evaluation: e, job: job}
	fill.identity()
	fill.bounds()
	fill.pod()
	if err := finish(fill); err != nil {
		return nil, fmt.Errorf("render the evaluation %s of %s: %w", e.Name, o.Unit.ID(), err)
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(job)
	if err != nil {
		return nil, fmt.Errorf("render the evaluation %s of %s: %w", e.Name, o.Unit.ID(), err)
	}
	made := &unstructured.Unstructured{Object: content}
	unstructured.RemoveNestedField(content, "status")
	unstructured.RemoveNestedField(content, "metadata", "creationTimestamp")
	unstructured.RemoveNestedField(content, "spec", "template", "metadata", "creationTimestamp")
	return made, nil
}

// EvaluationJobName is the name of that Job.
func EvaluationJobName(o *Objects, e v1alpha1.Evaluation) string {
	sum := sha256.New()
	for _, part := range []string{o.Unit.ID(), o.releaseDigest(), definition(e)} {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return fmt.Sprintf("%s-%s-%s", trimmed(o.Unit.Name, 24), trimmed(e.Name, 24), hex.EncodeToString(sum.Sum(nil)[:5]))
}

// trimmed is a name cut to a length, without dashes at its end.
func trimmed(name string, length int) string {
	return strings.TrimRight(name[:min(len(name), length)], "-")
}

// definition is the digest of all that an evaluation says.
func definition(e v1alpha1.Evaluation) string {
	data, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("digest an evaluation: %v", err)) // plain fields cannot fail
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (o *Objects) releaseDigest() string {
	return environments.ReleaseDigest(o.Descriptor.Spec.Release)
}

func newEvaluationJob() (*batchv1.Job, error) {
	job := &batchv1.Job{}
	if err := yaml.UnmarshalStrict(evaluationJob, job); err != nil {
		return nil, fmt.Errorf("read the Job of evaluations: %w", err)
	}
	return job, nil
}

// evaluationFiller puts into a Job what differs from one to the next.
type evaluationFiller struct {
	objects    *Objects
	evaluation v1alpha1.Evaluation
	job        *batchv1.Job
}

func (f evaluationFiller) identity() {
	o, e := f.objects, f.evaluation
	f.job.Name, f.job.Namespace = EvaluationJobName(o, e), o.Unit.Environment.Spec.Namespace
	f.job.Labels = labels(o.Unit, o.Descriptor, o.ReleaseID)
	f.job.Labels[v1alpha1.LabelEvaluation] = e.Name
	f.job.Annotations = map[string]string{
		v1alpha1.AnnotationReleaseDigest: o.releaseDigest(),
		v1alpha1.AnnotationDefinition:    definition(e),
	}
	if revision := o.Descriptor.Spec.Release.Model.Revision; revision != "" {
		f.job.Annotations[v1alpha1.AnnotationRevision] = revision
	}
	own := maps.Clone(f.job.Labels)
	delete(own, v1alpha1.LabelInstance)
	own[v1alpha1.LabelName], own[v1alpha1.LabelPartOf] = evaluationPods, o.Unit.Name
	f.job.Spec.Template.Labels = own
}

func (f evaluationFiller) bounds() {
	f.job.Spec.BackoffLimit = new(environments.EvaluationRetries(f.evaluation))
	f.job.Spec.ActiveDeadlineSeconds = new(int64(environments.EvaluationTimeout(f.evaluation).Seconds()))
}

func (f evaluationFiller) pod() {
	e, spec := f.evaluation, &f.job.Spec.Template.Spec
	spec.ServiceAccountName = f.objects.Unit.Name
	if c := f.objects.Descriptor.Spec.Credentials; c != nil && c.ImagePullSecret != "" {
		spec.ImagePullSecrets = []corev1.LocalObjectReference{{Name: c.ImagePullSecret}}
	}
	container := &spec.Containers[0]
	container.Image, container.Command, container.Args = e.Image, e.Command, e.Args
	container.Env = f.variables()
	if r := e.Resources; r != nil {
		f.resources(*r, container)
	}
}

// variables are those of Penstock first, so that those of the descriptor can refer to them.
func (f evaluationFiller) variables() []corev1.EnvVar {
	o, e := f.objects, f.evaluation
	model, path := o.Descriptor.Spec.Release.Model, terminationLog
	if environments.EvaluationResult(e) == v1alpha1.ResultFile {
		path = resultFile
	}
	all := []corev1.EnvVar{
		{Name: "PENSTOCK_ENDPOINT", Value: fmt.Sprintf("http://%s.%s.svc", o.Unit.Name, o.Unit.Environment.Spec.Namespace)},
		{Name: "PENSTOCK_NAME", Value: o.Unit.Name},
		{Name: "PENSTOCK_MODEL", Value: model.Source},
		{Name: "PENSTOCK_REVISION", Value: model.Revision},
		{Name: "PENSTOCK_RELEASE", Value: o.ReleaseID},
		{Name: "PENSTOCK_DATASET", Value: e.Dataset},
		{Name: "PENSTOCK_DATASET_REVISION", Value: e.DatasetRevision},
		{Name: "PENSTOCK_RESULT", Value: path},
	}
	// Its user has no home in most images.
	if !slices.ContainsFunc(e.Env, func(v v1alpha1.EnvVar) bool { return v.Name == "HOME" }) {
		all = append(all, corev1.EnvVar{Name: "HOME", Value: "/tmp"})
	}
	for _, v := range e.Env {
		all = append(all, environmentVariable(v))
	}
	return all
}

func environmentVariable(v v1alpha1.EnvVar) corev1.EnvVar {
	if v.SecretKeyRef == nil {
		return corev1.EnvVar{Name: v.Name, Value: v.Value}
	}
	return corev1.EnvVar{Name: v.Name, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: v.SecretKeyRef.Name}, Key: v.SecretKeyRef.Key,
	}}}
}

func (f evaluationFiller) resources(r v1alpha1.Resources, container *corev1.Container) {
	set := func(list corev1.ResourceList, name corev1.ResourceName, q *resource.Quantity) {
		if q != nil {
			list[name] = *q
		}
	}
	set(container.Resources.Requests, corev1.ResourceCPU, r.CPU)
	set(container.Resources.Requests, corev1.ResourceMemory, r.Memory)
	set(container.Resources.Limits, corev1.ResourceMemory, r.Memory)
	if r.SharedMemory == nil {
		return
	}
	spec := &f.job.Spec.Template.Spec
	spec.Volumes = append(spec.Volumes, corev1.Volume{Name: "shm", VolumeSource: corev1.VolumeSource{
		EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory, SizeLimit: r.SharedMemory},
	}})
	container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{Name: "shm", MountPath: "/dev/shm"})
}

// result arranges how the result is handed on.
func (f evaluationFiller) result(options EvaluationOptions) error {
	if environments.EvaluationResult(f.evaluation) != v1alpha1.ResultFile {
		return nil
	}
	if options.ResultsImage == "" {
		return fmt.Errorf("its result is a file, and the image that hands it on is not known; set PENSTOCK_IMAGE in the agent's environment, as penstock install does, or let spec.evaluations[].result be %s",
			v1alpha1.ResultTerminationMessage)
	}
	var part corev1.PodTemplateSpec
	if err := yaml.UnmarshalStrict(evaluationFile, &part); err != nil {
		return fmt.Errorf("read what hands on results: %w", err)
	}
	spec := &f.job.Spec.Template.Spec
	container := spec.Containers[0]
	container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{Name: part.Spec.Volumes[0].Name, MountPath: "/penstock"})
	results := part.Spec.Containers[0]
	results.Image = options.ResultsImage
	for _, m := range f.evaluation.Metrics {
		results.Args = append(results.Args, "--metric="+strings.ReplaceAll(m.Name, "$(", "$$("))
	}
	spec.InitContainers, spec.Containers = []corev1.Container{container}, []corev1.Container{results}
	spec.Volumes = append(spec.Volumes, part.Spec.Volumes...)
	return nil
}
