package render

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	apilabels "k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

var withImage = EvaluationOptions{ResultsImage: "registry.example.com/penstock:v1"}

// TestGoldenEvaluations shows what evaluations mean, in YAML that a person can review.
func TestGoldenEvaluations(t *testing.T) {
	for name, data := range archives(t, "evaluation") {
		t.Run(name, func(t *testing.T) {
			_, tree := archive(data)
			o := mustRender(t, tree, unitOf("prod/m"))
			var shown [][]byte
			for _, e := range o.Descriptor.Spec.Evaluations {
				job, err := EvaluationJob(o, e, withImage)
				if err != nil {
					t.Fatal(err)
				}
				for _, left := range leftOver(job.Object, "Job") {
					if !strings.Contains(left, "value is empty") {
						t.Error(left)
					}
				}
				data, err := yaml.Marshal(job.Object)
				if err != nil {
					t.Fatal(err)
				}
				shown = append(shown, data)
			}
			golden(t, filepath.Join("testdata", "evaluation", name+".yaml"), bytes.Join(shown, []byte("---\n")))
		})
	}
}

// evaluated renders a model with one evaluation, whose lines follow its name, image and metric, and its Job.
func evaluated(t *testing.T, model string, lines ...string) (*Objects, *batchv1.Job) {
	t.Helper()
	text := model + "  evaluations:\n  - name: mmlu\n    image: eval:1\n    metrics: [{name: mmlu/acc}]\n"
	for _, line := range lines {
		text += "    " + line + "\n"
	}
	o := rendered(t, text)
	made, err := EvaluationJob(o, o.Descriptor.Spec.Evaluations[0], withImage)
	if err != nil {
		t.Fatal(err)
	}
	return o, typedJob(t, made)
}

func typedJob(t *testing.T, made *unstructured.Unstructured) *batchv1.Job {
	t.Helper()
	job := new(batchv1.Job)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(made.Object, job, true); err != nil {
		t.Fatalf("the API server would not know this Job: %v", err)
	}
	return job
}

// TestEvaluationsAreNoPartOfTheModel: a pod that measures must get none of the requests, be counted by no budget and be
// cut off by no policy that is meant for servers; and prune must not take its Job for one that left Git.
func TestEvaluationsAreNoPartOfTheModel(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		o, job := evaluated(t, served(name, "", "", ""))
		own := apilabels.Set(job.Spec.Template.Labels)
		for _, object := range o.Items {
			for _, path := range [][]string{{"spec", "selector"}, {"spec", "selector", "matchLabels"}, {"spec", "podSelector", "matchLabels"}} {
				selector, found, err := unstructured.NestedStringMap(object.Object, path...)
				if found && err == nil && apilabels.SelectorFromSet(selector).Matches(own) {
					t.Errorf("%s %s selects the pods of the evaluation", object.GetKind(), object.GetName())
				}
			}
		}
		for key := range job.Labels {
			if strings.HasPrefix(key, "applyset.kubernetes.io/") {
				t.Errorf("the Job has the label %s", key)
			}
		}
		equal(t, "instance", job.Labels[v1alpha1.LabelInstance], "m")
		equal(t, "evaluation", job.Labels[v1alpha1.LabelEvaluation]+job.Spec.Template.Labels[v1alpha1.LabelEvaluation], "mmlummlu")
		equal(t, "release", job.Labels[v1alpha1.LabelRelease], o.ReleaseID)
	})
}

// TestEvaluationsReachTheModel: by its Service, whatever engine and exposure, and however many nodes; the policy lets
// in who is in the same namespace, at the port that the Service leads to.
func TestEvaluationsReachTheModel(t *testing.T) {
	for _, fields := range [][]string{nil, {"exposure: {namespaces: [gateway]}"}, {"exposure: {route: {gateway: public, gatewayNamespace: gateways}, inferencePool: {endpointPicker: epp}}"}} {
		forEveryEngine(t, func(t *testing.T, name string) {
			o, job := evaluated(t, served(name, "", "", "", fields...))
			service := item[corev1.Service](t, o, "Service")
			equal(t, "endpoint", env(job.Spec.Template.Spec.Containers[0], "PENSTOCK_ENDPOINT").Value, "http://"+service.Name+"."+service.Namespace+".svc")
			equal(t, "namespace", job.Namespace, service.Namespace)
			if !slices.ContainsFunc(service.Spec.Ports, func(p corev1.ServicePort) bool { return p.Name == "http" && p.Port == 80 }) {
				t.Errorf("the Service has the ports %v", service.Spec.Ports)
			}
			policy := item[networkingv1.NetworkPolicy](t, o, "NetworkPolicy").Spec
			if callers := policy.Ingress[0].From[0].NamespaceSelector.MatchExpressions[0].Values; !slices.Contains(callers, job.Namespace) || policy.Ingress[0].From[0].PodSelector != nil {
				t.Errorf("%v may call the model, and the evaluation is in %s", callers, job.Namespace)
			}
		})
	}
}

// TestEvaluationJobName: it stands for all that a result is bound to, and for nothing else.
func TestEvaluationJobName(t *testing.T) {
	model := func(name, revision, image string) string {
		return strings.Replace(descriptor(", revision: "+revision, "", "scaling: {min: 1}"), "name: m", "name: m", 1)
	}
	_, first := evaluated(t, model("m", "v1", ""))
	_, again := evaluated(t, strings.Replace(model("m", "v1", ""), "min: 1", "min: 3", 1))
	equal(t, "another placement", again.Name, first.Name)
	_, other := evaluated(t, model("m", "v2", ""))
	_, changed := evaluated(t, model("m", "v1", ""), "args: [--fast]")
	_, limited := evaluated(t, model("m", "v1", ""), "timeout: 2h")
	names := map[string]bool{first.Name: true, other.Name: true, changed.Name: true, limited.Name: true}
	if len(names) != 4 {
		t.Errorf("%d names for 4 measurements: %v", len(names), names)
	}
	equal(t, "revision", other.Annotations[v1alpha1.AnnotationRevision], "v2")
	o, _ := evaluated(t, model("m", "v1", ""))
	for _, unit := range []string{"m", strings.Repeat("m", 53), strings.Repeat("m", 23) + "-" + strings.Repeat("x", 20)} {
		long := *o.Descriptor.DeepCopy()
		long.Spec.Evaluations[0].Name = strings.Repeat("e", 22) + "--" + strings.Repeat("e", 16)
		objects := *o
		objects.Descriptor, objects.Unit = &long, unitOf("prod/"+unit)
		name := EvaluationJobName(&objects, long.Spec.Evaluations[0])
		if wrong := validation.IsDNS1123Label(name); len(wrong) > 0 || len(name) > 63 || strings.Contains(name, "--") {
			t.Errorf("%q is no name for a Job: %v", name, wrong)
		}
	}
	staging := *o
	staging.Unit = unitOf("staging/m")
	if EvaluationJobName(&staging, o.Descriptor.Spec.Evaluations[0]) == first.Name {
		t.Error("two environments have one Job")
	}
}

// TestEvaluationsInAFile: the image that hands on the result has to be known, and the evaluation is done before it begins.
func TestEvaluationsInAFile(t *testing.T) {
	o, job := evaluated(t, descriptor("", ""), "result: File")
	spec := job.Spec.Template.Spec
	equal(t, "first", spec.InitContainers[0].Name, EvaluationContainer)
	equal(t, "then", spec.Containers[0].Name, ResultsContainer)
	equal(t, "image", spec.Containers[0].Image, withImage.ResultsImage)
	if spec.InitContainers[0].RestartPolicy != nil {
		t.Error("the evaluation would be a sidecar, which nobody waits for")
	}
	if _, err := EvaluationJob(o, o.Descriptor.Spec.Evaluations[0], EvaluationOptions{}); err == nil || !strings.Contains(err.Error(), "render the evaluation mmlu of prod/m: its result is a file") {
		t.Errorf("without an image: %v", err)
	}
	_, job = evaluated(t, descriptor("", ""))
	equal(t, "result", env(job.Spec.Template.Spec.Containers[0], "PENSTOCK_RESULT").Value, "/dev/termination-log")
}

// TestWhatIsDecidedOn: policies see each Job with all that people chose of it, under the name that it will have.
func TestWhatIsDecidedOn(t *testing.T) {
	o, job := evaluated(t, descriptor("", ""), "result: File", "args: [--fast]")
	jobs, err := EvaluationJobs(o)
	if err != nil || len(jobs) != 1 {
		t.Fatal(jobs, err)
	}
	seen := typedJob(t, jobs[0])
	equal(t, "name", seen.Name, job.Name)
	equal(t, "containers", len(seen.Spec.Template.Spec.Containers)+len(seen.Spec.Template.Spec.InitContainers), 1)
	container, run := seen.Spec.Template.Spec.Containers[0], job.Spec.Template.Spec.InitContainers[0]
	equal(t, "work", fmt.Sprint(container.Image, container.Command, container.Args, container.Env), fmt.Sprint(run.Image, run.Command, run.Args, run.Env))
	if jobs, err := EvaluationJobs(rendered(t, descriptor("", ""))); err != nil || len(jobs) > 0 {
		t.Errorf("%v, %v", jobs, err)
	}
}

// TestEvaluationsAreRestricted: they pass the strictest of the Pod Security Standards, and bring no rights along.
func TestEvaluationsAreRestricted(t *testing.T) {
	for _, result := range []string{"File", "TerminationMessage"} {
		_, job := evaluated(t, descriptor("", ""), "result: "+result)
		spec := job.Spec.Template.Spec
		if *spec.AutomountServiceAccountToken || !*spec.SecurityContext.RunAsNonRoot || spec.SecurityContext.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s: %+v", result, spec.SecurityContext)
		}
		for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
			s := c.SecurityContext
			if *s.AllowPrivilegeEscalation || s.Capabilities.Drop[0] != "ALL" || c.Resources.Limits.Memory().IsZero() || c.TerminationMessagePolicy != corev1.TerminationMessageReadFile {
				t.Errorf("%s: %s: %+v", result, c.Name, c)
			}
		}
		equal(t, "restart", spec.RestartPolicy, corev1.RestartPolicyNever)
	}
}
